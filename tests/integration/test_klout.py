"""Klout's API as its clients knew it, over SQLite and DynamoDB (moto)."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from renown import changes
from renown.lake import FolderLake
from renown.numbers import candidates
from renown.steps.publish import publish
from renown.table import SqliteTable, Table
from renown.web.routes import build
from renown.web.serve import event
from renown.web.site import Site
from tests.contract.test_table import create
from tests.integration.runs_made import card, finish, ties

LAST = "2026-10-31T000000Z-x"
SCORES = {
    "2026-08-20T000000Z-x": 1.0,  # too long ago to be the month's
    "2026-09-28T000000Z-x": 48.0,
    "2026-10-02T000000Z-x": 49.0,  # 29 days before
    "2026-10-24T000000Z-x": 52.5,
    "2026-10-25T000000Z-x": 57.0,
    "2026-10-29T000000Z-x": 54.0,
    LAST: 55.75,
}
TOPICS = [{"topic": "machine-learning", "name": "Machine Learning"}, {"topic": "<b>", "name": "</script>\u2028"}]
ADA, BOB = candidates("ada")[0], candidates("bob")[0]

USER = {"kloutId": str, "nick": str, "score": {"score": float, "bucket": str}}
DELTAS = {"dayChange": float, "weekChange": float, "monthChange": float}
SHAPES: dict[str, Any] = {
    # Of answers that Klout gave, as the tests of jKlout2 (Java) and klout-sdk-php kept them.
    "identity": {"id": str, "network": str},
    "score": {"score": float, "scoreDelta": DELTAS, "bucket": str},
    "user": {**USER, "scoreDeltas": DELTAS},
    "topic": dict.fromkeys(("id", "displayName", "name", "slug", "imageUrl", "topicType"), str),
    "influence": {
        "myInfluencers": list,
        "myInfluencees": list,
        "myInfluencersCount": int,
        "myInfluenceesCount": int,
    },
    "entity": {"entity": {"id": str, "payload": {**USER, "scoreDeltas": DELTAS}}},
    "error": {"error": int, "description": str},
}


def shape(value: Any, of: Any) -> bool:
    if isinstance(of, dict):
        return value.keys() == of.keys() and all(shape(value[name], of[name]) for name in of)
    return type(value) is of


def fill(table: Table, folder: Path) -> Site:
    lake = FolderLake(folder / "lake")
    before = None
    for run, score in SCORES.items():
        at = f"{run[:10]}T00:00:00Z"
        accounts = ["x:2244994945", "mastodon:ada@example.social", "facebook:99"]
        cards = [
            card("@ada", score, at=at, accounts=accounts, **({"topics": TOPICS} if run == LAST else {})),
            card("@bob", 91.0, at=at),
            card("@cy", 42.0, at=at),
            card("@new", None, at=at),
            card("github:ghost", 30.0, at=at),
        ]
        finish(lake, run, cards, tied=[tied()], at=at)
        if before:
            was, now = ({"run": name, "at": f"{name[:10]}T00:00:00Z", "score": SCORES[name]} for name in (before, run))
            line = json.dumps({"id": "@ada", "from": was, "to": now})
            lake.write(changes.key(before, run), gzip.compress(f"{line}\n".encode()))
        publish(lake, table, now=1_800_000_000, force=True)
        before = run
    return build(table)


def tied() -> dict[str, Any]:
    found = ties("@ada", ["@bob"])
    person = {"they": 0, "you": 3, "first": "2026-01-02", "last": "2026-10-30", "reached": 3}
    found["counts"] |= {"mutual": 1, "by_you": 17, "to_you": 8}
    found["named"]["by_you"] = [{"who": who, **person} for who in ("@cy", "@new", "@gone")]
    return found


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("klout")
    table = SqliteTable(folder / "table.sqlite")
    yield fill(table, folder)
    table.close()


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with mock_aws():
        yield fill(create("klout"), tmp_path_factory.mktemp("aws"))


@pytest.fixture(params=["laptop", "aws"])
def site(request: pytest.FixtureRequest) -> Site:
    found: Site = request.getfixturevalue(request.param)
    return found


def ask(site: Site, target: str) -> tuple[int, dict[str, list[str]], str]:
    answer = site.resolve(event("GET", target, [("Host", "scores.example.org")]), None)
    return answer["statusCode"], answer["multiValueHeaders"], answer["body"]


def get(site: Site, target: str) -> Any:
    status, headers, body = ask(site, target)
    assert (status, headers["Content-Type"]) == (200, ["application/json; charset=utf-8"]), body
    assert headers["Access-Control-Allow-Origin"] == ["*"]
    return json.loads(body)


@pytest.mark.parametrize(
    "asked",
    [
        "tw/2244994945",
        "x/2244994945",
        "fb/99",
        "mastodon/ada@example.social",
        "mastodon/ada%40example.social",
        "twitter?screenName=ada",
        "twitter?screenName=%40Ada",
        "twitter?screenName=2244994945",
        f"ks/{ADA}",
        f"klout/{ADA}",
    ],
)
def test_everybody_is_found_by_whatever_they_have(site: Site, asked: str) -> None:
    found = get(site, f"/v2/identity.json/{asked}{'&' if '?' in asked else '?'}key=secret&_=1397")
    assert found == {"id": ADA, "network": "ks"}
    assert shape(found, SHAPES["identity"])


def test_from_a_number_to_accounts(site: Site) -> None:
    assert get(site, f"/v2/identity.json/klout/{ADA}/tw?key=k") == {"id": "2244994945", "network": "tw"}
    assert get(site, f"/v2/identity.json/klout/{ADA}/mastodon")["id"] == "ada@example.social"
    status, _, body = ask(site, f"/v2/identity.json/klout/{ADA}/gp")
    assert (status, json.loads(body)["description"]) == (404, "@ada has linked no account on gp")


def test_the_score_and_what_changed(site: Site) -> None:
    found = get(site, f"/v2/user.json/{ADA}/score?key=k")
    assert shape(found, SHAPES["score"])
    assert found == {
        "score": 55.75,
        "scoreDelta": {"dayChange": 1.75, "weekChange": 3.25, "monthChange": 7.75},
        "bucket": "50-59",
    }


def test_the_user(site: Site) -> None:
    found = get(site, f"/v2/user.json/{BOB}?key=k")
    assert shape(found, SHAPES["user"])
    assert (found["kloutId"], found["nick"]) == (BOB, "bob")
    assert found["score"] == {"score": 91.0, "bucket": "90-100"}
    assert set(found["scoreDeltas"].values()) == {0.0}  # nothing is known of an earlier score


def test_topics(site: Site) -> None:
    found = get(site, f"/v2/user.json/{ADA}/topics?key=k")
    assert all(shape(topic, SHAPES["topic"]) for topic in found)
    assert [topic["slug"] for topic in found] == ["machine-learning", "<b>"]
    assert found[0]["displayName"] == found[0]["name"] == "Machine Learning"
    assert found[0]["imageUrl"] == "http://scores.example.org/topic.png"
    assert found[0]["id"].isdigit()
    assert get(site, f"/v2/user.json/{BOB}/topics") == []


def test_influence_names_who_opted_in_and_counts_everybody(site: Site) -> None:
    found = get(site, f"/v2/user.json/{ADA}/influence?key=k")
    assert shape(found, SHAPES["influence"])
    assert (found["myInfluencersCount"], found["myInfluenceesCount"]) == (18, 9)
    entries = found["myInfluencers"] + found["myInfluencees"]
    assert all(shape(entry, SHAPES["entity"]) for entry in entries)
    nicks = [entry["entity"]["payload"]["nick"] for entry in entries]
    assert nicks == ["bob", "cy", "bob"]  # the highest score first; who has none, or is gone, is not listed
    assert entries[0]["entity"]["id"] == BOB
    alone = get(site, f"/v2/user.json/{BOB}/influence")
    assert alone == {"myInfluencers": [], "myInfluencees": [], "myInfluencersCount": 0, "myInfluenceesCount": 0}


@pytest.mark.parametrize(
    ("target", "status", "said"),
    [
        ("user.json/12345", 404, "nobody has this kloutId"),
        ("user.json/12345/score", 404, "nobody has this kloutId"),
        ("user.json/" + "9" * 5000, 404, "nobody has this kloutId"),
        ("user.json/%00", 404, "nobody has this kloutId"),
        (f"user.json/{ADA}/friends", 404, "there is nothing at"),
        (f"user.json/{candidates('new')[0]}/score", 404, "@new has no score yet: 3 of 5 people needed"),
        (f"user.json/{candidates('new')[0]}", 404, "has no score yet"),
        ("user.xml/1", 404, "there is nothing at"),
        ("identity.json/twitter", 400, "'screenName'"),
        ("identity.json/twitter?screenName=a&screenName=b", 400, "given 2 times"),
        ("identity.json/twitter?screenName=nobody", 404, "@nobody has no scorecard"),
        ("identity.json/twitter?screenName=" + "x" * 3000, 400, "account id"),
        ("identity.json/github/ghost", 404, "has no kloutId"),
        ("identity.json/GP/1", 400, "a network is lower-case"),
        ("identity.json/gp/1", 404, "gp:1 has no scorecard"),
        (f"user.json/{ADA}/score?callback=alert(1)//", 400, "'callback'"),
    ],
)
def test_errors_are_told_as_klout_did(site: Site, target: str, status: int, said: str) -> None:
    answered, headers, body = ask(site, f"/v2/{target}")
    found = json.loads(body)
    assert (answered, found["error"]) == (status, status)
    assert headers["Content-Type"] == ["application/json; charset=utf-8"]
    assert shape(found, SHAPES["error"])
    assert said in found["description"]


def test_old_pages_ask_for_a_script(site: Site) -> None:
    status, headers, body = ask(site, f"/v2/user.json/{ADA}/topics?key=k&callback=jQuery19_13&_=2")
    assert (status, headers["Content-Type"]) == (200, ["application/javascript; charset=utf-8"])
    assert body.startswith("/**/jQuery19_13([{")
    assert body.endswith("}]);")
    assert "\u2028" not in body


def test_before_anything_is_published(tmp_path: Path) -> None:
    table = SqliteTable(tmp_path / "empty.sqlite")
    status, headers, body = ask(build(table), "/v2/identity.json/twitter?screenName=ada")
    assert (status, headers["Retry-After"], json.loads(body)["error"]) == (503, ["60"], 503)
    table.close()
