"""Replay and shadow: a past run gives the same bytes again, and another formula is tried beside it."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from renown import parts, people, runs
from renown.activity import Activity
from renown.errors import NotFound
from renown.lake import FolderLake
from renown.published import current
from renown.scoring.formula import CURRENT
from renown.steps.publish import publish
from renown.steps.replay import replay
from renown.steps.score import score
from renown.steps.shadow import shadow
from renown.table import SqliteTable
from tests.integration.test_score import files
from tests.unit.scoring.test_formula import TEXT

MAY = 1_778_000_000
DAY = 86_400


def activity(since: int, days: int, reactors: int = 20, seen_at: int | None = None) -> list[Activity]:
    """From `since` on, some people react to three others, a reaction a day each; every twelfth has no time."""
    found = []
    for day in range(days):
        for n in range(reactors):
            at = since + day * DAY + n
            author, who = f"net:a{n % 3}", f"net:r{(n * 7 + day) % reactors}"
            time = None if n % 12 == 5 else at
            seen = at if seen_at is None else seen_at
            found.append(Activity(f"net:{at}", "net", "Like", who, author, f"{author}/{day}", time, seen))
    return found


@pytest.fixture
def lake(tmp_path: Path) -> FolderLake:
    made = FolderLake(tmp_path / "lake")
    person = {"handle": "ann", "name": "Ann", "opted_in_at": "2026-01-01T00:00:00Z"}
    person |= {"links": [{"account": "net:a0", "proof": "said so"}]}  # type: ignore[dict-item]  # JSON
    people.save(made, people.People.model_validate({"profiles": [person], "seeds": ["net:a1"]}))
    parts.write(made, activity(MAY, 20))
    return made


def formula(folder: Path, *changes: tuple[str, str], version: str = "mine") -> str:
    """The path of the current formula with some changes, under a version of its own."""
    text = TEXT
    for old, new in (*changes, (f'version = "{CURRENT}"', f'version = "{version}"')):
        assert old in text
        text = text.replace(old, new)
    path = folder / f"{version}.toml"
    path.write_text(text)
    return str(path)


def test_after_later_imports_and_a_join_it_is_the_same_bytes(lake: FolderLake) -> None:
    report, _ = score(lake)
    before = files(lake, report.run)
    keys = parts.keys(lake)
    parts.write(lake, activity(MAY + 20 * DAY, 30))  # of the same month and the next
    again = [row._replace(seen_at=row.seen_at + 40 * DAY) for row in activity(MAY, 20) if row.at is None]
    assert parts.write(lake, again)  # seen again in the month after
    assert replay(lake, report.run)["same"]
    parts.join(lake)
    assert not set(keys) & set(parts.keys(lake))
    later, _ = score(lake)
    assert later.reactions > report.reactions
    people.save(lake, people.People())
    for run in (report.run, later.run):
        result = replay(lake, run)
        assert (result["same"], result["why"]) == (True, None)
        assert set(result["files"].values()) == {"same"}
        assert set(result["files"]) == {Path(key).name for key in before}
    assert files(lake, report.run) == before
    assert runs.latest(lake) == later


@pytest.mark.parametrize(
    ("reactors", "said"),
    [
        (30, "reactions then, and 590 now: activity was imported since, that happened and was seen before 2026-05-24T"),
        (10, "reactions then, and 200 now: activity was taken out of the lake since"),
    ],
)
def test_where_the_lake_has_changed_it_says_so(lake: FolderLake, reactors: int, said: str) -> None:
    report, _ = score(lake)
    for key in parts.keys(lake):
        lake.delete(key)
    parts.write(lake, activity(MAY, 20, reactors))
    result = replay(lake, report.run)
    assert not result["same"]
    assert result["files"]["accounts.parquet"] == result["files"]["report.json"] == "differs"
    assert result["files"]["people.json"] == result["files"]["formula.json"] == "same"
    assert said in result["why"]


def test_another_version_of_renown_may_write_other_files(lake: FolderLake) -> None:
    report, _ = score(lake)
    lake.delete(runs.key(report.run, "receipts.jsonl.gz"))
    lake.write(runs.key(report.run, "segments.json"), b"{}")
    lake.write(runs.key(report.run, "scorecards.jsonl.gz"), b"")
    result = replay(lake, report.run)
    assert result["files"]["receipts.jsonl.gz"] == "was not made then"
    assert result["files"]["segments.json"] == "is not made any more"
    assert result["files"]["scorecards.jsonl.gz"] == "differs"
    assert "another version of Renown" in result["why"]


def test_there_must_be_a_run_with_what_it_was_made_with(lake: FolderLake) -> None:
    with pytest.raises(NotFound, match="run r9: there is no such finished run"):
        replay(lake, "r9")
    report, _ = score(lake)
    lake.delete(runs.key(report.run, "people.json"))
    with pytest.raises(NotFound, match="no such finished run"):
        replay(lake, report.run)


def test_a_shadow_says_who_moves_and_by_what(lake: FolderLake, tmp_path: Path) -> None:
    report, _ = score(lake)
    table = SqliteTable(tmp_path / "table")
    pointer = publish(lake, table, now=MAY)
    stricter = formula(
        tmp_path, ("half_life_horizons = 1.25", "half_life_horizons = 0.5"), ("floor = 5 ", "floor = 7 ")
    )
    parts.write(lake, activity(MAY + 20 * DAY, 10))  # later than the run: of no account
    result = shadow(lake, stricter)
    assert (result["base"], result["base_formula"], result["formula"]) == (report.run, CURRENT, "mine")
    assert result["scored"] == 3
    moves = result["moves"]
    assert [move["change"] for move in moves] == sorted((move["change"] for move in moves), key=abs, reverse=True)
    for move in moves:
        assert move["change"] == pytest.approx(move["after"] - move["before"], abs=1e-9)
        assert move["change"] == pytest.approx(move["reach"] + move["amplification"] + move["network"], abs=1e-9)
        assert move["change"] < 0
    assert {move["id"] for move in moves} == {"@ann", "net:a1", "net:a2"}
    assert result["largest_move"] == pytest.approx(abs(moves[0]["change"]))
    assert result["mean_move"] == pytest.approx(sum(abs(move["change"]) for move in moves) / 3, abs=1e-6)
    assert result["more_than_2_down"] == sum(move["change"] < -2 for move in moves)
    assert result["more_than_2_up"] == result["gain_a_score"] == result["lose_their_score"] == 0
    assert -1 <= result["tau"] <= 1
    assert shadow(lake, stricter, limit=1)["moves"] == moves[:1]

    assert runs.latest(lake) == report
    assert current(table) == (pointer, 1)
    kept = f"shadows/{result['run']}/against-{report.run}"
    summary = json.loads(lake.read(f"{kept}.json") or b"")
    assert summary == {name: value for name, value in result.items() if name != "moves"}
    rows = duckdb.execute("SELECT COUNT(*) FROM read_parquet($path)", {"path": str(lake.root / f"{kept}.parquet")})
    assert rows.fetchall() == [(3,)]
    assert replay(lake, result["run"])["same"]
    assert publish(lake, table, result["run"], now=MAY).formula == "mine"
    assert score(lake, at=runs.unix(report.at), version=stricter)[0] == runs.latest(lake)


def test_a_shadow_says_who_gains_and_who_loses_a_score(lake: FolderLake, tmp_path: Path) -> None:
    parts.write(lake, [row._replace(id=f"net:few{row.id}", author="net:few") for row in activity(MAY, 1, 3)])
    score(lake)
    looser = formula(tmp_path, ("floor = 5 ", "floor = 3 "), version="loose")
    found: dict[str, Any] = shadow(lake, looser)
    (move,) = found["moves"]
    assert (move["id"], move["before"], move["change"], move["evidence"]) == ("net:few", None, None, "gains a score")
    assert move["after"] > 0
    assert (found["gain_a_score"], found["lose_their_score"], found["tau"]) == (1, 0, 1.0)
    none = shadow(lake, formula(tmp_path, ("floor = 5 ", "floor = 99 "), version="none"))
    assert (none["scored"], none["lose_their_score"], none["tau"], none["largest_move"]) == (0, 3, None, None)
    assert {move["evidence"] for move in none["moves"]} == {"loses its score"}


def test_the_same_formula_moves_nobody(lake: FolderLake) -> None:
    report, _ = score(lake)
    result = shadow(lake, CURRENT)
    assert (result["run"], result["moves"], result["tau"], result["largest_move"]) == (report.run, [], 1.0, 0.0)


def test_a_shadow_needs_a_run(lake: FolderLake) -> None:
    with pytest.raises(NotFound, match="nothing is scored yet"):
        shadow(lake, CURRENT)
