"""The API's description: up to date, not broken for anybody, and what is really answered; no more and no less."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from renown.errors import RetriableError
from renown.scoring.formula import DAY
from renown.simulate import END
from renown.steps.publish import publish
from renown.steps.score import score
from renown.steps.why import keep
from renown.table import Item, SqliteTable
from renown.web import described
from renown.web.openapi import OPERATIONS, describe, written
from renown.web.routes import build
from renown.web.serve import event
from renown.web.site import Site
from tests.integration.openapi_changes import breaking
from tests.integration.test_score import made

Doc = dict[str, Any]

RELEASED = Path(__file__).parents[1] / "data" / "openapi-released.json"
MOMENT = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z"
NOW = 1_800_000_000


def test_the_file_is_what_the_code_describes() -> None:
    assert described.FILE.read_text("utf-8") == written(), "write it anew with `make openapi`"


def test_nothing_breaks_for_those_who_use_the_released_api() -> None:
    assert breaking(json.loads(RELEASED.read_text("utf-8")), describe()) == []


def at(doc: Doc, *path: str | int) -> Any:
    for name in path:
        doc = doc[name]  # type: ignore[index]  # a list's place as well
    return doc


SCHEMAS = ("components", "schemas")
CARD = (*SCHEMAS, "Scorecard", "properties")
BOARD = ("paths", "/v1/leaderboard", "get")
LIMIT = (*BOARD, "parameters", 0, "schema")
EVERY: dict[str, tuple[Callable[[Doc], object], str]] = {
    "a route": (lambda doc: doc["paths"].pop("/v1/health"), "GET /v1/health: is gone"),
    "a status": (lambda doc: at(doc, *BOARD, "responses").pop("304"), "answers 304 no more"),
    "a kind": (lambda doc: at(doc, *BOARD, "responses", "200", "content").clear(), "is no longer application/json"),
    "a parameter": (lambda doc: at(doc, *BOARD, "parameters").pop(0), "parameter limit is gone"),
    "required": (lambda doc: at(doc, *BOARD, "parameters", 1).update(required=True), "cursor is required now"),
    "less": (lambda doc: at(doc, *LIMIT).update(maximum=50), "limit: a smaller maximum"),
    "more": (lambda doc: at(doc, *LIMIT).update(minimum=2), "limit: a greater minimum"),
    "default": (lambda doc: at(doc, *LIMIT).update(default=20), "limit: another default"),
    "type asked": (lambda doc: at(doc, *LIMIT).update(type="string"), "limit: another type"),
    "values asked": (lambda doc: at(doc, *LIMIT).update(enum=[1]), "limit: fewer values"),
    "a field": (lambda doc: at(doc, *CARD).pop("audience"), ".audience: is gone"),
    "optional": (lambda doc: at(doc, *SCHEMAS, "Scorecard", "required").remove("name"), ".name: may be missing now"),
    "null": (
        lambda doc: at(doc, *CARD, "made_up").update(anyOf=[{"type": "boolean"}, {"type": "null"}]),
        ".made_up: may be null now",
    ),
    "type": (lambda doc: at(doc, *CARD, "made_up").update(type="string"), ".made_up: boolean became string"),
    "deep": (lambda doc: at(doc, *SCHEMAS, "Interval", "properties").pop("people"), ".people: is gone"),
    "in a list": (lambda doc: at(doc, *SCHEMAS, "Entry", "properties").pop("rank"), "entries[].rank: is gone"),
    "places": (
        lambda doc: at(doc, *SCHEMAS, "Interval", "properties", "score", "prefixItems").pop(),
        "another number of prefixItems",
    ),
    "values": (lambda doc: at(doc, *SCHEMAS, "Part", "properties", "part", "enum").append("luck"), "more values"),
}


@pytest.mark.parametrize("what", EVERY)
def test_what_takes_something_away_is_found(what: str) -> None:
    change, said = EVERY[what]
    new = copy.deepcopy(describe())
    change(new)
    found = breaking(describe(), new)
    assert [text for text in found if said in text], found


def test_what_only_adds_breaks_nothing() -> None:
    new = copy.deepcopy(describe())
    new["paths"]["/v1/new"] = new["paths"]["/v1/health"]
    at(new, *BOARD, "parameters").append({"name": "x", "in": "query", "required": False, "schema": {"type": "string"}})
    at(new, *BOARD, "responses")["429"] = {"description": "too many"}
    at(new, *CARD)["more"] = {"type": "string"}
    at(new, *LIMIT)["maximum"] = 200
    at(new, *CARD)["audience"] = {"type": "number"}  # was null as well
    assert breaking(describe(), new) == []


class Failing:
    """A table whose reads all fail."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def get(self, pk: str, sk: str) -> Item | None:
        raise self.error

    def get_many(self, keys: object) -> list[Item]:
        raise self.error

    def query(self, pk: str, *, after: str = "", limit: int = 100) -> list[Item]:
        raise self.error


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteTable]:
    """Three runs of a made-up community, two weeks apart."""
    folder = tmp_path_factory.mktemp("described")
    lake, table = made(folder / "lake", 1), SqliteTable(folder / "table.sqlite")
    for back in (14, 7, 0):
        report, _ = score(lake, at=END - back * DAY, population="profiles")
        keep(lake, table, report)
        publish(lake, table, report.run, now=NOW - back * DAY, secret="made up")
    yield table
    table.close()


