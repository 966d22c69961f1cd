"""The weekly review, called as its state machine calls it: readers see none of it but the record."""

import json
import sys
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import boto3
import duckdb
import pytest

from infra.local import example
from renown import erased, parts
from renown.errors import BadInput, RetriableError
from renown.lake import FolderLake, S3Lake
from renown.scoring.formula import CURRENT, load, parse
from renown.simulate import simulate
from renown.steps.review import candidate
from renown.steps.shadow import shadow

from . import test_handlers as deployed
from . import test_replay
from .test_handlers import BUCKET, NEWEST, PARAMETERS, Aws

aws = deployed.aws
lake = test_replay.lake

SUNDAY = "2026-11-29T12:00:00Z"
NAME = f"{CURRENT}-20261129"


def review(aws: Aws, at: str = SUNDAY) -> dict[str, Any]:
    """All phases, as the state machine goes through them."""
    backtested = aws.invoke("review", {"phase": "backtest", "at": at})
    calibrated = aws.invoke("review", {"phase": "calibrate", "at": at})
    shadowed = aws.invoke("review", {"phase": "shadow", "at": at, "candidate": calibrated["candidate"]})
    return {"backtested": backtested, "calibrated": calibrated, "shadowed": shadowed}


def objects(prefix: str = "") -> dict[str, bytes]:
    stored = S3Lake(BUCKET, boto3.client("s3"), Path("nowhere"))
    return {key: stored.read(key) or b"" for key in stored.keys(prefix)}


@pytest.mark.slow
def test_a_lake_with_a_past_is_learned_from_in_the_shadow(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = FolderLake(tmp_path / "made")
    for rows in islice(simulate(60, 200, 5).days(), 120):
        parts.write(made, rows)
    parts.join(made)
    stored = S3Lake(BUCKET, boto3.client("s3"), tmp_path / "copies")
    for key in made.keys(""):
        stored.write(key, made.read(key) or b"")
    scored = aws.invoke("score", {})
    aws.invoke("publish", {"run": scored["run"]})
    before, seen = objects(), aws.get("/v1/leaderboard")
    assert aws.get("/v1/method")[1]["backtest"] is None

    for laptops in ("scipy", "tomlkit"):  # what the function has not
        monkeypatch.setitem(sys.modules, laptops, None)
    result = review(aws)
    backtested, calibrated, shadowed = result.values()
    assert (backtested["formula"], len(backtested["cutoffs"])) == (CURRENT, 3)
    assert calibrated == {"candidate": NAME, "made": True}
    assert (shadowed["formula"], shadowed["base"], shadowed["scored"]) == (NAME, scored["run"], scored["scorecards"])
    after = objects()
    assert {key: after[key] for key in before} == before  # runs, and which is the latest, too
    new = sorted(after.keys() - before.keys())
    assert {key.split("/")[0] for key in new} == {"backtests", "calibrations", "candidates", "reviews", "shadows"}
    fitted = parse(after[f"candidates/{NAME}.toml"].decode(), "the candidate")
    assert fitted.version == NAME
    assert fitted.calibration != load().calibration
    (moves,) = stored.local([shadowed["moves"]])
    ((rows,),) = duckdb.execute("SELECT COUNT(*) FROM read_parquet($p) WHERE change <> 0", {"p": str(moves)}).fetchall()
    assert 0 < rows <= scored["scorecards"]
    assert aws.get("/v1/leaderboard") == seen
    assert json.loads(after["reviews/latest.json"]) == {"at": SUNDAY}

    again = review(aws, "2026-12-03T01:00:00Z")  # of the same week
    assert again == {**result, "calibrated": {"candidate": NAME, "made": False}}
    assert objects().keys() == after.keys()
    for key in new:
        if not key.startswith("reviews/"):
            assert objects(key) == {key: after[key]}
    stored.write(f"formulas/{NAME}.toml", after[f"candidates/{NAME}.toml"])  # somebody takes it
    monkeypatch.setitem(PARAMETERS, "Formula", NAME)
    aws.invoke("publish", {"run": aws.invoke("score", {})["run"]})
    method = aws.get("/v1/method")[1]
    assert (method["formula"]["version"], method["backtest"]["formula"]) == (NAME, CURRENT)


def test_what_is_too_young_to_learn_from_is_said_and_is_no_failure(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = review(aws)
    assert "no activity" in nothing["backtested"]["skipped"]
    assert nothing["calibrated"]["candidate"] is None
    aws.put("inbox/table/made-up.csv", example.made_up_table(NEWEST))
    aws.run()
    before = objects()
    young = review(aws)
    assert "nobody had been reacted to by then" in young["backtested"]["skipped"]
    assert "no two horizons of activity" in young["calibrated"]["skipped"]
    assert young["shadowed"] == {"skipped": "there is no candidate"}
    assert objects().keys() == before.keys()  # `reviews/latest.json` is there since the first
    monkeypatch.setitem(PARAMETERS, "Formula", "nowhere")
    with pytest.raises(BadInput, match="formula 'nowhere'"):
        review(aws)


def test_a_part_that_is_joined_while_it_is_read_is_an_error_that_passes(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.put("inbox/table/made-up.csv", example.made_up_table(NEWEST))
    aws.run()
    there, listed = parts.keys, []

    def joined(*given: Any, **more: Any) -> list[str]:
        listed.extend(there(*given, **more))
        return [*listed, "activity/network=example/month=2026-09/part-0123456789abcdef.parquet"]

    monkeypatch.setattr(parts, "keys", joined)
    for phase in ("backtest", "calibrate"):
        with pytest.raises(RetriableError, match="S3 could not read activity/network=example"):
            aws.invoke("review", {"phase": phase, "at": SUNDAY})


@pytest.mark.parametrize(
    ("base", "day", "name"),
    [
        ("2026-11c", "2026-11-29", "2026-11c-20261129"),
        ("2026-11c", "2026-12-05", "2026-11c-20261129"),  # the Saturday after
        ("2026-11c", "2026-12-06", "2026-11c-20261206"),
        ("2026-11c-20261129", "2026-12-06", "2026-11c-20261206"),  # taken a week ago
        ("mine", "2027-01-01", "mine-20261227"),
    ],
)
def test_a_candidate_is_named_after_its_base_and_its_week(base: str, day: str, name: str) -> None:
    assert candidate(base, int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())) == name


def test_a_shadow_that_keeps_no_run_says_the_same_and_nothing_of_who_was_erased(
    lake: FolderLake, tmp_path: Path
) -> None:
    from renown.steps.score import score

    score(lake)
    other = test_replay.formula(tmp_path, ("half_life_horizons = 1.25", "half_life_horizons = 0.5"))
    before = lake.keys("runs/")
    formula = parse(Path(other).read_text("utf-8"), other)
    quick = shadow(lake, formula, keep=False)
    assert lake.keys("runs/") == before
    assert quick == shadow(lake, other)
    gone = quick["moves"][0]["id"]
    erased.add(lake, [gone], "5a17" * 8)  # while it was under way
    left = shadow(lake, formula, keep=False)
    assert left["moves"] == quick["moves"][1:]
    (path,) = lake.local([f"shadows/{left['run']}/against-{left['base']}.parquet"])
    assert gone not in repr(duckdb.execute("FROM read_parquet($p)", {"p": str(path)}).fetchall())
