"""What every table promises, over SQLite and DynamoDB (moto; DynamoDB Local where it is switched on)."""

import base64
import json
import os
import random
import string
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from renown.dynamo import Connection, DynamoReader, Place, Send
from renown.errors import BadInput, Conflict, RetriableError
from renown.table import MAX_DOC, PACKED, ROUNDS, DynamoTable, Item, SqliteTable, Table, attributes, item_of
from tests.contract.wire import wire

PLACE = Place("https://dynamodb.eu-west-1.amazonaws.com", "eu-west-1", "AKID", "secret", None)
LOCAL = os.environ.get("RENOWN_DYNAMODB_LOCAL")


def create(name: str, address: str | None = None) -> DynamoTable:
    client = boto3.client("dynamodb", endpoint_url=address)
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
    )
    return DynamoTable(name, client, sleep=lambda seconds: None)


def reading(table: DynamoTable, send: Send) -> Table:
    """`table`, which the API's own client reads."""
    own = DynamoReader(table.name, PLACE, send, clock=lambda: 0.0, sleep=lambda seconds: None)
    for name in ("get", "get_many", "query"):
        setattr(table, name, getattr(own, name))
    return table


@pytest.fixture(params=["sqlite", "moto", "moto-read", "dynamodb-local", "dynamodb-local-read"])
def table(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Table]:
    if request.param == "sqlite":
        on_disk = SqliteTable(tmp_path / "deep" / "table.sqlite")
        yield on_disk
        on_disk.close()
    elif request.param == "moto":
        with mock_aws():
            yield create("renown")
    elif request.param == "moto-read":
        with mock_aws():
            made = create("renown")
            yield reading(made, wire(made.client))
    elif LOCAL:
        made, connection = create(f"renown-{uuid.uuid4()}", LOCAL), Connection(LOCAL)
        yield reading(made, connection) if request.param.endswith("read") else made
        connection.close()
        made.client.close()
    else:
        pytest.skip("set RENOWN_DYNAMODB_LOCAL to the address of a DynamoDB Local")


def test_an_item_comes_back_as_it_was(table: Table) -> None:
    doc = {"score": 47.123456, "name": "Zoë 🦉", "list": [1, None, True, {"deep": []}], "tiny": 1e-12}
    assert table.get("card#a", "r1") is None
    assert table.put_many([Item("card#a", "r1", doc, 3, 99), Item("card#a", "r2", {})]) == 2
    assert table.get("card#a", "r1") == Item("card#a", "r1", doc, 3, 99)
    assert table.get("card#a", "r2") == Item("card#a", "r2", {}, 1, None)


