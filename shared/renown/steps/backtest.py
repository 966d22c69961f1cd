"""Backtest: the formula's record on what is in the lake."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from .. import formulas, parts, people, runs
from ..errors import NotFound
from ..lake import Lake
from ..scoring import backtest as scoring
from ..scoring import engine
from ..scoring.formula import CURRENT, DAY

USUAL: Final = 3
"""Cutoffs where none are named: the last whole horizons."""


def backtest(
    lake: Lake,
    *,
    horizon_days: float | None = None,
    cutoffs: Sequence[int] = (),
    usual: int = USUAL,
    version: str = CURRENT,
    seed: int = 7,
) -> dict[str, Any]:
    """Grades the formula on what happened in the `horizon_days` after each of `cutoffs` (unix seconds).

    By default the formula's own horizon, and the last `usual` of them in the lake. Returns {"formula", "horizon_days",
    "cutoffs": [...]} as `scoring.backtest` describes, with moments as RFC 3339, and keeps it in the lake under
    `backtests/`. The bootstrap draws from `seed`. Raises NotFound for an empty lake, BadInput for a cutoff without
    later data, TooYoung for one without earlier data.
    """
    formula = formulas.find(lake, version)
    if horizon_days is not None:
        formula = formula.over(horizon_days)
    keys = parts.keys(lake)
    newest = engine.newest(lake.local(keys))
    if newest is None:
        raise NotFound("the lake holds no activity: `renown import` reads some in")
    horizon = round(formula.freshness.horizon_days * DAY)
    chosen = list(cutoffs) or [newest - back * horizon for back in range(usual, 0, -1)]
    known = people.load(lake)
    sources = engine.Sources(lake.local(keys), parts.overlapping(keys), known.owners(), known.trusted())
    records = scoring.backtest(sources, formula, chosen, newest, np.random.default_rng(seed))
    result = {
        "formula": formula.version,
        "horizon_days": formula.freshness.horizon_days,
        "cutoffs": [{**record, "cutoff": runs.moment(record["cutoff"])} for record in records],
    }
    text = json.dumps(result, indent=1)
    digest = hashlib.sha256("\n".join([text, *keys]).encode()).hexdigest()[:10]
    for name in (f"{formula.version}-{digest}", "latest"):
        lake.write(f"backtests/{name}.json", text.encode())
    return result
