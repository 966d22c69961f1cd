"""Segments of one audience, recomputed from the lake as a run saw it."""

from typing import Any

from ..errors import NotFound
from ..lake import Lake
from ..scoring import segments as scoring
from ..scoring import topical
from .score import asked, passed, terms


def segments(lake: Lake, name: str, *, run: str | None = None) -> dict[str, Any]:
    """Who the audience of `name` (`network:id`, or the `@handle` of a profile) is in `run` (None: the latest).

    Returns {"id", "run", "at", "formula", "audience", "needed", "everybody", "communities",
    "others", "topics", "unreached"}, as `scoring.segments` describes. Raises NotFound for an
    unknown run or profile, and for an account that nobody reacted to.
    """
    done, recipe, card_id = asked(lake, name, run)
    with passed(lake, recipe) as (outcome, _):
        topical.find(outcome, recipe.formula, recipe.at, terms(lake, recipe))
        found = scoring.segments(outcome, recipe.formula, recipe.at, card_id)
    if not card_id.startswith("@") and not found["audience"]:
        raise NotFound(f"{name[:200]}: nobody has reacted to it in the year before {done.at} (run {done.run})")
    return {"id": card_id, "run": done.run, "at": done.at, "formula": done.formula} | found
