"""The backtest: what the score said at a moment in the past, against what happened next and what simpler methods said.

Nothing later than the moment is read for what is said, neither by when it happened nor by when it was seen.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from ..errors import BadInput
from . import engine
from .agreement import Floats, against, kendall, ndcg, spearman
from .engine import Sources
from .formula import DAY, Formula
from .trust import pagerank

METHODS: Final = (
    "score",
    "persistence",
    "distinct",
    "count",
    "fresh-0.5",
    "fresh-1",
    "fresh-2",
    "pagerank",
    "followers",
)
"""The score and the baselines; `followers` only where people follow each other. fresh-1: half-life of one horizon."""

EARLIER: Final = 3
"""Horizons before a cutoff that its unit and interval are calibrated on."""

STRATA: Final = np.array([1.0, 2, 4, 8, 16, 32, 64])
"""Bounds of the expected audience between which an interval is the same."""

FEWEST: Final = 10
"""Accounts that a stratum needs for an interval of its own."""


@dataclass(frozen=True)
class Frozen:
    """A cutoff: who was known, what each method said of them, and how many distinct people reacted next."""

    cutoff: int
    ids: list[str]
    said: dict[str, Floats]
    scored: Any
    happened: Floats


@dataclass(frozen=True)
class Calibration:
    """From expectation to people: `unit` people for each expected one, and 80% of outcomes by stratum.

    `low` and `high` are added to log2(1 + unit * expected) and give the interval as log2(1 + people).
    """

    unit: float
    low: Floats
    high: Floats

    def interval(self, expected: Floats) -> tuple[Floats, Floats]:
        """The least and the most people of the 80% interval, for every expectation; whole numbers."""
        centre, stratum = np.log2(1 + self.unit * expected), np.searchsorted(STRATA, expected, side="right")
        low, high = (np.exp2(centre + edge[stratum]) - 1 for edge in (self.low, self.high))
        return np.ceil(np.maximum(low, 0) - 1e-9), np.floor(high + 1e-9)


def frozen(sources: Sources, formula: Formula, cutoff: int) -> Frozen:
    """What was said at `cutoff` (unix seconds) about the formula's horizon, and what happened in it.

    Raises BadInput where nobody had been reacted to by then.
    """
    horizon = round(formula.freshness.horizon_days * DAY)
    outcome = engine.score(sources, formula, cutoff)
    with outcome.tables as con:
        found = con.execute(
            engine.sql("baselines"), {"until": cutoff, "horizon": horizon, "floor": formula.evidence.floor}
        ).fetchnumpy()
        said: dict[str, Floats] = {name: found[name].astype(np.float64) for name in METHODS if name in found}
        ids = [str(name) for name in found["id"]]
        if not ids:
            raise BadInput(f"cutoff {_day(cutoff)}: nobody had been reacted to by then; choose a later one")
        said["pagerank"] = _pagerank(con, ids)
        followers = dict(con.execute("SELECT author, COUNT(*) FROM followers GROUP BY author").fetchall())
    if followers:
        said["followers"] = np.array([followers.get(name, 0) for name in ids], dtype=np.float64)
    later = engine.reacted(sources, formula, cutoff, cutoff + horizon)
    happened = np.array([later.get(name, 0) for name in ids], dtype=np.float64)
    return Frozen(cutoff, ids, said, found["scored"].astype(bool), happened)


def calibrated(earlier: Sequence[Frozen]) -> Calibration:
    """The unit and the intervals that would have been right at earlier cutoffs."""
    expected = np.concatenate([case.said["score"] for case in earlier])
    happened = np.concatenate([case.happened for case in earlier])
    total = float(expected.sum())
    unit = float(happened.sum()) / total if total else 1.0
    residual = np.log2(1 + happened) - np.log2(1 + unit * expected)
    stratum = np.searchsorted(STRATA, expected, side="right")
    low, high = np.empty(len(STRATA) + 1), np.empty(len(STRATA) + 1)
    for number in range(len(low)):
        rows = residual[stratum == number]
        if len(rows) < FEWEST:  # too few to tell: all that had about as much evidence or more
            rows = residual[stratum >= max(number - 1, 0)] if (stratum >= max(number - 1, 0)).any() else residual
        low[number], high[number] = np.quantile(rows, [0.1, 0.9])
    return Calibration(unit, low, high)


def backtest(
    sources: Sources, formula: Formula, cutoffs: Sequence[int], newest: int, rng: np.random.Generator
) -> list[dict[str, Any]]:
    """The score's record at each of `cutoffs` (unix seconds), as JSON-ready documents in their order.

    Raises BadInput for a cutoff whose horizon is not over by `newest`, the moment of the last activity.
    """
    horizon = round(formula.freshness.horizon_days * DAY)
    for cutoff in cutoffs:
        if cutoff + horizon > newest:
            last = f"{datetime.fromtimestamp(newest - horizon, UTC):%Y-%m-%dT%H:%M:%SZ}"
            raise BadInput(f"cutoff {_day(cutoff)}: the lake ends before its horizon does; choose {last} or earlier")
    return [_record(sources, formula, cutoff, horizon, rng) for cutoff in cutoffs]


def _day(moment: int) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d}"


def _record(sources: Sources, formula: Formula, cutoff: int, horizon: int, rng: np.random.Generator) -> dict[str, Any]:
    case = frozen(sources, formula, cutoff)
    earlier = []
    for back in range(1, EARLIER + 1):
        try:
            earlier.append(frozen(sources, formula, cutoff - back * horizon))
        except BadInput:
            break
    record: dict[str, Any] = {"cutoff": cutoff, "n": len(case.ids), "scored": int(case.scored.sum())}
    record["methods"] = _methods(case)
    record["against"] = _against(case, record["methods"], rng)
    record["strata"] = _strata(case)
    if earlier:
        record |= _unit(case, calibrated(earlier))
    return record


def _methods(case: Frozen) -> dict[str, dict[str, float]]:
    measures = (("spearman", spearman), ("kendall", kendall), ("ndcg100", ndcg))
    return {
        name: {label: round(measure(values, case.happened), 6) for label, measure in measures}
        for name, values in case.said.items()
    }


def _against(case: Frozen, methods: dict[str, dict[str, float]], rng: np.random.Generator) -> dict[str, Any]:
    """The score against the best baseline by each measure."""
    compared = {}
    for label, measure in (("spearman", spearman), ("ndcg100", ndcg)):
        best = max((name for name in methods if name != "score"), key=lambda name: methods[name][label])
        found = against(case.said["score"], case.said[best], case.happened, measure, rng)
        compared[label] = {"best": best, **{name: round(value, 6) for name, value in asdict(found).items()}}
    return compared


def _strata(case: Frozen) -> dict[str, dict[str, float | int]]:
    """The score's rank correlation among those with little evidence, those with enough, and the largest 1%."""
    expected = case.said["score"]
    largest = expected >= np.quantile(expected, 0.99)
    groups = {"little evidence": ~case.scored, "enough evidence": case.scored, "largest 1%": largest}
    return {
        name: {"n": int(rows.sum()), "spearman": round(spearman(expected[rows], case.happened[rows]), 6)}
        for name, rows in groups.items()
        if rows.any()
    }


