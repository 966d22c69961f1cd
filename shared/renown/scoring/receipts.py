"""Receipts: the points that each reaction contributes to a score. They sum to the score (DESIGN section 4)."""

import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np

from .engine import Outcome, sql
from .told import tell

FIELDS: Final = ("points", "verb", "at", "object", "url", "reactor")


def write(outcome: Outcome, ids: Sequence[str], path: Path, size: int) -> int:
    """Writes the receipts of those of `ids` (profiles or accounts; `tell` was called for them) that have a score, as
    pages of `size`.

    The file is gzipped JSON Lines, by id and page, a page each: {"id", "page", "score", "reactions", "before",
    "entries"}, where `reactions` counts all of them, `before` is the points on earlier pages, and entries are as
    `receipts` describes. Returns the number of pages.
    """
    con = outcome.tables
    if not _made(con, ids):
        path.write_bytes(gzip.compress(b"", mtime=0))
        return 0
    con.execute(f"CREATE OR REPLACE TEMP TABLE receipt_pages AS {sql('receipt_pages')}", {"size": size})
    con.execute(f"COPY receipt_pages TO '{path}' (FORMAT json, COMPRESSION gzip)")
    return int(con.execute("SELECT COUNT(*) FROM receipt_pages").fetchall()[0][0])


def receipts(outcome: Outcome, name: str) -> list[dict[str, Any]]:
    """All receipts of the profile or account `name`, biggest first; none where it has no score.

    Each is {"points", "verb", "at", "object", "url", "reactor"}: `at` is RFC 3339, `object` the post and `url` where it
    can be seen, `reactor` a profile that opted in, None for people who did not.
    """
    con = outcome.tables
    tell(outcome, [name])
    if not _made(con, [name]):
        return []
    rows = con.execute('SELECT points, verb, "at", object, url, reactor FROM receipts ORDER BY position').fetchall()
    return [dict(zip(FIELDS, row, strict=True)) for row in rows]


def _made(con: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> bool:
    """Makes the table `receipts` for those of `ids` that have a score; False where none has."""
    con.register("asked_ids", {"id": np.array(ids, dtype=object)})
    con.execute(
        "CREATE OR REPLACE TEMP TABLE asked AS"
        " SELECT id FROM accounts WHERE score IS NOT NULL AND id IN (SELECT id FROM asked_ids)"
    )
    con.unregister("asked_ids")
    if not con.execute("SELECT COUNT(*) FROM asked").fetchall()[0][0]:
        return False
    con.execute(f"CREATE OR REPLACE TEMP TABLE receipts AS {sql('receipts')}")
    return True
