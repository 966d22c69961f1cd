"""Importing: idempotent, resumable, and whole whenever it is killed."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import boto3
import duckdb
import pytest
from moto import mock_aws

from renown import parts
from renown.activity import Activity, Observation, Reject
from renown.errors import BadInput, NotOfFormat
from renown.formats import Batch, Format
from renown.formats.registry import FORMATS, by_name
from renown.formats.stackexchange import FORMAT as STACKEXCHANGE
from renown.formats.table import TableFormat
from renown.lake import FolderLake, Lake, S3Lake
from renown.steps import imports
from renown.steps.imports import ImportReport, import_source
from tests.integration.dying import DyingLake, Killed, Life
from tests.unit.formats.made_stackexchange import answer, comment, dump, question, user, vote

LATEST = 1_600_000_000
DAY = 86_400
RECORDS = 24


def like(number: int) -> Activity:
    """Every fifth has the id of an earlier one; they are spread over two months."""
    native = number - 1 if number % 5 == 4 else number
    at = 1_590_000_000 - native * DAY
    return Activity(f"made:{native}:Like", "made", "Like", f"made:r{native % 4}", f"made:a{native % 3}", None, at, at)


class Made:
    """A format of `RECORDS` records, three a batch; every seventh is bad, with every sixth comes an observation."""

    name = "made"

    def sources(self, path: Path) -> list[Path]:
        return [path]

    def fingerprint(self, source: Path) -> str:
        return source.read_text() * 16

    def read(self, source: Path, *, latest: int, start: int = 0) -> Iterator[Batch]:
        if source.read_text() == "x":
            raise NotOfFormat(f"{source}: not of the format")
        for first in range(start, RECORDS, 3):
            batch = Batch(first + 3, (first + 3) / RECORDS)
            for number in range(first, first + 3):
                if number % 7 == 5:
                    batch.rejects.append(Reject(str(source), number, "bad"))
                else:
                    batch.activity.append(like(number))
                if number % 6 == 0:
                    at = latest - number * DAY
                    batch.observations.append(
                        Observation(f"made:{number}", "made", "views", None, None, number, at, at)
                    )
            yield batch


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "ROWS", 10)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_text("a")
    return path


def files(lake: FolderLake) -> dict[Path, bytes]:
    """Everything in the lake's folder."""
    return {path: path.read_bytes() for path in lake.root.rglob("*") if path.is_file()}


def content(lake: Lake) -> tuple[list[Activity], list[object], list[Reject]]:
    """All that an import leaves in a lake, in a fixed order, repeats kept."""
    keys = lake.keys("observations/")
    query = "SELECT id, total FROM read_parquet($paths) ORDER BY ALL"
    paths = [str(path) for path in lake.local(keys)]
    observations = duckdb.execute(query, {"paths": paths}).fetchall() if keys else []
    rejects = [
        Reject(**json.loads(line))
        for key in lake.keys("imports/")
        if key.endswith(".jsonl")
        for line in (lake.read(key) or b"").splitlines()
    ]
    return list(parts.read(lake)), list(observations), sorted(rejects)


def test_an_import_says_what_it_did(tmp_path: Path, source: Path) -> None:
    lake = FolderLake(tmp_path / "lake")
    seen: list[Batch] = []
    report = import_source(lake, Made(), source, latest=LATEST, progress=seen.append)
    bad = [n for n in range(RECORDS) if n % 7 == 5]
    ids = {like(n).id for n in range(RECORDS) if n % 7 != 5}
    assert report == ImportReport(
        file=str(source),
        read=RECORDS + 4,
        new=len(ids),
        observations=4,
        rejected=len(bad),
        complete=True,
        already=False,
        rejects_key="imports/made-aaaaaaaaaaaaaaaa/",
    )
    assert [batch.position for batch in seen][-1] == RECORDS
    activity, observations, rejects = content(lake)
    assert {one.id for one in activity} == ids
    assert len(activity) == len(ids)
    assert len(observations) == 4
    assert rejects == [Reject(str(source), number, "bad") for number in bad]


def test_a_finished_import_is_known_again_at_once(tmp_path: Path, source: Path) -> None:
    lake = FolderLake(tmp_path / "lake")
    first = import_source(lake, Made(), source, latest=LATEST)
    before = files(lake)
    moved = source.rename(tmp_path / "moved")
    again = import_source(
        DyingLake(lake, Life(0)), Made(), moved, latest=LATEST, progress=lambda batch: pytest.fail("it was read")
    )
    assert again == replace(first, file=str(moved), already=True)
    assert files(lake) == before


def test_other_content_is_another_import(tmp_path: Path, source: Path) -> None:
    lake = FolderLake(tmp_path / "lake")
    assert import_source(lake, Made(), source, latest=LATEST).new > 0
    source.write_text("b")
    report = import_source(lake, Made(), source, latest=LATEST)
    assert (report.already, report.complete, report.new, report.read) == (False, True, 0, RECORDS + 4)


def test_what_is_not_of_the_format_leaves_no_trace(tmp_path: Path, source: Path) -> None:
    lake = FolderLake(tmp_path / "lake")
    source.write_text("x")
    with pytest.raises(NotOfFormat):
        import_source(lake, Made(), source, latest=LATEST)
    assert files(lake) == {}