def _unit(case: Frozen, calibration: Calibration) -> dict[str, Any]:
    """Whether the unit is true, of those with a score: mean said and happened, and how often the interval held."""
    expected, happened = case.said["score"][case.scored], case.happened[case.scored]
    if not len(expected):
        return {}
    low, high = calibration.interval(expected)
    return {
        "unit": round(calibration.unit, 6),
        "said": round(float(calibration.unit * expected.mean()), 6),
        "happened": round(float(happened.mean()), 6),
        "coverage80": round(float(((happened >= low) & (happened <= high)).mean()), 6),
    }


def _pagerank(con: Any, ids: list[str]) -> Floats:
    """PageRank over who reacts to whom, started everywhere: trust without seeds."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE everybody AS SELECT account, ROW_NUMBER() OVER (ORDER BY account) - 1 AS code"
        " FROM (SELECT author AS account FROM edges UNION SELECT reactor FROM edges)"
    )
    edges = con.execute(
        "SELECT r.code AS reactor, a.code AS author FROM edges JOIN everybody AS a ON a.account = author"
        " JOIN everybody AS r ON r.account = reactor ORDER BY ALL"
    ).fetchnumpy()
    codes = dict(con.execute("SELECT account, code FROM everybody").fetchall())
    return pagerank(edges["reactor"], edges["author"], len(codes))[[codes[name] for name in ids]]
