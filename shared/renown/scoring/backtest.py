"""The backtest: what the score said at a moment in the past, against what happened next and what simpler methods said.

Nothing later than the moment is read for what is said, neither by when it happened nor by when it was seen.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInput, TooYoung
from . import engine
from .agreement import Floats, against, kendall, ndcg, spearman
from .calibration import Seen, calibrated, heard, interval
from .engine import Sources
from .formula import Formula
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

EARLIER: Final = 9
"""Horizons before a cutoff that its unit and interval are calibrated on."""

Rows = NDArray[np.bool_]


@dataclass(frozen=True)
class Frozen:
    """A cutoff: who was known, what each method said of them, and how many distinct people reacted next.

    `scored` are those with enough evidence, `newcomers` those whom nobody had reacted to a horizon before; `defended`
    says whether attention could vouch for people.
    """

    cutoff: int
    ids: list[str]
    said: dict[str, Floats]
    response: Floats
    scored: Rows
    newcomers: Rows
    happened: Floats
    defended: bool

    def seen(self) -> Seen:
        """What the calibration learns from."""
        return Seen(self.response[self.scored], self.happened[self.scored])


def frozen(sources: Sources, formula: Formula, cutoff: int, *, baselines: bool = True) -> Frozen:
    """What was said at `cutoff` (unix seconds) about the formula's horizon, and what happened in it.

    Without `baselines` only the score is asked. Raises TooYoung where nobody had been reacted to by then.
    """
    horizon = formula.freshness.horizon
    outcome = engine.score(sources, formula, cutoff)
    with outcome.tables as con:
        parameters = {"until": cutoff, "horizon": horizon, "floor": formula.evidence.floor}
        found = con.execute(engine.sql("baselines"), parameters).fetchnumpy()
        ids = [str(name) for name in found["id"]]
        if not ids:
            raise TooYoung(f"cutoff {_day(cutoff)}: nobody had been reacted to by then; choose a later one")
        said: dict[str, Floats] = {name: found[name].astype(np.float64) for name in METHODS if name in found}
        if baselines:
            said["pagerank"] = _pagerank(con, ids)
            followers = dict(con.execute("SELECT author, COUNT(*) FROM followers GROUP BY author").fetchall())
            if followers:
                said["followers"] = np.array([followers.get(name, 0) for name in ids], dtype=np.float64)
    later = engine.reacted(sources, formula, cutoff, cutoff + horizon)
    happened = np.array([later.get(name, 0) for name in ids], dtype=np.float64)
    scored, newcomers = found["scored"].astype(bool), found["newcomer"].astype(bool)
    response, defended = found["response"].astype(np.float64), bool(outcome.counts["defended"])
    return Frozen(cutoff, ids, said, response, scored, newcomers, happened, defended)


def earlier(sources: Sources, formula: Formula, cutoff: int, horizons: int = EARLIER) -> list[Seen]:
    """What was known by `cutoff` of the horizons that were over by then, the latest first; at most so many."""
    seen: list[Seen] = []
    for back in range(1, horizons + 1):
        try:
            case = frozen(sources, formula, cutoff - back * formula.freshness.horizon, baselines=False)
        except BadInput:
            break
        seen.append(case.seen())
    return seen


def backtest(
    sources: Sources, formula: Formula, cutoffs: Sequence[int], newest: int, rng: np.random.Generator
) -> list[dict[str, Any]]:
    """The score's record at each of `cutoffs` (unix seconds), as JSON-ready documents in their order.

    Raises BadInput for a cutoff whose horizon is not over by `newest`, the moment of the last activity.
    """
    horizon = formula.freshness.horizon
    for cutoff in cutoffs:
        if cutoff + horizon > newest:
            last = f"{datetime.fromtimestamp(newest - horizon, UTC):%Y-%m-%dT%H:%M:%SZ}"
            raise BadInput(f"cutoff {_day(cutoff)}: the lake ends before its horizon does; choose {last} or earlier")
    return [_record(sources, formula, cutoff, rng) for cutoff in cutoffs]


def _day(moment: int) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d}"


def _record(sources: Sources, formula: Formula, cutoff: int, rng: np.random.Generator) -> dict[str, Any]:
    case = frozen(sources, formula, cutoff)
    record: dict[str, Any] = {"cutoff": cutoff, "n": len(case.ids), "scored": int(case.scored.sum())}
    record["methods"] = _methods(case)
    record["against"] = _against(case, record["methods"], rng)
    record["strata"] = _strata(case)
    learned = calibrated(formula, earlier(sources, formula, cutoff))
    return record | _unit(case.seen(), learned)


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


def _strata(case: Frozen) -> dict[str, dict[str, Any]]:
    """Every method's rank correlation among some of the accounts."""
    score = case.said["score"]
    groups = {
        "little evidence": ~case.scored,
        "enough evidence": case.scored,
        "newcomers": case.newcomers,
        "largest 1%": score >= np.quantile(score, 0.99),
    }
    return {
        group: {
            "n": int(rows.sum()),
            "spearman": {name: round(spearman(said[rows], case.happened[rows]), 6) for name, said in case.said.items()},
        }
        for group, rows in groups.items()
        if rows.any()
    }


def _unit(seen: Seen, formula: Formula) -> dict[str, Any]:
    """Whether the unit of the calibrated `formula` is true, of those with a score, by stratum of response too."""
    if not len(seen.happened):
        return {}
    said = formula.calibration.people * heard(seen.response, formula)
    unit: dict[str, Any] = {"people": formula.calibration.people, "forgotten": formula.evidence.forgotten}
    unit |= {"said": round(float(said.mean()), 6), "happened": round(float(seen.happened.mean()), 6)}
    if formula.calibration.low:
        fewest, most = interval(seen.response, formula)
        held = (seen.happened >= fewest) & (seen.happened <= most)
        unit["coverage80"] = round(float(held.mean()), 6)
        stratum = np.searchsorted(formula.calibration.bounds, seen.response, side="right")
        unit["calibration"] = [
            {
                "from": (0.0, *formula.calibration.bounds)[number],
                "n": int(rows.sum()),
                "said": round(float(said[rows].mean()), 6),
                "happened": round(float(seen.happened[rows].mean()), 6),
                "coverage80": round(float(held[rows].mean()), 6),
            }
            for number in np.unique(stratum)
            for rows in [stratum == number]
        ]
    return unit


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
