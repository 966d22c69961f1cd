"""One request of API Gateway (REST, version 1) in, one answer out: on AWS, on a laptop and in tests alike.

Routes are functions of powertools' resolver; what holds for all of them is here: reads only, parameters refused by
name, errors as problems, and the headers.
"""

import hashlib
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

from ..errors import BadInput, NotFound
from ..table import Doc, Table
from .problem import PROBLEM_JSON, NotARead, as_json, problem_of

log = logging.getLogger(__name__)

READS: Final = ("GET", "HEAD")

HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'",
}

CACHED: Final = "public, max-age=60"

ANY: Final = "*"
"""Among the parameters of a route: it takes every other one as well."""

Event = dict[str, Any]
Route = Callable[..., Response[str]]
ErrorPage = Callable[[Event, int, str, str], Response[str]]
Find = Callable[[Table, str], Doc]
"""Gives a published scorecard by its id (`@handle` or `network:id`), or raises NotFound."""


class Site:
    """The routes and what surrounds them. `page` makes an error into a page, for paths that people look at.

    One request at a time: powertools' resolver keeps the current one.
    """

    def __init__(self, page: ErrorPage) -> None:
        self._resolver = APIGatewayRestResolver()
        self._page = page
        self._failures: dict[str, ErrorPage] = {}
        self._resolver.not_found(self._unknown)

    @property
    def event(self) -> Event:
        """The request that is being answered."""
        return self._resolver.current_event.raw_event

    def get(self, path: str, *parameters: str) -> Callable[[Route], Route]:
        """Adds a route for reading `path` (`<name>` stands for one segment) that knows the query `parameters`."""

        def add(route: Route) -> Route:
            def checked(**segments: str) -> Response[str]:
                for name in self.event.get("queryStringParameters") or {}:
                    if name not in parameters and ANY not in parameters:
                        known = f"known are {', '.join(parameters)}" if parameters else "there are none here"
                        raise BadInput(f"parameter {name[:80]!r}: {known}")
                return route(**segments)

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
            answer = self._resolver.resolve(_as_get(event), context)
        except Exception as error:
            answer = _answer(self._failed(event, error))
        return _finished(answer, event, head=method == "HEAD")

    def _unknown(self, error: Exception) -> Response[str]:
        return self._failed(self.event, NotFound(f"there is nothing at {self.event['path'][:200]}"))

    def _failed(self, event: Event, error: Exception) -> Response[str]:
        problem, detail = problem_of(error)
        if problem.status >= 500:
            log.error("%s", problem.name, exc_info=error)
        path = event["path"]
        headers: dict[str, str | list[str]] = {"Cache-Control": "no-store"}
        if isinstance(error, NotARead):
            headers["Allow"] = ", ".join(READS)
        if problem.status == 503:
            headers["Retry-After"] = "60"
        if path.startswith("/v1/"):
            body = as_json(problem, detail, path)
            return Response(problem.status, PROBLEM_JSON, body, headers)
        page = next((page for start, page in self._failures.items() if path.startswith(start)), self._page)
        answer = page(event, int(problem.status), problem.title, detail)
        answer.headers.update(headers)
        return answer


def prefix(event: Event) -> str:
    """What stands before the path in addresses: the stage of API Gateway (`/Prod`), elsewhere nothing."""
    whole = cast(str, (event.get("requestContext") or {}).get("path") or "")
    return whole.removesuffix(event["path"]) if whole.endswith(event["path"]) else ""


def parameter(event: Event, name: str) -> str | None:
    """The query parameter `name`; raises BadInput where it is given twice."""
    values = (event.get("multiValueQueryStringParameters") or {}).get(name) or []
    if len(values) > 1:
        raise BadInput(f"parameter {name!r}: given {len(values)} times")
    return cast(str, values[0]) if values else (event.get("queryStringParameters") or {}).get(name)


def _as_get(event: Event) -> Event:
    method = event["httpMethod"]
    if method not in READS:
        raise NotARead(f"{method[:20]}: only {' and '.join(READS)} are answered")
    return {**event, "httpMethod": "GET"}


def _answer(response: Response[str]) -> dict[str, Any]:
    headers = {**response.headers, "Content-Type": response.content_type}
    return {
        "statusCode": int(response.status_code),
        "body": response.body,
        "multiValueHeaders": {name: [value] if isinstance(value, str) else value for name, value in headers.items()},
        "isBase64Encoded": False,
    }


def _finished(answer: dict[str, Any], event: Event, *, head: bool) -> dict[str, Any]:
    headers: dict[str, list[str]] = {**answer["multiValueHeaders"]}
    for name, value in HEADERS.items():
        headers[name] = [value]
    if event["path"].startswith("/v1/"):
        headers["Access-Control-Allow-Origin"] = ["*"]
    body = answer["body"] or ""
    if answer["statusCode"] == 200:
        headers.setdefault("Cache-Control", [CACHED])
        tag = f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
        headers["ETag"] = [tag]
        known = _header(event.get("headers") or {}, "if-none-match")
        if tag in known or known.strip() == "*":
            return {**answer, "statusCode": 304, "body": "", "multiValueHeaders": headers}
    return {**answer, "body": "" if head else body, "multiValueHeaders": headers}


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((value for key, value in headers.items() if key.lower() == name), "")
