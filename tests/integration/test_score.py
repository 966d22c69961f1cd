"""The score step: the same lake gives the same run, byte for byte."""

import math
from pathlib import Path

import pytest

from renown import parts, people, runs
from renown.errors import NotFound, TooLarge
from renown.lake import FolderLake
from renown.scoring.formula import load
from renown.simulate import simulate
from renown.steps.receipts import receipts
from renown.steps.score import fits, score


def made(folder: Path, goes: int) -> FolderLake:
    """A lake with a made-up community that was written in so many goes."""
    lake = FolderLake(folder)
    community = simulate(60, 60, 5)
    rows = [row for day in community.days() for row in day]
    size = -(-len(rows) // goes)
    for start in range(0, len(rows), size):
        parts.write(lake, rows[start : start + size])
    parts.join(lake)
    people.save(lake, people.load(lake).with_profiles(community.profiles))
    return lake


def files(lake: FolderLake, run: str) -> dict[str, bytes | None]:
    return {key: lake.read(key) for key in lake.keys(f"runs/{run}/") if not key.endswith("timings.json")}


def test_the_same_lake_gives_the_same_bytes_however_it_came_about(tmp_path: Path) -> None:
    first, second = made(tmp_path / "a", 1), made(tmp_path / "b", 7)
    (one, _), (two, _) = score(first), score(second)
    assert one == two
    written = files(first, one.run)
    inputs, found = {"formula.json", "people.json"}, {"accounts.parquet", "trust.parquet"}
    assert {Path(key).name for key in written} == {
        *inputs,
        *found,
        "scorecards.jsonl.gz",
        "receipts.jsonl.gz",
        "relationships.jsonl.gz",
        "topics.jsonl.gz",
        "voices.jsonl.gz",
        "segments.jsonl.gz",
        "report.json",
    }
    assert written == files(second, two.run)
    assert one.made_up
    assert one.seeds_from == "named"


def test_a_finished_run_is_not_made_again_and_an_unfinished_one_is(tmp_path: Path) -> None:
    lake = made(tmp_path, 1)
    report, new = score(lake)
    assert new
    before = files(lake, report.run)
    assert runs.inputs(lake, report.run) == (load(), people.load(lake))
    assert score(lake) == (report, False)
    lake.delete(runs.key(report.run, "report.json"))
    lake.delete(runs.key(report.run, "accounts.parquet"))
    assert score(lake) == (report, True)
    assert files(lake, report.run) == before


def test_another_moment_population_or_person_is_another_run(tmp_path: Path) -> None:
    lake = made(tmp_path, 1)
    report, _ = score(lake)
    profiles, _ = score(lake, population="profiles")
    earlier, _ = score(lake, at=1_793_000_000)
    known = people.load(lake)
    people.save(lake, known.model_copy(update={"profiles": known.profiles[1:]}))
    fewer, _ = score(lake)
    assert len({report.run, profiles.run, earlier.run, fewer.run}) == 4
    assert profiles.scorecards == len(known.profiles)
    assert all(card["handle"] for card in runs.scorecards(lake, profiles.run))
    assert runs.latest(lake) == fewer


def test_receipts_are_of_people_who_opted_in_and_sum_to_their_scores(tmp_path: Path) -> None:
    lake = made(tmp_path, 2)
    report, _ = score(lake)
    listed = {profile.id for profile in people.load(lake).profiles}
    points: dict[str, list[float]] = {}
    for page in runs.receipts(lake, report):
        assert page["id"] in listed
        assert all(entry["reactor"] is None or entry["reactor"] in listed for entry in page["entries"])
        assert page["before"] == pytest.approx(sum(points.get(page["id"], [])), abs=1e-9)
        points.setdefault(page["id"], []).extend(entry["points"] for entry in page["entries"])
    scored = [card for card in runs.scorecards(lake, report.run) if card["handle"] and card["score"] is not None]
    assert points.keys() == {card["id"] for card in scored}
    for card in scored:
        assert math.fsum(points[card["id"]]) == pytest.approx(card["score"], abs=1e-9)
        assert len(points[card["id"]]) == card["evidence"]["reactions"]
    recomputed = receipts(lake, scored[0]["accounts"][0], size=7)
    assert (recomputed["id"], recomputed["score"]) == (scored[0]["id"], scored[0]["score"])
    assert [entry["points"] for entry in recomputed["entries"]] == points[scored[0]["id"]][:7]


def test_what_does_not_fit_into_a_function_is_said_before_it_is_tried(tmp_path: Path) -> None:
    lake = made(tmp_path, 1)
    fits(lake, 512)  # nobody knows before the first run
    score(lake)
    fits(lake, 512)
    with pytest.raises(TooLarge, match=r"scoring takes 0\.\d GB and 0 minutes: too much for a function of 128 MB"):
        fits(lake, 128)
    last = runs.latest(lake)
    grown = last.model_copy(update={"reactions": 10**8})
    lake.write(runs.key(last.run, "report.json"), grown.model_dump_json().encode())
    with pytest.raises(TooLarge, match=r"6\d\.\d GB and 4 minutes: too much for a function of 10240 MB"):
        fits(lake, 10_240)


def test_an_empty_lake_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="renown import"):
        score(FolderLake(tmp_path))
