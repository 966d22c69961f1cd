"""The site without a server: addresses, words and whatever a stranger may ask for."""

import html
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.errors import BadInput, NotFound, RetriableError
from renown.numbers import candidates, items
from renown.published import Pointer, card_key, pointer_item, top_key
from renown.shown import shown
from renown.table import Item, SqliteTable
from renown.web.pages import address, data
from renown.web.problem import PROBLEMS, UNEXPECTED, NotARead, NothingPublished
from renown.web.routes import build
from renown.web.serve import event
from renown.web.site import Site, prefix
from tests.integration.runs_made import card

RUN = "r1"
EVIL = "<script>alert('1')</script>\"&{{7*7}}<img src=x onerror=alert(1)>"

Ask = Callable[..., tuple[int, str]]


def entry(rank: int, of: dict[str, Any]) -> dict[str, Any]:
    shown = ("id", "handle", "name", "score", "reach", "amplification", "network")
    return {"rank": rank, **{name: of[name] for name in shown}, "account": of["accounts"][0]}


def publish(table: SqliteTable, cards: list[dict[str, Any]], *, made_up: bool = True) -> None:
    scored = [entry(rank, one) for rank, one in enumerate(cards, 1) if one["score"] is not None]
    table.put_many(Item(*card_key(one["id"], RUN), {**one, "run": RUN}) for one in cards)
    table.put_many([Item(*top_key(RUN, 0), {"entries": scored})])
    table.put_many(items([one["handle"] for one in cards if one["handle"]], expires_at=0))
    pointer = Pointer(
        run=RUN,
        at="2026-10-31T00:00:00Z",
        formula="2026-11",
        scorecards=len(cards),
        scored=len(scored),
        mean=40.0,
        made_up=made_up,
        population="accounts",
    )
    table.put_many([pointer_item(pointer, 1)])


@pytest.fixture
def table(tmp_path: Path) -> Iterator[SqliteTable]:
    table = SqliteTable(tmp_path / "table.sqlite")
    yield table
    table.close()


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Asks a site with two people, the second with an evil name, and an account of nobody's."""
    table = SqliteTable(tmp_path_factory.mktemp("web") / "table.sqlite")
    publish(table, [card("@ada", 60.0), card("@eve", 50.0, name=EVIL), card("net:a/b c", 40.0), card("@new", None)])
    site = build(table)
    yield lambda target, method="GET": ask(site, target, method)
    table.close()


def ask(site: Site, target: str, method: str = "GET") -> tuple[int, str]:
    answer = site.resolve(event(method, target), None)
    return answer["statusCode"], answer["body"]


ADA = candidates("ada")[0]
segment = st.one_of(
    st.sampled_from(["v1", "profiles", "accounts", "leaderboard", "health", "@ada", "ada", "net", "..", ".", "", "*"]),
    st.sampled_from(["badge", "ada.svg", "ada.png", "eve.json", "feed.json", "feed.xml", "oembed", "topic.png"]),
    st.text(max_size=20).map(lambda text: quote(text, safe="")),
    st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=20),
)
value = st.one_of(st.text(max_size=30), st.from_regex(r"[A-Za-z0-9_=-]{0,40}", fullmatch=True), st.integers().map(str))
query = st.lists(st.tuples(st.sampled_from(["limit", "cursor", "x", ""]), value), max_size=3)
klout = st.sampled_from(["identity.json", "user.json", "twitter", "klout", "tw", "score", "topics", "influence", ADA])


@given(st.lists(segment, max_size=5), query)
def test_whatever_is_asked_gets_an_answer_that_is_meant(
    asked: Ask, segments: list[str], parameters: list[tuple[str, str]]
) -> None:
    text = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters)
    status, body = asked("/" + "/".join(segments) + (f"?{text}" if text else ""))
    assert status in (200, 400, 404)
    assert body


