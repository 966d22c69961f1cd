"""SNAP's Higgs Twitter activity: `actor author unix_ts RT|MT|RE`, one reaction a line, plain or gzip.

The actor retweeted (RT), mentioned (MT) or replied to (RE) the author. Posts are not in the data.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ..activity import EARLIEST, Activity, check_time
from ..errors import NotOfFormat
from . import Batch, files
from .batches import batches
from .lines import Lines

_LINE: Final = re.compile(r"(\d{1,18})[ \t]+(\d{1,18})[ \t]+(\d{1,18})[ \t]+(RT|MT|RE)\s*", re.ASCII)
_VERBS: Final = {"RT": "Announce", "MT": "Mention", "RE": "Reply"}


class HiggsFormat:
    """Reads SNAP's Higgs activity file."""

    name = "higgs"

    def sources(self, path: Path) -> list[Path]:
        """The file, or the `.txt` and `.txt.gz` files of the folder."""
        return files.find(path, self.name, (".txt", ".txt.gz"))

    def fingerprint(self, source: Path) -> str:
        """Stands for the file's content."""
        return files.fingerprint(source)

    def read(self, source: Path, *, latest: int, start: int = 0) -> Iterator[Batch]:
        """The reactions behind line `start`; see Format."""

        def take(line: str, batch: Batch) -> None:
            match = _LINE.fullmatch(line)
            if not match:
                raise NotOfFormat(f"not 'actor author unix_time RT|MT|RE': {line[:80].strip()!r}")
            actor, author, time, kind = match.groups()
            at = int(time)
            if not EARLIEST <= at <= latest:
                check_time(at, latest)
            batch.activity.append(
                Activity(
                    f"higgs:{actor}:{author}:{time}:{kind}",
                    "higgs",
                    _VERBS[kind],
                    "higgs:" + actor,
                    "higgs:" + author,
                    None,
                    at,
                    at,
                )
            )

        with Lines(source, start) as lines:
            yield from batches(lines, lines, take, self.name, recognised=start > 0)


FORMAT: Final = HiggsFormat()
