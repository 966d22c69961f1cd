"""Numbers that stand for profiles: old Klout clients know people by nothing else.

A profile's number follows from its handle alone, so that it stays the same from run to run and in a table that is built
anew. It is below 2**53: clients in JavaScript keep it as a number. Where two handles would have the same one, as in one
of 18,000 communities of a million profiles, the later one in the alphabet takes its next.

Items: `number#<number>`/handle says whose it is; publishing writes them.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Final

from .table import Item, Reader

BITS: Final = 53

TRIES: Final = 4
"""Numbers that a handle can have."""


def candidates(handle: str) -> list[str]:
    """The numbers that can stand for `handle`, the usual one first: bits of SHA-256."""
    digests = (hashlib.sha256(f"{handle}#{attempt}".encode()).digest() for attempt in range(TRIES))
    return [str(int.from_bytes(digest[:8], "big") >> (64 - BITS)) for digest in digests]


def number_key(number: str) -> tuple[str, str]:
    """Where it stands whose number this is."""
    return f"number#{number}", "handle"


def items(handles: Iterable[str], expires_at: int) -> Iterator[Item]:
    """The items that give each of `handles` a number of its own, in whatever order they come."""
    taken: dict[str, str] = {}
    for handle in sorted(handles):
        taken[next(number for number in candidates(handle) if number not in taken)] = handle
    for number, handle in taken.items():
        yield Item(*number_key(number), {"handle": handle}, expires_at=expires_at)


def number_of(table: Reader, handle: str) -> str | None:
    """The number of the profile with this handle; None where none was published."""
    return next((number for number in candidates(handle) if handle_of(table, number) == handle), None)


def handle_of(table: Reader, number: str) -> str | None:
    """The handle of the profile with this number; None where it is nobody's."""
    item = table.get(*number_key(number)) if len(number) <= 20 else None
    return str(item.doc["handle"]) if item else None
