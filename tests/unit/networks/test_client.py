"""The client is patient and polite, and says no more than it must."""

import gzip
import json
import logging
from collections.abc import Callable

import httpx
import pytest

from renown.errors import FatalError, HostResting, RetriableError, SkippableError
from renown.networks.budget import Budget, Rate
from renown.networks.client import PATIENCE, TRIES, Access, Client, Price
from tests.contract.fakes.visits import Clock, MemoryTable

NOW = 1_795_000_000.0
FAST = Rate(1000.0, 1000)
Handler = Callable[[httpx.Request], httpx.Response]


class Setting:
    """A client, what it asked, and the time that passed."""

    def __init__(
        self, handler: Handler, access: dict[str, Access] | None = None, allowances: dict[str, int] | None = None
    ) -> None:
        self.asked: list[httpx.Request] = []
        self.clock = Clock(NOW)
        self.table = MemoryTable()

        def handle(request: httpx.Request) -> httpx.Response:
            self.asked.append(request)
            return handler(request)

        self.transport = httpx.MockTransport(handle)
        self.allowances = allowances
        self.client = self.another(access)

    def another(self, access: dict[str, Access] | None = None) -> Client:
        """Another process's client, with the same table."""
        return Client(
            self.transport,
            Budget(self.table, self.clock),
            contact="mailto:op@renown.example",
            clock=self.clock,
            sleep=self.clock.sleep,
            access=access,
            allowances=self.allowances,
        )


def in_turn(*answers: httpx.Response | Exception) -> Handler:
    """A server that gives these answers, one after the other."""
    left = iter(answers)

    def handle(request: httpx.Request) -> httpx.Response:
        answer = next(left)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return handle


def test_a_request_says_who_asks_and_wants_json() -> None:
    setting = Setting(in_turn(httpx.Response(200, json={"a": 1})))
    answer = setting.client.get("https://example.com/x?a=1", {"b": ["2", "3"], "c": 4})
    assert answer.json() == {"a": 1}
    (asked,) = setting.asked
    assert str(asked.url) == "https://example.com/x?b=2&b=3&c=4"
    assert asked.headers["user-agent"] == "Renown/1 (+mailto:op@renown.example)"
    assert asked.headers["accept-encoding"] == "gzip"
    assert asked.extensions["timeout"] == {"connect": 10.0, "read": 10.0, "write": 10.0, "pool": 10.0}
    assert "cookie" not in asked.headers


def test_cookies_are_not_kept() -> None:
    setting = Setting(lambda request: httpx.Response(200, headers={"set-cookie": "track=me; Path=/"}))
    setting.client.get("https://example.com/")
    setting.client.get("https://example.com/")
    assert "cookie" not in setting.asked[1].headers


def test_a_packed_answer() -> None:
    body = gzip.compress(b'{"a": 1}')
    packed = httpx.Response(
        200, headers={"content-encoding": "gzip", "content-type": "application/json"}, stream=httpx.ByteStream(body)
    )
    assert Setting(in_turn(packed)).client.get("https://example.com/").json() == {"a": 1}


def test_conditional_requests() -> None:
    first = httpx.Response(200, json={}, headers={"etag": '"1"', "last-modified": "Sun, 22 Nov 2026 18:05:56 GMT"})
    setting = Setting(in_turn(first, httpx.Response(304)))
    validators = setting.client.get("https://example.com/").validators
    answer = setting.client.get("https://example.com/", headers=validators)
    assert answer.unchanged
    assert setting.asked[1].headers["if-none-match"] == '"1"'
    assert setting.asked[1].headers["if-modified-since"] == "Sun, 22 Nov 2026 18:05:56 GMT"
    assert (setting.client.spent.requests, setting.client.spent.unchanged) == (2, 1)


def test_a_host_is_asked_at_its_rate() -> None:
    setting = Setting(lambda request: httpx.Response(200))
    for _ in range(4):
        setting.client.get("https://example.com/", rate=Rate(0.5, 2))
    assert setting.clock.slept == [2.0, 2.0]
    assert (setting.client.spent.waits, setting.client.spent.waited) == (2, 4.0)


@pytest.mark.parametrize(
    ("status", "allow", "error"),
    [
        (404, (), SkippableError),
        (401, (), SkippableError),
        (403, (), SkippableError),
        (400, (), SkippableError),
        (301, (), SkippableError),
        (404, {404}, None),
        (400, {400}, None),
        (204, (), None),
    ],
)
def test_what_a_status_means(status: int, allow: set[int], error: type[Exception] | None) -> None:
    client = Setting(in_turn(httpx.Response(status))).client
    if error is None:
        assert client.get("https://example.com/", allow=allow).status == status
    else:
        with pytest.raises(error, match=rf"https://example\.com/: HTTP {status}"):
            client.get("https://example.com/", allow=allow)


