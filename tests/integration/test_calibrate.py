"""Calibrate: a version of the formula that what happened in the lake has made, beside the one it came from."""

from itertools import islice
from pathlib import Path

import pytest

from renown import parts
from renown.errors import BadInput, NotFound
from renown.lake import FolderLake
from renown.scoring.formula import load, parse
from renown.simulate import simulate
from renown.steps.calibrate import Community, calibrate

BASE = load()


def community(folder: Path, days: int = 200) -> Community:
    lake = FolderLake(folder)
    for rows in islice(simulate(60, 200, 5).days(), days):
        parts.write(lake, rows)
    parts.join(lake)
    return Community(folder.name, lake, 28)


@pytest.mark.slow
def test_the_new_version_says_what_happens_and_stands_beside_the_old(tmp_path: Path) -> None:
    made = community(tmp_path / "one")
    result = calibrate(made.lake, BASE, "mine-1", [made])
    text = made.lake.read("formulas/mine-1.toml")
    assert text is not None
    new = parse(text.decode(), "mine-1")
    assert new.version == "mine-1"
    assert (new.calibration.people, new.evidence.forgotten) == (result["people"], result["forgotten"])
    assert result["defended"]
    assert new.trust.defended_from == 0  # no flood of accounts switches trust off here
    assert len(new.calibration.low) == len(new.calibration.bounds) + 1
    assert new.freshness.horizon_days == BASE.freshness.horizon_days
    (entry,) = result["sets"]
    off = {which: abs(entry[which]["said"] - entry["happened"]) for which in ("old", "new")}
    assert off["new"] < off["old"]  # on a horizon that it did not learn from
    assert off["new"] <= 0.25 * entry["happened"]
    assert made.lake.read("calibrations/mine-1.json") is not None
    with pytest.raises(BadInput, match="there is one already"):
        calibrate(made.lake, BASE, "mine-1", [made])


@pytest.mark.slow
def test_several_lakes_at_once(tmp_path: Path) -> None:
    one, two = community(tmp_path / "one", 120), community(tmp_path / "two", 90)
    result = calibrate(one.lake, BASE, "both", [one, two])
    assert [entry["set"] for entry in result["sets"]] == ["one", "two"]
    assert two.lake.read("formulas/both.toml") is None


def test_what_cannot_be_learned_from_is_said(tmp_path: Path) -> None:
    empty = Community("empty", FolderLake(tmp_path / "empty"), 28)
    with pytest.raises(NotFound, match="empty: the lake holds no activity"):
        calibrate(empty.lake, BASE, "x", [empty])
    short = community(tmp_path / "short", 20)
    with pytest.raises(BadInput, match="short: it has no two horizons of activity"):
        calibrate(short.lake, BASE, "x", [short])
    with pytest.raises(BadInput, match="a version is small letters"):
        calibrate(short.lake, BASE, "../x", [short])
    assert short.lake.keys("formulas/") == []
