"""Review: once a week the formula's record, a version of it fitted to what happened since, and who would move by that.

Of all that readers see the record alone, with the next publish. The fitted version is a candidate: it is not among the
formulas until somebody copies it there.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from .. import formulas
from ..errors import NotFound, TooYoung
from ..lake import Lake
from ..scoring.formula import Formula, parse
from ..table import Doc
from . import reviewed
from .backtest import USUAL, backtest
from .calibrate import Community, calibrate
from .shadow import FOLDER as SHADOWS
from .shadow import shadow

CANDIDATES: Final = "candidates/"
"""`candidates/<version>.toml`, where they expire."""


def candidate(base: str, at: int) -> str:
    """The version that a review at `at` (unix seconds) makes of `base`: one for each week, named after its Sunday.

    >>> candidate("2026-11c", 1796256000), candidate("2026-11c-20261129", 1796256000)
    ('2026-11c-20261129', '2026-11c-20261129')
    """
    day = datetime.fromtimestamp(at, UTC).date()
    sunday = day - timedelta(days=(day.weekday() + 1) % 7)
    return f"{re.sub(r'-[0-9]{8}$', '', base)}-{sunday:%Y%m%d}"


def record(lake: Lake, version: str) -> Doc:
    """Keeps the record of the formula `version` as `steps.backtest` does, over as many of the usual horizons as the
    lake reaches back to; {"formula", "cutoffs"}, or {"skipped": why}.
    """
    for many in range(USUAL, 0, -1):
        try:
            found = backtest(lake, usual=many, version=version)
        except (TooYoung, NotFound) as error:
            why = str(error)
        else:
            return {"formula": found["formula"], "cutoffs": [each["cutoff"] for each in found["cutoffs"]]}
    return {"skipped": why}


def fit(lake: Lake, version: str, at: int) -> Doc:
    """Fits the formula `version` to this lake, as `steps.calibrate` does, into the candidate of the week of `at`.

    {"candidate", "made" (False: it was there already)}, or {"candidate": None, "skipped": why}.
    """
    base, name = formulas.find(lake, version), candidate(version, at)
    if _there(lake, name):
        return {"candidate": name, "made": False}
    try:
        calibrate(lake, base, name, [Community("this lake", lake, base.freshness.horizon_days)], CANDIDATES)
    except (TooYoung, NotFound) as error:
        return {"candidate": None, "skipped": str(error)}
    return {"candidate": name, "made": True}


def compare(lake: Lake, name: str | None, at: int) -> Doc:
    """Who would move by the candidate `name`, as `steps.shadow` tells, without the names: these are in the lake, under
    "moves". With that the review of `at` is at its end. {"skipped": why} without a candidate, or a run to compare with.
    """
    found = _there(lake, name) if name else None
    if found is None:
        result: Doc = {"skipped": "there is no candidate"}
    else:
        try:
            result = shadow(lake, found, limit=0, keep=False)
            result["moves"] = f"{SHADOWS}{result['run']}/against-{result['base']}.parquet"
        except NotFound as error:
            result = {"skipped": str(error)}
    reviewed.note(lake, at)
    return result


def _there(lake: Lake, name: str) -> Formula | None:
    """The candidate, or what it became; None where it is not made yet."""
    for folder in (CANDIDATES, formulas.FOLDER):
        data = lake.read(f"{folder}{name}.toml")
        if data is not None:
            return parse(data.decode(), f"{folder}{name}.toml in the lake")
    return None
