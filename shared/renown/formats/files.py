"""Which files an import reads, how one is opened, and how it is known again."""

import gzip
import hashlib
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .. import activity
from ..errors import BadInput, NotOfFormat

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_CHUNK: Final = 256 * 1024


def find(path: Path, name: str, endings: tuple[str, ...]) -> list[Path]:
    """`path` itself where it is a file; of a folder, all files below it with one of `endings`, sorted.

    Raises BadInput where nothing is there, NotOfFormat where a folder holds no file of format `name`.
    """
    if path.is_file():
        return [path]
    if not path.exists():
        raise BadInput(f"{path}: there is no such file or folder")
    if not path.is_dir():
        raise BadInput(f"{path}: neither a file nor a folder")
    below = (p for p in path.rglob("*") if p.name.lower().endswith(endings) and p.is_file())
    found = sorted(p for p in below if not any(part.startswith(".") for part in p.relative_to(path).parts))
    if not found:
        raise NotOfFormat(f"{path}: holds no file of the format {name} ({', '.join(endings)})")
    return found


def fingerprint(source: Path, *more: object) -> str:
    """32 hex digits that stand for the bytes of `source`, and for `more`: what else its records depend on."""
    with opened(source) as file:
        content = hashlib.file_digest(file, "blake2b").hexdigest()
    return activity.fingerprint(content, *more)


def opened(source: Path) -> io.BufferedReader:
    """The file's bytes; raises BadInput where it cannot be opened."""
    try:
        return io.BufferedReader(io.FileIO(source), _CHUNK)
    except OSError as error:
        raise BadInput(f"{source}: cannot be read: {error.strerror or error}") from error


class _Unzipped(io.RawIOBase):
    """What a gzip file holds, as soon as it is unpacked: GzipFile would drop what stands right before a break."""

    def __init__(self, packed: io.BufferedReader) -> None:
        self._gzip = gzip.GzipFile(fileobj=packed)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer)
        data = self._gzip.read1(len(view))
        view[: len(data)] = data
        return len(data)


class Unpacked:
    """The bytes of a file, those of a gzip file unpacked, with the share of the file that has been read."""

    def __init__(self, source: Path) -> None:
        self._file = opened(source)
        self._size = max(os.fstat(self._file.fileno()).st_size, 1)
        packed = self._file.read(2) == b"\x1f\x8b"
        self._file.seek(0)
        self.stream: Final = io.BufferedReader(_Unzipped(self._file), _CHUNK) if packed else self._file

    @property
    def done(self) -> float:
        """The share of the file that has been read, 0 to 1."""
        return min(self._file.tell() / self._size, 1.0)

    def close(self) -> None:
        """Closes the file."""
        self.stream.close()
        self._file.close()
