"""One request of API Gateway (REST, version 1) in, one answer out: on AWS, on a laptop and in tests alike.

Routes are functions of powertools' resolver; what holds for all of them is here: reads only, parameters refused by
name, errors as problems, and the headers, with what caches and browsers of other sites need. What the answer travels
through compresses it: API Gateway, or the server in `serve`.
"""

import hashlib
import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final, cast

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

from ..errors import BadInput, NotFound
from ..table import Doc, Reader
from .problem import PROBLEM_JSON, NotARead, TooLong, as_json, problem_of

log = logging.getLogger(__name__)

READS: Final = ("GET", "HEAD", "OPTIONS")

ALLOW: Final = ", ".join(READS)

HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'",
    "Vary": "Accept-Encoding",
    "Access-Control-Allow-Origin": "*",  # nothing here is anybody's own: there are no cookies, and all of it is public
    "Access-Control-Expose-Headers": "Allow, ETag, Link, Retry-After",
}

PREFLIGHT: Final = {
    "Allow": ALLOW,
    "Access-Control-Allow-Methods": ALLOW,
    "Access-Control-Allow-Headers": "If-None-Match, X-Api-Key",
    "Access-Control-Max-Age": "86400",
}
"""What a browser asks before a page of another site may do what is not the simplest of requests."""

LONGEST: Final = 8000
"""Characters of an address; API Gateway's limit is 10,240 for all of a request's line and headers."""

ANY: Final = "*"
"""Among the parameters of a route: it takes every other one as well."""

Event = dict[str, Any]
Route = Callable[..., Response[str]]
ErrorPage = Callable[[Event, int, str, str], Response[str]]
Lasting = Callable[[float], int]
Find = Callable[[Reader, str], Doc]
"""Gives a published scorecard by its id (`@handle` or `network:id`), or raises NotFound."""


class Site:
    """The routes and what surrounds them. `page` makes an error into a page, for paths that people look at; `lasting`
    says for how many seconds from a moment (in unix seconds) an answer may be kept.

    One request at a time: powertools' resolver keeps the current one.
    """

    def __init__(self, page: ErrorPage, lasting: Lasting) -> None:
        self.parameters: dict[str, tuple[str, ...]] = {}
        self._resolver = APIGatewayRestResolver()
        self._page = page
        self._failures: dict[str, ErrorPage] = {}
        self._lasting = lasting
        self._resolver.not_found(self._unknown)

    @property
    def event(self) -> Event:
        """The request that is being answered."""
        return self._resolver.current_event.raw_event

    def get(self, path: str, *parameters: str) -> Callable[[Route], Route]:
        """Adds a route for reading `path` (`<name>` stands for one segment) that knows the query `parameters`."""

        def add(route: Route) -> Route:
            def checked(**segments: str) -> Response[str]:
                try:
                    _check_parameters(self.event, parameters)
                    return route(**segments)
                except Exception as error:  # here, because powertools would log a stranger's mistakes as ours
                    return self._failed(self.event, error)

            self.parameters[path] = parameters
            self._resolver.get(path)(checked)
            return route

        return add

    def fail(self, start: str, page: ErrorPage) -> None:
        """From now on `page` makes an error at paths that begin with `start` into an answer."""
        self._failures[start] = page

    def resolve(self, event: Event, context: Any) -> dict[str, Any]:
        """The answer to `event`, as API Gateway takes it."""
        method = event["httpMethod"]
        try:
            answer = _preflight() if method == "OPTIONS" else self._resolver.resolve(_as_get(event), context)
            lasts = self._lasting(_now(event)) if "Cache-Control" not in answer["multiValueHeaders"] else 0
        except Exception as error:
            answer, lasts = _answer(self._failed(event, error)), 0
        return _finished(answer, event, lasts)

    def _unknown(self, error: Exception) -> Response[str]:
        return self._failed(self.event, NotFound(f"there is nothing at {self.event['path'][:200]}"))

    def _failed(self, event: Event, error: Exception) -> Response[str]:
        problem, detail = problem_of(error)
        if problem.status >= 500:
            log.error("%s", problem.name, exc_info=error)
        path = event["path"]
        headers: dict[str, str | list[str]] = {"Cache-Control": "no-store"}
        if isinstance(error, NotARead):
            headers["Allow"] = ALLOW
        if problem.status == 503:
            headers["Retry-After"] = "60"
        page = next((page for start, page in self._failures.items() if path.startswith(start)), None)
        if page is None and (path.startswith("/v1/") or path.endswith(".json")):
            body = as_json(problem, detail, path)
            return Response(problem.status, PROBLEM_JSON, body, headers)
        answer = (page or self._page)(event, int(problem.status), problem.title, detail)
        answer.headers.update(headers)
        return answer