@pytest.mark.parametrize("failure", [httpx.ReadTimeout("slow"), httpx.ConnectError("down"), httpx.Response(502)])
def test_what_may_pass_is_tried_again(failure: httpx.Response | Exception) -> None:
    setting = Setting(in_turn(failure, failure, httpx.Response(200)))
    assert setting.client.get("https://example.com/", rate=FAST).status == 200
    assert setting.clock.slept == [2.0, 4.0]
    setting = Setting(in_turn(*[failure] * TRIES))
    with pytest.raises(RetriableError) as raised:
        setting.client.get("https://example.com/?key=secret", rate=FAST)
    assert not isinstance(raised.value, HostResting)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("refusal", [httpx.Response(429), httpx.Response(503), httpx.Response(429, headers={"x": "y"})])
def test_a_host_that_refuses_without_a_word_rests_for_a_minute(refusal: httpx.Response) -> None:
    setting = Setting(in_turn(refusal))
    with pytest.raises(HostResting) as raised:
        setting.client.get("https://example.com/")
    assert raised.value.until == NOW + 60
    assert setting.clock.slept == []


def test_a_host_that_rests_is_left_alone_by_every_process_and_others_are_not() -> None:
    setting = Setting(in_turn(httpx.Response(429, headers={"retry-after": "100"}), httpx.Response(200)))
    other = setting.another()
    with pytest.raises(HostResting):
        setting.client.get("https://example.com/")
    with pytest.raises(HostResting):
        other.get("https://example.com/")
    assert other.get("https://other.example/").status == 200
    assert len(setting.asked) == 2


def test_a_short_rest_is_waited_for() -> None:
    setting = Setting(in_turn(httpx.Response(429, headers={"retry-after": "20"}), httpx.Response(200)))
    assert setting.client.get("https://example.com/").status == 200
    assert setting.clock.slept == [20.0]
    assert PATIENCE > 20


def test_a_host_whose_limit_is_used_up_is_left_alone_before_it_refuses() -> None:
    last = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 900)}
    setting = Setting(in_turn(httpx.Response(200, headers=last)))
    assert setting.client.get("https://example.com/").status == 200
    with pytest.raises(HostResting) as raised:
        setting.client.get("https://example.com/")
    assert raised.value.until == NOW + 900


def test_a_body_can_ask_for_rest_too() -> None:
    setting = Setting(lambda request: httpx.Response(200))
    setting.client.rest("example.com", 10)
    setting.client.get("https://example.com/")
    assert setting.clock.slept == [10.0]
    setting.client.rest("example.com", 1e12)
    with pytest.raises(HostResting) as raised:
        setting.client.get("https://example.com/")
    assert raised.value.until <= setting.clock.now + 86_400


def test_nothing_is_begun_behind_the_deadline() -> None:
    setting = Setting(lambda request: httpx.Response(200))
    setting.client.deadline = NOW + 5
    setting.client.get("https://example.com/", rate=Rate(0.1))
    with pytest.raises(HostResting):  # the next slot is behind it
        setting.client.get("https://example.com/", rate=Rate(0.1))
    setting.clock.now += 5
    with pytest.raises(RetriableError, match="no time is left"):
        setting.client.get("https://example.com/", rate=Rate(0.1))
    assert len(setting.asked) == 1


TOKEN = {"api.example.com": Access({"authorization": "Bearer secret"}, {"key": "hidden"})}


def test_what_opens_a_host_is_sent_to_it_and_to_no_other() -> None:
    setting = Setting(lambda request: httpx.Response(200), TOKEN)
    assert setting.client.opens("api.example.com")
    assert not setting.client.opens("example.com")
    for url in (
        "https://api.example.com/",
        "http://api.example.com/",
        "https://example.com/",
        "https://api.example.com.evil.example/",
        "https://evil.example/?u=https://api.example.com/",
    ):
        setting.client.get(url)
    sent = ["authorization" in asked.headers or "hidden" in str(asked.url) for asked in setting.asked]
    assert sent == [True, False, False, False, False]
    assert setting.asked[0].url.params["key"] == "hidden"


