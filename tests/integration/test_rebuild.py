"""The table is lost: built from the lake alone, it answers the same, byte by byte."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from renown import people, publications
from renown.dynamo import DynamoReader
from renown.errors import BadInput, NotFound
from renown.history import KEPT, history
from renown.lake import FolderLake
from renown.published import current
from renown.runs import moment, unix
from renown.scoring.formula import DAY
from renown.simulate import END
from renown.steps.backtest import backtest
from renown.steps.erase import erase
from renown.steps.publish import publish
from renown.steps.rebuild import Rebuilt, rebuild
from renown.steps.score import score
from renown.steps.why import keep
from renown.table import Item, SqliteTable
from renown.web.routes import build
from renown.web.serve import event
from tests.contract.test_table import PLACE, create
from tests.contract.wire import wire
from tests.integration.conftest import Run
from tests.integration.dying import DyingLake, DyingTable, Killed, Life
from tests.integration.every_answer import SITE, answers
from tests.integration.runs_made import card, finish
from tests.integration.test_score import made

SECRET = "made up"
NOW = 1_800_000_000


@pytest.fixture
def lake(tmp_path: Path) -> FolderLake:
    return FolderLake(tmp_path / "lake")


@pytest.fixture
def table(tmp_path: Path) -> Iterator[SqliteTable]:
    made = SqliteTable(tmp_path / "table.sqlite")
    yield made
    made.close()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[SqliteTable]:
    made = SqliteTable(tmp_path / "fresh.sqlite")
    yield made
    made.close()


def items(table: SqliteTable) -> list[Item]:
    return table._rows("SELECT * FROM items ORDER BY pk, sk", ())


@pytest.fixture(scope="module")
def community(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FolderLake, SqliteTable]]:
    """Five runs of a made-up community, two on one day, one taken back and shown again; a backtest between them."""
    folder = tmp_path_factory.mktemp("community")
    lake, table = made(folder / "lake", 1), SqliteTable(folder / "table.sqlite")
    shown: list[str] = []
    for hours in (-9 * 24, -48, -30, -24, 0):
        now = END + hours * 3600
        report, _ = score(lake, at=now, population="profiles")
        keep(lake, table, report)
        publish(lake, table, report.run, now=now + 60, secret=SECRET)
        shown.append(report.run)
        if hours == -30:
            backtest(lake, cutoffs=[END - 40 * DAY], horizon_days=7)
        if hours == -24:
            publish(lake, table, shown[2], now=now + 120)
            publish(lake, table, shown[3], now=now + 180)
    backtest(lake, cutoffs=[END - 30 * DAY], horizon_days=7)  # what it found is for the next run
    yield lake, table
    table.close()


@pytest.mark.slow
def test_every_answer_is_the_same_byte_by_byte(community: tuple[FolderLake, SqliteTable], fresh: SqliteTable) -> None:
    lake, table = community
    done = rebuild(lake, fresh, secret="another")
    assert (done.runs, done.points, done.supposed, done.lost) == (5, 4, 0, ())
    before = answers(table, END + 3600)
    after = answers(fresh, END + 3600)
    assert before.keys() == after.keys()
    assert {key for key in before if before[key] != after[key]} == set()
    assert {target for (_, target), (status, _, _) in before.items() if status >= 500} == set()
    good = {pattern for (pattern, _), (status, _, _) in before.items() if status == 200}
    assert good == {pattern for pattern, _ in before}  # every route was asked for something that is there
    assert len(before) > 300
    assert items(fresh) == items(table)


def test_built_in_dynamodb_the_api_answers_the_same(community: tuple[FolderLake, SqliteTable]) -> None:
    lake, table = community
    with mock_aws():
        other = create("rebuilt")
        rebuild(lake, other, secret="another")
        reader = DynamoReader(other.name, PLACE, wire(other.client), clock=lambda: 0.0, sleep=lambda seconds: None)
        site = build(reader, SITE)
        sample = list(answers(table, END + 3600).items())[::7]  # moto is slow
        for (_, target), (status, _, body) in sample:
            answer = site.resolve(event("GET", target, [], END + 3600), None)
            assert (answer["statusCode"], answer["body"]) == (status, body), target
        assert len(sample) > 50


def test_the_next_run_goes_on_as_if_nothing_had_happened(
    community: tuple[FolderLake, SqliteTable], tmp_path: Path, fresh: SqliteTable
) -> None:
    old, table = community
    shutil.copytree(old.root, tmp_path / "copy")
    shutil.copy(tmp_path_of(table), tmp_path / "copy.sqlite")
    lake, copy = FolderLake(tmp_path / "copy"), SqliteTable(tmp_path / "copy.sqlite")
    rebuild(lake, fresh, secret="another")
    report, _ = score(lake, at=END + DAY, population="profiles")
    keep(lake, copy, report)
    for each in (copy, fresh):
        publish(lake, each, report.run, now=END + DAY + 60, secret="a third")
    assert items(fresh) == items(copy)
    copy.close()


def tmp_path_of(table: SqliteTable) -> Path:
    """Where a table is stored, all of it in that file."""
    table._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    ((_, _, path),) = table._db.execute("PRAGMA database_list").fetchall()
    return Path(path)


def test_who_was_erased_does_not_come_back(
    community: tuple[FolderLake, SqliteTable], tmp_path: Path, fresh: SqliteTable
) -> None:
    old, table = community
    shutil.copytree(old.root, tmp_path / "copy")
    shutil.copy(tmp_path_of(table), tmp_path / "copy.sqlite")
    lake, copy = FolderLake(tmp_path / "copy"), SqliteTable(tmp_path / "copy.sqlite")
    handle = people.load(lake).profiles[3].handle
    erase(lake, copy, handle, salt="0" * 32)
    rebuild(lake, fresh, secret="another")
    assert items(fresh) == items(copy)
    assert handle not in "".join(json.dumps([item.pk, item.sk, item.doc]) for item in items(fresh))
    copy.close()


def day(lake: FolderLake, number: int, at: int, **more: Any) -> str:
    """A finished run of three people, as of `at`."""
    when = moment(at)
    cards = [card(who, 40.0 + number / 100, at=when) for who in ("@ada", "@bob")] + [card("net:1", 30.0, at=when)]
    finish(lake, f"{when.replace(':', '')}-r{number:03}", cards, at=when, **more)
    return f"{when.replace(':', '')}-r{number:03}"


@pytest.mark.slow
def test_two_years_come_back_and_what_is_older_does_not(
    lake: FolderLake, table: SqliteTable, fresh: SqliteTable
) -> None:
    step = 9 * DAY
    for number in range(90):
        at = NOW + number * step
        publish(lake, table, day(lake, number, at), now=at + 60, secret=SECRET)
    done = rebuild(lake, fresh, secret="another")
    assert (done.runs, done.points) == (11, KEPT // 9 + 1)
    for each in (table, fresh):
        each.expire(NOW + 89 * step + 60)
    pointer = current(fresh)
    assert pointer == current(table)
    assert pointer
    told = history(fresh, pointer[0], "@ada")
    assert told == history(table, pointer[0], "@ada")
    assert len(told) == KEPT // 9 + 1
    assert unix(told[-1]["at"]) - unix(told[0]["at"]) > 2 * 364 * DAY
    assert items(fresh) == items(table)


@pytest.mark.slow
def test_killed_at_every_write_readers_see_nothing_and_the_next_one_ends_it(
    lake: FolderLake, table: SqliteTable, tmp_path: Path
) -> None:
    for number in range(3):
        publish(lake, table, day(lake, number, NOW + number * DAY), now=NOW + number * DAY, secret=SECRET)
    life = Life(0)
    fresh = SqliteTable(tmp_path / "dying.sqlite")
    dying = DyingTable(fresh, life)
    for writes in range(1000):
        life.left = writes
        try:
            rebuild(lake, dying, secret="another")
            break
        except Killed:
            assert current(fresh) is None
    assert writes == len(items(table)) + 4 > 40  # two numbers, written by every run
    assert items(fresh) == items(table)
    fresh.close()


@pytest.mark.slow
def test_publishing_killed_at_every_write_what_readers_see_is_what_is_built(
    lake: FolderLake, table: SqliteTable, tmp_path: Path
) -> None:
    """The lake's writes count, too: the word of a publication comes after it, and the next publish makes up for it."""
    life = Life(10**9)
    dying_lake, dying = DyingLake(lake, life), DyingTable(table, life)
    publish(dying_lake, dying, day(lake, 0, NOW), now=NOW, secret=SECRET)
    last = day(lake, 1, NOW + DAY)
    for writes in range(1000):
        life.left = writes
        try:
            publish(dying_lake, dying, last, now=NOW + DAY)
            break
        except Killed:
            pointer = current(table)
            built = SqliteTable(tmp_path / f"built{writes}.sqlite")
            assert pointer
            assert rebuild(lake, built, secret="another").run in (pointer[0].run, pointer[0].previous)
            built.close()
    assert [each.pointer for each in publications.recorded(lake)][-1] == current(table)[0]  # type: ignore[index]  # it is
    built = SqliteTable(tmp_path / "built.sqlite")
    rebuild(lake, built, secret="another")
    assert items(built) == items(table)
    built.close()


