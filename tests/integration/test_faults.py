"""Faults under the deployed functions: nothing lost, nothing doubled, and readers see one whole run or the other.

A day's run is made with a fault, by steps that are called again as the state machine does; what is then in lake and
table has to be what the same run leaves without it. `make faults` writes what was counted into docs/faults.md.
"""

import hashlib
import io
import itertools
import json
import os
import random
import resource
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import boto3
import duckdb
import pytest

from infra.local import example
from renown.database import connect
from renown.errors import Conflict, RetriableError
from renown.lake import S3Lake
from renown.published import POINTER
from renown.steps.publish import publish
from renown.table import DynamoTable, item_of
from tests.contract.fakes.visits import Clock
from tests.template.translated import ROOT

from . import test_handlers as deployed
from .dying import Killed
from .faults import Grudging, Twice, Wire, each_request_fails_once, from_request, killed_at, moved_by
from .test_handlers import BUCKET, HANDLERS, NEWEST, Aws, collector

pytestmark = pytest.mark.slow

aws = deployed.aws

PAGE: Final = ROOT / "docs/faults.md"
SECOND: Final = "run-2"
COUNTS: Final = ("imports/", f"plans/{SECOND}/")
"""What tells of attempts: a row that the one before wrote is not new to the next."""

MOMENTS: Final = ("2026-09-16T04:00:00Z", "2026-09-21T16:00:00Z")
WATCHED: Final = ("/v1/leaderboard", "/v1/accounts/example/p00", "/v1/accounts/later/p00")

Things = dict[str, str]
"""What is stored, by name, and what stands there."""


@dataclass
class Counted:
    """What a fault came to: how often it struck, what is missing, what is there too often, and what readers saw that
    is neither run."""

    times: int
    lost: int
    doubled: int
    half: int


ROWS: dict[str, Counted] = {}


@dataclass
class World:
    """A deployment with one published run, on the day of the next one."""

    aws: Aws
    wire: Wire
    answers: list[list[Any]] = field(default_factory=list)

    def begin(self) -> None:
        """The run of the first day, and what is new on the second."""
        rows = example.made_up_table(NEWEST)
        self.aws.put("inbox/table/first.csv", rows)
        self.aws.run({"at": MOMENTS[0]})
        self.aws.put("inbox/table/later.csv", rows.replace("example:p", "later:p"))

    def look(self) -> list[Any]:
        """What readers see."""
        fault, self.wire.fault = self.wire.fault, None
        seen = [self.aws.get(path) for path in WATCHED]
        self.wire.fault = fault
        return seen

    def second_day(self, call: Callable[[str, dict[str, Any]], Any] | None = None) -> None:
        """The second run."""

        def step(name: str, **event: Any) -> Any:
            return (call or self.aws.invoke)(name, {"execution": SECOND, **event})

        assert step("plan", phase="begin") == {"running": None}
        batches = self.aws.read(step("plan")["plan"])
        for number, batch in enumerate(batches):
            step(collector(batch), batch=batch, number=number)
        at = step("collect", request={"at": MOMENTS[1]})["at"]
        run = step("score", request={"at": at})["run"]
        self.aws.publish(lambda name, event: step(name, **event), run=run)
        step("plan", phase="end")
        self.answers.append(self.look())


def timeless(pointer: dict[str, Any]) -> dict[str, Any]:
    """A pointer without when it was moved."""
    return {name: value for name, value in pointer.items() if name not in ("published_at", "next_at", "secret")}


def things() -> Things:
    """Everything that is stored, but for what tells how it went: timings, counts of attempts, when it was."""
    found: Things = {}
    s3 = boto3.client("s3")
    for item in s3.list_objects_v2(Bucket=BUCKET)["Contents"]:
        key = item["Key"]
        body = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        if key.startswith("publications/"):
            body = json.dumps({**json.loads(body), "pointer": timeless(json.loads(body)["pointer"])}).encode()
        if not key.endswith("timings.json"):
            found[f"lake {key}"] = "" if key.startswith(COUNTS) else hashlib.sha256(body).hexdigest()
    for page in boto3.client("dynamodb").get_paginator("scan").paginate(TableName="table"):
        for attributes in page["Items"]:
            kept = item_of(dict(attributes))
            doc = timeless(kept.doc) if kept.pk == POINTER[0] else kept.doc
            found[f"table {kept.pk} {kept.sk}"] = json.dumps(doc, sort_keys=True)
    return found


def rows(tmp_path: Path) -> list[str]:
    """The ids of all activity in the lake, as often as they stand there."""
    found: list[str] = []
    s3 = boto3.client("s3")
    for item in s3.list_objects_v2(Bucket=BUCKET, Prefix="activity/")["Contents"]:
        path = tmp_path / "part.parquet"
        s3.download_file(BUCKET, item["Key"], str(path))
        with connect() as con:
            found += [each for (each,) in con.execute(f"SELECT id FROM '{path}'").fetchall()]
    return found