class Asked:
    """Asks a site, checks every answer against the description, and keeps which of it was seen."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.doc = describe()
        for schema in self.doc["components"]["schemas"].values():
            if "properties" in schema:
                schema.setdefault("additionalProperties", False)
        self.seen: set[tuple[str, str]] = set()

    def __call__(self, template: str, site: Site | None = None, more: str = "", **headers: str) -> tuple[int, Any]:
        """Status and document of a path as the description writes it, with `more` in place of its segments."""
        target = more or template
        sent = [(name.replace("_", "-"), value) for name, value in headers.items()]
        answer = (site or self.site).resolve(event("GET", target, sent, NOW), None)
        status, body = answer["statusCode"], answer["body"]
        told = self.doc["paths"][template]["get"]["responses"][str(status)]
        self.seen.add((template, str(status)))
        for name, header in told.get("headers", {}).items():
            assert not header.get("required") or name in answer["multiValueHeaders"], (target, name)
        if status == 304:
            assert not body
            return status, None
        (kind,) = answer["multiValueHeaders"]["Content-Type"]
        found = json.loads(body)
        schema = {**told["content"][kind]["schema"], "components": self.doc["components"]}
        jsonschema.Draft202012Validator(schema).validate(found)
        for moment in re.findall(r'"(?:at|published_at|next_at)":"([^"]*)"', body):
            assert re.fullmatch(MOMENT, moment)
        return status, found


def test_every_declared_answer_is_given_and_every_given_answer_is_declared(
    table: SqliteTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = Asked(build(table))
    _, board = ask("/v1/leaderboard")
    _, rest = ask("/v1/leaderboard", more="/v1/leaderboard?limit=2")
    ask("/v1/leaderboard", more=rest["next"])
    first, second = (entry["handle"] for entry in board["entries"][:2])
    _, known = ask("/v1/topics", more="/v1/topics?limit=1")
    topic = known["entries"][0]["topic"]
    account = f"/v1/accounts/{board['entries'][0]['account'].replace(':', '/', 1)}"
    good = {
        "/v1/profiles": f"/v1/profiles?ids={first},@{second},{board['entries'][2]['account']},nobody,net:1",
        "/v1/profiles/{handle}": f"/v1/profiles/{first}",
        "/v1/profiles/{handle}/history": f"/v1/profiles/{first}/history",
        "/v1/profiles/{handle}/why": f"/v1/profiles/{first}/why",
        "/v1/profiles/{handle}/receipts": f"/v1/profiles/{first}/receipts",
        "/v1/profiles/{handle}/relationships": f"/v1/profiles/{first}/relationships",
        "/v1/profiles/{handle}/topics": f"/v1/profiles/{first}/topics",
        "/v1/profiles/{handle}/segments": f"/v1/profiles/{first}/segments",
        "/v1/search": "/v1/search?q=a",
        "/v1/topics": "/v1/topics",
        "/v1/topics/{name}": f"/v1/topics/{topic}",
        "/v1/accounts/{network}/{native_id}": account,
        "/v1/compare": f"/v1/compare?handles={first},{second}",
        **{path: path for path in ("/v1/leaderboard", "/v1/method", "/v1/runs/current", "/v1/health", "/openapi.json")},
    }
    assert set(good) == set(ask.doc["paths"])
    empty, broken, wrong = (
        SqliteTable(tmp_path / "empty"),
        Failing(RetriableError("away")),
        Failing(ZeroDivisionError()),
    )
    for path, target in good.items():
        unknown = target.replace(first, "nobody").replace(account, "/v1/accounts/net/1").replace(topic, "nobodys")
        assert ask(path, more=target)[0] == 200, target
        assert ask(path, more=target, If_None_Match="*")[0] == 304
        assert ask(path, more=f"{target}{'&' if '?' in target else '?'}colour=red")[0] == 400
        assert ask(path, more=f"{target}{'&' if '?' in target else '?'}{'x' * 8000}=")[0] == 414
        if "404" in ask.doc["paths"][path]["get"]["responses"] and path != "/v1/method":
            assert ask(path, more=unknown)[0] == 404, unknown
        if path != "/openapi.json":
            for site, kind in ((build(empty), "nothing-published"), (build(broken), "unavailable")):
                status, problem = ask(path, site, target)
                assert (status, problem["type"]) == (503, f"urn:renown:problem:{kind}")
            assert ask(path, build(wrong), target)[0] == 500
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("renown.web.routes.described", lambda base: {}[base])
        assert ask("/openapi.json")[0] == 500
    monkeypatch.setattr("renown.published.method_key", lambda run: ("method", "an older one"))
    assert ask("/v1/method")[0] == 404
    told = {(path, status) for path, of in ask.doc["paths"].items() for status in of["get"]["responses"]}
    assert ask.seen == told
    empty.close()


def test_everybody_is_answered_as_described(table: SqliteTable) -> None:
    """Profiles without a score, without receipts, without anybody who reacts: whoever there is."""
    ask = Asked(build(table))
    cards = table._rows("SELECT * FROM items WHERE pk LIKE 'card#@%' AND sk = ?", (current(ask),))
    kinds = {card.doc["missing"] is None for card in cards}
    assert kinds == {True, False}
    for card in cards:
        handle = card.doc["handle"]
        for part in ("", "/history", "/receipts", "/relationships", "/topics", "/segments", "/why"):
            status, _ = ask(f"/v1/profiles/{{handle}}{part}", more=f"/v1/profiles/{handle}{part}")
            assert status == 200 or part in ("/why", "/relationships", "/topics", "/segments"), (handle, part)


def current(ask: Asked) -> str:
    run: str = ask("/v1/runs/current")[1]["run"]
    return run


def test_the_description_names_every_route_of_the_api_and_where_it_stands() -> None:
    doc = describe()
    assert {re.sub("<(.*?)>", r"{\1}", path) for path in OPERATIONS} == set(doc["paths"])
    names = [of["get"]["operationId"] for of in doc["paths"].values()]
    assert len(set(names)) == len(names)
    for schema in doc["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    assert described.described("/live")["servers"] == [{"url": "/live"}]
