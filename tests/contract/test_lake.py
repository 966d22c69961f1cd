"""What every lake promises, over a folder and S3 (moto)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from renown.errors import BadInput, Conflict, RetriableError
from renown.lake import FolderLake, Lake, S3Lake


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[S3Lake]:
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        yield S3Lake("lake", client, tmp_path / "cache")


def test_what_was_written_is_read(lake: Lake) -> None:
    assert lake.read("a/b.json") is None
    lake.write("a/b.json", b"1")
    lake.write("a/b.json", b"2")
    assert lake.read("a/b.json") == b"2"


def test_keys_are_sorted_and_match_by_prefix(lake: Lake) -> None:
    for key in ("a/c", "a/b/d", "ab/x", "z"):
        lake.write(key, b"")
    assert lake.keys("a/") == ["a/b/d", "a/c"]
    assert lake.keys("a") == ["a/b/d", "a/c", "ab/x"]
    assert lake.keys("") == ["a/b/d", "a/c", "ab/x", "z"]
    assert lake.keys("nothing/") == []


def test_what_lies_beside_a_lake_is_not_in_it(lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "stranger").write_bytes(b"")
    (tmp_path / "lake-of-others").mkdir()
    (tmp_path / "lake-of-others" / "x").write_bytes(b"")
    lake.write("lake", b"")
    assert lake.keys("") == lake.keys("l") == ["lake"]


def test_put_takes_a_file(lake: Lake, tmp_path: Path) -> None:
    path = tmp_path / "new"
    path.write_bytes(b"content")
    lake.put("runs/1/file", path)
    assert lake.read("runs/1/file") == b"content"


def test_local_gives_paths_in_order(lake: Lake) -> None:
    lake.write("x/1", b"one")
    lake.write("x/2", b"two")
    assert [path.read_bytes() for path in lake.local(["x/2", "x/1", "x/2"])] == [b"two", b"one", b"two"]


def test_a_released_file_can_be_had_again(lake: Lake) -> None:
    lake.write("x/1", b"one")
    (path,) = lake.local(["x/1"])
    lake.release(["x/1", "x/1"])
    assert path.exists() == isinstance(lake, FolderLake)
    assert lake.local(["x/1"])[0].read_bytes() == b"one"


def test_delete(lake: Lake) -> None:
    lake.write("x", b"")
    lake.delete("x")
    lake.delete("x")
    assert lake.read("x") is None
    assert lake.keys("") == []


def test_a_change_is_made_of_what_is_there(lake: Lake) -> None:
    assert lake.change("x/y", lambda old: b"none" if old is None else b"?") == b"none"
    assert lake.change("x/y", lambda old: (old or b"") + b"!") == b"none!"
    assert lake.read("x/y") == b"none!"
    with pytest.raises(ZeroDivisionError):
        lake.change("x/y", lambda old: bytes(1 // 0))
    assert lake.read("x/y") == b"none!"
    assert lake.keys("") == ["x/y"]


def test_nobodys_change_is_lost_in_a_folder(tmp_path: Path) -> None:
    """In S3 who is second starts anew, see below; moto cannot be asked by several at once."""
    lake = FolderLake(tmp_path)

    def add(number: int) -> None:
        lake.change("count", lambda old: b"%s,%d" % (old or b"", number))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(24)))
    assert sorted((lake.read("count") or b"")[1:].split(b",")) == sorted(b"%d" % n for n in range(24))


def test_who_is_second_in_s3_changes_what_the_first_one_left(s3: S3Lake) -> None:
    """Whether the file was there before or not, or is deleted in between; and a change that is always second ends."""
    seen: list[bytes | None] = []

    def second(old: bytes | None) -> bytes:
        seen.append(old)
        if len(seen) == 1:
            s3.write("x", b"first")
        elif len(seen) == 3:
            s3.delete("x")
        return b"second"

    assert s3.change("x", second) == b"second"
    s3.write("x", b"old")
    s3.change("x", second)
    assert seen == [None, b"first", b"old", None]
    assert s3.read("x") == b"second"
    numbers = iter(range(1000))

    def always_second(old: bytes | None) -> bytes:
        s3.write("x", b"%d" % next(numbers))
        return b"never"

    with pytest.raises(Conflict, match="x: too many change it at once"):
        s3.change("x", always_second)


def test_a_change_that_arrived_is_not_made_twice(s3: S3Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer was lost and botocore sent it again: it meets its own change."""
    put = s3.client.put_object

    def twice(**arguments: Any) -> Any:
        put(**arguments)
        return put(**arguments)

    monkeypatch.setattr(s3.client, "put_object", twice)
    assert s3.change("x", lambda old: (old or b"") + b"1") == b"1"
    assert s3.read("x") == b"1"


def test_what_an_erasure_rewrote_is_fetched_again(lake: Lake) -> None:
    lake.write("runs/1/scorecards", b"ada, bob")
    assert lake.local(["runs/1/scorecards"])[0].read_bytes() == b"ada, bob"
    lake.write("runs/1/scorecards", b"bob")
    assert lake.local(["runs/1/scorecards"])[0].read_bytes() == b"bob"


@pytest.mark.parametrize("key", ["", "/etc/passwd", "../up", "a/../../up", "a\\b", "a\0b"])
def test_a_key_cannot_leave_the_lake(lake: Lake, key: str) -> None:
    with pytest.raises(BadInput, match="relative path"):
        lake.write(key, b"")
    with pytest.raises(BadInput):
        lake.read(key)


def test_a_folder_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = FolderLake(tmp_path)
    lake.write("a/b", b"old")

    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        lake.write("a/b", b"new")
    monkeypatch.undo()
    assert lake.read("a/b") == b"old"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["b"]


def test_s3s_errors_are_ours(tmp_path: Path) -> None:
    with mock_aws():
        lake = S3Lake("missing", boto3.client("s3"), tmp_path)
        for call in (lambda: lake.keys("a"), lambda: lake.write("a", b""), lambda: lake.local(["a"])):
            with pytest.raises(RetriableError, match="S3 could not"):
                call()
