"""The table as the API reads it: which run readers see is remembered for some seconds.

So a scorecard is one read of the table. A run stays in the table for weeks after the next one, so that a reader who is
told of the next one some seconds late sees one whole run all the same.
"""

from collections.abc import Callable, Iterable
from typing import Final

from ..published import POINTER
from ..table import Item, Reader

HELD: Final = 5.0
"""Seconds; caches keep answers for longer."""


class HeldPointer:
    """`table`, whose pointer is read again after `HELD` seconds of `clock`."""

    def __init__(self, table: Reader, clock: Callable[[], float]) -> None:
        self._table, self._clock = table, clock
        self._pointer: Item | None = None
        self._until = 0.0

    def get(self, pk: str, sk: str) -> Item | None:
        """The item, None where there is none."""
        if (pk, sk) != POINTER:
            return self._table.get(pk, sk)
        if self._pointer is None or self._clock() >= self._until:
            self._pointer = self._table.get(pk, sk)
            self._until = self._clock() + HELD
        return self._pointer

    def get_many(self, keys: Iterable[tuple[str, str]]) -> list[Item]:
        """The items with these (pk, sk), in no order."""
        return self._table.get_many(keys)

    def query(self, pk: str, *, after: str = "", limit: int = 100) -> list[Item]:
        """At most `limit` items of `pk` whose sk is greater than `after`, by sk."""
        return self._table.query(pk, after=after, limit=limit)
