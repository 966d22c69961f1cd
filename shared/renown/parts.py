"""Activity and observations in the lake, as Parquet parts: `activity/network=<n>/month=YYYY-MM/part-<hash>.parquet`.

A part is named after its content and never changes. An id stands once among the parts of its network and month, as
long as one process writes to them at a time; whoever must be sure drops repeats when reading (see `overlapping`).
"""

import hashlib
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

import duckdb

from . import bulk, erased
from .activity import Activity, Observation
from .database import connect
from .erased import Erased
from .lake import Lake


@dataclass(frozen=True)
class _Shape:
    """How one kind of record is kept: under which folder, with which columns, in which order inside a part.

    `people` are the columns that name whom a record is about.
    """

    folder: str
    columns: Mapping[str, str]
    order: str
    people: tuple[str, ...]


_ACTIVITY: Final = _Shape(
    "activity",
    {
        "id": "VARCHAR",
        "network": "VARCHAR",
        "verb": "VARCHAR",
        "actor": "VARCHAR",
        "author": "VARCHAR",
        "object": "VARCHAR",
        "at": "BIGINT",
        "seen_at": "BIGINT",
        "topics": "VARCHAR[]",
        "url": "VARCHAR",
    },
    'author, actor, "at", id',
    ("actor", "author"),
)
_OBSERVATIONS: Final = _Shape(
    "observations",
    {
        "id": "VARCHAR",
        "network": "VARCHAR",
        "kind": "VARCHAR",
        "account": "VARCHAR",
        "object": "VARCHAR",
        "total": "BIGINT",
        "at": "BIGINT",
        "seen_at": "BIGINT",
    },
    'account, object, "at", id',
    ("account",),
)

_UPLOADS: Final = 8
_FETCHED: Final = 10_000


def write(lake: Lake, rows: Sequence[Activity]) -> int:
    """Adds those of `rows` that the lake does not hold and returns their number; not those of people who were erased.

    A row is known by its id, within its network and month. The month (UTC) is that of `at`, where there is none that
    of `seen_at`. When it is killed some parts are there and some are not; the same call again adds the rest.
    """
    return _write(lake, _ACTIVITY, rows)


def write_observations(lake: Lake, rows: Sequence[Observation]) -> int:
    """As `write`, for observations."""
    return _write(lake, _OBSERVATIONS, rows)


def keys(lake: Lake, since: int | None = None, until: int | None = None) -> list[str]:
    """The keys of the parts that can hold activity from `since` to `until` (unix seconds, inclusive), sorted."""
    first = "" if since is None else _month(since)
    last = "9999-12" if until is None else _month(until)
    return [key for key in _keys(lake, _ACTIVITY) if first <= month(key) <= last]


def _keys(lake: Lake, shape: _Shape) -> list[str]:
    return [key for key in lake.keys(f"{shape.folder}/") if key.endswith(".parquet")]


def network(key: str) -> str:
    """The network whose activity the part `key` holds."""
    return key.split("/")[1].removeprefix("network=")


def month(key: str) -> str:
    """The month, as YYYY-MM, whose activity the part `key` holds."""
    return key.split("/")[2].removeprefix("month=")


def overlapping(part_keys: Iterable[str]) -> bool:
    """Whether an id may stand in more than one of these parts.

    It may in any two parts of one network: two processes wrote at once, or a reaction without a time of its own was
    seen again in a later month.
    """
    return any(count > 1 for count in Counter(map(network, part_keys)).values())


def fingerprint(part_keys: Iterable[str]) -> str:
    """32 hex digits that are the same for the same parts, and so for the same activity."""
    return hashlib.sha256("\n".join(sorted(part_keys)).encode()).hexdigest()[:32]


def join(lake: Lake) -> None:
    """Makes one part of each network's parts of the same month: fewer files to read, and no id twice in them.

    When it is killed an old part may stand beside the joined one; whoever reads both drops the repeats.
    """
    for shape in (_ACTIVITY, _OBSERVATIONS):
        for _, group in groupby(_keys(lake, shape), lambda key: (network(key), month(key))):
            apart = list(group)
            if len(apart) > 1:
                joined = _joined(lake, shape, apart)
                for key in apart:
                    if key != joined:
                        lake.delete(key)