@pytest.fixture
def world(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> World:
    clock = Clock(float(NEWEST + 3 * example.DAY))
    monkeypatch.setattr(time, "time", clock)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    monkeypatch.setattr(secrets, "token_hex", lambda size: "0" * 2 * size)
    monkeypatch.setattr(random, "random", lambda: 0.5)
    monkeypatch.setattr("renown.steps.publish.PART", 5)  # two parts
    wire = Wire()
    wire.attach()
    return World(aws, wire)


@dataclass
class Whole:
    """What two days leave without a fault."""

    things: Things
    ids: list[str]
    answers: list[Any]


WHOLE: list[Whole] = []


def whole(world: World, tmp_path: Path) -> Whole:
    """Made once, in the stores of whichever test is the first, which are emptied again."""
    if not WHOLE:
        world.begin()
        world.second_day()
        WHOLE.append(Whole(things(), rows(tmp_path), world.answers.pop()))
        boto3.resource("s3").Bucket(BUCKET).objects.delete()
        table = boto3.resource("dynamodb").Table("table")
        for item in table.scan()["Items"]:
            table.delete_item(Key={"pk": item["pk"], "sk": item["sk"]})
    return WHOLE[0]


Count = Callable[..., None]


@pytest.fixture
def count(world: World, tmp_path: Path) -> Count:
    """Begins the second day; what is returned compares its end with that of a day without the fault."""
    expected = whole(world, tmp_path)
    world.begin()
    before = world.look()

    def compare(fault: str, *more: str) -> None:
        """Of what is not there without the fault, all is too much but what begins with one of `more`."""
        world.wire.fault = None
        there, ids, after = things(), rows(tmp_path), world.look()
        lost = [name for name, what in expected.things.items() if there.get(name) != what]
        lost += set(expected.ids) - set(ids)
        extra = (name for name in there if name not in expected.things)
        doubled = [name for name in extra if not name.startswith(more)] + ids[len(set(ids)) :]
        half = [seen for seen in world.answers if seen not in (before, expected.answers)]
        ROWS[fault] = Counted(world.wire.times, len(lost), len(doubled), len(half))
        assert (lost, doubled, half) == ([], [], [])
        assert after == expected.answers != before
        assert world.wire.times > 0

    return compare


@pytest.mark.parametrize(
    ("service", "status", "code"),
    [
        ("dynamodb", 400, "ProvisionedThroughputExceededException"),
        ("dynamodb", 500, "InternalServerError"),
        ("s3", 503, "SlowDown"),
        ("s3", 500, "InternalError"),
    ],
)
def test_every_request_fails_once(world: World, count: Count, service: str, status: int, code: str) -> None:
    world.wire.fault = each_request_fails_once(service, status, code)
    world.second_day()
    count(f"{service}: {status} {code}, the first answer to every request")


def test_every_write_is_made_twice(world: World, count: Count) -> None:
    Twice(world.wire).attach()
    world.second_day()
    count("the answer to every write is lost, and it is sent again")


def test_of_every_batch_a_half_is_written(world: World, count: Count) -> None:
    Grudging(world.wire).attach()
    world.second_day()
    count("dynamodb: half of every batch is handed back (UnprocessedItems)")


@pytest.mark.parametrize(
    ("service", "status", "code"), [("dynamodb", 400, "ThrottlingException"), ("s3", 503, "ServiceUnavailable")]
)
def test_a_service_is_gone_from_some_request_on(
    world: World, count: Count, service: str, status: int, code: str
) -> None:
    """A step fails at its first request, is called again and fails at its second, and so on, until it gets through."""

    def ordeal(name: str, event: dict[str, Any]) -> Any:
        number = 0
        while True:
            world.wire.fault = None if name == "score" else from_request(number, service, status, code)
            struck = world.wire.times
            try:
                answer = world.aws.invoke(name, event)
            except RetriableError:
                number += 1 if service == "dynamodb" else 3
                if name == "publish":  # nothing before it touches what readers see
                    world.answers.append(world.look())
            else:
                assert world.wire.times == struck
                return answer

    world.second_day(ordeal)
    which = "any" if service == "dynamodb" else "every third"
    count(f"{service}: {status} {code} from {which} request of a step on, for as long as it tries")


def test_killed_at_every_write(world: World, count: Count) -> None:
    """A step dies at its first write, is called again and dies at its second, and so on, until it gets through."""

    def ordeal(name: str, event: dict[str, Any]) -> Any:
        number = 0
        while True:
            world.wire.fault = killed_at(number)
            struck = world.wire.times
            try:
                answer = world.aws.invoke(name, event)
            except Killed:
                answer = None
            if world.wire.times == struck:
                return answer
            number += 1
            if name == "publish":
                world.answers.append(world.look())

    world.second_day(ordeal)
    count("killed at every write of every step")


def test_the_same_message_comes_twice(world: World, count: Count) -> None:
    """Every step is called again with the same event after it has answered."""

    def twice(name: str, event: dict[str, Any]) -> Any:
        first = world.aws.invoke(name, event)
        again = world.aws.invoke(name, event)
        world.wire.times += 1
        world.answers.append(world.look())
        return again if name == "score" else first  # `made` differs, the run does not

    world.second_day(twice)
    count("every step called twice with the same event")


def test_messages_come_out_of_order(world: World, count: Count) -> None:
    """The last batch first, a batch once more after all was joined, and the publishing of yesterday's run after that of
    today's: then readers see yesterday's, whole, until today's is published again."""
    aws, last_first = world.aws, list(enumerate(world.aws.due(SECOND)))[::-1]
    for number, batch in last_first:
        aws.collect(batch, number, execution=SECOND)
    aws.invoke("collect", {"execution": SECOND})
    number, batch = last_first[-1]
    aws.collect(batch, number, execution=SECOND)
    yesterday = json.loads(things()["table pointer current"])["run"]
    run = aws.invoke("score", {"request": {"at": MOMENTS[1]}})["run"]
    for late in (run, yesterday, run):
        aws.invoke("publish", {"run": late})
        world.answers.append(world.look())
        world.wire.times += 1
    what = "messages out of order: batches, a batch after the joining, yesterday's publish after today's"
    count(
        what, f"table moved {yesterday}", "lake publications/"
    )  # readers saw it again: who moved since, and that they did


def test_clocks_differ(world: World, count: Count, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each function's clock is up to ten minutes off, the later step's behind the earlier one's."""
    now, skews = time.time(), itertools.cycle([600, 300, -300, 0, -600, 300, -600])

    def skewed(name: str, event: dict[str, Any]) -> Any:
        skew = next(skews)
        monkeypatch.setattr(time, "time", lambda: now + skew)
        answer = world.aws.invoke(name, event)
        monkeypatch.setattr(time, "time", lambda: now)
        world.wire.times += 1
        return answer

    world.second_day(skewed)
    count("clocks that differ by up to twenty minutes from step to step")


ROOM: Final = 64
"""Bytes that a file may have while the disk is full: fewer than any of a run's has."""


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process may grow beyond ROOM; what is logged goes to memory, or it would fail as well."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()):
        for handler in HANDLERS.values():
            patch.setattr(handler.logger.registered_handler, "stream", io.StringIO())
        resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_the_disk_is_full(world: World, count: Count, tmp_path: Path) -> None:
    """`/tmp` is full when a step is called; called again, in a container with room, it goes on from what is stored."""
    failed, caught = set(), (OSError, duckdb.Error, RetriableError)

    def twice(name: str, event: dict[str, Any]) -> Any:
        for copy in tmp_path.glob("renown-lake/**/*.*"):  # another container: it has no copies of the lake
            copy.unlink()
        try:
            with full_disk():
                answer = world.aws.invoke(name, event)
        except caught:
            failed.add(name)
            world.wire.times += 1
            world.answers.append(world.look())
        else:
            return answer
        return world.aws.invoke(name, event)

    world.second_day(twice)
    assert failed == {"collect", "score", "publish"}  # `plan` needs no disk
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("renown-")] == ["renown-lake"]
    count("the disk of every step is full, then it is not")


def test_somebody_else_publishes_at_the_same_time(world: World, count: Count) -> None:
    """The pointer moves between being read and being written: who is second says so."""

    def publish_elsewhere(run: str) -> None:
        world.wire.fault = None
        lake = S3Lake(BUCKET, boto3.client("s3"), Path(tempfile.gettempdir(), "elsewhere"))
        publish(lake, DynamoTable("table", boto3.client("dynamodb")), run, now=int(time.time()) + 1, secret="x")

    def second(name: str, event: dict[str, Any]) -> Any:
        if event.get("phase") != "flip":
            return world.aws.invoke(name, event)
        world.wire.fault = moved_by(lambda: publish_elsewhere(event["plan"]["run"]))
        with pytest.raises(Conflict):
            world.aws.invoke(name, event)
        return None

    world.second_day(second)
    count("dynamodb: the pointer's condition fails, as somebody else published meanwhile")


@pytest.fixture(scope="module", autouse=True)
def _told() -> Iterator[None]:
    """Prints what was counted; with WRITE_DOCS into docs/faults.md."""
    yield
    head = "| fault | times | lost | doubled | half a run seen |"
    lines = [f"| {fault} | {c.times} | {c.lost} | {c.doubled} | {c.half} |" for fault, c in sorted(ROWS.items())]
    text = "\n".join([head, "|---|---|---|---|---|", *lines])
    print(f"\n{text}")
    if os.environ.get("WRITE_DOCS"):
        before, _, rest = PAGE.read_text("utf-8").partition(head)
        after = rest.partition("\n\n")[2]
        PAGE.write_text(f"{before}{text}\n\n{after}", "utf-8")