@pytest.mark.parametrize(
    "hops",
    [
        ["https://api.example.com/", "https://evil.example/", "https://evil.example/2"],
        ["https://api.example.com/", "https://evil.example/", "https://api.example.com/2", "https://api.example.com/3"],
        ["https://evil.example/", "https://api.example.com/", "/2"],
        ["https://api.example.com/", "http://api.example.com/"],
    ],
)
def test_a_redirect_takes_no_token_along_and_brings_none_in(hops: list[str]) -> None:
    redirects = [httpx.Response(302, headers={"location": hop}) for hop in hops[1:]]
    setting = Setting(in_turn(*redirects, httpx.Response(200)), TOKEN)
    assert setting.client.get(hops[0]).status == 200
    assert len(setting.asked) == len(hops)
    sent = ["authorization" in asked.headers or "key" in asked.url.params for asked in setting.asked]
    assert sent == [hops[0].startswith("https://api."), *[False] * (len(hops) - 1)]


def test_a_redirect_within_the_host_keeps_what_was_sent() -> None:
    answers = in_turn(httpx.Response(301, headers={"location": "/there"}), httpx.Response(200))
    setting = Setting(answers, TOKEN)
    setting.client.get("https://api.example.com/here", headers={"if-none-match": '"1"'})
    assert setting.asked[1].url.path == "/there"
    assert setting.asked[1].headers["authorization"] == "Bearer secret"
    assert setting.asked[1].headers["if-none-match"] == '"1"'


def test_a_host_can_be_opened_for_a_while() -> None:
    setting = Setting(lambda request: httpx.Response(200), TOKEN)
    setting.client.open("oauth.example.com", Access({"authorization": "Bearer passing"}), 60)
    assert setting.client.opens("oauth.example.com")
    assert not setting.another(TOKEN).opens("oauth.example.com")
    assert "oauth.example.com" not in TOKEN
    for url in ("https://oauth.example.com/", "http://oauth.example.com/", "https://www.example.com/"):
        setting.client.get(url)
    setting.clock.now += 60
    assert not setting.client.opens("oauth.example.com")
    setting.client.get("https://oauth.example.com/")
    sent = [asked.headers.get("authorization") for asked in setting.asked]
    assert sent == ["Bearer passing", None, None, None]


def test_a_token_that_does_not_last_goes_along_no_redirect_either(caplog: pytest.LogCaptureFixture) -> None:
    away = httpx.Response(302, headers={"location": "https://evil.example/"})
    back = httpx.Response(302, headers={"location": "https://oauth.example.com/2"})
    setting = Setting(in_turn(away, back, httpx.Response(200)))
    setting.client.open("oauth.example.com", Access({"authorization": "Bearer passing"}), 60)
    with caplog.at_level(logging.DEBUG):
        setting.client.get("https://oauth.example.com/1")
    assert ["authorization" in asked.headers for asked in setting.asked] == [True, False, False]
    assert "passing" not in caplog.text


def test_a_form_is_posted_to_whom_it_is_for(caplog: pytest.LogCaptureFixture) -> None:
    setting = Setting(in_turn(httpx.Response(200), httpx.Response(307, headers={"location": "https://a.b/"})), TOKEN)
    with caplog.at_level(logging.DEBUG):
        setting.client.post("https://api.example.com/token", form={"grant_type": "private"})
        with pytest.raises(SkippableError, match="HTTP 307"):
            setting.client.post("https://api.example.com/token", form={"grant_type": "private"})
    assert setting.asked[0].content == b"grant_type=private"
    assert setting.asked[0].headers["content-type"] == "application/x-www-form-urlencoded"
    assert setting.asked[0].headers["authorization"] == "Bearer secret"
    assert "private" not in caplog.text
    assert len(setting.asked) == 2


def test_a_token_that_is_refused_is_fatal() -> None:
    with pytest.raises(FatalError, match=r"the token for api\.example\.com is refused: make a new one"):
        Setting(in_turn(httpx.Response(401)), TOKEN).client.get("https://api.example.com/")


def test_a_post_is_sent_once_and_not_redirected() -> None:
    setting = Setting(in_turn(httpx.Response(200, json={"data": {}}), httpx.Response(307, headers={"location": "/"})))
    assert setting.client.post("https://example.com/graphql", {"query": "q"}).json() == {"data": {}}
    assert json.loads(setting.asked[0].content) == {"query": "q"}
    with pytest.raises(SkippableError, match="HTTP 307"):
        setting.client.post("https://example.com/graphql", {})


def test_addresses_that_cannot_be_read() -> None:
    setting = Setting(in_turn(httpx.Response(302, headers={"location": "http://[::1"})))
    for url in ("http://[::1", "https://example.com/"):
        with pytest.raises(SkippableError, match="cannot be read"):
            setting.client.get(url)


