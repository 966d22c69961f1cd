"""The table: the index that the API reads, in SQLite on a laptop and in DynamoDB on AWS. Rebuildable from the lake.

An item is a document under two keys. Lists are written as pages (one document each), so that no second index is
needed. Every adapter keeps the same promises; `tests/contract/test_table.py` holds them to it.
"""

import base64
import contextlib
import json
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from .errors import BadInput, Conflict, RetriableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WriteRequestTypeDef

MAX_DOC: Final = 390_000
"""Bytes of one document as JSON; DynamoDB's limit for the whole item is 400 KB."""

PACKED: Final = 512
"""Bytes of a document's JSON from which DynamoDB keeps it packed; smaller ones stay readable in its console."""

ROUNDS: Final = 8
"""How often items that DynamoDB hands back are sent again."""

Doc = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Item:
    """A document under `pk` (what it is about) and `sk` (which part or moment of it).

    `version` grows by one with every conditional write; `expires_at` is in unix seconds, None for never.
    """

    pk: str
    sk: str
    doc: Doc
    version: int = 1
    expires_at: int | None = None


class Reader(Protocol):
    """Documents under two keys, for reading."""

    def get(self, pk: str, sk: str) -> Item | None:
        """The item, None where there is none."""

    def get_many(self, keys: Iterable[tuple[str, str]]) -> list[Item]:
        """The items with these (pk, sk), in no order; keys without one are left out."""

    def query(self, pk: str, *, after: str = "", limit: int = 100) -> list[Item]:
        """At most `limit` items of `pk` whose sk is greater than `after`, by sk."""


class Table(Reader, Protocol):
    """Documents under two keys."""

    def put_many(self, items: Iterable[Item]) -> int:
        """Writes the items, replacing what was there, and returns their number. Not atomic as a whole."""

    def replace(self, item: Item, *, expected: int | None) -> None:
        """Writes one item if the stored one has version `expected` (None: if there is none).

        Raises Conflict if somebody else was first.
        """

    def delete_many(self, keys: Iterable[tuple[str, str]]) -> None:
        """Removes the items with these (pk, sk); missing ones are no error."""

    def expire(self, now: int) -> None:
        """Removes what has expired before `now` (unix seconds), where the service does not do so by itself."""


