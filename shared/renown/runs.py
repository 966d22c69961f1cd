"""Runs in the lake: `runs/<run>/{accounts.parquet, trust.parquet, scorecards.jsonl.gz, receipts.jsonl.gz,
relationships.jsonl.gz, topics.jsonl.gz, voices.jsonl.gz, segments.jsonl.gz, formula.json, people.json, timings.json,
report.json}`; formula and people are those that the run was made with.

The report is written last: a run without one is unfinished and is made again. `runs/latest.json` names the newest.
Everything but the timings is the same, byte for byte, whenever the run is made again; `erased.json` marks a run that
people were taken out of, which cannot be.
"""

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from .errors import BadInput, NotFound
from .lake import Lake
from .people import People
from .scoring.formula import Formula

LATEST = "runs/latest.json"

REPORT = "report.json"

TIMINGS = "timings.json"
"""How a run went, seconds and files read: the only one of its files that differs when it is made again."""

ERASED = "erased.json"
"""Stands among the files of a run that an erasure rewrote: what is left cannot be made again byte by byte."""

Population = Literal["accounts", "profiles"]
"""Whom a run makes scorecards for: everybody who has a score, or only the profiles that opted in."""


@dataclass(frozen=True)
class Share:
    """A share of the documents in each of a run's files: every `of`-th from number `number` (from 0) on."""

    number: int = 0
    of: int = 1


WHOLE: Final = Share()


class Report(BaseModel):
    """What a run did; the same for the same activity, people, formula and ontology.

    `receipts` counts their pages, `topics` those that somebody can claim; `hidden` and `disputed` are topics that
    people said so of.
    """

    model_config = ConfigDict(frozen=True)

    run: str
    at: str
    formula: str
    population: Population
    made_up: bool
    accounts: int
    scored: int
    scorecards: int
    receipts: int = 0
    topics: int = 0
    hidden: int = 0
    disputed: int = 0
    ontology: str | None = None
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


def unix(at: str) -> int:
    """RFC 3339 as unix seconds."""
    return int(datetime.fromisoformat(at).timestamp())


def report(lake: Lake, run: str) -> Report | None:
    """The report of a finished run; None if there is none, or one of a version of Renown that kept another one."""
    data = lake.read(key(run, REPORT))
    try:
        return Report.model_validate_json(data) if data else None
    except ValidationError:
        return None


def named(lake: Lake, run: str | None) -> Report:
    """The report of `run`, None: of the one that was scored last; raises NotFound where there is no such run."""
    found = latest(lake) if run is None else report(lake, run)
    if found is None:
        raise NotFound(f"run {run}: there is no such finished run in the lake")
    return found


def write(folder: Path, done: Report, formula: Formula, people: People) -> None:
    """Writes the report, and what the run was made with, among a run's files in `folder`."""
    for name, document in ((REPORT, done), ("formula.json", formula), ("people.json", people)):
        (folder / name).write_bytes(_encoded(document))


def inputs(lake: Lake, run: str) -> tuple[Formula, People]:
    """The formula and the people that `run` was made with.

    Raises NotFound for an unknown run, and for one whose formula this Renown cannot compute.
    """
    formula, people = (lake.read(key(run, name)) for name in ("formula.json", "people.json"))
    if formula is None or people is None:
        raise NotFound(f"run {run}: there is no such finished run in the lake")
    try:
        return Formula.model_validate_json(formula), People.model_validate_json(people)
    except ValidationError as error:
        raise NotFound(f"run {run}: its formula is one that this version of Renown cannot compute") from error


def save(lake: Lake, done: Report, folder: Path) -> None:
    """Puts a run's files, which stand in `folder`, into the lake; the report, which makes it finished, last."""
    for path in sorted(folder.iterdir(), key=lambda path: (path.name == REPORT, path.name)):
        lake.put(key(done.run, path.name), path)


def name_latest(lake: Lake, run: str) -> None:
    """Makes a finished run the one that was scored last."""
    lake.write(LATEST, json.dumps({"run": run}).encode())


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


def scorecards(lake: Lake, run: str, share: Share = WHOLE) -> Iterator[dict[str, Any]]:
    """A run's scorecards, highest score first, those without a score at the end."""
    return documents(lake, key(run, "scorecards.jsonl.gz"), share)


def receipts(lake: Lake, done: Report, share: Share = WHOLE) -> Iterator[dict[str, Any]]:
    """The pages of receipts of a run's profiles, by profile and page; none in runs that were made without."""
    return documents(lake, key(done.run, "receipts.jsonl.gz"), share) if done.receipts else iter(())


def relationships(lake: Lake, done: Report, share: Share = WHOLE) -> Iterator[dict[str, Any]]:
    """The relationships of a run's profiles, by profile; none in runs that were made without."""
    return _perhaps(lake, key(done.run, "relationships.jsonl.gz"), share)


def topics(lake: Lake, done: Report, share: Share = WHOLE) -> Iterator[dict[str, Any]]:
    """The topics of a run's profiles, by profile; none in runs that were made without."""
    return _perhaps(lake, key(done.run, "topics.jsonl.gz"), share)


def voices(lake: Lake, done: Report, share: Share = WHOLE) -> Iterator[dict[str, Any]]:
    """Who is heard on each topic, by topic; none in runs that were made without."""
    return _perhaps(lake, key(done.run, "voices.jsonl.gz"), share)


def segments(lake: Lake, done: Report, share: Share = WHOLE) -> Iterator[dict[str, Any]]:
    """The segments of the audiences of a run's profiles, by profile; none in runs that were made without."""
    return _perhaps(lake, key(done.run, "segments.jsonl.gz"), share)


def documents(lake: Lake, name: str, share: Share = WHOLE) -> Iterator[dict[str, Any]]:
    """The documents in a file of gzipped JSON Lines; of a share, the others are not even parsed."""
    (path,) = lake.local([name])
    with gzip.open(path, "rb") as lines:
        for line in islice(lines, share.number, None, share.of):
            yield json.loads(line)


def whole(lake: Lake, done: Report) -> int:
    """How many scorecards a finished run has in the lake: as many as its report counts, less who was erased.

    Raises BadInput where its files do not hold that.
    """
    fewer = bool(lake.keys(key(done.run, ERASED)))
    cards = _counted(lake, key(done.run, "scorecards.jsonl.gz"), done.scorecards, fewer=fewer)
    pages = key(done.run, "receipts.jsonl.gz")
    if done.receipts or lake.keys(pages):
        _counted(lake, pages, done.receipts, fewer=fewer)
    return cards


def _counted(lake: Lake, name: str, counted: int, *, fewer: bool) -> int:
    there = _count(lake, name)
    if there != counted and not (fewer and there < counted):
        says = f"it has {there:,} documents, and the run's report counts {counted:,}"
        raise BadInput(f"{name}: {says}; `renown replay` tells what the run would be")
    return there


def _count(lake: Lake, name: str) -> int:
    (path,) = lake.local([name])
    try:
        with gzip.open(path, "rb") as lines:
            return sum(1 for _ in lines)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadInput(f"{name}: it is damaged: {error}") from error


def _perhaps(lake: Lake, name: str, share: Share) -> Iterator[dict[str, Any]]:
    return documents(lake, name, share) if lake.keys(name) else iter(())


def _encoded(document: BaseModel) -> bytes:
    return (document.model_dump_json(indent=1) + "\n").encode()
