"""Runs in the lake: `runs/<run>/{accounts.parquet, trust.parquet, scorecards.jsonl.gz, formula.json, people.json,
timings.json, report.json}`; formula and people are those that the run was made with.

The report is written last: a run without one is unfinished and is made again. `runs/latest.json` names the newest.
"""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from .errors import NotFound
from .lake import Lake
from .people import People
from .scoring.formula import Formula

LATEST = "runs/latest.json"

Population = Literal["accounts", "profiles"]
"""Whom a run makes scorecards for: everybody who has a score, or only the profiles that opted in."""


class Report(BaseModel):
    """What a run did; the same for the same lake, people and formula."""

    model_config = ConfigDict(frozen=True)

    run: str
    at: str
    formula: str
    population: Population
    made_up: bool
    parts: int
    accounts: int
    scored: int
    scorecards: int
    floor: int
    reactions: int
    edges: int
    mean: float | None
    defended: bool
    vouched: float
    seeds: int
    seeds_from: str
    trusted_accounts: int
    trust_steps: int
    trust_residual: float


def moment(at: int) -> str:
    """Unix seconds as RFC 3339, UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def key(run: str, name: str) -> str:
    """The key of one of a run's files."""
    return f"runs/{run}/{name}"


def report(lake: Lake, run: str) -> Report | None:
    """The report of a finished run; None if there is none."""
    data = lake.read(key(run, "report.json"))
    return Report.model_validate_json(data) if data else None


def keep_inputs(lake: Lake, run: str, formula: Formula, people: People) -> None:
    """Writes what the run was made with, so that it can be made again when both have changed."""
    lake.write(key(run, "formula.json"), (formula.model_dump_json(indent=1) + "\n").encode())
    lake.write(key(run, "people.json"), (people.model_dump_json(indent=1) + "\n").encode())


def inputs(lake: Lake, run: str) -> tuple[Formula, People]:
    """The formula and the people that `run` was made with; raises NotFound for an unknown run."""
    formula, people = (lake.read(key(run, name)) for name in ("formula.json", "people.json"))
    if formula is None or people is None:
        raise NotFound(f"run {run}: there is no such finished run in the lake")
    return Formula.model_validate_json(formula), People.model_validate_json(people)


def finish(lake: Lake, done: Report) -> None:
    """Writes the report, which makes the run finished, and names it the latest."""
    lake.write(key(done.run, "report.json"), (done.model_dump_json(indent=1) + "\n").encode())
    lake.write(LATEST, json.dumps({"run": done.run}).encode())


def latest(lake: Lake) -> Report:
    """The report of the run that was scored last; raises NotFound before the first."""
    data = lake.read(LATEST)
    found = report(lake, json.loads(data)["run"]) if data else None
    if found is None:
        raise NotFound("nothing is scored yet: run `renown score`")
    return found


def before(lake: Lake, later: Report) -> Report:
    """The report of the run before `later`: of the same population, as of the last moment before its own.

    Raises NotFound where there is none.
    """
    names = {name.split("/")[1] for name in lake.keys("runs/") if name.endswith("/report.json")}
    for name in sorted(names, reverse=True):  # a name begins with the run's moment
        found = report(lake, name)
        if found and found.population == later.population and found.at < later.at:
            return found
    raise NotFound(f"run {later.run}: there is no earlier run of the same population to compare it with")


def scorecards(lake: Lake, run: str) -> Iterator[dict[str, Any]]:
    """A run's scorecards, highest score first, those without a score at the end."""
    return documents(lake, key(run, "scorecards.jsonl.gz"))


def documents(lake: Lake, name: str) -> Iterator[dict[str, Any]]:
    """The documents in a file of gzipped JSON Lines."""
    (path,) = lake.local([name])
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
