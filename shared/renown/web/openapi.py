"""The API's description (OpenAPI 3.1), made from its routes, the models of what they answer, and its errors.

`python -m renown.web.openapi` writes it beside this file (`make openapi`). The function that answers serves that file
and imports nothing of this.
"""

import json
import re
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any, Final, Literal, NamedTuple

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from .. import searching
from ..table import Item
from . import answers, cursors, routes, several
from .described import FILE
from .problem import PROBLEM_JSON, PROBLEMS, UNEXPECTED

Doc = dict[str, Any]

JSON: Final = "application/json; charset=utf-8"


class Operation(NamedTuple):
    """What a route is called, and what it answers; `looks_up` says that what it is asked for may not be there."""

    name: str
    summary: str
    answer: type[BaseModel] | None
    looks_up: bool = True


OPERATIONS: Final = {
    "/v1/profiles": Operation("profiles", "Up to 100 scorecards at once", answers.Profiles, looks_up=False),
    "/v1/profiles/<handle>": Operation("profile", "A profile's scorecard", answers.Scorecard),
    "/v1/profiles/<handle>/history": Operation("history", "Its score, day by day", answers.History),
    "/v1/profiles/<handle>/why": Operation("why", "Why it changed between two runs", answers.Change),
    "/v1/profiles/<handle>/receipts": Operation("receipts", "What each reaction contributes", answers.Receipts),
    "/v1/profiles/<handle>/relationships": Operation("relationships", "With whom it has to do", answers.Relationships),
    "/v1/profiles/<handle>/topics": Operation("topics", "What it is heard on, with proof", answers.ProfileTopics),
    "/v1/profiles/<handle>/segments": Operation("segments", "Its audience by community and topic", answers.Segments),
    "/v1/accounts/<network>/<native_id>": Operation("account", "The scorecard of who has this", answers.Scorecard),
    "/v1/compare": Operation("compare", "Two to five profiles side by side", answers.Comparison),
    "/v1/search": Operation("search", "Who is called so", answers.Search, looks_up=False),
    "/v1/topics": Operation("topic_list", "The topics that somebody can claim", answers.TopicList, looks_up=False),
    "/v1/topics/<name>": Operation("topic", "Who is heard on a topic", answers.Topic),
    "/v1/leaderboard": Operation("leaderboard", "Who is heard most", answers.Leaderboard, looks_up=False),
    "/v1/method": Operation("method", "How scores come about, and how well", answers.Method),
    "/v1/runs/current": Operation("run", "The run that readers see", answers.Current, looks_up=False),
    "/v1/health": Operation("health", "Whether there is anything to read", answers.Health, looks_up=False),
    "/openapi.json": Operation("openapi", "This description", None, looks_up=False),
}
"""By the path of the route; a test finds the routes of /v1 that are missing here."""

_RUN: Final = {"type": "string", "pattern": "^[0-9A-Za-z.-]{1,120}$"}

