"""The lake: the files that hold activity and run results, in a folder or an S3 bucket. The source of truth.

Keys are relative paths with `/`. Writes are atomic: readers see the old file or the new one, never half of one.
"""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final, Protocol

from .errors import BadInput, Conflict, RetriableError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ROUNDS: Final = 20
"""How often a change is tried while others change the same file."""


class Lake(Protocol):
    """Files under keys."""

    def keys(self, prefix: str) -> list[str]:
        """The keys that start with `prefix`, sorted."""

    def read(self, key: str) -> bytes | None:
        """The file's bytes, None where there is none."""

    def write(self, key: str, data: bytes) -> None:
        """Puts `data` under `key` in one atomic step, replacing what was there."""

    def put(self, key: str, path: Path) -> None:
        """Puts a local file under `key` in one atomic step; `path` may be moved away by it."""

    def change(self, key: str, made: Callable[[bytes | None], bytes]) -> bytes:
        """Replaces the file under `key` by what `made` makes of it (None: there is none) and returns that.

        Nobody's change is lost who changes it at the same time in this way; `made` may be called several times, and
        what it raises leaves the file as it was. Raises Conflict where too many change it at once.
        """

    def delete(self, key: str) -> None:
        """Removes the file; nothing happens where there is none."""

    def local(self, keys: Iterable[str]) -> "list[Path]":
        """Paths on this machine where the files of `keys` can be read, in the order of `keys`.

        Raises RetriableError where one cannot be fetched.
        """

    def release(self, keys: Iterable[str]) -> None:
        """Says that the local copies of `keys` are not needed any more."""


def _checked(key: str) -> str:
    path = PurePosixPath(key)
    if not key or path.is_absolute() or ".." in path.parts or "\\" in key or "\0" in key:
        raise BadInput(f"lake key {key[:80]!r}: must be a relative path without '..'")
    return key


class FolderLake:
    """A lake in a folder of this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __str__(self) -> str:
        return str(self.root)

    def keys(self, prefix: str) -> list[str]:
        """The keys that start with `prefix`, sorted."""
        folder, slash, _ = prefix.rpartition("/")
        base = self.root / _checked(folder) if slash else self.root
        if not base.is_dir():
            return []
        found = (p.relative_to(self.root).as_posix() for p in base.rglob("*") if p.is_file())
        return sorted(k for k in found if k.startswith(prefix) and not PurePosixPath(k).name.startswith("."))

    def read(self, key: str) -> bytes | None:
        """The file's bytes, None where there is none."""
        try:
            return (self.root / _checked(key)).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def write(self, key: str, data: bytes) -> None:
        """Puts `data` under `key` by writing beside it and renaming."""
        with self._beside(key) as temporary:
            temporary.write_bytes(data)

    def put(self, key: str, path: Path) -> None:
        """Moves a local file under `key`."""
        with self._beside(key) as temporary:
            shutil.move(path, temporary)

    def change(self, key: str, made: Callable[[bytes | None], bytes]) -> bytes:
        """Reads, changes and writes the file while nobody else does: under a lock, which ends with the process."""
        import fcntl

        lock = (self.root / _checked(key)).with_name(".lock")
        lock.parent.mkdir(parents=True, exist_ok=True)
        with lock.open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            old = self.read(key)
            new = made(old)
            if new != old:
                self.write(key, new)
        return new

    def delete(self, key: str) -> None:
        """Removes the file; nothing happens where there is none."""
        (self.root / _checked(key)).unlink(missing_ok=True)

    def local(self, keys: Iterable[str]) -> list[Path]:
        """The files themselves."""
        return [self.root / _checked(key) for key in keys]

    def release(self, keys: Iterable[str]) -> None:
        """Does nothing: there are no copies."""

    @contextlib.contextmanager
    def _beside(self, key: str) -> Iterator[Path]:
        target = self.root / _checked(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".new-", delete=False) as handle:
            temporary = Path(handle.name)
        try:
            yield temporary
            temporary.chmod(0o644)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)


