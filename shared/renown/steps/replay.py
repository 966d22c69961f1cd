"""Replay: a past run made again from the lake, and compared with what it wrote, byte by byte."""

import filecmp
import tempfile
from pathlib import Path
from typing import Any

from .. import runs
from ..lake import Lake
from ..runs import Report
from .score import again, make


def replay(lake: Lake, run: str) -> dict[str, Any]:
    """Makes `run` again in a temporary folder, with the formula and the people that it kept.

    Returns {"run", "same", "files": {name: "same" | "differs" | "is not made any more" | "was not made then"}, "why"};
    why it differs is one sentence, None where it does not. Raises NotFound for an unknown run.
    """
    done = runs.named(lake, run)
    prefix = runs.key(done.run, "")
    written = {key.removeprefix(prefix) for key in lake.keys(prefix)} - {runs.TIMINGS, runs.ERASED}
    with tempfile.TemporaryDirectory(prefix="renown-") as name:
        folder = Path(name)
        now = make(lake, again(lake, done), folder)
        made = {path.name for path in folder.iterdir()} - {runs.TIMINGS}
        files = dict.fromkeys(written - made, "is not made any more") | dict.fromkeys(
            made - written, "was not made then"
        )
        for both in sorted(written & made):
            (path,) = lake.local([prefix + both])
            same = filecmp.cmp(path, folder / both, shallow=False)
            files[both] = "same" if same else "differs"
    same = set(files.values()) == {"same"}
    return {
        "run": done.run,
        "same": same,
        "files": dict(sorted(files.items())),
        "why": None if same else _why(done, now, erased=bool(lake.keys(runs.key(done.run, runs.ERASED)))),
    }


def _why(then: Report, now: Report, *, erased: bool) -> str:
    """What can have happened, from what the two counted."""
    if erased:
        return "people were erased since, from this run's files and from the activity: it cannot be made as it was"
    counted = f"it counted {then.reactions:,} reactions then, and {now.reactions:,} now"
    if now.reactions > then.reactions:
        return f"{counted}: activity was imported since, that happened and was seen before {then.at}"
    if now.reactions < then.reactions:
        return f"{counted}: activity was taken out of the lake since, of erased people or of deleted posts"
    return "the same number of reactions: another version of Renown, or of DuckDB, writes them differently"
