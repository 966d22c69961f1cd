"""The honest price of points: how many genuine people it takes to gain some."""

import math
from typing import Final

from .formula import Formula

POINTS: Final = 10.0
"""What the price is named for."""


def genuine(audience: float, formula: Formula, points: float = POINTS) -> int | None:
    """How many genuine people `points` more take: trusted ones that react once, now, and are new to the account.

    Each of them adds the formula's unit to the `audience`. None where that many points are above the ceiling.
    """
    each = formula.score.points_per_doubling
    if each * math.log2(1 + audience) + points > formula.score.ceiling:
        return None
    return math.ceil((1 + audience) * (2 ** (points / each) - 1) / formula.calibration.people)
