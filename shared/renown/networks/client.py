"""The one client that asks the networks: patient, polite, and trusting nothing that it is given.

It asks no host more often than its budget allows, over all processes; obeys what hosts say about when to come
again; asks only for what changed where the caller remembers validators; and limits time, size and redirects. Where
it may connect to is the transport's matter (see `hosts`). Logs have addresses without their query, and never a body
or a header.
"""

import contextlib
import logging
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import httpx

from ..errors import FatalError, HostResting, RetriableError, SkippableError
from ..formats import Find
from . import rates
from .answer import Answer, read_body, redacted
from .budget import Budget, Rate

MAX_REDIRECTS: Final = 5
TIMEOUT: Final = 10.0
"""Seconds to wait for a connection, and for every further piece of an answer."""

TRIES: Final = 3
PATIENCE: Final = 30.0
"""Seconds to wait for a host at once; if it wants to be left alone for longer, others come first."""

GENTLE: Final = Rate(1.0, 5)
"""How often a host is asked that says nothing about it."""

Params = Mapping[str, str | int | Sequence[str]]
"""The query of an address: a list stands for a parameter that is given several times."""

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_TIMEOUTS: Final = httpx.Timeout(TIMEOUT).as_dict()

logger = logging.getLogger("renown.networks")
logging.getLogger("httpcore").setLevel(logging.WARNING)  # below that it logs whole addresses and headers


