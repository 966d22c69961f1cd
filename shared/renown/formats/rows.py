"""The rows of a table, CSV or Parquet, as tuples in one order of columns."""

import csv
import glob
from collections import deque
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from ..activity import Reject
from ..errors import NotOfFormat
from .files import opened
from .lines import Lines

if TYPE_CHECKING:
    import duckdb

COLUMNS: Final = ("at", "verb", "actor", "author", "object", "topics", "network", "url")
_REQUIRED: Final = COLUMNS[:4]

_CHUNK: Final = 10_000
"""Rows of Parquet that are held at once."""

_MOST_LINES: Final = 10_000
"""Lines that one row may take: a quote that is never closed would else hold the whole file."""

Row = tuple[Any, ...]
"""The values of COLUMNS: texts from CSV; from Parquet also None, numbers for `at` and lists for `topics`."""


def rows(source: Path, start: int) -> "CsvRows | ParquetRows":
    """The rows behind position `start`.

    Raises NotOfFormat where the file cannot be read as a table or lacks columns.
    """
    with opened(source) as file:
        is_parquet = file.read(4) == b"PAR1"
    if source.suffix.lower() == ".parquet" and not is_parquet:
        raise NotOfFormat(f"{source}: not a Parquet file")
    return ParquetRows(source, start) if is_parquet else CsvRows(source, start)


def _named(source: Path, found: list[str]) -> dict[str, int]:
    """Where each of our columns stands among the columns that were found."""
    names = [name.strip().lower() for name in found]
    lacking = [name for name in _REQUIRED if name not in names]
    if lacking:
        shown = ", ".join(name[:40] for name in names[:20])
        raise NotOfFormat(f"{source}: no column {', '.join(lacking)}; found: {shown!a}")
    twice = [name for name in COLUMNS if names.count(name) > 1]
    if twice:
        raise NotOfFormat(f"{source}: column {twice[0]} stands there twice")
    return {name: names.index(name) for name in COLUMNS if name in names}


class CsvRows:
    """The rows of a CSV file, separated by comma, semicolon or tab; `position` is the number of the last line used.

    A quote that is never closed costs its own line only: the lines that it swallowed are read once more.
    """

    def __init__(self, source: Path, start: int) -> None:
        self.source = source
        header, number = self._header()
        self.position = max(start, number)
        self._delimiter, names = max((_split(header, d) for d in ",;\t"), key=_known)
        places = _named(source, names)
        self._width = len(names)
        self._pick = itemgetter(*(places.get(name, self._width) for name in COLUMNS))
        self._lines = Lines(source, self.position)
        self._unread = iter(self._lines)
        self._again: deque[str] = deque()
        self._used: list[str] = []
        self._rejects: list[Reject] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.__exit__()

    def __iter__(self) -> Iterator[Row]:
        reader = csv.reader(self._feed(), delimiter=self._delimiter, strict=True)
        while True:
            self._used.clear()
            try:
                row, problem = next(reader, None), ""
                if row and len(row) != self._width:
                    problem = f"{len(row)} fields where the header has {self._width}"
            except csv.Error as error:
                row, problem = [], f"not CSV: {error}"
            if row is None and not self._used:
                self.position = max(self.position, self._lines.position)
                return
            if problem:
                self.position += 1
                self.reject(problem)
                self._again.extendleft(reversed(self._used[1:]))
                reader = csv.reader(self._feed(), delimiter=self._delimiter, strict=True)
                yield ()
            else:
                self.position += len(self._used)
                if row:
                    row.append("")  # what columns that are not there hold
                    yield self._pick(row)
                else:
                    yield ()

    @property
    def size(self) -> int:
        """Bytes read so far."""
        return self._lines.size

    @property
    def done(self) -> float:
        """The share of the file that has been read, 0 to 1."""
        return self._lines.done

    @property
    def rejected(self) -> int:
        """How many rejects wait to be taken."""
        return len(self._rejects) + self._lines.rejected

    def reject(self, reason: str) -> None:
        """Notes that the last row given could not be read."""
        self._rejects.append(Reject(str(self.source), self.position, reason))

    def take_rejects(self) -> list[Reject]:
        """The rejects up to `position` since the last call."""
        waiting = sorted((*self._rejects, *self._lines.take_rejects()), key=itemgetter(1))
        self._rejects = [reject for reject in waiting if reject.line > self.position]
        return [reject for reject in waiting if reject.line <= self.position]

    def _feed(self) -> Iterator[str]:
        while True:
            line = self._again.popleft() if self._again else next(self._unread, None)
            if line is None:
                return
            if len(self._used) == _MOST_LINES:
                self._again.appendleft(line)
                raise csv.Error(f"a value goes on for more than {_MOST_LINES:,} lines")
            self._used.append(line)
            yield line

    def _header(self) -> tuple[str, int]:
        """The first line that is not blank, and its number."""
        with Lines(self.source) as lines:
            for line in lines:
                if line:
                    return line, lines.position
                if lines.rejected:
                    break
            for reject in lines.take_rejects():
                raise NotOfFormat(f"{self.source}: not a table: line {reject.line}: {reject.reason}")
        raise NotOfFormat(f"{self.source}: the file is empty")


