"""The backtest: nothing leaks from the future, and its unit and intervals are true where they can be."""

from pathlib import Path

import numpy as np
import pytest

from renown import parts
from renown.activity import Activity
from renown.errors import BadInput
from renown.lake import FolderLake
from renown.scoring.backtest import METHODS, backtest, earlier, frozen
from renown.scoring.engine import Sources
from renown.scoring.formula import DAY, load

START = 1_700_000_000
HORIZON = 28 * DAY
FORMULA = load()


def community(seed: int = 3, people: int = 60, days: int = 300) -> list[Activity]:
    """People who react to each author with a steady chance a day that differs by author."""
    rng = np.random.default_rng(seed)
    chance = rng.lognormal(-4.5, 1.2, people)
    rows = []
    for day in range(days):
        reacts = rng.random((people, people)) < chance[:, None]
        for author, actor in zip(*np.nonzero(reacts), strict=True):
            if author != actor:
                at = START + day * DAY + int(rng.integers(DAY))
                key = f"net:{author}:{actor}:{at}"
                rows.append(Activity(key, "net", "Like", f"net:{actor}", f"net:{author}", None, at, at))
    return rows


def sources(folder: Path, rows: list[Activity]) -> Sources:
    lake = FolderLake(folder)
    parts.write(lake, rows)
    return Sources(lake.local(parts.keys(lake)), overlapping=False)


def test_nothing_leaks_from_the_future(tmp_path: Path) -> None:
    rows, cutoff = community(), START + 200 * DAY
    known = [row for row in rows if (row.at or 0) <= cutoff]
    with_future = frozen(sources(tmp_path / "all", rows), FORMULA, cutoff)
    without = frozen(sources(tmp_path / "known", known), FORMULA, cutoff)
    assert with_future.ids == without.ids
    for method, values in without.said.items():
        assert (with_future.said[method] == values).all(), method
    assert not without.happened.any()


def test_what_was_seen_later_was_not_known(tmp_path: Path) -> None:
    cutoff = START + 200 * DAY
    rows = [row._replace(seen_at=cutoff + 1) if (row.at or 0) > cutoff - 9 * DAY else row for row in community()]
    known = [row for row in rows if row.seen_at <= cutoff]
    late, early = (
        frozen(sources(tmp_path / name, some), FORMULA, cutoff) for name, some in (("a", rows), ("b", known))
    )
    assert (late.said["score"] == early.said["score"]).all()


def test_what_happened_is_distinct_people_in_the_horizon(tmp_path: Path) -> None:
    rows, cutoff = community(), START + 200 * DAY
    case = frozen(sources(tmp_path, rows), FORMULA, cutoff)
    for name, count in zip(case.ids, case.happened, strict=True):
        later = {r.actor for r in rows if r.author == name and cutoff < (r.at or 0) <= cutoff + HORIZON}
        assert count == len(later)


def test_in_a_steady_community_the_unit_is_true_and_the_order_is_good(tmp_path: Path) -> None:
    made = sources(tmp_path, community())
    (record,) = backtest(made, FORMULA, [START + 240 * DAY], START + 300 * DAY, np.random.default_rng(1))
    assert set(record["methods"]) == set(METHODS) - {"followers"}
    assert record["methods"]["score"]["spearman"] > 0.9
    assert record["said"] == pytest.approx(record["happened"], rel=0.25)
    assert 0.7 <= record["coverage80"] <= 0.95
    assert sum(row["n"] for row in record["calibration"]) == record["scored"]
    assert set(record["strata"]["enough evidence"]["spearman"]) == set(record["methods"])


def test_only_horizons_that_are_over_are_learned_from(tmp_path: Path) -> None:
    rows, cutoff = community(days=120), START + 100 * DAY
    known = [row for row in rows if (row.at or 0) <= cutoff]
    learned = [earlier(sources(tmp_path / name, some), FORMULA, cutoff) for name, some in (("a", rows), ("b", known))]
    assert len(learned[0]) == 3  # a hundred days are three horizons and a bit
    for one, other in zip(*learned, strict=True):
        assert (one.response == other.response).all()
        assert (one.happened == other.happened).all()


def test_newcomers_are_those_whom_nobody_reacted_to_a_horizon_ago(tmp_path: Path) -> None:
    rows, cutoff = community(), START + 200 * DAY
    case = frozen(sources(tmp_path, rows), FORMULA, cutoff)
    for name, new in zip(case.ids, case.newcomers, strict=True):
        first = min(r.at or 0 for r in rows if r.author == name)
        assert new == (first > cutoff - HORIZON)


def test_the_same_seed_gives_the_same_record(tmp_path: Path) -> None:
    made = sources(tmp_path, community(people=30, days=120))
    runs = [backtest(made, FORMULA, [START + 90 * DAY], START + 120 * DAY, np.random.default_rng(5)) for _ in range(2)]
    assert runs[0] == runs[1]


def test_a_cutoff_needs_later_and_earlier_data(tmp_path: Path) -> None:
    made = sources(tmp_path, community(people=30, days=60))
    with pytest.raises(BadInput, match="the lake ends before its horizon does; choose 2023-12-16T22:13:20Z or earlier"):
        backtest(made, FORMULA, [START + 50 * DAY], START + 60 * DAY, np.random.default_rng(5))
    with pytest.raises(BadInput, match="nobody had been reacted to by then"):
        backtest(made, FORMULA, [START - 5 * DAY], START + 60 * DAY, np.random.default_rng(5))