def test_a_table_that_a_run_was_published_into_before_it_was_built_gets_its_history(
    lake: FolderLake, table: SqliteTable, fresh: SqliteTable
) -> None:
    for number in range(3):
        publish(lake, table, day(lake, number, NOW + number * DAY), now=NOW + number * DAY, secret=SECRET)
    publish(lake, fresh, day(lake, 3, NOW + 3 * DAY), now=NOW + 3 * DAY, secret="another")
    pointer = current(fresh)
    assert pointer
    assert len(history(fresh, pointer[0], "@ada")) == 1
    rebuild(lake, fresh, secret="a third")
    assert current(fresh) == pointer
    assert [point["score"] for point in history(fresh, pointer[0], "@ada")] == [40.0, 40.01, 40.02, 40.03]


def test_a_table_that_shows_another_run_is_left_alone(lake: FolderLake, table: SqliteTable, fresh: SqliteTable) -> None:
    publish(lake, fresh, day(lake, 0, NOW), now=NOW, secret=SECRET)
    publish(lake, table, day(lake, 1, NOW + DAY), now=NOW + DAY, secret=SECRET)
    old = items(fresh)
    with pytest.raises(BadInput, match="name an empty table"):
        rebuild(lake, fresh, secret=SECRET)
    assert items(fresh) == old