class S3Lake:
    """A lake in an S3 bucket. `cache` is a folder for copies of files that are read by path (Lambda's /tmp)."""

    def __init__(self, bucket: str, client: "S3Client", cache: Path) -> None:
        self.bucket = bucket
        self.client = client
        self.cache = cache

    def __str__(self) -> str:
        return f"s3://{self.bucket}"

    def keys(self, prefix: str) -> list[str]:
        """The keys that start with `prefix`, sorted."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        with _as_ours(f"list {prefix}"):
            return sorted(item["Key"] for page in pages for item in page.get("Contents", []))

    def read(self, key: str) -> bytes | None:
        """The file's bytes, None where there is none."""
        with _as_ours(f"read {key}"):
            try:
                return self.client.get_object(Bucket=self.bucket, Key=_checked(key))["Body"].read()
            except self.client.exceptions.NoSuchKey:
                return None

    def write(self, key: str, data: bytes) -> None:
        """Puts `data` under `key`; S3 shows an object only when it is whole."""
        with _as_ours(f"write {key}"):
            self.client.put_object(Bucket=self.bucket, Key=_checked(key), Body=data)

    def put(self, key: str, path: Path) -> None:
        """Uploads a local file to `key`."""
        with _as_ours(f"write {key}"):
            self.client.upload_file(str(path), self.bucket, _checked(key))

    def change(self, key: str, made: Callable[[bytes | None], bytes]) -> bytes:
        """Puts the changed object on condition that it is still the one that was read, else reads it anew."""
        new = None
        for _ in range(ROUNDS):
            old, condition = self._conditional(key)
            if old is not None and old == new:
                return old  # the last round's write arrived; its answer did not
            new = made(old)
            if new == old or self._put_if(key, new, condition):
                return new
        raise Conflict(f"{key}: too many change it at once: try again")

    def delete(self, key: str) -> None:
        """Removes the object; nothing happens where there is none."""
        with _as_ours(f"delete {key}"):
            self.client.delete_object(Bucket=self.bucket, Key=_checked(key))

    def local(self, keys: Iterable[str]) -> list[Path]:
        """Copies of the objects in the cache folder; a part that is there already is not fetched again.

        Parts are named after their content; everything else may have been rewritten by an erasure.
        """
        with ThreadPoolExecutor(16) as pool:
            return list(pool.map(self._fetched, keys))

    def release(self, keys: Iterable[str]) -> None:
        """Removes the copies: the disk of a Lambda container is small and outlives an invocation."""
        for key in keys:
            (self.cache / _checked(key)).unlink(missing_ok=True)

    def _conditional(self, key: str) -> tuple[bytes | None, dict[str, Any]]:
        """The object's bytes, and the condition that it is still the same."""
        with _as_ours(f"read {key}"):
            try:
                found = self.client.get_object(Bucket=self.bucket, Key=_checked(key))
                return found["Body"].read(), {"IfMatch": found["ETag"]}
            except self.client.exceptions.NoSuchKey:
                return None, {"IfNoneMatch": "*"}

    def _put_if(self, key: str, data: bytes, condition: dict[str, Any]) -> bool:
        """Puts the object if the condition holds; whether it did."""
        from botocore.exceptions import ClientError

        with _as_ours(f"write {key}"):
            try:
                self.client.put_object(Bucket=self.bucket, Key=key, Body=data, **condition)
            except ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] not in _CHANGED:
                    raise
                return False
        return True

    def _fetched(self, key: str) -> Path:
        target = self.cache / _checked(key)
        if not (target.exists() and target.name.startswith("part-")):
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".new-", delete=False) as handle:
                temporary = Path(handle.name)
            try:
                with _as_ours(f"read {key}"):
                    self.client.download_file(self.bucket, key, str(temporary))
                temporary.replace(target)
            finally:
                temporary.unlink(missing_ok=True)
        return target


_CHANGED: Final = (404, 409, 412)
"""What S3 answers where a condition does not hold: the object was deleted, is being written, has changed."""


@contextlib.contextmanager
def _as_ours(what: str) -> Iterator[None]:
    """S3's errors as RetriableError: what is wrong with a request of ours shows in its text."""
    from boto3.exceptions import S3UploadFailedError
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError, S3UploadFailedError) as error:
        raise RetriableError(f"S3 could not {what}: {error}") from error
