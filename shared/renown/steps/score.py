"""Score: one run over the lake. The same lake, people, formula and moment give the same run with the same bytes."""

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

from .. import parts, people, runs
from ..errors import NotFound
from ..lake import Lake
from ..people import People
from ..runs import Population, Report
from ..scoring import engine
from ..scoring.formula import CURRENT, Formula, load
from .simulate import NETWORK


def score(
    lake: Lake, *, at: int | None = None, population: Population = "accounts", version: str = CURRENT
) -> tuple[Report, bool]:
    """Scores the lake as of `at` (unix seconds; None: the newest activity in it) and writes the run into it.

    Returns the report, and whether the run was made now (False: it was there already). Raises NotFound where the lake
    holds no activity, BadInput for an unknown formula.
    """
    formula = load(version)
    if at is None:
        at = _newest(lake)
    keys = parts.keys(lake, since=at - formula.freshness.window, until=at)
    known = people.load(lake)
    run = _name(at, population, formula, known, keys)
    done = runs.report(lake, run)
    if done is not None:
        runs.finish(lake, done)
        return done, False
    everybody = population == "accounts"
    heading = engine.Heading(run, runs.moment(at), formula)
    owners = [engine.Owner(p.id, p.handle, p.name, p.made_up, p.accounts) for p in known.profiles]
    with tempfile.TemporaryDirectory(prefix="renown-") as folder:
        tables = [Path(folder, f"{name}.parquet") for name in ("accounts", "trust")]
        cards = Path(folder, "scorecards.jsonl.gz")
        sources = engine.Sources(lake.local(keys), parts.overlapping(keys), known.owners(), known.trusted())
        outcome = engine.score(sources, formula, at, work=Path(folder))
        for path in tables:
            outcome.tables.execute(f"COPY (FROM {path.stem} ORDER BY 1) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
        number = engine.scorecards(outcome, heading, owners, cards, everybody=everybody)
        outcome.tables.close()
        for path in (*tables, cards):
            lake.put(runs.key(run, path.name), path)
    runs.keep_inputs(lake, run, formula, known)
    lake.write(runs.key(run, "timings.json"), json.dumps(outcome.timings).encode())
    counted: dict[str, Any] = dict(outcome.counts)
    done = Report(
        run=run,
        at=heading.at,
        formula=formula.version,
        population=population,
        made_up=bool(keys) and all(parts.network(key) == NETWORK for key in keys),
        parts=len(keys),
        scorecards=number,
        floor=formula.evidence.floor,
        **counted,
    )
    runs.finish(lake, done)
    return done, True


def _newest(lake: Lake) -> int:
    keys = parts.keys(lake)
    last = max((parts.month(key) for key in keys), default=None)
    newest = engine.newest(lake.local([key for key in keys if parts.month(key) == last]))
    if newest is None:
        raise NotFound("the lake holds no activity: `renown import` reads some in, `renown simulate` makes some up")
    return newest


def _name(at: int, population: Population, formula: Formula, known: People, keys: list[str]) -> str:
    inputs = [population, formula.model_dump_json(), known.model_dump_json(), parts.fingerprint(keys)]
    digest = hashlib.sha256("\n".join(inputs).encode()).hexdigest()[:10]
    return f"{runs.moment(at).replace(':', '')}-{formula.version}-{population}-{digest}"
