"""The inbox: one file that the operator put there, into the lake."""

import json
from collections.abc import Callable
from typing import Any

from ..errors import BadInput
from ..formats.registry import by_name
from ..lake import Lake
from .imports import import_source
from .plan import DONE, INBOX
from .topics import finder


def take_in(lake: Lake, format_name: str, key: str, *, latest: int, stop: Callable[[], bool]) -> dict[str, Any]:
    """Imports the file `key` of the inbox. `latest` is the newest acceptable time in unix seconds.

    Returns {"key", "read", "new", "rejected", "complete", "refused"}, counted over all attempts at the file. Not
    complete: `stop` became true first; the same batch again goes on from there. A file that cannot be read as its
    format is refused once, with the reason, and not again.
    """
    known = by_name(format_name, find=finder(lake))
    result: dict[str, Any] = {"key": key, "read": 0, "new": 0, "rejected": 0, "complete": True, "refused": None}
    try:
        for source in known.sources(lake.local([key])[0]):
            report = import_source(lake, known, source, latest=latest, stop=stop)
            for name in ("read", "new", "rejected"):
                result[name] += getattr(report, name)
            result["complete"] = report.complete
            if not report.complete:
                return result
    except BadInput as error:
        result["refused"] = str(error)
    lake.release([key])
    lake.write(DONE + key.removeprefix(INBOX), json.dumps(result).encode())
    return result
