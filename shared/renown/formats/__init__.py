"""The formats that people's data comes in, each read as a stream of batches of activity.

A reader never holds more than a batch in memory, and starts again from any position that it has given.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ..activity import Activity, Observation, Reject

Find = Callable[[str, Sequence[str]], Iterable[str]]
"""Gives the topics of a text that has some tags. It is called while reading; the text is not kept."""


@dataclass
class Batch:
    """Some records of a source, in its order.

    `position` stands for everything read so far: `read(..., start=position)` goes on right behind it. `done` is
    the share of the source that has been read, 0 to 1, for progress.
    """

    position: int
    done: float
    activity: list[Activity] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


class Format(Protocol):
    """How one format is recognised and read."""

    name: str

    def sources(self, path: Path) -> list[Path]:
        """What to read, one by one, where the user named `path`: a file, or the files of a folder.

        Raises NotOfFormat, in one line, where `path` holds nothing of this format.
        """

    def fingerprint(self, source: Path) -> str:
        """The same for the same content: by it an import that was finished, or interrupted, is known again."""

    def read(self, source: Path, *, latest: int, start: int = 0) -> Iterator[Batch]:
        """The source's records behind position `start`; activity later than `latest` (unix seconds) is rejected.

        A bad record becomes a Reject; a source that breaks off gives what it held and a Reject for the rest.
        Raises NotOfFormat where the source is not of this format at all, before the first batch.
        """
