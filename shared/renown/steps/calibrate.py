"""Calibrate: a new formula version whose unit and intervals are those of what happened, with its record beside it."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import parts, people, runs
from ..errors import BadInput, NotFound, TooYoung
from ..formulas import FOLDER, written
from ..lake import Lake
from ..scoring import engine
from ..scoring.backtest import EARLIER, earlier, frozen
from ..scoring.calibration import Seen, calibrated, heard, interval
from ..scoring.formula import VERSION, Formula, versions


@dataclass(frozen=True)
class Community:
    """One data set to learn from, and the days of its horizon."""

    name: str
    lake: Lake
    horizon_days: float


def calibrate(
    lake: Lake, base: Formula, version: str, communities: Sequence[Community], folder: str = FOLDER
) -> dict[str, Any]:
    """Fits `base` to all `communities` at once and writes it into `lake`, under `folder`, as formula `version`.

    The last whole horizon of each is not learned from: on it the new version stands beside the old one. Where attention
    vouches for people in all of them, the new version always applies trust: no flood of accounts can switch it off.
    Returns {"formula", "base", "people", "forgotten", "defended", "sets": [{"set", "cutoff", "n", "happened", "old":
    {"said", "coverage80"}, "new": {...}}]} and keeps it in the lake under `calibrations/`. Raises NotFound for an empty
    lake, TooYoung where nothing is old enough to learn from, BadInput where the version is there already.
    """
    if not re.fullmatch(VERSION, version):
        raise BadInput(f"formula {version!r}: a version is small letters, digits, dots and dashes, as 2026-12")
    key = f"{folder}{version}.toml"
    if version in versions() or lake.read(key) is not None:
        raise BadInput(f"formula {version}: there is one already, and versions do not change; choose another name")
    learned, kept = [], []
    for community in communities:
        sources, newest = _sources(community)
        formula = base.over(community.horizon_days)
        cutoff = newest - formula.freshness.horizon
        try:
            kept.append((community.name, frozen(sources, formula, cutoff, baselines=False)))
        except BadInput as error:
            raise TooYoung(f"{community.name}: it has no two horizons of activity: {error}") from error
        learned.append(earlier(sources, formula, cutoff, EARLIER))
    if not any(len(case.happened) for seen in learned for case in seen):
        raise TooYoung("nobody had enough evidence for a score at any cutoff: there is nothing to learn from yet")
    new = calibrated(base, *learned).model_copy(update={"version": version})
    defended = all(case.defended for _, case in kept)
    if defended:
        new = new.model_copy(update={"trust": new.trust.model_copy(update={"defended_from": 0.0})})
    result: dict[str, Any] = {
        "formula": version,
        "base": base.version,
        "people": new.calibration.people,
        "forgotten": new.evidence.forgotten,
        "defended": defended,
        "sets": [
            {
                "set": name,
                "cutoff": runs.moment(case.cutoff),
                "n": int(case.scored.sum()),
                "happened": round(float(case.seen().happened.mean()), 4) if case.scored.any() else None,
                "old": _record(case.seen(), base),
                "new": _record(case.seen(), new),
            }
            for name, case in kept
        ],
    }
    text = _toml(new, result)
    lake.write(f"calibrations/{version}.json", (json.dumps(result, indent=1) + "\n").encode())
    lake.write(key, text.encode())
    return result


def _sources(community: Community) -> tuple[engine.Sources, int]:
    keys = parts.keys(community.lake)
    local = community.lake.local(keys)
    newest = engine.newest(local)
    if newest is None:
        raise NotFound(f"{community.name}: the lake holds no activity: `renown import` reads some in")
    known = people.load(community.lake)
    return engine.Sources(local, parts.overlapping(keys), known.owners(), known.trusted()), newest


def _record(seen: Seen, formula: Formula) -> dict[str, float | None]:
    """What the formula said of a horizon on average, and how often its interval held."""
    if not len(seen.happened):
        return {"said": None, "coverage80": None}
    said = formula.calibration.people * float(heard(seen.response, formula).mean())
    if not formula.calibration.low:
        return {"said": round(said, 4), "coverage80": None}
    fewest, most = interval(seen.response, formula)
    held = float(np.mean((seen.happened >= fewest) & (seen.happened <= most)))
    return {"said": round(said, 4), "coverage80": round(held, 4)}


def _toml(formula: Formula, result: dict[str, Any]) -> str:
    sets = ", ".join(f"{entry['set']} before {entry['cutoff']}" for entry in result["sets"])
    head = f"# {result['base']} with the unit and the intervals of {sets} (renown calibrate).\n"
    return head + written(formula)
