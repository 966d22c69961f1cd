"""Errors as answers: RFC 9457 problem details, each kind with a stable type."""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from ..errors import BadInput, NotFound, RetriableError


class NothingPublished(NotFound):
    """No run has been published yet."""


class NotARead(BadInput):
    """A method that would change something; everything here is read-only."""


class TooLong(BadInput):
    """An address that is longer than any of ours."""


@dataclass(frozen=True)
class Problem:
    """One kind of error: its HTTP status, the end of its type and its title."""

    status: HTTPStatus
    name: str
    title: str


PROBLEMS: Final[dict[type[Exception], Problem]] = {
    NothingPublished: Problem(HTTPStatus.SERVICE_UNAVAILABLE, "nothing-published", "Nothing is published yet"),
    NotARead: Problem(HTTPStatus.METHOD_NOT_ALLOWED, "read-only", "This API is read-only"),
    TooLong: Problem(HTTPStatus.REQUEST_URI_TOO_LONG, "too-long", "The address is too long"),
    BadInput: Problem(HTTPStatus.BAD_REQUEST, "bad-input", "The request is wrong"),
    NotFound: Problem(HTTPStatus.NOT_FOUND, "not-found", "Not found"),
    RetriableError: Problem(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", "Unavailable for the moment"),
}
"""The most specific kinds first."""

PROBLEM_JSON: Final = "application/problem+json"

UNEXPECTED: Final = Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "unexpected", "Something went wrong here")


def problem_of(error: Exception) -> tuple[Problem, str]:
    """Which problem `error` is, and what may be said of it: nothing of what went wrong inside."""
    for kind, problem in PROBLEMS.items():
        if isinstance(error, kind):
            inside = problem.name == "unavailable"
            return problem, "Try again in a minute." if inside else str(error)
    return UNEXPECTED, "It is logged. Try again, and tell the operator if it stays."


def as_json(problem: Problem, detail: str, path: str) -> str:
    """The body of an `application/problem+json` answer."""
    body = {
        "type": f"urn:renown:problem:{problem.name}",
        "title": problem.title,
        "status": int(problem.status),
        "detail": detail,
        "instance": path,
    }
    return json.dumps(body, ensure_ascii=False)
