"""Plan: what there is to collect. Today: files that the operator put into the lake's inbox."""

from pathlib import PurePosixPath
from typing import Final

from ..formats.registry import FORMATS
from ..lake import Lake

INBOX: Final = "inbox/"
"""Files to import stand under `inbox/<format>/`; a file is known by its key: give new content a new name."""

DONE: Final = "imports/inbox/"
"""Marks of files that are imported, under their key behind `inbox/`."""


def plan(lake: Lake, *, limit: int = 500) -> dict[str, list[dict[str, str]]]:
    """The batches that are due, at most `limit` of them: {"batches": [{"format", "key"}, ...]}, by key.

    A file under a folder that is no format is left alone: nobody could read it.
    """
    done = {key.removeprefix(DONE) for key in lake.keys(DONE)}
    due = [key for key in lake.keys(INBOX) if key.removeprefix(INBOX) not in done and _format(key) in FORMATS]
    return {"batches": [{"format": _format(key), "key": key} for key in due[:limit]]}


def _format(key: str) -> str:
    return PurePosixPath(key).parts[1]