@pytest.mark.parametrize("length", [0, PACKED - 20, PACKED, 2_000, MAX_DOC // 2])
def test_a_long_document_comes_back_as_it_was(table: Table, length: int) -> None:
    item = Item("receipts#@a", "r1#000000", {"text": ("Zoë 🦉 " * length)[: length // 2], "n": [1.5, None]}, 1, 99)
    table.put_many([item])
    assert table.get(item.pk, item.sk) == item
    assert table.query(item.pk) == table.get_many([(item.pk, item.sk)]) == [item]
    table.replace(Item(item.pk, item.sk, item.doc, 2), expected=1)
    assert table.get(item.pk, item.sk) == Item(item.pk, item.sk, item.doc, 2)


@given(
    st.dictionaries(
        st.text(max_size=20), st.text(max_size=2_000) | st.floats(allow_nan=False, allow_infinity=False), max_size=20
    )
)
def test_what_dynamodb_keeps_is_never_longer_than_the_text(doc: dict[str, Any]) -> None:
    item = Item("a", "b", doc)
    kept = attributes(item)
    (kind,) = kept["doc"]
    text = json.dumps(doc, ensure_ascii=False, separators=(",", ":")).encode()
    assert len(kept["doc"][kind]) <= len(text)
    assert (kind == "S") or len(text) >= PACKED
    sent = json.loads(json.dumps(kept, default=lambda data: base64.b64encode(data).decode()))
    assert item_of(kept) == item_of(sent) == item
    assert item_of({**kept, "doc": {"S": text.decode()}}) == item  # as it was before documents were packed


def test_writing_again_replaces(table: Table) -> None:
    table.put_many([Item("a", "b", {"n": 1})])
    table.put_many([Item("a", "b", {"n": 2})])
    assert table.get("a", "b") == Item("a", "b", {"n": 2})


def test_a_query_gives_one_pk_in_the_order_of_sk(table: Table) -> None:
    table.put_many(Item("p", f"{n:04d}", {"n": n}) for n in range(260))
    table.put_many([Item("q", "0001", {})])
    assert [item.doc["n"] for item in table.query("p", limit=3)] == [0, 1, 2]
    assert [item.doc["n"] for item in table.query("p", after="0256", limit=10)] == [257, 258, 259]
    assert len(table.query("p", limit=1000)) == 260
    assert table.query("nobody") == []


def test_many_are_read_at_once(table: Table) -> None:
    table.put_many(Item(f"p{n % 7}", f"{n:04d}", {"n": n}) for n in range(230))
    keys = [(f"p{n % 7}", f"{n:04d}") for n in range(0, 260, 2)]
    assert {item.doc["n"] for item in table.get_many([*keys, *keys])} == set(range(0, 230, 2))
    assert len(table.get_many([*keys, *keys])) == 115
    assert table.get_many([]) == []


def test_a_query_goes_on_where_dynamodb_stops(table: Table) -> None:
    chance = random.Random(1)  # noqa: S311  # text that cannot be packed well
    text = "".join(chance.choices(string.printable, k=250_000))
    table.put_many(Item("big", f"{n}", {"n": n, "text": text}) for n in range(9))  # it stops after 1 MB
    assert [item.doc["n"] for item in table.query("big", limit=8)] == list(range(8))


def test_replace_finds_out_who_was_first(table: Table) -> None:
    table.replace(Item("pointer", "current", {"run": 1}, 1), expected=None)
    with pytest.raises(Conflict, match="pointer current"):
        table.replace(Item("pointer", "current", {"run": 2}, 1), expected=None)
    table.replace(Item("pointer", "current", {"run": 2}, 2), expected=1)
    with pytest.raises(Conflict):
        table.replace(Item("pointer", "current", {"run": 3}, 2), expected=1)
    with pytest.raises(Conflict):
        table.replace(Item("nobody", "here", {}, 2), expected=1)
    found = table.get("pointer", "current")
    assert found == Item("pointer", "current", {"run": 2}, 2)


def test_delete(table: Table) -> None:
    table.put_many(Item("p", str(n), {}) for n in range(30))
    table.delete_many([("p", str(n)) for n in range(29)] + [("never", "there")])
    assert [item.sk for item in table.query("p")] == ["29"]


@pytest.mark.parametrize(
    "item", [Item("", "b", {}), Item("a", "", {}), Item("a", "b", {"text": "ü" * (MAX_DOC // 2)})], ids=str
)
def test_what_no_table_could_keep_is_refused(table: Table, item: Item) -> None:
    with pytest.raises(BadInput):
        table.put_many([item])


def test_sqlite_removes_what_has_expired(tmp_path: Path) -> None:
    table = SqliteTable(tmp_path / "table.sqlite")
    table.put_many([Item("a", "old", {}, 1, 100), Item("a", "new", {}, 1, 200), Item("a", "kept", {})])
    table.expire(150)
    assert [item.sk for item in table.query("a")] == ["kept", "new"]
    table.close()


def test_dynamodb_sends_again_what_was_handed_back() -> None:
    with mock_aws():
        table = create("renown")
        send = table.client.batch_write_item
        calls: list[int] = []
        slept: list[float] = []
        table.sleep = slept.append

        def grudging(**request: Any) -> Any:
            (wanted,) = request["RequestItems"].values()
            calls.append(len(wanted))
            send(RequestItems={"renown": wanted[:10]})
            return {"UnprocessedItems": {"renown": wanted[10:]} if wanted[10:] else {}}

        table.client.batch_write_item = grudging  # type: ignore[method-assign]  # a throttled service
        table.put_many(Item("p", str(n), {}) for n in range(25))
        assert (calls, slept) == ([25, 15, 5], [0.05, 0.1])
        assert len(table.query("p")) == 25
        table.client.batch_write_item = lambda **request: {"UnprocessedItems": request["RequestItems"]}  # type: ignore[assignment,method-assign]  # one that never takes anything
        with pytest.raises(RetriableError, match=f"after {ROUNDS} rounds"):
            table.put_many([Item("p", "x", {})])


def test_dynamodbs_errors_are_ours() -> None:
    with mock_aws():
        table = DynamoTable("missing", boto3.client("dynamodb"))
        for call in (
            lambda: table.get("a", "b"),
            lambda: table.query("a"),
            lambda: table.put_many([Item("a", "b", {})]),
        ):
            with pytest.raises(RetriableError, match="DynamoDB could not"):
                call()