def _joined(lake: Lake, shape: _Shape, apart: list[str]) -> str:
    names = ", ".join(f'"{name}"' for name in shape.columns)
    with tempfile.TemporaryDirectory(prefix="renown-") as folder, _connected(folder) as con:
        con.execute("SET threads = 1")  # the same rows make the same bytes, whatever the machine
        con.execute(
            f"CREATE TABLE joined AS SELECT {names} FROM read_parquet($paths)"
            " QUALIFY ROW_NUMBER() OVER (PARTITION BY id ORDER BY seen_at) = 1",
            {"paths": [str(part) for part in lake.local(apart)]},
        )
        path = Path(folder, "joined.parquet")
        con.execute(
            f"COPY (SELECT {names} FROM joined ORDER BY {shape.order}) TO {_quoted(str(path))}"
            " (FORMAT parquet, COMPRESSION zstd)"
        )
        key = f"{_folder(shape, network(apart[0]), month(apart[0]))}part-{_digest(path)}.parquet"
        lake.put(key, path)
    return key


def erase(lake: Lake, gone: Erased) -> int:
    """Rewrites the parts that hold activity or observations of people in `gone` without it; returns the rows removed.

    When it is killed a part may stand beside the one that replaces it; the same call again removes it.
    """
    with tempfile.TemporaryDirectory(prefix="renown-") as folder, _connected(folder) as con:
        con.execute("SET threads = 1")  # the same rows make the same bytes, whatever the machine
        return sum(
            _erased(lake, shape, key, gone, con) for shape in (_ACTIVITY, _OBSERVATIONS) for key in _keys(lake, shape)
        )


def _erased(lake: Lake, shape: _Shape, key: str, gone: Erased, con: duckdb.DuckDBPyConnection) -> int:
    names = ", ".join(f'"{name}"' for name in shape.columns)
    (part,) = lake.local([key])
    parameters = {"part": str(part), **_parameters(gone)}
    count = f"SELECT COUNT(*) FILTER ({_is_gone(shape)}), COUNT(*) FROM read_parquet($part)"
    ((removed, rows),) = con.execute(count, parameters).fetchall()
    if 0 < removed < rows:
        con.execute(
            f"CREATE OR REPLACE TABLE kept AS SELECT {names} FROM read_parquet($part) WHERE NOT {_is_gone(shape)}",
            parameters,
        )
        with tempfile.TemporaryDirectory(prefix="renown-") as folder:
            path = Path(folder, "kept.parquet")
            con.execute(
                f"COPY (SELECT {names} FROM kept ORDER BY {shape.order}) TO {_quoted(str(path))}"
                " (FORMAT parquet, COMPRESSION zstd)"
            )
            lake.put(f"{_folder(shape, network(key), month(key))}part-{_digest(path)}.parquet", path)
    if removed:
        lake.delete(key)
    lake.release([key])
    return int(removed)


def read(lake: Lake) -> Iterator[Activity]:
    """All activity, by time, then id; a month of it is sorted at a time, on disk where memory is short."""
    everything = sorted(keys(lake), key=lambda key: (month(key), key))
    names = ", ".join(f'"{name}"' for name in _ACTIVITY.columns)
    with tempfile.TemporaryDirectory(prefix="renown-") as folder, _connected(folder) as con:
        for _, group in groupby(everything, month):
            rows = con.execute(
                f'SELECT {names} FROM read_parquet($paths) ORDER BY COALESCE("at", seen_at), id',
                {"paths": [str(path) for path in lake.local(group)]},
            )
            while some := rows.fetchmany(_FETCHED):
                for *fields, topics, url in some:
                    yield Activity._make((*fields, tuple(topics), url))


