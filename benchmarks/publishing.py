"""What publishing writes for each profile, by kind: items, bytes and write units, and how many said nothing new.

    PYTHONPATH=. python benchmarks/publishing.py [--people 400] [--check http://127.0.0.1:8801]

A made-up community (`renown simulate`, half a year) is scored on three days that follow each other and published by the
real step into a table that counts what DynamoDB would charge; the last day is reported. `--check` writes the items to a
DynamoDB Local, too, and compares its own count of each.
"""

import argparse
import json
import math
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import boto3

from renown import runs
from renown.lake import FolderLake
from renown.scoring.formula import DAY
from renown.simulate import END
from renown.steps.publish import publish
from renown.steps.score import score
from renown.steps.simulate import simulate
from renown.steps.why import keep
from renown.table import Item, SqliteTable, attributes

COLUMNS: Final = ("items", "bytes", "write units", "as text", "nothing new")


def size(item: dict[str, Any]) -> int:
    """Bytes of an item as DynamoDB counts them: names and values; a number has a byte, and one for two digits.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    found = 0
    for name, value in item.items():
        ((kind, data),) = value.items()
        if kind == "N":
            found += 1 + math.ceil(len(data.strip("0")) / 2)
        else:
            found += len(data.encode() if kind == "S" else data)
        found += len(name.encode())
    return found


def units(bytes_: int) -> int:
    """Write units of an item of so many bytes."""
    return max(1, math.ceil(bytes_ / 1024))


class Counted(SqliteTable):
    """Counts what is written, by kind."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.counts: dict[str, Counter[str]] = {column: Counter() for column in COLUMNS}
        self.last: dict[tuple[str, ...], str] = {}
        self.written: list[Item] = []

    def clear(self) -> None:
        """Begins to count anew; what was written before is remembered."""
        for counter in self.counts.values():
            counter.clear()
        self.written.clear()

    def put_many(self, items: Iterable[Item]) -> int:
        return super().put_many(map(self._counted, items))

    def replace(self, item: Item, *, expected: int | None) -> None:
        super().replace(self._counted(item), expected=expected)

    def _counted(self, item: Item) -> Item:
        kind, _, about = item.pk.partition("#")
        if kind == "card" and "score" not in item.doc:
            kind = "note"
        kept, text = attributes(item), json.dumps(item.doc, ensure_ascii=False, separators=(",", ":"))
        known = json.dumps({name: value for name, value in item.doc.items() if name not in ("run", "at")})
        name = (kind, about if about and kind not in ("names", "top", "topiclist") else "", item.sk.partition("#")[2])
        values = (
            1,
            size(kept),
            units(size(kept)),
            units(size({**kept, "doc": {"S": text}})),
            self.last.get(name) == known,
        )
        for column, value in zip(COLUMNS, values, strict=True):
            self.counts[column][kind] += value
        self.last[name] = known
        self.written.append(item)
        return item


def checked(items: Iterable[Item], address: str) -> tuple[int, int]:
    """How many of the items DynamoDB Local counts as many units for as we do, and how many there are."""
    known = {"region_name": "x", "aws_access_key_id": "x", "aws_secret_access_key": "x"}  # it asks for some
    client: Any = boto3.client("dynamodb", endpoint_url=address, **known)  # type: ignore[call-overload]  # as said above
    name = f"publishing-{time.time_ns()}"
    keys: Any = [{"AttributeName": key, "KeyType": kind} for key, kind in (("pk", "HASH"), ("sk", "RANGE"))]
    kinds: Any = [{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")]
    client.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=keys, AttributeDefinitions=kinds)
    same = of = 0
    for item in items:
        sent = attributes(item)
        answer = client.put_item(TableName=name, Item=sent, ReturnConsumedCapacity="TOTAL")
        same += answer["ConsumedCapacity"]["CapacityUnits"] == units(size(sent))
        of += 1
    client.delete_table(TableName=name)
    return same, of


def main() -> None:
    """Prints a line for each kind of item, and their sums, for one profile."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=400)
    parser.add_argument("--check")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lake, table = FolderLake(Path(folder, "lake")), Counted(Path(folder, "table.sqlite"))
        simulate(lake, Path(folder, "truth.csv"), asked.people, 180, 7, progress=lambda share: None)
        for day in (-2, -1, 0):
            report, _ = score(lake, at=END + day * DAY, population="profiles")
            keep(lake, table, report)
            table.clear()
            begun = time.process_time()
            publish(lake, table, report.run, now=END + day * DAY + 60)
            seconds = time.process_time() - begun
        cards = list(runs.scorecards(lake, report.run))
    reactions = sum(card["evidence"]["reactions"] for card in cards)
    each = 1 / len(cards)
    print(f"{len(cards)} profiles, {reactions * each:.0f} reactions each, {seconds * each * 1e3:.2f} ms each")
    print(f"{'kind':14}" + "".join(f"{column:>13}" for column in COLUMNS))
    for kind in sorted(table.counts["items"]):
        print(line(kind, [table.counts[column][kind] * each for column in COLUMNS]))
    print(line("all", [sum(table.counts[column].values()) * each for column in COLUMNS]))
    if asked.check:
        same, of = checked(table.written, asked.check)
        print(f"DynamoDB Local counts the same units for {same:,} of {of:,} items")
    table.close()


def line(name: str, values: list[float]) -> str:
    """A line of the table."""
    return f"{name:14}" + "".join(f"{value:13,.2f}" for value in values)


if __name__ == "__main__":
    main()
