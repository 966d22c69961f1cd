"""The function `erase`, called as its state machine calls it: also while runs are under way."""

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from functions.erase import handler
from infra.local.every_route import check_gone
from renown import lease, people
from renown.errors import BadInput, Conflict, NotFound
from renown.lake import Lake, S3Lake
from renown.steps import erase_beside_runs
from renown.steps.due import cursor_key
from renown.steps.erase import erase
from renown.table import DynamoTable, Item

from . import test_erase
from . import test_handlers as deployed
from .test_erase import ACCOUNTS, CLAIMED, NAME, Original, files, items, texts
from .test_handlers import BUCKET, Aws, Context

aws, original = deployed.aws, test_erase.original
ERASE = {"request": {"who": NAME}}


@pytest.fixture
def stores(aws: Aws, original: Original, tmp_path: Path) -> tuple[Lake, DynamoTable]:
    """Where the function finds them; both are full of whom it erases."""
    lake, table = original.copy(tmp_path / "copy")
    bucket = S3Lake(BUCKET, boto3.client("s3"), tmp_path / "cache")
    index = DynamoTable("table", boto3.client("dynamodb"))
    for key, data in files(lake).items():
        bucket.write(key, data)
    index.put_many(Item(pk, sk, json.loads(doc), *more) for pk, sk, doc, *more in items(table))
    return bucket, index


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the function logs; it never names anybody."""
    written = io.StringIO()
    monkeypatch.setattr(handler.logger.registered_handler, "stream", written)
    yield written
    assert written.getvalue()
    assert NAME not in written.getvalue().lower()


def where(lake: Lake, table: DynamoTable) -> list[str]:
    """Everything that still names them."""
    found = [key for key, text in texts(lake) if NAME in text.lower()]
    return found + [str(item) for item in items(table) if NAME in str(item).lower()]


def test_without_a_run_one_call_is_enough(aws: Aws, stores: tuple[Lake, DynamoTable], logged: io.StringIO) -> None:
    assert aws.get(f"/v1/profiles/{NAME}")[0] == 200
    erased = aws.invoke("erase", ERASE)
    assert (erased["quiet"], erased["accounts"], erased["not_theirs"]) == (True, 2, [CLAIMED])
    assert min(erased["activity"], erased["files"], erased["items"]) > 0
    assert where(*stores) == []
    assert check_gone(aws.get, NAME, ACCOUNTS[0]) > 15
    again = aws.invoke("erase", ERASE)
    assert (again["quiet"], again["activity"], again["files"], again["items"]) == (True, 0, 0, 0)


def test_what_a_run_writes_that_is_under_way_is_erased_after_it(
    aws: Aws, stores: tuple[Lake, DynamoTable], original: Original, logged: io.StringIO
) -> None:
    lake, table = stores
    cards = f"runs/{original.runs[-1]}/scorecards.jsonl.gz"
    written, known = lake.read(cards), lake.read("people/people.json")
    assert aws.invoke("plan", {"phase": "begin", "execution": "daily"}) == {"running": None}
    first = aws.invoke("erase", ERASE)
    assert (first["quiet"], where(*stores)) == (False, [])
    assert written
    assert known
    lake.write(cards, written)
    table.put_many([Item(*cursor_key(ACCOUNTS[0]), {"since": 1})])
    assert aws.invoke("erase", {**ERASE, "so_far": first}) == first
    assert len(where(*stores)) == 2
    aws.invoke("plan", {"phase": "end", "execution": "daily"})
    last = aws.invoke("erase", {**ERASE, "so_far": first})
    assert (last["quiet"], last["accounts"], last["not_theirs"]) == (True, 2, [CLAIMED])
    assert (last["activity"], last["files"]) == (first["activity"], first["files"] + 1)
    assert where(*stores) == []


def test_what_takes_longer_than_a_function_may_goes_on_where_it_stopped(
    aws: Aws, stores: tuple[Lake, DynamoTable], original: Original, logged: io.StringIO
) -> None:
    found = aws.invoke("erase", ERASE, Context([handler.RESERVE - 1]))
    assert aws.get(f"/v1/profiles/{NAME}")[0] == 404  # what readers see is the first
    nexts = [found["next"]]
    while not found["quiet"]:
        assert where(*stores)
        found = aws.invoke("erase", {**ERASE, "so_far": found}, Context([handler.RESERVE - 1]))
        nexts.append(found["next"])
    runs, others = nexts[: len(original.runs)], nexts[len(original.runs) : -1]
    assert {next_.split("/")[0] for next_ in runs} == {"runs"}
    assert {next_.split("/")[0] for next_ in others} == {"whys", "shadows"}
    assert nexts[-1] is None
    assert where(*stores) == []


def test_a_run_that_begins_and_ends_meanwhile_is_noticed(
    aws: Aws, stores: tuple[Lake, DynamoTable], monkeypatch: pytest.MonkeyPatch
) -> None:
    table, done = stores[1], erase

    def meanwhile(*given: Any, **more: Any) -> Any:
        found, now = done(*given, **more), int(time.time())
        lease.take(table, "quick", now)
        lease.give_back(table, "quick", now)
        return found

    monkeypatch.setattr(erase_beside_runs, "erase", meanwhile)
    first = aws.invoke("erase", ERASE)
    assert not first["quiet"]
    monkeypatch.setattr(erase_beside_runs, "erase", done)
    assert aws.invoke("erase", {**ERASE, "so_far": first})["quiet"]


def test_where_runs_never_end_it_gives_up_loudly(
    aws: Aws, stores: tuple[Lake, DynamoTable], logged: io.StringIO
) -> None:
    lease.take(stores[1], "daily", int(time.time()))
    first = aws.invoke("erase", ERASE)
    late = {**first, "since": first["since"] - erase_beside_runs.PATIENCE - 1}
    with pytest.raises(Conflict, match="not sure of it after 24 hours"):
        aws.invoke("erase", {**ERASE, "so_far": late})


@pytest.mark.parametrize(
    ("request_", "kind", "said"),
    [
        ({"who": f"not-{NAME}"}, NotFound, "who: there is no such profile, nor was there; write it as"),
        ({"who": f"{NAME}:{'x' * 600}"}, BadInput, "who: that can be no account; write it as"),
        ({"who": [NAME]}, BadInput, "who is to be erased? write it as"),
        ({"whom": NAME}, BadInput, "who is to be erased? write it as"),
        (NAME, BadInput, "who is to be erased? write it as"),
    ],
)
def test_whom_there_is_not_is_said_in_one_line_without_the_name(
    aws: Aws, logged: io.StringIO, request_: Any, kind: type[Exception], said: str
) -> None:
    with pytest.raises(kind) as failed:
        aws.invoke("erase", {"request": request_})
    assert str(failed.value).startswith(said)
    assert "\n" not in str(failed.value)
    assert NAME not in str(failed.value)
    assert people.load(S3Lake(BUCKET, boto3.client("s3"), Path("nowhere"))).profiles == ()


def test_a_run_that_somebody_was_erased_from_can_still_be_published(
    aws: Aws, stores: tuple[Lake, DynamoTable], original: Original
) -> None:
    aws.invoke("erase", ERASE)
    earlier = original.runs[1]
    published = aws.invoke("publish", {"run": earlier, "request": {"force": True}})
    assert published["run"] == earlier
    assert aws.get(f"/v1/profiles/{NAME}")[0] == 404