def _write(lake: Lake, shape: _Shape, rows: Sequence[Activity] | Sequence[Observation]) -> int:
    first_of_each = list({row[0]: row for row in reversed(rows)}.values())
    if not first_of_each:
        return 0
    with tempfile.TemporaryDirectory(prefix="renown-") as folder, _connected(folder) as con:
        con.execute("SET threads = 1")  # the same rows make the same bytes, whatever the machine
        bulk.view(con, "arrived", shape.columns, first_of_each)
        con.execute(
            "CREATE TABLE fresh AS SELECT *, strftime(make_timestamp(COALESCE(\"at\", seen_at) * 1000000), '%Y-%m')"
            " AS month FROM arrived ORDER BY network, month"
        )
        _drop_erased(con, erased.load(lake), shape)
        _drop_known(con, lake, shape)
        parts = dict(_parts(con, shape, Path(folder)))
        with ThreadPoolExecutor(_UPLOADS) as pool:
            list(pool.map(lake.put, parts.keys(), parts.values()))
        return _count(con)


def _drop_erased(con: duckdb.DuckDBPyConnection, gone: Erased, shape: _Shape) -> None:
    if gone.hashes:
        con.execute(f"DELETE FROM fresh WHERE {_is_gone(shape)}", _parameters(gone))


def _is_gone(shape: _Shape) -> str:
    hashed = (f"COALESCE(sha256($salt || {column}) IN (SELECT unnest($gone)), false)" for column in shape.people)
    return f"({' OR '.join(hashed)})"


def _parameters(gone: Erased) -> dict[str, str | list[str]]:
    return {"salt": gone.salt, "gone": sorted(gone.hashes)}


def _drop_known(con: duckdb.DuckDBPyConnection, lake: Lake, shape: _Shape) -> None:
    """Takes out of `fresh` what stands in the lake in the same network and month."""
    groups = con.execute("SELECT DISTINCT network, month FROM fresh ORDER BY network, month").fetchall()
    for name, of_network in groupby(groups, lambda group: group[0]):
        folders = {_folder(shape, name, group[1]) for group in of_network}
        near = lake.keys(os.path.commonprefix(list(folders)))  # noqa: RUF071  # lakes list by any prefix
        standing = [key for key in near if key.endswith(".parquet") and key[: key.rfind("/") + 1] in folders]
        if standing:
            con.execute(
                "DELETE FROM fresh WHERE (network, month, id) IN (SELECT (network, month, id) FROM"
                " read_parquet($paths, hive_partitioning = true, hive_types = {'network': VARCHAR, 'month': VARCHAR}))",
                {"paths": [str(path) for path in lake.local(standing)]},
            )


def _parts(con: duckdb.DuckDBPyConnection, shape: _Shape, folder: Path) -> Iterator[tuple[str, Path]]:
    """Writes `fresh` as one file for each network and month; gives the key and path of each."""
    names = ", ".join(f'"{name}"' for name in shape.columns)
    groups = con.execute("SELECT DISTINCT network, month FROM fresh ORDER BY network, month").fetchall()
    for number, (name, of_month) in enumerate(groups):
        path = folder / f"{number}.parquet"
        con.execute(
            f"COPY (SELECT {names} FROM fresh WHERE network = {_quoted(name)} AND month = {_quoted(of_month)}"
            f" ORDER BY {shape.order}) TO {_quoted(str(path))} (FORMAT parquet, COMPRESSION zstd)"
        )
        yield f"{_folder(shape, name, of_month)}part-{_digest(path)}.parquet", path


def _connected(folder: str) -> duckdb.DuckDBPyConnection:
    con = connect()
    con.execute("SET temp_directory = $folder", {"folder": folder})
    return con


def _count(con: duckdb.DuckDBPyConnection) -> int:
    row = con.execute("SELECT COUNT(*) FROM fresh").fetchone()
    return int(row[0]) if row else 0


def _folder(shape: _Shape, of_network: str, of_month: str) -> str:
    return f"{shape.folder}/network={of_network}/month={of_month}/"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def _month(at: int) -> str:
    return time.strftime("%Y-%m", time.gmtime(at))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
