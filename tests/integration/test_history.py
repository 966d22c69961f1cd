"""The history of a profile: one point a day of what readers saw, whatever happens in between."""

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.history import KEPT, PUBLISHED, history, point_keys, seen
from renown.lake import FolderLake
from renown.published import Pointer, current
from renown.runs import Report
from renown.steps.publish import publish
from renown.table import SqliteTable, Table
from renown.web.routes import build
from renown.web.serve import event
from tests.integration.dying import DyingTable, Killed, Life
from tests.integration.runs_made import card, finish

NOW = 1_800_000_000


@pytest.fixture
def lake(tmp_path: Path) -> FolderLake:
    return FolderLake(tmp_path / "lake")


@pytest.fixture
def table(tmp_path: Path) -> SqliteTable:
    return SqliteTable(tmp_path / "table")


def run(lake: FolderLake, name: str, at: str, score: float | None, **more: Any) -> Report:
    cards = [card(who, score, at=at) for who in ("@ada", "@bob")] + [card("net:1", 40.0, at=at)]
    return finish(lake, name, cards, at=at, **more)


def told(table: Table, who: str = "@ada") -> list[tuple[str, float | None]]:
    found = current(table)
    assert found
    return [(point["run"], point["score"]) for point in history(table, found[0], who)]


def test_every_day_is_one_point_and_a_new_formula_is_marked(lake: FolderLake, table: SqliteTable) -> None:
    for day, score in ((1, 60.0), (2, 61.0), (3, None), (4, 59.0)):
        formula = "2026-11" if day < 4 else "2026-12"
        run(lake, f"r{day}", f"2026-10-0{day}T04:00:00Z", score, formula=formula)
        publish(lake, table, now=NOW, force=True)
    answer = build(table).resolve(event("GET", "/v1/profiles/ada/history"), None)
    found = json.loads(answer["body"])
    assert (found["id"], found["run"], found["formula"]) == ("@ada", "r4", "2026-11")
    assert [(point["run"], point["score"], point["new_formula"]) for point in found["points"]] == [
        ("r1", 60.0, False),
        ("r2", 61.0, False),
        ("r3", None, False),
        ("r4", 59.0, True),
    ]
    assert found["points"][0]["interval"] == {"share": 0.8, "people": [0, 99], "score": [0.0, 33.2]}
    assert table.query("history#net:1") == []  # accounts of nobody's profile have none


def test_the_last_run_of_a_day_counts_and_the_others_leave(lake: FolderLake, table: SqliteTable) -> None:
    for number, hour in enumerate((4, 5, 6)):
        run(lake, f"r{number}", f"2026-10-01T0{hour}:00:00Z", 60.0 + number)
        publish(lake, table, now=NOW)
        assert told(table) == [(f"r{number}", 60.0 + number)]
    run(lake, "r3", "2026-10-02T04:00:00Z", 63.0)
    publish(lake, table, now=NOW)
    assert told(table) == [("r2", 62.0), ("r3", 63.0)]
    assert [sk for _, sk in point_keys(table, "@ada")] == ["r2", "r3"]


@pytest.mark.parametrize("days", ["12-29 12-30 12-31", "12-30 12-31 01-01", "12-31 01-01 01-02"])
def test_a_run_that_was_taken_back_is_no_day_of_history(lake: FolderLake, table: SqliteTable, days: str) -> None:
    for number, day in enumerate(days.split()):
        year = "2027" if day.startswith("01") else "2026"
        run(lake, f"r{number}", f"{year}-{day}T04:00:00Z", 60.0 + number)
    publish(lake, table, "r0", now=NOW)
    publish(lake, table, "r1", now=NOW)
    assert told(table) == [("r0", 60.0), ("r1", 61.0)]
    publish(lake, table, "r0", now=NOW)
    assert told(table) == [("r0", 60.0)]
    publish(lake, table, "r2", now=NOW)
    assert told(table) == [("r0", 60.0), ("r2", 62.0)]
    assert [sk for _, sk in point_keys(table, "@ada")] == ["r0", "r2"]
    publish(lake, table, "r1", now=NOW)  # and forward again, to what was taken back
    publish(lake, table, "r2", now=NOW)
    assert told(table) == [("r0", 60.0), ("r1", 61.0), ("r2", 62.0)]


@pytest.mark.parametrize("at", ["2026-10-01T09:00:00Z", "2026-10-02T04:00:00Z", "2027-01-01T04:00:00Z"])
def test_killed_at_every_write_readers_see_the_old_history(lake: FolderLake, tmp_path: Path, at: str) -> None:
    life = Life(10**9)
    table = DyingTable(SqliteTable(tmp_path / "dying"), life)
    run(lake, "r0", "2026-09-30T04:00:00Z", 59.0)
    publish(lake, table, now=NOW)
    run(lake, "r1", "2026-10-01T04:00:00Z", 60.0)
    publish(lake, table, now=NOW)
    old = told(table)
    run(lake, "r2", at, 61.0)
    for writes in range(100):
        life.left = writes
        try:
            publish(lake, table, now=NOW)
            break
        except Killed:
            assert told(table) == old
    assert told(table) == [*(old if at[:10] != "2026-10-01" else old[:1]), ("r2", 61.0)]
    whole = SqliteTable(tmp_path / "whole")
    life.left = 10**9
    for name in ("r0", "r1", "r2"):
        publish(lake, whole, name, now=NOW)
    assert told(whole) == told(table)


def test_two_years_are_kept(lake: FolderLake, table: SqliteTable) -> None:
    for number, day in enumerate(("2024-10-28", "2024-10-31", "2025-06-01", "2026-10-31")):
        run(lake, f"r{number}", f"{day}T04:00:00Z", 60.0)
        publish(lake, table, now=NOW)
    assert [name for name, _ in told(table)] == ["r1", "r2", "r3"]
    item = table.get("history#@ada", "r3")
    assert item is not None
    assert item.expires_at == NOW + KEPT * 86_400


def test_a_table_from_before_there_was_history(lake: FolderLake, table: SqliteTable) -> None:
    run(lake, "r1", "2026-10-01T04:00:00Z", 60.0)
    publish(lake, table, now=NOW)
    table.delete_many([(PUBLISHED, "2026"), *point_keys(table, "@ada")])
    assert told(table) == []
    run(lake, "r2", "2026-10-02T04:00:00Z", 61.0)
    publish(lake, table, now=NOW)
    assert told(table) == [("r2", 61.0)]


def pointer(number: int, hours: int) -> Pointer:
    at = datetime(2026, 12, 30, tzinfo=UTC) + timedelta(hours=hours)
    facts: dict[str, Any] = {"formula": "f", "scorecards": 1, "scored": 1, "mean": 1.0, "made_up": True}
    return Pointer(run=f"r{number}", at=at.strftime("%Y-%m-%dT%H:%M:%SZ"), population="accounts", **facts)


@given(st.lists(st.integers(0, 99), min_size=2, max_size=8))
def test_what_is_written_for_the_next_run_changes_nothing_for_this_one(hours: list[int]) -> None:
    stored: list[dict[str, Any]] = []
    for number, (before, after) in enumerate(pairwise(hours)):
        now, following = pointer(number, before), pointer(number + 1, after)
        shown = seen(stored, now)
        stored = seen(stored, now)
        assert seen(stored, now) == shown
        then = seen(stored, following)
        assert then[-1]["run"] == following.run
        days = [run["at"][:10] for run in then]
        assert days == sorted(set(days))
