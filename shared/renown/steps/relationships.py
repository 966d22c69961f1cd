"""Relationships of one person, recomputed from the lake as a run saw them."""

from typing import Any

from ..errors import NotFound
from ..lake import Lake
from ..scoring import relationships as scoring
from .score import asked, passed


def relationships(lake: Lake, name: str, *, run: str | None = None) -> dict[str, Any]:
    """With whom `name` (`network:id`, or the `@handle` of a profile) has to do in `run` (None: the latest).

    Returns {"id", "run", "at", "formula", "counts", "named", "answer"}, as `scoring.relationships` describes. Raises
    NotFound for an unknown run or profile, and for an account that nothing is known of.
    """
    done, recipe, card_id = asked(lake, name, run)
    with passed(lake, recipe) as (outcome, _):
        found = scoring.relationships(outcome, recipe.formula, recipe.at, card_id)
    if not card_id.startswith("@") and not found["counts"]["people"]:
        raise NotFound(f"{name[:200]}: it neither reacted to anybody nor anybody to it in the year before {done.at}")
    return {"id": card_id, "run": done.run, "at": done.at, "formula": done.formula} | found