@given(st.lists(st.one_of(klout, klout, segment), max_size=4), st.lists(st.tuples(st.text(max_size=20), value)), value)
def test_old_clients_get_json_whatever_they_ask_for(
    asked: Ask, segments: list[str], parameters: list[tuple[str, str]], name: str
) -> None:
    given_once = {"screenName": name, **dict(parameters)}
    text = "&".join(f"{quote(key, safe='')}={quote(each, safe='')}" for key, each in given_once.items())
    status, body = asked("/v2/" + "/".join(segments) + "?" + text)
    found = json.loads(body)
    assert (status == 200) is not ("error" in found)
    assert status in (200, 400, 404)


account = st.tuples(
    st.from_regex(r"[a-z][a-z0-9.-]{0,20}", fullmatch=True),
    st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=40),
).map(":".join)


@given(account)
def test_the_address_of_an_account_leads_back_to_it(asked: Ask, card_id: str) -> None:
    for path in (address(card_id), data(card_id)):
        status, body = asked(path)
        assert status == 404
        if path == address(card_id):
            assert shown(card_id) in html.unescape(body)
        else:
            assert card_id in json.loads(body)["detail"]


def test_an_account_with_anything_in_its_id(asked: Ask) -> None:
    assert data("net:a/b c") == "/v1/accounts/net/a%2Fb%20c"
    assert json.loads(asked(data("net:a/b c"))[1])["id"] == "net:a/b c"
    assert asked(address("net:a/b c"))[0] == 200
    assert json.loads(asked(data("@ada"))[1])["handle"] == "ada"


@pytest.mark.parametrize("path", ["/", "/@eve"])
def test_what_strangers_write_stays_text(asked: Ask, path: str) -> None:
    _, body = asked(path)
    assert EVIL in html.unescape(body)
    assert EVIL not in body
    tags = re.sub(r'"[^"]*"', '""', re.sub(r">[^<]*<", "><", body))  # without texts and values
    for forbidden in ("<script", "<img", "<style", "style=", " on"):
        assert forbidden not in tags, forbidden


def test_what_is_asked_for_stays_text(asked: Ask) -> None:
    status, body = asked("/@" + quote(EVIL, safe=""))
    assert status == 404
    assert "<script" not in body
    assert "<img" not in body


def test_a_long_name_is_cut(table: SqliteTable) -> None:
    publish(table, [card("@ada", 60.0, name="x" * 10_000)])
    for path in ("/", "/@ada"):
        assert max(map(len, re.findall("x+", ask(build(table), path)[1]))) == 79