@dataclass(frozen=True)
class Access:
    """What opens a host: headers and query parameters that are sent to it over https, and to no other."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Mapping[str, str] = field(default_factory=dict, repr=False)


class Price(NamedTuple):
    """What a call costs, in millionths of a dollar: at most, and by its answer. Without an answer it costs the most."""

    most: int
    of: Callable[[Answer], int]


@dataclass
class Spent:
    """What the client has used up: requests, how many of the answers were 304, waits and the seconds waited.

    `cost` is in millionths of a dollar.
    """

    requests: int = 0
    unchanged: int = 0
    waits: int = 0
    waited: float = 0.0
    cost: int = 0


class Client:
    """Asks hosts, for one process.

    `contact` is where the operator can be reached, and is told to every host; `clock` gives unix seconds, `sleep`
    waits for some; `access` is what opens some hosts. `allowances` say how many millionths of a dollar may be spent at
    a host on a day (UTC), by all processes together: nothing where none is set. `deadline`, in unix seconds, is when
    the last request begins.
    """

    def __init__(  # noqa: PLR0913  # all that it touches is handed in
        self,
        transport: httpx.BaseTransport,
        budget: Budget,
        *,
        contact: str,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        access: Mapping[str, Access] | None = None,
        allowances: Mapping[str, int] | None = None,
        find: Find | None = None,
    ) -> None:
        self.find = find
        self.spent = Spent()
        self.deadline = float("inf")
        self._transport = transport
        self._budget = budget
        self._clock = clock
        self._sleep = sleep
        self._access = dict(access or {})
        self._closes: dict[str, float] = {}
        self._allowances = allowances or {}
        self._headers = {
            "user-agent": f"Renown/1 (+{contact})",
            "accept": "application/json",
            "accept-encoding": "gzip",
        }

    def close(self) -> None:
        """Closes the connections."""
        self._transport.close()

    def opens(self, host: str) -> bool:
        """Whether there is a token or a key that opens `host` now."""
        return host in self._access and self._clock() < self._closes.get(host, float("inf"))

    def open(self, host: str, access: Access, seconds: float) -> None:
        """Opens `host` for some seconds with what another host has given: a token that does not last."""
        self._access[host] = access
        self._closes[host] = self._clock() + seconds

    def get(
        self,
        url: str,
        params: Params | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        rate: Rate = GENTLE,
        allow: Collection[int] = (),
        price: Price | None = None,
    ) -> Answer:
        """The answer to a GET: of status 2xx, of 304 if `headers` are an earlier answer's validators, or in `allow`.

        What has a `price` is counted before it is sent, each time that it is: beyond the host's allowance it is not.
        Raises HostResting where the host is to be left alone for longer than PATIENCE, RetriableError where it does
        not answer properly, FatalError where what opens the host is refused, SkippableError for everything else.
        """
        is_ours = True
        try:
            request = self._request("GET", httpx.URL(url, params=params) if params else httpx.URL(url), headers)
            for _ in range(MAX_REDIRECTS + 1):
                answer = self._tried(request, rate, price)
                if answer.status not in _REDIRECTS or "location" not in answer.headers:
                    return self._judged(answer, request.url.host, allow)
                target = request.url.join(answer.headers["location"])
                if target.host != request.url.host:
                    if price:
                        raise SkippableError(f"{answer.url}: leads to another host, which nobody may be paid for")
                    rate, is_ours = GENTLE, False  # nobody may lead what we hold to where it opens something
                request = self._request("GET", target, headers, opened=is_ours)
        except httpx.InvalidURL as error:
            raise SkippableError(f"an address cannot be read: {error}") from None
        raise SkippableError(f"{answer.url}: more than {MAX_REDIRECTS} redirects")

    def post(self, url: str, json: Any = None, *, form: Mapping[str, str] | None = None, rate: Rate = GENTLE) -> Answer:
        """The answer to a POST of JSON or a form that only reads (GraphQL, tokens); see `get`. It is not redirected."""
        request = self._request("POST", httpx.URL(url), None, json=json, data=form)
        return self._judged(self._tried(request, rate), request.url.host, ())

    def rest(self, host: str, seconds: float) -> None:
        """Leaves `host` alone for some seconds, as the body of an answer asked for; at most a day."""
        self._budget.rest(host, self._clock() + min(max(seconds, 0.0), rates.LONGEST))

    def _request(
        self, method: str, url: httpx.URL, headers: Mapping[str, str] | None, *, opened: bool = True, **body: Any
    ) -> httpx.Request:
        is_open = opened and url.scheme == "https" and self.opens(url.host)
        access = self._access[url.host] if is_open else Access()
        if access.params:
            url = url.copy_merge_params(access.params)
        sent = {**self._headers, **(headers or {}), **access.headers}
        return httpx.Request(method, url, headers=sent, **body, extensions={"timeout": _TIMEOUTS})

    def _tried(self, request: httpx.Request, rate: Rate, price: Price | None = None) -> Answer:
        """The answer, once the host's next slot has come; what fails in a way that may pass is tried again."""
        host = request.url.host
        for again in range(TRIES):
            self._wait(host, rate)
            soon = self._clock() + 2 ** (again + 1)
            try:
                answer = self._paid(request, price) if price else self._sent(request)
            except (httpx.TransportError, zlib.error) as error:
                failure = RetriableError(f"{redacted(request.url)}: no answer ({type(error).__name__})")
                self._budget.rest(host, soon)
                continue
            until = rates.rests_until(answer.status, answer.headers, self._clock())
            if rates.is_refusal(answer.status, answer.headers):
                failure = HostResting(host, self._budget.rest(host, until))
            elif answer.status >= 500:
                failure = RetriableError(f"{answer.url}: HTTP {answer.status}")
                self._budget.rest(host, until or soon)
            else:
                if until is not None:
                    self._budget.rest(host, until)
                return answer
        raise failure

    def _wait(self, host: str, rate: Rate) -> None:
        left = self.deadline - self._clock()
        if left <= 0:
            raise RetriableError(f"{host}: no time is left to ask it")
        wait = self._budget.take(host, rate, min(PATIENCE, left))
        if wait > 0:
            self.spent.waits += 1
            self.spent.waited += wait
            self._sleep(wait)

    def _paid(self, request: httpx.Request, price: Price) -> Answer:
        """The answer to a request that costs: counted before it is sent, so that it is whatever happens then."""
        host = request.url.host
        day = self._budget.spend(host, price.most, self._allowances.get(host, 0))
        self.spent.cost += price.most
        answer = self._sent(request)
        unspent = price.most - min(max(price.of(answer), 0), price.most)
        with contextlib.suppress(RetriableError):  # what was paid for is not lost; it stays counted as the most
            self._budget.give_back(host, unspent, day)
            self.spent.cost -= unspent
        return answer

    def _sent(self, request: httpx.Request) -> Answer:
        url = redacted(request.url)
        self.spent.requests += 1
        response = self._transport.handle_request(request)
        try:
            body = b"" if response.status_code == 304 else read_body(response, url, self._clock)
        finally:
            response.close()
        self.spent.unchanged += response.status_code == 304
        logger.info("%s %s %d %d bytes", request.method, url, response.status_code, len(body))
        return Answer(url, response.status_code, response.headers, body)

    def _judged(self, answer: Answer, host: str, allow: Collection[int]) -> Answer:
        """The answer if the caller can use it; else raises what its status means."""
        if 200 <= answer.status < 300 or answer.status in (304, *allow):
            return answer
        what = f"{answer.url}: HTTP {answer.status}"
        if answer.status == 401 and self.opens(host):
            raise FatalError(f"{what}: the token for {host} is refused: make a new one")
        if answer.status in (401, 403):
            raise SkippableError(f"{what}: not shown without the owner's or the server's consent")
        raise SkippableError(what)
