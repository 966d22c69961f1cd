"""DuckDB as everything here uses it: a library that writes nothing on the terminal."""

from collections.abc import Mapping
from pathlib import Path

import duckdb


def connect(path: Path | None = None, settings: Mapping[str, str] | None = None) -> duckdb.DuckDBPyConnection:
    """A database in memory, or in the file `path`, with DuckDB's `settings`.

    Left alone, DuckDB draws a progress bar on standard output for a query of two seconds or more, also where that is
    no terminal: into the JSON that a program wants to read.
    """
    con = duckdb.connect(path or ":memory:", config=dict(settings or {}))  # noqa: TID251 - this is where it is called
    con.execute("SET enable_progress_bar = false")
    return con
