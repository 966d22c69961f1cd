"""What earlier versions left is read on: nothing of a history is lost by a new formula, table or lake."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from renown import runs
from renown.lake import FolderLake
from renown.published import current
from renown.scoring.formula import CURRENT, DAY
from renown.steps.publish import publish
from renown.steps.rebuild import rebuild
from renown.steps.score import score
from renown.steps.why import keep
from renown.table import Item, SqliteTable
from renown.web.routes import build
from renown.web.serve import event
from tests.integration.every_answer import answers

EARLIER = sorted((Path(__file__).parents[1] / "data" / "earlier").glob("*.zip"))
NOVEMBER = 1_793_505_600  # 2026-11-01T04:00:00Z
DAYS = ["2026-10-26", "2026-10-28", "2026-10-30"]


class Left:
    """A lake and a table as an earlier version left them."""

    def __init__(self, archive: Path, folder: Path) -> None:
        with zipfile.ZipFile(archive) as kept:
            kept.extractall(folder)
        self.lake = FolderLake(folder / "lake")
        self.table = SqliteTable(folder / "table.sqlite")
        rows = [json.loads(line) for line in (folder / "items.jsonl").read_text("utf-8").splitlines()]
        self.table.put_many(Item(*row) for row in rows)
        self.scores = {name: self._scores(name) for name in self._runs()}

    def _runs(self) -> list[str]:
        return sorted({key.split("/")[1] for key in self.lake.keys("runs/") if key.endswith("/report.json")})

    def _scores(self, run: str) -> dict[str, float | None]:
        return {card["id"]: card["score"] for card in runs.scorecards(self.lake, run)}


@pytest.fixture(params=EARLIER, ids=lambda path: path.stem)
def left(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Left]:
    found = Left(request.param, tmp_path / "left")
    yield found
    found.table.close()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[SqliteTable]:
    made = SqliteTable(tmp_path / "fresh.sqlite")
    yield made
    made.close()


def ask(table: SqliteTable, target: str) -> Any:
    answer = build(table).resolve(event("GET", target, [], NOVEMBER), None)
    assert answer["statusCode"] == 200, (target, answer["body"])
    return json.loads(answer["body"])


def scores(table: SqliteTable, who: str) -> dict[str, float | None]:
    points = ask(table, f"/v1/profiles/{who[1:]}/history")["points"]
    return {point["at"][:10]: point["score"] for point in points}


def test_there_are_runs_with_scores_of_earlier_versions(left: Left) -> None:
    assert [run[:10] for run in left.scores] == DAYS
    assert all(len(list(filter(None, each.values()))) >= 2 for each in left.scores.values())


def test_an_earlier_table_is_read(left: Left) -> None:
    *_, last = left.scores.values()
    for who, was in last.items():
        assert ask(left.table, f"/v1/profiles/{who[1:]}")["score"] == was
    entries = ask(left.table, "/v1/leaderboard")["entries"]
    assert {entry["id"]: entry["score"] for entry in entries} == {who: s for who, s in last.items() if s is not None}
    assert {
        target: status for (_, target), (status, _, _) in answers(left.table, NOVEMBER).items() if status >= 500
    } == {}


def test_a_run_of_this_version_is_published_after_it_and_history_goes_on(left: Left, fresh: SqliteTable) -> None:
    before = current(left.table)
    assert before
    report, _ = score(left.lake, at=NOVEMBER, population="profiles")
    keep(left.lake, left.table, report)
    pointer = publish(left.lake, left.table, report.run, now=NOVEMBER + 60, secret="made up")
    assert (pointer.previous, pointer.formula) == (before[0].run, CURRENT)
    done = rebuild(left.lake, left.table, secret="made up")  # into the table as it is
    assert (done.run, done.runs, done.points, done.supposed, done.lost) == (report.run, 4, 4, 2, ())
    assert current(left.table) == (pointer, 4)
    rebuild(left.lake, fresh, secret="made up")
    now = {card["id"]: card["score"] for card in runs.scorecards(left.lake, report.run)}
    for who, score_now in now.items():
        told = dict(zip(DAYS, (each[who] for each in left.scores.values()), strict=True)) | {"2026-11-01": score_now}
        assert scores(left.table, who) == scores(fresh, who) == told
        assert ask(fresh, f"/v1/profiles/{who[1:]}") == ask(left.table, f"/v1/profiles/{who[1:]}")
    assert answers(fresh, NOVEMBER + 120) == answers(left.table, NOVEMBER + 120)


def test_from_an_earlier_lake_alone_the_same_answers_come_back(left: Left, fresh: SqliteTable) -> None:
    done = rebuild(left.lake, fresh, secret="made up")
    assert (done.runs, done.points, done.supposed, done.lost) == (3, 3, 3, ())
    was = current(left.table)
    assert was
    assert (done.run, done.run[:10]) == (was[0].run, DAYS[-1])
    for (pattern, target), (status, _, body) in answers(left.table, NOVEMBER).items():
        if status == 200 and pattern.startswith("/v1/") and pattern not in NOT_IN_THE_LAKE and "cursor=" not in target:
            new = ask(fresh, target)
            old = json.loads(body)
            new_next, old_next = (each.pop("next", None) for each in (new, old))
            assert (new_next is None) == (old_next is None)  # signed with another secret
            assert new == old or pattern.endswith(("/history", "/search")), target
    for who in left.scores[done.run]:
        assert scores(fresh, who) == dict(zip(DAYS, (each[who] for each in left.scores.values()), strict=True))


NOT_IN_THE_LAKE = {"/v1/runs/current"}
"""When a run was shown, which an earlier version told the table alone."""


def test_a_lake_of_months_ago_is_scored_by_this_version(left: Left) -> None:
    report, made = score(left.lake, at=NOVEMBER + DAY, population="profiles")
    assert made
    assert report.formula == CURRENT
    assert report.scorecards == len(next(iter(left.scores.values())))
