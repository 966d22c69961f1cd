"""A Stack Exchange dump staged in a DuckDB file: what it says is scattered over files that must be joined.

A post's owner, thread and tags are in Posts, who commented in Comments, names in Users, and none is in the order of
another. DuckDB joins them on disk, with memory that does not grow with the dump: 2 million posts and 4 million
comments took 5 s in 512 MB, sqlite 19 s.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import duckdb

from .. import bulk
from ..activity import check_time
from ..database import connect
from ..errors import BadInput
from . import Find, times
from .html_text import bare_text
from .xml_rows import Attributes, XmlRows

_MEMORY: Final = "1GB"  # then DuckDB goes to disk
_FETCHED: Final = 10_000
_STAGED: Final = 50_000
_LONGEST: Final = 1 << 63

_MENTION: Final = re.compile(r"(?<![\w@./])@([\w.'’-]{3,40})")

Row = tuple[Any, ...]


@dataclass(frozen=True)
class _File:
    """One file of the dump: its root element, what of it is staged, and how a row of it is read (None: left out)."""

    root: str
    columns: Mapping[str, str]
    read: Callable[[Attributes, int], Row | None]


def connected(folder: Path) -> duckdb.DuckDBPyConnection:
    """An empty database in `folder`, which also takes what does not fit in memory."""
    con = connect(folder / "staged.duckdb")
    con.execute(f"SET memory_limit = '{_MEMORY}'")
    con.execute("SET temp_directory = $folder", {"folder": str(folder)})
    return con


def stage(
    con: duckdb.DuckDBPyConnection, source: Path, files: Mapping[str, Path], latest: int, find: Find | None = None
) -> Iterator[int]:
    """Reads `files` (name in the dump `source` to path) into `con`; gives the bytes read so far, now and then.

    To the tags of questions and answers it adds the topics that `find` finds in their text.

    A row with a bad id, or a time later than `latest`, goes into the table `rejects`. Raises NotOfFormat, before it
    gives anything, where a file is not of the dump.
    """
    readers = [XmlRows(path, FILES[name].root, source / name) for name, path in files.items()]
    for reader in readers:
        next(iter(reader), None)
    _create(con, "rejects", _REJECTS)
    size = 0
    posts = replace(FILES["Posts.xml"], read=partial(_post, find=find))
    for name, file in {**FILES, "Posts.xml": posts}.items():
        _create(con, file.root, file.columns)
        if name in files:
            rows = XmlRows(files[name], file.root, source / name)
            for _ in _load(con, file, rows, latest):
                yield size + rows.size
            size += rows.size
    con.execute(_JOINED)


def _load(con: duckdb.DuckDBPyConnection, file: _File, rows: XmlRows, latest: int) -> Iterator[None]:
    staged: list[Row] = []
    rejects: list[Row] = []
    for line, found in rows:
        try:
            row = _row(file, found, latest)
            if row is not None:
                staged.append(row)
        except BadInput as error:
            rejects.append((str(rows.shown), line, str(error)))
        if len(staged) + len(rejects) >= _STAGED:
            _insert(con, file.root, file.columns, staged)
            _insert(con, "rejects", _REJECTS, rejects)
            yield
    _insert(con, file.root, file.columns, staged)
    _insert(con, "rejects", _REJECTS, rejects)


def _row(file: _File, found: Attributes | str, latest: int) -> Row | None:
    if isinstance(found, str):
        raise BadInput(found)
    return file.read(found, latest)


def _create(con: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str]) -> None:
    con.execute(f"CREATE TABLE {table} ({', '.join(f'{name} {kind}' for name, kind in columns.items())})")


def _insert(con: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str], rows: list[Row]) -> None:
    if rows:
        bulk.view(con, "arrived", columns, rows)
        con.execute(f"INSERT INTO {table} FROM arrived")
        rows.clear()


def _number(row: Attributes, name: str) -> int | None:
    text = row.get(name)
    if text is None:
        return None
    try:
        number = int(text)
    except ValueError:
        number = _LONGEST
    if abs(number) >= _LONGEST:
        raise BadInput(f"{name} is {text[:40]!r}, not a number")
    return number


def _id(row: Attributes, name: str) -> int:
    number = _number(row, name)
    if number is None:
        raise BadInput(f"no {name}")
    return number


def _time(row: Attributes, latest: int) -> int:
    if "CreationDate" not in row:
        raise BadInput("no CreationDate")
    return check_time(times.seconds(row["CreationDate"] + "Z"), latest)


def _post(row: Attributes, latest: int, find: Find | None = None) -> Row | None:
    kind = _id(row, "PostTypeId")
    if kind not in (QUESTION, ANSWER):
        return None
    references = (_number(row, name) for name in ("OwnerUserId", "ParentId", "AcceptedAnswerId", "ViewCount"))
    tags = row.get("Tags", "")
    if find:
        text = f"{row.get('Title', '')}\n{bare_text(row.get('Body', ''))}"
        tags += "".join(f"<{found}>" for found in find(text, tags_in(tags)))
    return _id(row, "Id"), kind, _time(row, latest), *references, tags or None


def tags_in(text: str) -> list[str]:
    """The tags in `<hops><ale>`, or `|hops|ale|` as dumps have it since 2024."""
    return re.findall(r"[^<>|]+", text)


def _comment(row: Attributes, latest: int) -> Row | None:
    person = _number(row, "UserId")
    names = "\x1f".join(mentioned(row.get("Text", ""))) or None
    return _id(row, "Id"), _id(row, "PostId"), _time(row, latest), person, names


def _vote(row: Attributes, latest: int) -> Row | None:
    kind = _id(row, "VoteTypeId")
    return (_id(row, "PostId"), kind, _time(row, latest)) if kind in (ACCEPTED, UP, DOWN) else None


def _user(row: Attributes, latest: int) -> Row | None:
    return _id(row, "Id"), folded(row.get("DisplayName", ""))


def mentioned(text: str) -> list[str]:
    """The names behind an `@` in `text`, folded as `folded` does, each once.

    >>> mentioned("@AdaL's right, as @grace. said; write to me@example.org")
    ['adal', 'grace']
    """
    found = (re.sub(r"['’]s$", "", name).rstrip(".'’-") for name in _MENTION.findall(text))
    return list(dict.fromkeys(folded(name) for name in found if len(name) >= 3))


def folded(name: str) -> str:
    """A display name as the site compares it: without spaces, without case."""
    return "".join(name.split()).casefold()


QUESTION, ANSWER = 1, 2
ACCEPTED, UP, DOWN = 1, 2, 3

_REJECTS: Final = {"file": "VARCHAR", "line": "BIGINT", "reason": "VARCHAR"}

FILES: Final = {
    "Posts.xml": _File(
        "posts",
        {
            "id": "BIGINT",
            "kind": "BIGINT",
            "time": "BIGINT",
            "owner": "BIGINT",
            "parent": "BIGINT",
            "accepted": "BIGINT",
            "views": "BIGINT",
            "tags": "VARCHAR",
        },
        _post,
    ),
    "Comments.xml": _File(
        "comments",
        {"id": "BIGINT", "post": "BIGINT", "time": "BIGINT", "person": "BIGINT", "names": "VARCHAR"},
        _comment,
    ),
    "Votes.xml": _File("votes", {"post": "BIGINT", "kind": "BIGINT", "time": "BIGINT"}, _vote),
    "Users.xml": _File("users", {"id": "BIGINT", "name": "VARCHAR"}, _user),
}
"""The files of a dump that are read, by their names."""

_JOINED: Final = f"""
CREATE TABLE threads AS
SELECT
    p.id,
    p.owner,
    p.time,
    q.id AS question,
    q.owner AS asker,
    CASE WHEN p.kind = {QUESTION} THEN p.tags ELSE concat(q.tags, p.tags) END AS tags,
    q.accepted
