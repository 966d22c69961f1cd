"""Erasing where runs may be under way: one of them may write somebody once more, so they are erased again after it."""

from collections.abc import Callable
from typing import Final

from .. import lease
from ..errors import Conflict
from ..lake import Lake
from ..table import Doc, Table
from .erase import erase

PATIENCE: Final = 2 * lease.LONGEST
"""Seconds in which all has to be looked through without a run; a lease that a killed one left expires in half of it."""


def erase_beside_runs(  # noqa: PLR0913  # `erase`'s own, and the moment
    lake: Lake, table: Table, who: str, *, salt: str, so_far: Doc | None, now: int, stop: Callable[[], bool]
) -> Doc:
    """One call of several that erase `who` at `now` (unix seconds): at once, and again once no run is under way.

    Returns what `steps.erase` does, with "quiet": whether all is looked through and no run was under way meanwhile. If
    not, the call is to be made again with that as `so_far`: at once where "next" is not None, later where it is, which
    then does nothing as long as a run is under way. Raises as `steps.erase` does, and Conflict where PATIENCE is over.
    """
    pace: Doc = {"since": now} | (so_far or {})
    if now - pace["since"] > PATIENCE:
        raise Conflict(f"not sure of it after {PATIENCE // 3600} hours: erase again once no run is under way")
    if so_far is None or so_far["next"] is None:  # looks through everything
        pace |= {"began": now, "lease": lease.seen(table)}
        if so_far and not lease.quiet(pace["lease"], pace["lease"], now):
            return so_far
    found = erase(lake, table, who, salt=salt, so_far=so_far, stop=stop)
    alone = lease.quiet(pace["lease"], lease.seen(table), pace["began"])
    return {**pace, **found, "quiet": alone and found["next"] is None}
