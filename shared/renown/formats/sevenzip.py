"""Some files of a 7z archive from strangers, unpacked into a folder of ours."""

import lzma
from collections.abc import Collection
from pathlib import Path
from typing import Final

import py7zr
from py7zr.exceptions import ArchiveError, DecompressionBombError, PasswordRequired
from py7zr.io import Py7zIO, WriterFactory

from ..errors import BadInput, NotOfFormat

ROOM: Final = 64 << 20
RATIO: Final = 100
"""An archive may unpack to 64 MiB and 100 times its own size; Stack Exchange's unpack to 6 times theirs."""


def unpack(archive: Path, names: Collection[str], folder: Path) -> dict[str, Path]:
    """Unpacks those files of `archive` that are called one of `names`, and gives where each now stands.

    What a file is called inside the archive never becomes a path. Raises NotOfFormat where it is no whole 7z archive,
    BadInput where it would unpack to more than the limit, or needs a password.
    """
    limit = ROOM + RATIO * archive.stat().st_size
    writers = _Writers(folder)
    try:
        with py7zr.SevenZipFile(archive, max_extract_size=limit) as opened:
            wanted = [info for info in opened.list() if info.filename in names]
            if sum(info.uncompressed for info in wanted) > limit:
                raise _bomb(archive, limit)
            opened.extract(targets=[info.filename for info in wanted], factory=writers)
    except DecompressionBombError:
        raise _bomb(archive, limit) from None
    except PasswordRequired:
        raise BadInput(f"{archive}: the archive needs a password; unpack it yourself and import the folder") from None
    except (ArchiveError, lzma.LZMAError, EOFError, ValueError, TypeError, KeyError, IndexError, MemoryError) as error:
        raise NotOfFormat(f"{archive}: not a whole 7z archive ({type(error).__name__}: {error})") from None
    finally:
        writers.close()
    return writers.paths


def _bomb(archive: Path, limit: int) -> BadInput:
    return BadInput(f"{archive}: unpacks to more than {limit:,} bytes, {RATIO} times its size and more; refused")


class _Writers(WriterFactory):
    """Makes a numbered file in `folder` for every file of the archive."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.paths: dict[str, Path] = {}
        self._opened: list[_Writer] = []

    def create(self, filename: str) -> Py7zIO:
        path = self.folder / f"{len(self.paths)}.xml"
        self.paths[filename] = path
        self._opened.append(_Writer(path))
        return self._opened[-1]

    def close(self) -> None:
        """Closes what py7zr leaves open where it fails."""
        for writer in self._opened:
            writer.close()


class _Writer(Py7zIO):
    def __init__(self, path: Path) -> None:
        self._file = path.open("w+b")

    def write(self, s: bytes | bytearray) -> int:
        return self._file.write(s)

    def read(self, size: int | None = None) -> bytes:
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def flush(self) -> None:
        self._file.flush()

    def size(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        self._file.close()
