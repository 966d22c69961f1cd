"""Simulate: a made-up community into a lake of its own."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

from .. import parts, people
from .. import simulate as world
from ..activity import Activity
from ..errors import BadInput
from ..lake import Lake

NETWORK: Final = "simulated"
"""The network of made-up communities."""

MARK: Final = "imports/simulated.json"

_ROWS: Final = 250_000


def simulate(lake: Lake, truth: Path, how_many: int, days: int, seed: int, *, progress: Callable[[float], None]) -> int:
    """Writes the community's activity and people into the lake and its true influence to the file `truth`.

    Returns the number of new activities. Raises BadInput where the lake holds other activity: made-up people are not
    mixed with real ones, nor with those of another made-up community.
    """
    community = world.simulate(how_many, days, seed)
    mark = json.dumps({"people": how_many, "days": days, "seed": seed}).encode()
    if lake.read(MARK) not in (None, mark) or any(parts.network(key) != NETWORK for key in parts.keys(lake)):
        raise BadInput(f"the lake {lake} holds other activity: set RENOWN_HOME to a new folder")
    lake.write(MARK, mark)
    new = 0
    rows: list[Activity] = []
    for day, some in enumerate(community.days(), 1):
        rows += some
        if len(rows) >= _ROWS or day == days:
            new += parts.write(lake, rows)
            rows = []
        progress(day / days)
    people.change(lake, lambda known: known.with_profiles((*community.profiles, *known.profiles)))
    world.write_truth(community.truth, truth)
    return new