FROM posts AS p
LEFT JOIN posts AS q ON q.kind = {QUESTION} AND q.id = COALESCE(p.parent, p.id);

CREATE TABLE totals AS
SELECT
    post,
    COUNT(*) FILTER (WHERE kind = {UP}) AS up,
    COUNT(*) FILTER (WHERE kind = {DOWN}) AS down,
    MAX(time) FILTER (WHERE kind = {ACCEPTED}) AS accepted_at
FROM votes
GROUP BY post;

-- Who took part in which thread, under which of its posts, since when.
CREATE TABLE part AS
SELECT question, post, person, MIN(time) AS since
FROM (
    SELECT question, id AS post, owner AS person, time FROM threads
    UNION ALL
    SELECT t.question, c.post, c.person, c.time FROM comments AS c JOIN threads AS t ON t.id = c.post
)
WHERE person > 0
GROUP BY question, post, person;

-- Whom an @name can mean: best somebody under the same post with exactly that name, then one whose name begins so,
-- then the same among the whole thread. It means nobody where the best are several.
CREATE TABLE mentions AS
WITH named AS (
    SELECT c.id, c.post, c.person, c.time, t.question, UNNEST(string_split(c.names, chr(31))) AS name
    FROM comments AS c JOIN threads AS t ON t.id = c.post
    WHERE c.names IS NOT NULL AND c.person > 0
), meant AS (
    SELECT
        n.id,
        n.name,
        u.id AS person,
        MIN(CASE WHEN p.post = n.post THEN 0 ELSE 2 END + CASE WHEN u.name = n.name THEN 0 ELSE 1 END) AS distance
    FROM named AS n
    JOIN part AS p ON p.question = n.question AND p.since <= n.time AND p.person <> n.person
    JOIN users AS u ON u.id = p.person AND starts_with(u.name, n.name)
    GROUP BY n.id, n.name, u.id
), nearest AS (
    SELECT id, name, person, distance, MIN(distance) OVER (PARTITION BY id, name) AS best FROM meant
), sure AS (
    SELECT id, MIN(person) AS person FROM nearest WHERE distance = best GROUP BY id, name HAVING COUNT(*) = 1
)
SELECT id, list_sort(list(DISTINCT person)) AS people FROM sure GROUP BY id
"""

REJECTS: Final = "SELECT file, line, reason FROM rejects ORDER BY file, line, reason"

POSTS: Final = """
SELECT
    t.id,
    t.owner,
    t.time,
    t.question,
    t.asker,
    t.tags,
    CASE WHEN t.accepted = t.id THEN GREATEST(t.time, COALESCE(v.accepted_at, t.time)) END AS accepted_at