def test_runs_that_are_no_longer_in_the_lake_are_named(
    lake: FolderLake, table: SqliteTable, fresh: SqliteTable
) -> None:
    names = [day(lake, number, NOW + number * DAY) for number in range(3)]
    for number, name in enumerate(names):
        publish(lake, table, name, now=NOW + number * DAY, secret=SECRET)
    shutil.rmtree(lake.root / "runs" / names[1])
    done = rebuild(lake, fresh, secret="another")
    assert done == Rebuilt(run=names[2], runs=2, points=3, supposed=0, lost=(names[1],))
    pointer = current(fresh)
    assert pointer
    assert [point["run"] for point in history(fresh, pointer[0], "@ada")] == [names[0], names[2]]
    shutil.rmtree(lake.root / "runs" / names[2])
    with pytest.raises(NotFound, match=f"run {names[2]} is not in the lake"):
        rebuild(lake, fresh, secret="another")


def test_before_publications_were_written_down_the_last_run_of_each_day_is_taken(
    lake: FolderLake, table: SqliteTable, fresh: SqliteTable
) -> None:
    for number in range(6):
        at = NOW + number * DAY // 2
        publish(lake, table, day(lake, number, at), now=at, secret=SECRET)
    day(lake, 7, NOW + DAY + 1, population="profiles")
    shutil.rmtree(lake.root / "publications")
    report = publish(lake, table, day(lake, 8, NOW + 3 * DAY), now=NOW + 3 * DAY)
    assert len(publications.recorded(lake)) == 2  # what readers saw before, and what they see now
    done = rebuild(lake, fresh, secret="another")
    assert (done.run, done.supposed, done.lost) == (report.run, 3, ())
    told = [history(each, report, "@ada") for each in (fresh, table)]
    assert told[0] == told[1]
    assert len(told[0]) == 4


def test_on_the_command_line(renown: Run, tmp_path: Path) -> None:
    code, _, said = renown("rebuild-table")
    assert code == 1
    assert said.startswith("renown: the lake holds no run: there is nothing to build a table from; `renown run` makes")
    lake = FolderLake(tmp_path / "home" / "lake")
    table = SqliteTable(tmp_path / "home" / "table.sqlite")
    name = day(lake, 0, NOW)
    publish(lake, table, name, now=NOW, secret=SECRET)
    old = items(table)
    table.close()
    for path in (tmp_path / "home").glob("table.sqlite*"):
        path.unlink()
    code, shown, _ = renown("rebuild-table")
    assert (code, shown.splitlines()[0]) == (0, f"Readers see run {name} again: 1 runs whole, 1 days of history.")
    table = SqliteTable(tmp_path / "home" / "table.sqlite")
    assert items(table) == old
    table.close()
    code, shown, _ = renown("rebuild-table", "--json")
    assert json.loads(shown) == {"run": name, "runs": 1, "points": 1, "supposed": 0, "lost": []}