def prefix(event: Event) -> str:
    """What stands before the path in addresses: the stage of API Gateway (`/Prod`), elsewhere nothing."""
    whole = cast(str, (event.get("requestContext") or {}).get("path") or "")
    return whole.removesuffix(event["path"]) if whole.endswith(event["path"]) else ""


def parameter(event: Event, name: str) -> str | None:
    """The query parameter `name`; None where it is not given."""
    return cast("str | None", (event.get("queryStringParameters") or {}).get(name))


def _check_parameters(event: Event, known: tuple[str, ...]) -> None:
    """Raises BadInput for a parameter that is not `known` (ANY of them may be), and for one that is given twice."""
    for name in event.get("queryStringParameters") or {}:
        if name not in known and ANY not in known:
            there = f"known are {', '.join(known)}" if known else "there are none here"
            raise BadInput(f"parameter {name[:80]!r}: {there}")
        times = len((event.get("multiValueQueryStringParameters") or {}).get(name) or [])
        if times > 1:
            raise BadInput(f"parameter {name!r}: given {times} times")


def _as_get(event: Event) -> Event:
    """The request as one by GET; raises NotARead, or TooLong, where it is none that can be answered."""
    method = event["httpMethod"]
    query = event.get("queryStringParameters") or {}
    size = len(event["path"]) + sum(len(name) + len(value) for name, value in query.items())
    if size > LONGEST:
        raise TooLong(f"{size:,} characters; {LONGEST:,} are answered")
    if method not in READS:
        raise NotARead(f"{method[:20]}: only {', '.join(READS[:-1])} and {READS[-1]} are answered")
    return {**event, "httpMethod": "GET"}


def _now(event: Event) -> float:
    """When the request came, in unix seconds, as API Gateway says."""
    return cast(float, (event.get("requestContext") or {}).get("requestTimeEpoch") or 0) / 1000


def _answer(response: Response[str]) -> dict[str, Any]:
    headers = {**response.headers, "Content-Type": response.content_type}
    return {
        "statusCode": int(response.status_code),
        "body": response.body,
        "multiValueHeaders": {name: [value] if isinstance(value, str) else value for name, value in headers.items()},
        "isBase64Encoded": False,
    }


def _preflight() -> dict[str, Any]:
    headers = {name: [value] for name, value in PREFLIGHT.items()} | {"Cache-Control": ["no-store"]}
    return {"statusCode": 204, "body": "", "multiValueHeaders": headers, "isBase64Encoded": False}


def _finished(answer: dict[str, Any], event: Event, lasts: int) -> dict[str, Any]:
    """The answer with the headers that all have; without its body where that is known already, or not wanted."""
    headers: dict[str, list[str]] = {**answer["multiValueHeaders"]} | {name: [value] for name, value in HEADERS.items()}
    answer = {**answer, "body": answer["body"] or "", "multiValueHeaders": headers}
    sent = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    if event["path"].startswith("/v1/"):
        headers["Link"] = [*headers.get("Link", []), f'<{prefix(event)}/openapi.json>; rel="service-desc"']
    if answer["statusCode"] == HTTPStatus.OK:
        headers.setdefault("Cache-Control", [f"public, max-age={lasts}"])
        tag = f'"{hashlib.sha256(answer["body"].encode()).hexdigest()[:32]}"'
        headers["ETag"] = [f"W/{tag}"]  # weak: the same for every encoding of the same answer
        known = [each.strip().removeprefix("W/") for each in sent.get("if-none-match", "").split(",")]
        if tag in known or known == ["*"]:
            return {**answer, "statusCode": 304, "body": "", "isBase64Encoded": False}
    return answer | ({"body": "", "isBase64Encoded": False} if event["httpMethod"] == "HEAD" else {})