def _encoded(item: Item) -> str:
    if not item.pk or not item.sk:
        raise BadInput("an item needs a pk and an sk that are not empty")
    text = json.dumps(item.doc, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    if len(text.encode()) > MAX_DOC:
        raise BadInput(f"item {item.pk} {item.sk}: larger than {MAX_DOC:,} bytes")
    return text


class SqliteTable:
    """A table in one SQLite file. Safe for several threads and processes."""

    def __init__(self, path: Path) -> None:
        import sqlite3

        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS items (pk TEXT, sk TEXT, doc TEXT NOT NULL, version INTEGER NOT NULL,"
            " expires_at INTEGER, PRIMARY KEY (pk, sk)) WITHOUT ROWID"
        )
        self._db.execute("CREATE INDEX IF NOT EXISTS expiring ON items (expires_at)")

    def close(self) -> None:
        """Closes the file."""
        self._db.close()

    def get(self, pk: str, sk: str) -> Item | None:
        """The item, None where there is none."""
        rows = self._rows("SELECT * FROM items WHERE pk = ? AND sk = ?", (pk, sk))
        return rows[0] if rows else None

    def get_many(self, keys: Iterable[tuple[str, str]]) -> list[Item]:
        """The items with these (pk, sk), in no order."""
        found = []
        for batch in batches(dict.fromkeys(keys), 100):
            places = ", ".join(["(?, ?)"] * len(batch))
            sql = f"SELECT * FROM items WHERE (pk, sk) IN (VALUES {places})"
            found += self._rows(sql, tuple(part for key in batch for part in key))
        return found

    def query(self, pk: str, *, after: str = "", limit: int = 100) -> list[Item]:
        """At most `limit` items of `pk` whose sk is greater than `after`, by sk."""
        return self._rows("SELECT * FROM items WHERE pk = ? AND sk > ? ORDER BY sk LIMIT ?", (pk, after, limit))

    def put_many(self, items: Iterable[Item]) -> int:
        """Writes the items in transactions of 1,000 and returns their number."""
        done = 0
        for batch in batches(items, 1000):
            with self._transaction():
                self._db.executemany("INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?)", map(_row, batch))
            done += len(batch)
        return done

    def replace(self, item: Item, *, expected: int | None) -> None:
        """Writes one item if the stored one has version `expected` (None: if there is none)."""
        with self._transaction():
            if expected is None:
                changed = self._db.execute("INSERT OR IGNORE INTO items VALUES (?, ?, ?, ?, ?)", _row(item))
            else:
                changed = self._db.execute(
                    "UPDATE items SET doc = ?, version = ?, expires_at = ? WHERE pk = ? AND sk = ? AND version = ?",
                    (_encoded(item), item.version, item.expires_at, item.pk, item.sk, expected),
                )
            if changed.rowcount == 0:
                raise Conflict(f"item {item.pk} {item.sk} is no longer version {expected}")

    def delete_many(self, keys: Iterable[tuple[str, str]]) -> None:
        """Removes the items with these (pk, sk)."""
        with self._transaction():
            self._db.executemany("DELETE FROM items WHERE pk = ? AND sk = ?", keys)

    def expire(self, now: int) -> None:
        """Removes what has expired before `now`."""
        with self._transaction():
            self._db.execute("DELETE FROM items WHERE expires_at < ?", (now,))

    def _rows(self, sql: str, values: Sequence[str | int]) -> list[Item]:
        with self._lock:
            rows = self._db.execute(sql, values).fetchall()
        return [Item(pk, sk, json.loads(doc), version, expires) for pk, sk, doc, version, expires in rows]

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")


def _row(item: Item) -> tuple[str, str, str, int, int | None]:
    return item.pk, item.sk, _encoded(item), item.version, item.expires_at


class DynamoTable:
    """A table in DynamoDB: `doc` is stored as JSON text, which is smaller and exact (no floats as decimals).

    A long one is packed (zlib): what DynamoDB charges for writing and keeping goes by the bytes.
    """

    def __init__(self, name: str, client: "DynamoDBClient", sleep: Callable[[float], None] = time.sleep) -> None:
        self.name = name
        self.client = client
        self.sleep = sleep

    def get(self, pk: str, sk: str) -> Item | None:
        """The item, None where there is none. Strongly consistent."""
        with _as_ours("get an item"):
            found = self.client.get_item(TableName=self.name, Key=key_of(pk, sk), ConsistentRead=True)
        return item_of(found["Item"]) if "Item" in found else None

    def get_many(self, keys: Iterable[tuple[str, str]]) -> list[Item]:
        """The items with these (pk, sk), in no order, 100 a request. Strongly consistent."""
        found: list[Item] = []
        for batch in batches(dict.fromkeys(keys), 100):
            left: Mapping[str, Any] = {self.name: {"Keys": [key_of(*key) for key in batch], "ConsistentRead": True}}
            for again in range(ROUNDS):
                with _as_ours("get items"):
                    answer = self.client.batch_get_item(RequestItems=left)
                found += [item_of(each) for each in answer["Responses"].get(self.name, [])]
                left = answer["UnprocessedKeys"]
                if not left:
                    break
                self.sleep(0.05 * 2**again)
            else:
                raise RetriableError(f"DynamoDB left items unread after {ROUNDS} rounds: raise the table's capacity")
        return found

    def query(self, pk: str, *, after: str = "", limit: int = 100) -> list[Item]:
        """At most `limit` items of `pk` whose sk is greater than `after`, by sk."""
        condition, values = "pk = :pk", {":pk": {"S": pk}}
        if after:
            condition, values = condition + " AND sk > :after", {**values, ":after": {"S": after}}
        with _as_ours("query"):
            pages = self.client.get_paginator("query").paginate(
                TableName=self.name,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=values,
                ConsistentRead=True,
                PaginationConfig={"MaxItems": limit},
            )
            return [item_of(found) for page in pages for found in page["Items"]]

    def put_many(self, items: Iterable[Item]) -> int:
        """Writes the items, 25 a request, and returns their number; what DynamoDB hands back is sent again."""
        done = 0
        for batch in batches(items, 25):
            self._write([{"PutRequest": {"Item": attributes(item)}} for item in batch])
            done += len(batch)
        return done

    def replace(self, item: Item, *, expected: int | None) -> None:
        """Writes one item if the stored one has version `expected` (None: if there is none)."""
        if expected is None:
            condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        else:
            condition = {
                "ConditionExpression": "version = :expected",
                "ExpressionAttributeValues": {":expected": {"N": str(expected)}},
            }
        with _as_ours("replace an item"):
            try:
                self.client.put_item(TableName=self.name, Item=attributes(item), **condition)
            except self.client.exceptions.ConditionalCheckFailedException as error:
                raise Conflict(f"item {item.pk} {item.sk} is no longer version {expected}") from error

    def delete_many(self, keys: Iterable[tuple[str, str]]) -> None:
        """Removes the items with these (pk, sk)."""
        for batch in batches(keys, 25):
            self._write([{"DeleteRequest": {"Key": key_of(pk, sk)}} for pk, sk in batch])

    def expire(self, now: int) -> None:
        """Does nothing: DynamoDB removes by itself what has expired (time to live, on `expires_at`)."""

    def _write(self, requests: "list[WriteRequestTypeDef]") -> None:
        left: Mapping[str, Any] = {self.name: requests}
        with _as_ours("write items"):
            for again in range(ROUNDS):
                left = self.client.batch_write_item(RequestItems=left)["UnprocessedItems"]
                if not left:
                    return
                self.sleep(0.05 * 2**again)
        raise RetriableError(f"DynamoDB left items unwritten after {ROUNDS} rounds: raise the table's capacity")


def key_of(pk: str, sk: str) -> dict[str, Any]:
    """The key of an item as DynamoDB takes it."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def attributes(item: Item) -> dict[str, Any]:
    """The attributes of an item as DynamoDB takes them."""
    text = _encoded(item)
    data = text.encode()
    packed = zlib.compress(data) if len(data) >= PACKED else data
    doc = {"B": packed} if len(packed) < len(data) else {"S": text}
    found = {**key_of(item.pk, item.sk), "doc": doc, "version": {"N": str(item.version)}}
    if item.expires_at is not None:
        found["expires_at"] = {"N": str(item.expires_at)}
    return found


def item_of(attributes: dict[str, Any]) -> Item:
    """The item that DynamoDB's `attributes` are; bytes may be as they are, or in base64 as they travel."""
    expires, doc = attributes.get("expires_at"), attributes["doc"]
    if "B" in doc:
        packed = base64.b64decode(doc["B"]) if isinstance(doc["B"], str) else doc["B"]
        doc = {"S": zlib.decompress(packed)}
    return Item(
        attributes["pk"]["S"],
        attributes["sk"]["S"],
        json.loads(doc["S"]),
        int(attributes["version"]["N"]),
        int(expires["N"]) if expires else None,
    )


def batches(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """The values in lists of at most `size`."""
    iterator = iter(values)
    while batch := list(islice(iterator, size)):
        yield batch


@contextlib.contextmanager
def _as_ours(what: str) -> Iterator[None]:
    """DynamoDB's errors as RetriableError: what is wrong with a request of ours shows in its text."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise RetriableError(f"DynamoDB could not {what}: {error}") from error