def test_logs_hold_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    setting = Setting(lambda request: httpx.Response(200, json={"body": "private"}), TOKEN)
    with caplog.at_level(logging.DEBUG):
        setting.client.get("https://api.example.com/path?q=asked")
    assert "GET https://api.example.com/path 200" in caplog.text
    for secret in ("secret", "hidden", "asked", "private"):
        assert secret not in caplog.text
    assert "secret" not in repr(TOKEN)
    assert "hidden" not in repr(TOKEN)


# money

ALLOWED = {"api.example.com": 100}
PAID = "https://api.example.com/"
PRICE = Price(40, lambda answer: 10 if answer.status == 200 else 0)


def test_a_call_that_costs_is_counted_before_it_is_sent_and_what_is_left_of_it_given_back() -> None:
    counted: list[int] = []

    def handle(request: httpx.Request) -> httpx.Response:
        (item,) = setting.table.items.values()
        counted.append(item.doc["spent"])
        return httpx.Response(200)

    setting = Setting(handle, allowances=ALLOWED)
    for _ in range(7):
        setting.client.get(PAID, price=PRICE, rate=FAST)
    assert counted == [40, 50, 60, 70, 80, 90, 100]
    for client in (setting.client, setting.another()):
        with pytest.raises(HostResting) as raised:
            client.get(PAID, price=PRICE, rate=FAST)
        assert raised.value.until == NOW - NOW % 86_400 + 86_400
    assert (len(setting.asked), setting.client.spent.cost) == (7, 70)
    assert setting.client.get(PAID, rate=FAST).status == 200  # what costs nothing goes on
    setting.clock.now = raised.value.until
    assert setting.another().get(PAID, price=PRICE, rate=FAST).status == 200


@pytest.mark.parametrize("allowances", [None, {}, {"example.com": 100}, {"api.example.com": 39}])
def test_without_an_allowance_nothing_is_sent(allowances: dict[str, int] | None) -> None:
    setting = Setting(lambda request: httpx.Response(200), allowances=allowances)
    with pytest.raises(HostResting):
        setting.client.get(PAID, price=PRICE)
    assert (setting.asked, setting.client.spent.cost) == ([], 0)


def test_what_is_not_answered_stays_counted() -> None:
    setting = Setting(in_turn(*[httpx.ReadTimeout("slow")] * 3), allowances=ALLOWED)
    with pytest.raises(HostResting):  # the third try would be too much
        setting.client.get(PAID, price=PRICE, rate=FAST)
    assert (len(setting.asked), setting.client.spent.cost) == (2, 80)


def test_a_retry_and_a_redirect_are_calls_that_cost() -> None:
    price = Price(30, lambda answer: 30)
    hops = in_turn(httpx.Response(502), httpx.Response(301, headers={"location": "/there"}), httpx.Response(200))
    setting = Setting(hops, allowances=ALLOWED)
    assert setting.client.get(PAID, price=price, rate=FAST).status == 200
    assert setting.client.spent.cost == 90


def test_a_call_that_costs_is_not_led_to_another_host() -> None:
    setting = Setting(in_turn(httpx.Response(302, headers={"location": "https://evil.example/"})), allowances=ALLOWED)
    with pytest.raises(SkippableError, match="leads to another host"):
        setting.client.get(PAID, price=PRICE)
    assert len(setting.asked) == 1


@pytest.mark.parametrize(("says", "counted"), [(-5, 0), (25, 25), (1000, 40)])
def test_an_answer_cannot_cost_less_than_nothing_or_give_back_more_than_was_counted(says: int, counted: int) -> None:
    setting = Setting(lambda request: httpx.Response(200), allowances=ALLOWED)
    setting.client.get(PAID, price=Price(40, lambda answer: says))
    (item,) = setting.table.items.values()
    assert (item.doc["spent"], setting.client.spent.cost) == (counted, counted)


def test_a_process_that_is_killed_while_it_asks_has_spent() -> None:
    def killed(request: httpx.Request) -> httpx.Response:
        raise KeyboardInterrupt

    setting = Setting(killed, allowances=ALLOWED)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            setting.another().get(PAID, price=PRICE, rate=FAST)
    with pytest.raises(HostResting):
        setting.another().get(PAID, price=PRICE, rate=FAST)
    assert len(setting.asked) == 2


def test_money_that_cannot_be_given_back_does_not_lose_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    setting = Setting(lambda request: httpx.Response(200), allowances=ALLOWED)

    def fail(*_: object) -> None:
        raise RetriableError("the table does not answer")

    monkeypatch.setattr(Budget, "give_back", fail)
    assert setting.client.get(PAID, price=PRICE).status == 200
    assert setting.client.spent.cost == 40
