"""Made-up sources of every format: what the contract suite reads. A new format is one `Case` more in `CASES`."""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from renown.formats import (
    Format,
    activitystreams,
    batches,
    gharchive,
    git,
    higgs,
    stackexchange,
    stackexchange_stage,
    table,
)
from renown.formats.times import rfc3339
from tests.unit.formats.made_git import Commit, made
from tests.unit.formats.made_stackexchange import answer, dump, question, vote

BEGIN = 1_700_000_000
"""When the first record happened, in unix seconds; each later one happened a minute after the one before it."""

LATEST = BEGIN + 86_400


@dataclass(frozen=True)
class Case:
    """One format and how to make a source of it.

    `build(folder, size)` writes a source with at least `size` records into the empty folder and returns its path;
    another size makes other content. `batch_size` is the module and the name of the number of records after which
    the format ends a batch.
    """

    name: str
    format: Format
    build: Callable[[Path, int], Path]
    batch_size: tuple[Any, str] = (batches, "RECORDS")


def _person(number: int) -> str:
    return ("ada", "ben", "cleo", "dan", "eva")[number % 5]


def _higgs(folder: Path, size: int) -> Path:
    path = folder / "activity.txt.gz"
    kinds = ("RT", "MT", "RE")
    lines = [f"{i % 5 + 1} {i % 3 + 6} {BEGIN + i * 60} {kinds[i % 3]}\n" for i in range(size)]
    path.write_bytes(gzip.compress("".join(lines).encode(), mtime=0))
    return path


def _gharchive(folder: Path, size: int) -> Path:
    path = folder / "2026-11-01-0.json.gz"
    events = [
        {
            "id": str(5000 + i),
            "type": "WatchEvent",
            "actor": {"login": _person(i)},
            "repo": {"name": "eva/garden"},
            "payload": {"action": "started"},
            "created_at": rfc3339(BEGIN + i * 60),
        }
        for i in range(size)
    ]
    path.write_bytes(gzip.compress("".join(json.dumps(event) + "\n" for event in events).encode(), mtime=0))
    return path


def _likes(size: int) -> list[dict[str, object]]:
    return [
        {
            "id": f"https://social.example/likes/{i}",
            "type": "Like",
            "actor": f"https://social.example/users/{_person(i)}",
            "object": f"https://other.example/users/{_person(i + 1)}/statuses/{i}",
            "published": rfc3339(BEGIN + i * 60),
        }
        for i in range(size)
    ]


def _activitystreams_lines(folder: Path, size: int) -> Path:
    path = folder / "likes.jsonl"
    path.write_text("".join(json.dumps(like) + "\n" for like in _likes(size)))
    return path


def _activitystreams_document(folder: Path, size: int) -> Path:
    path = folder / "outbox.json"
    path.write_text(json.dumps({"type": "OrderedCollection", "totalItems": size, "orderedItems": _likes(size)}))
    return path


def _table_rows(size: int) -> list[tuple[object, ...]]:
    return [(BEGIN + i * 60, "like", _person(i), _person(i + 2), f"post{i}", "tea;garden") for i in range(size)]


def _csv(folder: Path, size: int) -> Path:
    path = folder / "table.csv"
    lines = [",".join(map(str, row)) for row in _table_rows(size)]
    path.write_text("at,verb,actor,author,object,topics\n" + "\n".join(lines) + "\n")
    return path


def _parquet(folder: Path, size: int) -> Path:
    import duckdb

    path = folder / "table.parquet"
    with duckdb.connect() as con:
        con.execute('CREATE TABLE t ("at" BIGINT, verb TEXT, actor TEXT, author TEXT, object TEXT, topics TEXT)')
        con.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)", _table_rows(size))
        con.execute(f"COPY t TO '{path}' (FORMAT parquet)")
    return path


def _git(folder: Path, size: int) -> Path:
    message = "Water the tea\n\nReviewed-by: Ben <ben@example.org>\n"
    return made(folder / "clone", [Commit(message=message, files={f"beds/{i}": str(i)}) for i in range(size)])


def _stackexchange(folder: Path, size: int) -> Path:
    questions = [question(i, owner=i, AcceptedAnswerId=i + 100) for i in range(1, size + 1)]
    answers = [answer(i + 100, i, CreationDate=f"2020-02-{i:02}T00:00:00.000") for i in range(1, size + 1)]
    return dump(folder / "tea", posts=questions + answers, votes=[vote(i, i, 2) for i in range(1, size + 1)])


CASES = [
    Case("higgs", higgs.FORMAT, _higgs),
    Case("gharchive", gharchive.FORMAT, _gharchive),
    Case("activitystreams", activitystreams.FORMAT, _activitystreams_lines),
    Case("activitystreams document", activitystreams.FORMAT, _activitystreams_document),
    Case("table csv", table.TableFormat("forum"), _csv),
    Case("table parquet", table.TableFormat("forum"), _parquet),
    Case("git", git.FORMAT, _git, (git, "_COMMITS")),
    Case("stackexchange", stackexchange.FORMAT, _stackexchange, (stackexchange_stage, "_FETCHED")),
]
