"""When the formula was reviewed last (`steps.review`), for whoever watches that it is."""

import json
from typing import Final

from .. import runs
from ..lake import Lake
from ..publications import FOLDER as PUBLICATIONS

LATEST: Final = "reviews/latest.json"

DAY: Final = 86_400


def note(lake: Lake, at: int) -> None:
    """Writes down that the review of `at` (unix seconds) came to its end."""
    lake.write(LATEST, json.dumps({"at": runs.moment(at)}).encode())


def age(lake: Lake, now: int) -> float | None:
    """Days since the last review, before the first since readers first saw a run; None before that."""
    data = lake.read(LATEST)
    last = json.loads(data)["at"] if data else None
    if last is None:
        first = lake.keys(PUBLICATIONS)[:1]
        pointer = json.loads(lake.read(first[0]) or b"{}")["pointer"] if first else {}
        last = pointer.get("published_at") or pointer.get("at")
    return None if last is None else (now - runs.unix(last)) / DAY
