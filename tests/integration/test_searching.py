"""People are found by the words of their names, whoever moved is on the front page, and who is erased is not."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from renown.lake import FolderLake
from renown.published import current, moved
from renown.searching import find
from renown.steps.publish import publish
from renown.table import SqliteTable, Table
from renown.web.routes import build
from renown.web.serve import event
from tests.contract.test_table import create
from tests.integration.runs_made import card, finish

PEOPLE = [
    card("@ada", 60.0, name="Ada Lovelace", accounts=["mastodon:ada@example.social"]),
    card("@zoe", 50.0, name="Zoë Ångström"),
    card("@new", None, name="Ada Newcomer"),
    card("@arabic", 20.0, name="ليلى"),
    card("github:adamant", 40.0),
]


@pytest.fixture(params=["laptop", "aws"])
def table(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param == "laptop":
        yield SqliteTable(tmp_path / "table.sqlite")
        return
    with mock_aws():
        yield create("searched")


def filled(table: Table, folder: Path) -> str:
    lake = FolderLake(folder / "lake")
    finish(lake, "r1", PEOPLE)
    publish(lake, table, now=1_800_000_000, secret="made up")
    return "r1"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ada", ["@ada", "github:adamant", "@new"]),
        ("@Ada", ["@ada", "github:adamant", "@new"]),
        ("love", ["@ada"]),
        ("LOVELACE ada", ["@ada"]),
        ("angstrom", ["@zoe"]),
        ("zoé", ["@zoe"]),
        ("ليلى", ["@arabic"]),
        ("ada zoe", []),
        ("nobody", []),
        ("", []),
        ("#", []),
        ("%_\x00", []),
        ("a" * 10_000, []),
    ],
)
def test_people_are_found_by_beginnings_of_words(table: Table, tmp_path: Path, text: str, found: list[str]) -> None:
    run = filled(table, tmp_path)
    assert [each["id"] for each in find(table, run, text, 10)] == found


def ask(table: Table, target: str) -> tuple[int, str]:
    answer = build(table).resolve(event("GET", target, [], 1_800_000_000), None)
    return answer["statusCode"], answer["body"]


def test_an_unknown_handle_is_answered_with_who_is_called_alike(tmp_path: Path) -> None:
    table = SqliteTable(tmp_path / "table.sqlite")
    filled(table, tmp_path)
    status, page = ask(table, "/@lovelace")
    assert status == 404
    assert "Did you mean" in page
    assert 'href="/@ada"' in page
    status, page = ask(table, "/search?q=angstrom")
    assert (status, 'href="/@zoe"' in page) == (200, True)
    status, page = ask(table, "/search?q=%3Cscript%3E")
    assert (status, "<script>" in page, "&lt;script&gt;" in page) == (200, False, True)
    assert ask(table, f"/search?q={'a' * 201}")[0] == ask(table, f"/v1/search?q={'a' * 201}")[0] == 400
    status, text = ask(table, "/v1/search?q=ada")
    assert [each["id"] for each in json.loads(text)["entries"]] == ["@ada", "github:adamant", "@new"]


def test_people_side_by_side(tmp_path: Path) -> None:
    table = SqliteTable(tmp_path / "table.sqlite")
    filled(table, tmp_path)
    status, page = ask(table, "/compare?handles=ada,%20zoe,new")
    assert status == 200
    assert "cannot be told apart" in page
    assert "none yet: 3 of 5 people needed" in page
    assert ask(table, "/compare")[0] == 200
    assert ask(table, "/compare?handles=ada")[0] == 400
    assert ask(table, "/compare?handles=ada,nobody")[0] == 404


def test_who_moved_most_is_on_the_front_page(tmp_path: Path) -> None:
    table, lake = SqliteTable(tmp_path / "table.sqlite"), FolderLake(tmp_path / "lake")
    filled(table, tmp_path)
    assert moved(table, "r1") is None
    finish(lake, "r2", PEOPLE)
    before = [39.6, 40.6, 37.0, None, 38.5, 49.0]
    changes = [{"id": f"@p{n}", "from": {"score": score}, "to": {"score": 40.0}} for n, score in enumerate(before)]
    lines = "".join(json.dumps(each) + "\n" for each in changes)
    lake.write("whys/r1..r2.jsonl.gz", gzip.compress(lines.encode(), mtime=0))
    publish(lake, table, now=1_800_000_100)
    found = current(table)
    assert found
    assert found[0].run == "r2"
    most = moved(table, "r2")
    assert most
    assert [each["id"] for each in most["up"]] == ["@p2", "@p4"]
    assert [each["id"] for each in most["down"]] == ["@p5", "@p1"]
    assert "−9.0 to 40.0" in ask(table, "/")[1]