PARAMETERS: Final[dict[str, tuple[str, Doc]]] = {
    "handle": ("A profile's handle, without @.", {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,38}$"}),
    "network": ("As `mastodon`.", {"type": "string", "pattern": "^[a-z][a-z0-9.-]{0,62}$"}),
    "native_id": ("What the network calls the account.", {"type": "string", "minLength": 1, "maxLength": 512}),
    "name": ("A topic, in any spelling of its tag.", {"type": "string", "minLength": 1, "maxLength": 400}),
    "q": (
        "Beginnings of words of a name, a handle or an account.",
        {"type": "string", "maxLength": searching.LONGEST_TEXT},
    ),
    "limit": (
        "Entries of one answer.",
        {"type": "integer", "minimum": 1, "maximum": routes.MOST, "default": routes.USUAL},
    ),
    "cursor": ("Where the list goes on: from `next` of an answer.", {"type": "string", "maxLength": cursors.LONGEST}),
    "from": ("The earlier run; by default the one before.", _RUN),
    "to": ("The later run; by default the one that readers see.", _RUN),
    "ids": (
        "Handles, or accounts as `network:id`, with commas between them.",
        {
            "type": "array",
            "items": {"type": "string", "minLength": 1},
            "uniqueItems": True,
            "minItems": 1,
            "maxItems": several.MOST_IDS,
        },
    ),
    "handles": (
        "Handles with commas between them.",
        {
            "type": "array",
            "items": {"type": "string", "pattern": "^@?[a-z0-9][a-z0-9_-]{0,38}$"},
            "uniqueItems": True,
            "minItems": several.COMPARED[0],
            "maxItems": several.COMPARED[1],
        },
    ),
}
"""What each parameter is, and which values it may have."""

REQUIRED: Final = ("ids", "handles")

HEADERS: Final[Doc] = {
    "ETag": {"description": "For `If-None-Match`: what has not changed is answered with 304.", "required": True},
    "Cache-Control": {"description": "How long the answer holds: until the next run is expected.", "required": True},
    "Link": {"description": 'Where a list goes on (rel="next"), and this description (rel="service-desc").'},
}


class _Nothing:
    """A table in which nothing is: the routes are looked at, not asked."""

    def get(self, pk: str, sk: str) -> Item | None:
        return None

    def get_many(self, keys: Iterable[tuple[str, str]]) -> list[Item]:
        return []

    def query(self, pk: str, *, after: str = "", limit: int = 100) -> list[Item]:
        return []


def describe() -> Doc:
    """The description. Raises KeyError for a route of the API that `OPERATIONS` does not name."""
    known = routes.build(_Nothing()).parameters
    paths = {path: known[path] for path in known if path.startswith("/v1/") or path in OPERATIONS}
    models = [operation.answer for operation in OPERATIONS.values() if operation.answer]
    _, schemas = models_json_schema(
        _as_written([*models, answers.Problem]),
        ref_template="#/components/schemas/{model}",
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Renown",
            "version": version("renown"),
            "summary": "An influence score that people can check",
            "description": "Read-only: GET, HEAD and OPTIONS. HEAD answers as GET does, without a body. Fields are"
            " added without a new version; none is removed or changes its meaning under /v1.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": {
            re.sub("<(.*?)>", r"{\1}", path): {"get": _operation(path, OPERATIONS[path], query)}
            for path, query in sorted(paths.items())
        },
        "components": {"schemas": {name: _open(schema) for name, schema in sorted(schemas["$defs"].items())}},
    }


def _as_written(models: list[type[BaseModel]]) -> list[tuple[type[BaseModel], Literal["serialization"]]]:
    return [(model, "serialization") for model in dict.fromkeys(models)]


def written() -> str:
    """The description as it stands in the file."""
    return json.dumps(describe(), indent=1, ensure_ascii=False) + "\n"


def _operation(path: str, operation: Operation, query: tuple[str, ...]) -> Doc:
    segments = re.findall("<(.*?)>", path)
    return {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": [_parameter(name, "path") for name in segments] + [_parameter(name, "query") for name in query],
        "responses": {
            "200": {
                "description": operation.summary,
                "headers": {name: {**header, "schema": {"type": "string"}} for name, header in HEADERS.items()},
                "content": {JSON: {"schema": _schema(operation.answer)}},
            },
            "304": {"description": "It is what `If-None-Match` names."},
            **{str(status): _problem(status, names) for status, names in _errors(operation).items()},
        },
    }


def _errors(operation: Operation) -> dict[int, list[str]]:
    """The statuses of errors, and the problems behind them."""
    found: dict[int, list[str]] = {}
    for problem in (*PROBLEMS.values(), UNEXPECTED):
        status = int(problem.status)
        reads = operation.answer or status != 503
        if status != 405 and reads and (operation.looks_up or status != 404):
            found.setdefault(status, []).append(f"urn:renown:problem:{problem.name}")
    return dict(sorted(found.items()))


def _parameter(name: str, place: str) -> Doc:
    description, schema = PARAMETERS[name]
    required = place == "path" or name in REQUIRED
    found = {"name": name, "in": place, "required": required, "description": description, "schema": schema}
    return found | ({"style": "form", "explode": False} if schema["type"] == "array" else {})


def _problem(status: int, types: list[str]) -> Doc:
    schema = {"allOf": [_schema(answers.Problem), {"properties": {"type": {"enum": sorted(types)}}}]}
    found: Doc = {"description": "A problem (RFC 9457).", "content": {PROBLEM_JSON: {"schema": schema}}}
    retry = {"Retry-After": {"description": "Seconds.", "required": True, "schema": {"type": "string"}}}
    return found | ({"headers": retry} if status == 503 else {})


def _schema(model: type[BaseModel] | None) -> Doc:
    return {"$ref": f"#/components/schemas/{model.__name__}"} if model else {"type": "object"}


def _open(schema: Doc) -> Doc:
    """The schema without the promise that no field is ever added."""
    return {name: value for name, value in schema.items() if (name, value) != ("additionalProperties", False)}


if __name__ == "__main__":
    FILE.write_text(written(), "utf-8")