def test_no_key_is_longer_than_dynamodb_takes(table: SqliteTable, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(table, [card("@ada", 60.0)])
    keys = []
    get = table.get

    def noting(pk: str, sk: str) -> Item | None:
        keys.append(pk)
        return get(pk, sk)

    monkeypatch.setattr(table, "get", noting)
    site = build(table)
    for path in ("/v1/profiles/" + "a" * 4000, "/@" + "a" * 4000, "/v1/accounts/net/" + quote("😀" * 512)):
        assert ask(site, path)[0] == 404
    assert max(len(key.encode()) for key in keys) <= 2048


def test_an_account_of_nobody_has_no_name(asked: Ask) -> None:
    found = json.loads(asked("/v1/accounts/net/a%2Fb%20c")[1])
    assert (found["name"], found["handle"]) == (None, None)
    assert "<h1><bdi>net:a/b c</bdi></h1>" in asked("/accounts/net/a%2Fb%20c")[1]


def test_the_front_page_says_how_many_from_what_and_whether_they_exist(table: SqliteTable) -> None:
    cards = [card("@ada", 60.0), card("@bob", 50.0), card("@new", None)]
    publish(table, cards)
    body = ask(build(table), "/")[1]
    for said in ("2 people have a score", "1 opted in and has none yet", "2026-10-31", "2026-11", RUN):
        assert said in body
    assert "These people are made up" in body
    publish(table, cards[:2], made_up=False)
    body = ask(build(table), "/")[1]
    assert "made up" not in body
    assert "opted in" not in body


def test_a_scorecard_in_words(table: SqliteTable) -> None:
    publish(table, [card("@ada", 60.0, reach=62.5, amplification=2.0, network=-4.5), card("@new", None)])
    site = build(table)
    body = ask(site, "/@ada")[1]
    words = " ".join(re.sub(r"<[^>]+>", "", body).split())
    assert "About 4,095 people are expected to react in the next four weeks." in words
    assert "In four of five such cases it was between 0 and 99: a score between 0 and 33." in words
    assert "Five points more would be twice as many; ten more would take about 42 genuine people" in words
    assert "9 people reacted 12 times" in words
    assert "Undefended" not in words
    assert 'aria-label="Points of 100: reach 62.5, amplification 2.0, network -4.5; the score is between' in body
    bars = re.findall(r'<rect class="([a-z ]+)" x="([0-9.]+)" y="0" width="([0-9.]+)"', body)
    assert bars == [("reach", "0.00", "62.50"), ("amplification", "62.50", "2.00"), ("network less", "60.00", "4.50")]
    assert "3 of 5 people needed" in ask(site, "/@new")[1]
    assert "<svg" not in ask(site, "/@new")[1]


def test_a_score_that_is_not_defended_says_so(table: SqliteTable) -> None:
    evidence = {"reactors": 9, "needed": 5, "reactions": 12, "trusted": 0.1, "defended": False}
    publish(table, [card("@ada", 60.0, evidence=evidence)])
    body = ask(build(table), "/@ada")[1]
    assert "Undefended" in body
    assert "trusted people" not in body


@pytest.mark.parametrize(
    ("path", "whole", "before"),
    [("/@ada", "/Prod/@ada", "/Prod"), ("/", "/Prod/", "/Prod"), ("/@ada", "/@ada", ""), ("/@ada", None, "")],
)
def test_the_stage_stands_before_the_path(path: str, whole: str | None, before: str) -> None:
    assert prefix({"path": path, "requestContext": {"path": whole}}) == before


def test_a_request_as_api_gateway_sends_it() -> None:
    request = event("GET", "/a%2Fb?x=1&x=%C3%A9&y=#z", [("Accept", "a"), ("Accept", "b")])
    assert request["path"] == request["requestContext"]["path"] == "/a%2Fb"
    assert request["multiValueQueryStringParameters"] == {"x": ["1", "é"], "y": [""]}
    assert request["queryStringParameters"] == {"x": "é", "y": ""}
    assert (request["headers"], request["multiValueHeaders"]) == ({"Accept": "b"}, {"Accept": ["a", "b"]})


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (BadInput("what is wrong"), 400, "what is wrong"),
        (NotFound("nobody"), 404, "nobody"),
        (NotARead("POST"), 405, "POST"),
        (RetriableError("table 123 in account 456"), 503, "Try again in a minute."),
        (NothingPublished("start a run"), 503, "start a run"),
        (KeyError("secret"), 500, "It is logged."),
    ],
)
def test_every_error_is_one_problem(
    table: SqliteTable, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, said: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(table, "get", fail)
    site = build(table)
    for path, kind in (("/v1/profiles/ada", "application/problem+json"), ("/@ada", "text/html; charset=utf-8")):
        answer = site.resolve(event("GET", path), None)
        assert answer["statusCode"] == status
        assert answer["multiValueHeaders"]["Content-Type"] == [kind]
        assert answer["multiValueHeaders"]["Cache-Control"] == ["no-store"]
        assert ("Retry-After" in answer["multiValueHeaders"]) == (status == 503)
        assert ("Allow" in answer["multiValueHeaders"]) == (status == 405)
        assert said in answer["body"]
        assert "secret" not in answer["body"]
        assert "123" not in answer["body"]


def test_types_of_problems_are_stable() -> None:
    assert {problem.name: int(problem.status) for problem in (*PROBLEMS.values(), UNEXPECTED)} == {
        "nothing-published": 503,
        "read-only": 405,
        "too-long": 414,
        "bad-input": 400,
        "not-found": 404,
        "unavailable": 503,
        "unexpected": 500,
    }
