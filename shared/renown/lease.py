"""One run at a time: who works on the lake holds the lease, an item of the table that is written on a condition.

It ends with the run, or when it expires: a run that was killed does not stand in the way for ever.
"""

import contextlib
from typing import Final

from .errors import Conflict
from .table import Doc, Item, Table

KEY: Final = ("lease", "run")

LONGEST: Final = 12 * 3600
"""Seconds after which a run that did not give the lease back is dead: the state machine's own `TimeoutSeconds`."""


def take(table: Table, holder: str, now: int) -> str | None:
    """Takes the lease for `holder` at `now` (unix seconds); returns who holds it instead, None where `holder` does.

    The same call again changes nothing: it may be made once more after an answer that was lost.
    """
    for _ in range(2):  # the second time after somebody else was quicker
        found = table.get(*KEY)
        held = _held(found, now)
        if held is not None:
            return held if held != holder else None
        version = found.version if found else None
        taken = Item(*KEY, {"holder": holder}, (version or 0) + 1, now + LONGEST)
        try:
            table.replace(taken, expected=version)
        except Conflict:
            continue
        return None
    return _held(table.get(*KEY), now) or "another run"


def give_back(table: Table, holder: str, now: int) -> None:
    """Ends the lease of `holder`; nothing happens where somebody else holds it."""
    found = table.get(*KEY)
    if found is not None and found.doc["holder"] == holder:
        with contextlib.suppress(
            Conflict
        ):  # it was given back: by this call, whose answer was lost and which was sent again
            table.replace(Item(*KEY, {"holder": None}, found.version + 1, now), expected=found.version)


def seen(table: Table) -> Doc:
    """The lease as it stands now: {"holder", "version", "until"}; it is another one after every change of hands."""
    found = table.get(*KEY)
    return {
        "holder": found and found.doc["holder"],
        "version": found and found.version,
        "until": found and found.expires_at,
    }


def quiet(before: Doc, after: Doc, now: int) -> bool:
    """Whether no run was under way between two looks at the lease, the first of them at `now` (unix seconds)."""
    return before == after and (before["holder"] is None or before["until"] <= now)


def _held(found: Item | None, now: int) -> str | None:
    if found is None or found.expires_at is None or found.expires_at <= now:
        return None
    holder: str | None = found.doc["holder"]
    return holder