def test_a_source_with_nothing_in_it_is_complete(tmp_path: Path) -> None:
    lake = FolderLake(tmp_path / "lake")
    empty = dump(tmp_path / "ale")
    assert import_source(lake, STACKEXCHANGE, empty, latest=LATEST) == ImportReport(str(empty), complete=True)
    assert import_source(lake, STACKEXCHANGE, empty, latest=LATEST).already


def after(calls: int) -> Callable[[], bool]:
    """A `stop` that becomes true at its `calls`-th call."""
    left = iter(range(calls - 1))
    return lambda: next(left, None) is None


@pytest.mark.parametrize("calls", [1, 2, 5])
def test_an_import_that_was_stopped_goes_on_where_it_stopped(tmp_path: Path, source: Path, calls: int) -> None:
    whole, lake = FolderLake(tmp_path / "whole"), FolderLake(tmp_path / "lake")
    expected = import_source(whole, Made(), source, latest=LATEST)
    seen: list[int] = []

    def attempt() -> ImportReport:
        return import_source(
            lake, Made(), source, latest=LATEST, stop=after(calls), progress=lambda batch: seen.append(batch.position)
        )

    report = attempt()
    assert not report.complete
    assert seen == [3 * (n + 1) for n in range(calls)]
    for _ in range(RECORDS):
        report = report if report.complete else attempt()
    assert seen == list(range(3, RECORDS + 1, 3))
    assert report == expected
    assert content(lake) == content(whole)


def made_dump(folder: Path) -> Path:
    return dump(
        folder / "ale",
        posts=[
            *(question(n, owner=n, AcceptedAnswerId=n + 10, ViewCount=n) for n in range(1, 4)),
            {**question(9), "Id": "bad"},
            *(answer(n + 10, n, owner=n + 1, CreationDate=f"2020-02-{n:02}T00:00:00.000") for n in range(1, 4)),
        ],
        comments=[comment(n, n % 3 + 1, person=n % 5 + 1, text=f"@user{n % 4}") for n in range(1, 7)],
        votes=[vote(n, n % 3 + 1, n % 3 + 1) for n in range(9)],
        users=[user(n, f"User {n}") for n in range(6)],
    )


@pytest.fixture(params=["made", "stackexchange"])
def case(request: pytest.FixtureRequest, tmp_path: Path, source: Path) -> tuple[Format, Path, int]:
    """A format, a source, and how many writes to go on before the next death: a real format is slow to read."""
    return (Made(), source, 1) if request.param == "made" else (STACKEXCHANGE, made_dump(tmp_path), 3)


@pytest.mark.slow
def test_an_import_killed_at_any_write_loses_and_doubles_nothing(
    tmp_path: Path, case: tuple[Format, Path, int]
) -> None:
    """The one after the killed one is stopped early: it writes less at once, and fewer rejects."""
    fmt, path, step = case
    whole = FolderLake(tmp_path / "whole")
    expected, everything = import_source(whole, fmt, path, latest=LATEST), content(whole)
    deaths = 0
    for at in range(0, 1000, step):
        lake = FolderLake(tmp_path / f"lake{at}")
        try:
            import_source(DyingLake(lake, Life(at)), fmt, path, latest=LATEST)
        except Killed:
            deaths += 1
        else:
            break
        import_source(lake, fmt, path, latest=LATEST, stop=after(1))
        report = import_source(lake, fmt, path, latest=LATEST)
        assert replace(report, new=expected.new, already=False) == expected
        assert report.new <= expected.new
        assert content(lake) == everything
    assert deaths * step >= 15


def test_an_import_killed_again_and_again_gets_there(tmp_path: Path, source: Path) -> None:
    whole = FolderLake(tmp_path / "whole")
    import_source(whole, Made(), source, latest=LATEST)
    lake = FolderLake(tmp_path / "lake")
    for allowed in range(1, 100):
        try:
            import_source(DyingLake(lake, Life(allowed)), Made(), source, latest=LATEST)
        except Killed:
            continue
        break
    assert allowed > 3
    assert content(lake) == content(whole)


def test_the_same_in_s3(tmp_path: Path, source: Path) -> None:
    whole = FolderLake(tmp_path / "whole")
    import_source(whole, Made(), source, latest=LATEST)
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        lake = S3Lake("lake", client, tmp_path / "cache")
        with pytest.raises(Killed):
            import_source(DyingLake(lake, Life(4)), Made(), source, latest=LATEST)
        assert import_source(lake, Made(), source, latest=LATEST).complete
        assert content(lake) == content(whole)
        assert lake.keys("activity/") == whole.keys("activity/")


def test_the_registry_knows_every_format_by_its_name() -> None:
    assert set(FORMATS) == {"stackexchange", "gharchive", "higgs", "git", "activitystreams", "table"}
    assert all(by_name(name) is known and known.name == name for name, known in FORMATS.items())
    table = by_name("table", "forum")
    assert isinstance(table, TableFormat)
    assert table.network == "forum"


def test_a_format_that_is_none_is_refused_with_those_that_are() -> None:
    with pytest.raises(BadInput, match="known are activitystreams, gharchive, git, higgs, stackexchange, table"):
        by_name("klout")
    with pytest.raises(BadInput, match="only `table` takes one"):
        by_name("git", "forum")
    with pytest.raises(BadInput, match="lower-case"):
        by_name("table", "Not A Network")
