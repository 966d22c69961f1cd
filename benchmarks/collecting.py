"""What collecting costs a day for 1,000 people: requests, Lambda minutes, dollars.

    python benchmarks/collecting.py

Ten made-up people (three quiet, six usual, one busy, see networks.py) on each first-class network are visited when due
for three weeks, by the real steps, over a folder and a SQLite file whose operations are counted; the last week is
reported. Requests, waits, and operations on lake and table are measured; how long a server takes to answer is assumed
(LATENCY), and prices are AWS's list prices for us-east-1 of November 2026 as far as we know them.
"""

import random
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import httpx

from benchmarks.networks import KINDS, Kind, happen
from benchmarks.publishing import size, units
from renown.lake import FolderLake
from renown.networks.budget import Budget
from renown.networks.catalogue import ABOUT
from renown.networks.client import Client
from renown.steps.collect import conclude
from renown.steps.due import due
from renown.steps.visits import Visitor
from renown.table import Item, SqliteTable, attributes
from tests.contract.fakes.registry import FAKES
from tests.contract.fakes.visits import ACCESS, Clock, MemoryTable
from tests.contract.fakes.world import DAY, NOW, Fake

LATENCY: Final = 0.25
"""Seconds that a server takes to answer: an assumption."""

MEMORY: Final = 0.5
"""GB of the visit function."""

PROCESSOR: Final = 512 / 1769
"""Its share of a processor: with 1,769 MB a function has a whole one."""

PEOPLE: Final = 1000
SAMPLE: Final = tuple(kind for kind, number in zip(KINDS, (3, 6, 1), strict=True) for _ in range(number))
WEEKS: Final = 3

PRICES: Final = {
    "GB-seconds": 0.0000133334,
    "table writes": 0.625e-6,  # of 1 KB
    "table reads": 0.125e-6,  # of 4 KB
    "lake writes": 5e-6,  # and lists
    "lake reads": 0.4e-6,
}


class CountedTable(SqliteTable):
    """Counts what DynamoDB would charge: a write is 1 KB, a read 4."""

    counts: Counter[str]

    def get(self, pk: str, sk: str) -> Item | None:
        found = super().get(pk, sk)
        self.counts["table reads"] += 1 + (size(attributes(found)) - 1) // 4096 if found else 1
        return found

    def put_many(self, items: Iterable[Item]) -> int:
        kept = list(items)
        self.counts["table writes"] += sum(units(size(attributes(item))) for item in kept)
        return super().put_many(kept)

    def replace(self, item: Item, *, expected: int | None) -> None:
        self.counts["table writes"] += units(size(attributes(item)))
        super().replace(item, expected=expected)


class CountedLake(FolderLake):
    """Counts what S3 would charge."""

    counts: Counter[str]

    def keys(self, prefix: str) -> list[str]:
        self.counts["lake writes"] += 1
        return super().keys(prefix)

    def put(self, key: str, path: Path) -> None:
        self.counts["lake writes"] += 1
        super().put(key, path)

    def local(self, keys: Iterable[str]) -> list[Path]:
        kept = list(keys)
        self.counts["lake reads"] += len(kept)
        return super().local(kept)


class Slow(httpx.BaseTransport):
    """The made-up server of the person who is being visited; every answer takes time."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.fake: Fake | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert self.fake
        self.clock.now += LATENCY
        return self.fake.answer(request)


class Person:
    """Somebody on a network, with a lake and a table of their own: their name is everybody's."""

    def __init__(self, made: type[Fake], kind: Kind, number: int, folder: Path, client: Client, counts: Counter[str]):
        self.fake, self.kind = made(), kind
        self.fake.followers = list(range(1, kind.followers + 1))
        self.chance = random.Random(number)  # noqa: S311  # made-up people, the same ones every time
        self.lake, self.table = CountedLake(folder / "lake"), CountedTable(folder / "table.sqlite")
        self.lake.counts = self.table.counts = counts
        self.client = client

    def day(self, clock: Clock) -> tuple[int, int]:
        """What happened that day, and a visit if one is due: its requests, and those answered 304."""
        happen(self.fake, self.kind, self.chance)
        if not due(self.table, [self.fake.account], int(clock.now)):
            return 0, 0
        visitor = Visitor(self.lake, self.table, self.fake.network, self.client, clock)
        found = visitor.visit([self.fake.account])
        conclude(self.lake, [vars(found)])
        return found.requests, found.unchanged


def measure(made: type[Fake], folder: Path) -> Mapping[str, float]:
    """A network's day, for the sample: requests, 304, seconds, and operations on lake and table."""
    clock = Clock(float(NOW))
    server = Slow(clock)
    counts: Counter[str] = Counter()
    client = Client(
        server, Budget(MemoryTable(), clock), contact="made-up", clock=clock, sleep=clock.sleep, access=ACCESS
    )
    people = [Person(made, kind, n, folder / str(n), client, counts) for n, kind in enumerate(SAMPLE)]
    total: defaultdict[str, float] = defaultdict(float)
    for day in range(7 * WEEKS):
        clock.now = float(NOW + (day + 1) * DAY)
        if day == 7 * (WEEKS - 1):
            counts.clear()
            total.clear()
        own = time.process_time()
        for person in people:
            person.fake.now = int(clock.now)
            server.fake = person.fake
            begun = clock.now
            requests, unchanged = person.day(clock)
            total["requests"] += requests
            total["304"] += unchanged
            total["seconds"] += clock.now - begun
        total["own seconds"] += time.process_time() - own
    counts["table writes"] += int(total["requests"])  # each request takes a slot of its host's budget
    return {name: value / 7 for name, value in {**total, **counts}.items()}


def main() -> None:
    """Prints a line for each network, and the sum."""
    columns = (
        "requests",
        "304",
        "minutes",
        "own minutes",
        "table writes",
        "table reads",
        "lake writes",
        "lake reads",
        "dollars",
    )
    print(f"{'network':14}" + "".join(f"{name:>14}" for name in columns))
    whole: defaultdict[str, float] = defaultdict(float)
    for made in FAKES:
        if ABOUT[made.network.name].built != "first":
            continue
        with tempfile.TemporaryDirectory() as folder:
            found = {name: value * PEOPLE / len(SAMPLE) for name, value in measure(made, Path(folder)).items()}
        found["all seconds"] = found["seconds"] + found["own seconds"] / PROCESSOR
        found["GB-seconds"] = found["all seconds"] * MEMORY
        found["minutes"], found["own minutes"] = found["all seconds"] / 60, found["own seconds"] / 60
        found["dollars"] = sum(found[name] * price for name, price in PRICES.items())
        for name, value in found.items():
            whole[name] += value
        print(line(made.network.name, found, columns), flush=True)
    print(line("all", whole, columns))


def line(name: str, found: Mapping[str, float], columns: tuple[str, ...]) -> str:
    """A line of the table."""
    return f"{name:14}" + "".join(f"{found[c]:14,.{2 if c == 'dollars' else 0}f}" for c in columns)


if __name__ == "__main__":
    main()