FROM threads AS t
LEFT JOIN totals AS v ON v.post = t.id
WHERE t.owner > 0
ORDER BY t.id, t.owner, t.time
"""

COMMENTS: Final = """
SELECT c.id, c.person, c.time, t.id AS post, t.owner, t.tags, m.people
FROM comments AS c
JOIN threads AS t ON t.id = c.post
LEFT JOIN mentions AS m ON m.id = c.id
WHERE c.person > 0
ORDER BY c.id, c.person, c.time
"""

COUNTS: Final = """
SELECT p.id, p.owner, v.up, v.down, p.views, l.newest
FROM posts AS p
CROSS JOIN (
    SELECT MAX(time) AS newest
    FROM (SELECT time FROM posts UNION ALL SELECT time FROM comments UNION ALL SELECT time FROM votes)
) AS l
LEFT JOIN totals AS v ON v.post = p.id
ORDER BY p.id
"""


def rows(con: duckdb.DuckDBPyConnection, query: str) -> Iterator[list[Row]]:
    """What `query` finds in the staged dump, 10,000 rows at a time."""
    result = con.execute(query)
    while some := result.fetchmany(_FETCHED):
        yield some


def total(con: duckdb.DuckDBPyConnection) -> int:
    """About how many rows the four queries find together, at least 1."""
    counted = con.execute(
        "SELECT (SELECT COUNT(*) FROM rejects) + 2 * (SELECT COUNT(*) FROM posts) + (SELECT COUNT(*) FROM comments)"
    ).fetchone()
    return max(1, counted[0]) if counted else 1
