"""The lines of a text file from strangers, plain or gzip: what cannot be read as a line becomes a Reject."""

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

from ..activity import Reject
from ..errors import NotOfFormat
from .files import Unpacked

MAX_LINE: Final = 1 << 20
"""Bytes of the longest line that is read; one longer is rejected, and never held in memory."""

BROKEN_OFF: Final = (EOFError, OSError, zlib.error)
"""What reading raises where a file is damaged or cut."""


class Lines:
    """The lines behind line number `start`, as text; blank and rejected ones are given as "".

    `position` is the number of the last line given, from 1; `size` is the bytes read so far.
    """

    def __init__(self, source: Path, start: int = 0) -> None:
        self.source = source
        self.position = start
        self.size = 0
        self._skip = start
        self._rejects: list[Reject] = []
        self._bytes = Unpacked(source)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bytes.close()

    def __iter__(self) -> Iterator[str]:
        """Raises NotOfFormat where the file is UTF-16."""
        try:
            self._skip_byte_order_mark()
            readline = self._bytes.stream.readline
            while line := readline(MAX_LINE + 1):
                if len(line) > MAX_LINE:
                    self._drop_rest(line)
                if self._skip:
                    self._skip -= 1
                    continue
                self.position += 1
                self.size += len(line)
                yield self._text(line)
        except BROKEN_OFF as error:
            if not self._skip:
                self.position += 1
                self.reject(f"the file breaks off here: {error}")

    @property
    def done(self) -> float:
        """The share of the file that has been read, 0 to 1."""
        return self._bytes.done

    @property
    def rejected(self) -> int:
        """How many rejects wait to be taken."""
        return len(self._rejects)

    def reject(self, reason: str) -> None:
        """Notes that the last line given could not be read."""
        self._rejects.append(Reject(str(self.source), self.position, reason))

    def take_rejects(self) -> list[Reject]:
        """The rejects since the last call."""
        taken, self._rejects = self._rejects, []
        return taken

    def _text(self, line: bytes) -> str:
        if line.isspace():
            return ""
        if len(line) > MAX_LINE:
            self.reject(f"the line is longer than {MAX_LINE:,} bytes")
            return ""
        try:
            return line.decode()
        except UnicodeDecodeError:
            self.reject("the line is not UTF-8")
            return ""

    def _drop_rest(self, line: bytes) -> None:
        while len(line) > MAX_LINE and not line.endswith(b"\n"):
            line = self._bytes.stream.readline(MAX_LINE + 1)

    def _skip_byte_order_mark(self) -> None:
        head = self._bytes.stream.peek(3)[:3]
        if head.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise NotOfFormat(f"{self.source}: the text is UTF-16; save it as UTF-8")
        if head == b"\xef\xbb\xbf":
            self._bytes.stream.read(3)
