"""How long a warm answer takes in our own code: everything but the table, whose items are in memory here.

The budget is 5 ms for a scorecard at the median. Fails above it.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from infra.local.served import community
from renown.table import Item, SqliteTable
from renown.web.held import HeldPointer
from renown.web.routes import build
from renown.web.serve import event
from renown.web.site import Site

BUDGET: Final = 5.0
"""Milliseconds."""

TIMES: Final = 500


class Remembered:
    """A table of which every read is remembered: what it costs to read it is not ours."""

    def __init__(self, table: SqliteTable) -> None:
        self._table = table
        self._items: dict[tuple[str, str], Item | None] = {}
        self._many: dict[tuple[tuple[str, str], ...], list[Item]] = {}
        self._queries: dict[tuple[str, str, int], list[Item]] = {}

    def get(self, pk: str, sk: str) -> Item | None:
        """As of the table."""
        if (pk, sk) not in self._items:
            self._items[pk, sk] = self._table.get(pk, sk)
        return self._items[pk, sk]

    def get_many(self, keys: Iterable[tuple[str, str]]) -> list[Item]:
        """As of the table."""
        asked = tuple(keys)
        if asked not in self._many:
            self._many[asked] = self._table.get_many(asked)
        return self._many[asked]

    def query(self, pk: str, *, after: str = "", limit: int = 100) -> list[Item]:
        """As of the table."""
        asked = pk, after, limit
        if asked not in self._queries:
            self._queries[asked] = self._table.query(pk, after=after, limit=limit)
        return self._queries[asked]


def milliseconds(site: Site, target: str) -> list[float]:
    """How long each of `TIMES` answers to a request took, after one that does not count, fastest first."""
    request = event("GET", target, now=1_800_000_000)
    times = []
    for _ in range(TIMES + 1):
        start = time.perf_counter()
        answer = site.resolve(request, None)
        times.append(1000 * (time.perf_counter() - start))
        if answer["statusCode"] != 200:
            sys.exit(f"{target} answers {answer['statusCode']}")
    return sorted(times[1:])


def main() -> None:
    """Measures over a made-up community of 400 people."""
    with tempfile.TemporaryDirectory(prefix="renown-bench-") as home:
        table, _, best = community(Path(home))
        site = build(HeldPointer(Remembered(table), time.monotonic))
        handles = [entry["handle"] for entry in best if entry["handle"]][:3]
        some = ",".join(handles)
        scorecard = f"/v1/profiles/{handles[0]}"
        paths = [scorecard, f"{scorecard}/history", f"{scorecard}/receipts", f"{scorecard}/relationships"]
        paths += [
            "/v1/leaderboard",
            f"/v1/compare?handles={some}",
            f"/v1/profiles?ids={some}",
        ]
        print(f"{'':48} median     p99   (ms, {TIMES} warm answers)")
        found = {path: milliseconds(site, path) for path in [*paths, "/v1/method", f"/@{handles[0]}"]}
        for path, times in found.items():
            print(f"{path[:47]:48} {statistics.median(times):6.2f}  {times[int(0.99 * TIMES)]:6.2f}")
        table.close()
    median = statistics.median(found[scorecard])
    if median > BUDGET:
        sys.exit(f"a scorecard takes {median:.1f} ms; the budget is {BUDGET:.0f} ms")


if __name__ == "__main__":
    main()