def _split(header: str, delimiter: str) -> tuple[str, list[str]]:
    try:
        return delimiter, next(csv.reader([header], delimiter=delimiter, strict=True))
    except csv.Error:
        return delimiter, []


def _known(split: tuple[str, list[str]]) -> int:
    return sum(name.strip().lower() in COLUMNS for name in split[1])


class ParquetRows:
    """The rows of a Parquet file, some thousands at a time; `position` is the number of the last one given."""

    def __init__(self, source: Path, start: int) -> None:
        import duckdb

        from ..database import connect

        self.source = source
        self.position = start
        self.size = 0  # not known: progress goes by rows
        self._rejects: list[Reject] = []
        self._errors = duckdb.Error
        self._db = connect(settings={"threads": "1"})
        self._path = glob.escape(str(source))
        try:
            described = self._query("DESCRIBE SELECT *").fetchall()
            self._total = self._query("SELECT count(*)").fetchall()[0][0]
        except duckdb.Error as error:
            raise NotOfFormat(f"{source}: not a readable Parquet file: {_first_line(error)}") from error
        places = _named(source, [name for name, *_ in described])
        self._select = ", ".join(
            _expression(name, *described[places[name]][:2]) if name in places else "NULL" for name in COLUMNS
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def __iter__(self) -> Iterator[Row]:
        """Raises NotOfFormat where not even the first rows can be read."""
        try:
            for first in range(self.position, self._total, _CHUNK):
                for row in self._query(f"SELECT {self._select}", f"LIMIT {_CHUNK} OFFSET {first}").fetchall():
                    self.position += 1
                    yield row
        except self._errors as error:
            if self.position == 0:
                raise NotOfFormat(f"{self.source}: not a readable Parquet file: {_first_line(error)}") from error
            self.position += 1
            self.reject(f"the file breaks off here: {_first_line(error)}")
            self.position = self._total  # what is behind cannot be read either

    @property
    def done(self) -> float:
        """The share of the rows that has been read, 0 to 1."""
        return self.position / self._total if self._total else 1.0

    @property
    def rejected(self) -> int:
        """How many rejects wait to be taken."""
        return len(self._rejects)

    def reject(self, reason: str) -> None:
        """Notes that the last row given could not be read."""
        self._rejects.append(Reject(str(self.source), self.position, reason))

    def take_rejects(self) -> list[Reject]:
        """The rejects since the last call."""
        taken, self._rejects = self._rejects, []
        return taken

    def _query(self, select: str, rest: str = "") -> "duckdb.DuckDBPyConnection":
        table = "read_parquet(?, binary_as_string = true, hive_partitioning = false)"
        return self._db.execute(f"{select} FROM {table} {rest}", [self._path])


def _expression(name: str, column: str, kind: str) -> str:
    """SQL for one of our columns, which the file calls `column` and which has the SQL type `kind` there."""
    quoted = '"' + column.replace('"', '""') + '"'
    if name == "at":
        if kind.startswith(("TIMESTAMP", "DATE")):
            return f"epoch({quoted})"
        if kind.endswith("INT") or kind in ("INTEGER", "UINTEGER"):
            return quoted
        if kind.startswith(("DECIMAL", "FLOAT", "DOUBLE")):
            return f"CAST({quoted} AS DOUBLE)"
    if name == "topics" and kind == "VARCHAR[]":
        return quoted
    return f"CAST({quoted} AS VARCHAR)"


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
