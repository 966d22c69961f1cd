"""Segments of one audience, recomputed from the lake as a run saw it."""

from typing import Any

from .. import runs
from ..activity import parse_account
from ..lake import Lake
from ..scoring import segments as scoring
from ..scoring import topical
from .score import again, passed, terms


def segments(lake: Lake, name: str, *, run: str | None = None) -> dict[str, Any]:
    """Who the audience of `name` (`network:id`, or the `@handle` of a profile) is in `run` (None: the latest).

    Returns {"id", "run", "at", "formula", "audience", "needed", "everybody", "communities",
    "others", "topics", "unreached"}, as `scoring.segments` describes. Raises NotFound for an
    unknown run.
    """
    done = runs.named(lake, run)
    recipe = again(lake, done)
    card_id = recipe.people.owners().get(name, name)
    if not card_id.startswith("@"):
        parse_account(card_id)
    with passed(lake, recipe) as (outcome, _):
        topical.find(outcome, recipe.formula, recipe.at, terms(lake, recipe))
        found = scoring.segments(outcome, recipe.formula, recipe.at, card_id)
    return {"id": card_id, "run": done.run, "at": done.at, "formula": done.formula} | found
