"""Receipts: the points of every reaction behind one score, recomputed from the lake as the run made them."""

import math
from typing import Any

from .. import runs
from ..errors import BadInput, NotFound
from ..lake import Lake
from ..published import split
from ..scoring import receipts as scoring
from .score import asked, passed


def receipts(
    lake: Lake, name: str, *, run: str | None = None, page: int = 1, size: int | None = None
) -> dict[str, Any]:
    """One page, of at most `size` (None: all), of the receipts of `name` in `run` (None: the latest), biggest first.

    `name` is `network:id` or the `@handle` of a profile. Returns {"id", "run", "at", "formula", "score", "reactions",
    "before", "here", "after", "entries"}, as `published.receipts` and `scoring.receipts` describe. Raises NotFound for
    an unknown run, for who has no score in it, and where the lake does not give the run's score any more; BadInput for
    a page that there is not.
    """
    done, recipe, card_id = asked(lake, name, run)
    (path,) = lake.local([runs.key(done.run, "accounts.parquet")])
    query = "SELECT CAST(score AS DOUBLE), reactors FROM {} WHERE id = $id"
    with passed(lake, recipe) as (outcome, _):
        now = outcome.tables.execute(query.format("accounts"), {"id": card_id}).fetchall()
        of_run = {"id": card_id, "path": str(path)}
        then = outcome.tables.execute(query.format("read_parquet($path)"), of_run).fetchall()
        everything = scoring.receipts(outcome, card_id)
    if then != now:
        raise NotFound(
            f"{name}: the lake does not give the score of run {done.run} any more; `renown replay {done.run}` says why"
        )
    if not now:
        raise NotFound(f"{name}: nobody has reacted to it in the year before {done.at} (run {done.run})")
    ((score, reactors),) = now
    if score is None:
        raise NotFound(f"{name}: no score in run {done.run}, so no receipts: {reactors} of {done.floor} people needed")
    size = size or len(everything)
    start = (page - 1) * size
    if not 0 <= start < len(everything):
        pages = -(-len(everything) // size)
        there = "is 1 page" if pages == 1 else f"are {pages:,} pages"
        raise BadInput(f"page {page}: there {there} of {size:,} receipts")
    entries = everything[start : start + size]
    before = math.fsum(entry["points"] for entry in everything[:start])
    about = {"id": card_id, "run": done.run, "at": done.at, "formula": done.formula, "score": score}
    return about | split(score, before, entries, start, len(everything)) | {"entries": entries}
