"""Stores whose process is killed at one of its writes: that write, and all that come after it, do not happen."""

from collections.abc import Callable, Iterable
from pathlib import Path

from renown.lake import Lake
from renown.table import Item, Table


class Killed(BaseException):
    """The process is gone."""


class Life:
    """How many writes the process lives for, over all of its stores."""

    def __init__(self, writes: int) -> None:
        self.left = writes

    def spend(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Killed


class DyingLake:
    """A lake of such a process."""

    def __init__(self, lake: Lake, life: Life) -> None:
        self.lake = lake
        self.life = life

    def keys(self, prefix: str) -> list[str]:
        return self.lake.keys(prefix)

    def read(self, key: str) -> bytes | None:
        return self.lake.read(key)

    def local(self, keys: Iterable[str]) -> list[Path]:
        return self.lake.local(keys)

    def release(self, keys: Iterable[str]) -> None:
        self.lake.release(keys)

    def write(self, key: str, data: bytes) -> None:
        self.life.spend()
        self.lake.write(key, data)

    def put(self, key: str, path: Path) -> None:
        self.life.spend()
        self.lake.put(key, path)

    def change(self, key: str, made: Callable[[bytes | None], bytes]) -> bytes:
        self.life.spend()
        return self.lake.change(key, made)

    def delete(self, key: str) -> None:
        self.life.spend()
        self.lake.delete(key)


class DyingTable:
    """A table of such a process; every item is a write."""

    def __init__(self, table: Table, life: Life) -> None:
        self.table = table
        self.life = life

    def get(self, pk: str, sk: str) -> Item | None:
        return self.table.get(pk, sk)

    def get_many(self, keys: Iterable[tuple[str, str]]) -> list[Item]:
        return self.table.get_many(keys)

    def query(self, pk: str, *, after: str = "", limit: int = 100) -> list[Item]:
        return self.table.query(pk, after=after, limit=limit)

    def put_many(self, items: Iterable[Item]) -> int:
        number = 0
        for item in items:
            self.life.spend()
            number += self.table.put_many([item])
        return number

    def replace(self, item: Item, *, expected: int | None) -> None:
        self.life.spend()
        self.table.replace(item, expected=expected)

    def delete_many(self, keys: Iterable[tuple[str, str]]) -> None:
        for key in keys:
            self.life.spend()
            self.table.delete_many([key])

    def expire(self, now: int) -> None:
        self.table.expire(now)
