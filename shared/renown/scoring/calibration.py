"""Calibration: from the response that was measured to the people who reacted next, with an interval.

Split conformal prediction (Vovk, Gammerman, Shafer 2005; Lei et al. 2018): the interval is what the residuals of
earlier cutoffs were, by stratum of response. Outcomes are whole people, so the quantiles that are meant to hold 80%
of them hold more or fewer; in each stratum the level is chosen that held nearest to 80% of the earlier outcomes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import geometric_mean
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .agreement import Floats
from .formula import Calibration, Formula

COVERED: Final = 0.8

BOUNDS: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
"""Strata of response: as many people again in each."""

FEWEST: Final = 20
"""Accounts that a stratum needs for an interval of its own; with fewer it borrows from its neighbours."""

LEVELS: Final = np.arange(0.02, 0.3, 0.01)
"""Shares of the residuals beyond each edge, of which one is chosen."""

PRIOR: Final = 20.0
"""Response that the formula's own unit counts for against what was seen: small communities do not go far from it."""

HOLIDAY: Final = 2.0
"""Points that half a horizon of silence (a fortnight for 28 days) may cost at most."""


@dataclass(frozen=True)
class Seen:
    """The accounts with a score at a cutoff: their response then, and how many distinct people reacted next."""

    response: Floats
    happened: Floats


def heard(response: Floats, formula: Formula) -> Floats:
    """The response, `forgotten` at least: what the unit multiplies."""
    return np.maximum(response, formula.evidence.forgotten)


def calibrated(formula: Formula, *sets: Sequence[Seen]) -> Formula:
    """`formula` with the unit, the forgotten and the intervals that would have been right for what was seen.

    Each of `sets` is what was seen in one community; each counts the same, whatever its size. Nothing seen: the
    formula as it is.
    """
    found = [joined for joined in map(_joined, sets) if len(joined.happened)]
    if not found:
        return formula
    known = formula.calibration.people
    people = geometric_mean(_rate(*_part(seen, seen.response > 0), known) for seen in found)
    left = geometric_mean(
        _rate(*_part(Seen(np.ones(len(seen.response)), seen.happened), seen.response == 0), known) for seen in found
    )
    forgotten = max(min(left / people, formula.evidence.least), least_forgotten(formula, people))
    evidence = formula.evidence.model_copy(update={"forgotten": round(forgotten, 4)})
    changed = formula.model_copy(update={"evidence": evidence})
    alike = _joined([_thinned(seen, min(len(other.happened) for other in found)) for seen in found])
    low, high = _edges(alike, people * heard(alike.response, changed))
    unit = Calibration(people=round(people, 4), bounds=BOUNDS, low=low, high=high)
    return changed.model_copy(update={"calibration": unit})


def interval(response: Floats, formula: Formula) -> tuple[Floats, Floats]:
    """The fewest and the most people of the 80% interval for every response, as the scorecard has them."""
    audience = formula.calibration.people * heard(response, formula)
    unit = formula.calibration
    stratum = np.searchsorted(unit.bounds, response, side="right")
    return _whole(audience, np.array(unit.low)[stratum]), _whole(audience, np.array(unit.high)[stratum])


def least_forgotten(formula: Formula, people: float) -> float:
    """What the forgotten must count as at least, that nobody loses more than HOLIDAY points in half a horizon.

    The worst case is a response that falls just below `least` in that time, with all that strangers may add.
    """
    left = 2 ** (-0.5 / formula.freshness.half_life_horizons)
    before = people * formula.evidence.least * (1 + formula.trust.stranger_share) / left
    return float(((1 + before) * 2 ** (-HOLIDAY / formula.score.points_per_doubling) - 1) / people)


def _joined(seen: Sequence[Seen]) -> Seen:
    nothing = np.empty(0)
    return Seen(
        np.concatenate([nothing, *(case.response for case in seen)]),
        np.concatenate([nothing, *(case.happened for case in seen)]),
    )


def _part(seen: Seen, rows: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    return seen.response[rows], seen.happened[rows]


def _thinned(seen: Seen, size: int) -> Seen:
    """`size` of the accounts, evenly over all responses."""
    rows = np.lexsort((seen.happened, seen.response))[np.linspace(0, len(seen.happened) - 1, size).round().astype(int)]
    return Seen(seen.response[rows], seen.happened[rows])


def _rate(response: Floats, happened: Floats, known: float) -> float:
    """People for each 1 of response; a small community does not go far from what is `known`."""
    return float((happened.sum() + PRIOR * known) / (response.sum() + PRIOR))


def _edges(seen: Seen, audience: Floats) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The edges of the interval by stratum, each at the level that held nearest to 80% of what happened in it."""
    stratum = np.searchsorted(BOUNDS, seen.response, side="right")
    residual = np.log2(1 + seen.happened) - np.log2(1 + audience)
    found = []
    for number in range(len(BOUNDS) + 1):
        rows = _neighbours(stratum, number)
        tails = np.quantile(residual[rows], [LEVELS, 1 - LEVELS]).T
        held = [_held(seen.happened[rows], audience[rows], low, high) for low, high in tails]
        found.append(tails[int(np.argmin(np.abs(np.array(held) - COVERED)))])
    low, high = np.round(np.array(found), 4).T
    # Where a few get very much, most get less than the mean; an interval without its own expectation would be odd.
    return tuple(np.minimum(low, 0).tolist()), tuple(np.maximum(high, 0).tolist())


def _held(happened: Floats, audience: Floats, low: float, high: float) -> float:
    return float(np.mean((happened >= _whole(audience, low)) & (happened <= _whole(audience, high))))


def _neighbours(stratum: NDArray[np.intp], number: int) -> NDArray[np.bool_]:
    """The rows of a stratum, and of those around it as far as it takes to have enough."""
    for distance in range(len(BOUNDS) + 1):
        rows = np.abs(stratum - number) <= distance
        if rows.sum() >= FEWEST:
            return rows
    return np.ones(len(stratum), dtype=bool)


def _whole(audience: Floats, edge: Floats | float) -> Floats:
    """People at an edge of the interval; whole ones, as outcomes are."""
    return np.maximum(np.floor(np.exp2(np.log2(1 + audience) + edge) - 0.5), 0)
