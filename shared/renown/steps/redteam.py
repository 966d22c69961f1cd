"""Redteam: what gaming the score would cost in what is in the lake."""

import hashlib
import json
from typing import Any

import numpy as np

from .. import parts, people, runs
from ..errors import NotFound
from ..formulas import find
from ..lake import Lake
from ..scoring import engine
from ..scoring import redteam as scoring
from ..scoring.formula import CURRENT


def redteam(lake: Lake, *, horizon_days: float | None = None, version: str = CURRENT, seed: int = 7) -> dict[str, Any]:
    """What made-up attackers gain for the median account of the lake, as of the newest activity in it.

    Returns {"formula", "horizon_days", "at", "seed"} and what `scoring.redteam` describes, and keeps it in the lake
    under `redteam/`; nothing else in the lake changes. `seed` chooses the honest accounts that sell reactions. Raises
    NotFound for an empty lake, BadInput where nobody has a score.
    """
    formula = find(lake, version)
    if horizon_days is not None:
        formula = formula.over(horizon_days)
    keys = parts.keys(lake)
    newest = engine.newest(lake.local(keys))
    if newest is None:
        raise NotFound("the lake holds no activity: `renown import` reads some in")
    used = parts.keys(lake, since=newest - formula.freshness.window)
    known = people.load(lake)
    sources = engine.Sources(lake.local(used), parts.overlapping(used), known.owners(), known.trusted())
    result = {
        "formula": formula.version,
        "horizon_days": formula.freshness.horizon_days,
        "at": runs.moment(newest),
        "seed": seed,
        **scoring.redteam(sources, formula, newest, np.random.default_rng(seed)),
    }
    text = json.dumps(result, indent=1)
    digest = hashlib.sha256("\n".join([text, *used]).encode()).hexdigest()[:10]
    for name in (f"{formula.version}-{digest}", "latest"):
        lake.write(f"redteam/{name}.json", text.encode())
    return result
