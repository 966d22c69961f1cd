"""From the records of a stream to batches: counts bad records, cuts batches, refuses files of another format."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, Protocol, TypeVar

from ..activity import Reject
from ..errors import BadInput, NotOfFormat
from . import Batch

RECORDS = 50_000
"""Records read, or activity found, after which a batch ends."""

_BYTES: Final = 64 << 20
"""Bytes read after which a batch ends, so that progress shows where records are long."""

_PATIENCE: Final = 100
"""Records that may be of no format at all before the file is refused."""

T = TypeVar("T")


class Stream(Protocol):
    """Where records come from: how far it has been read, and what could not be read."""

    source: Path
    position: int

    @property
    def size(self) -> int:
        """Bytes read so far."""

    @property
    def done(self) -> float:
        """The share of the source that has been read, 0 to 1."""

    @property
    def rejected(self) -> int:
        """How many rejects wait to be taken."""

    def reject(self, reason: str) -> None:
        """Notes that the last record given could not be read."""

    def take_rejects(self) -> list[Reject]:
        """The rejects up to `position` since the last call."""


def batches(
    stream: Stream, records: Iterable[T], take: Callable[[T, Batch], None], name: str, *, recognised: bool
) -> Iterator[Batch]:
    """Batches of what `take` finds in `records`, which come from `stream`; the last one may be empty.

    `take` adds to the batch what one record says, and raises BadInput for a bad record, NotOfFormat for one that
    is not of format `name` at all. Raises NotOfFormat where the source is not `recognised` and none of its first
    100 records is of the format. Records that are empty are passed over.
    """
    batch, begun, begun_size = Batch(0, 0.0), stream.position, stream.size
    for record in records:
        if record:
            try:
                take(record, batch)
                recognised = True
            except BadInput as error:
                stream.reject(str(error))
                recognised = recognised or not isinstance(error, NotOfFormat)
        if not recognised:
            if stream.rejected >= _PATIENCE:
                break
        elif stream.position - begun >= RECORDS or len(batch.activity) >= RECORDS or stream.size - begun_size >= _BYTES:
            yield _ended(batch, stream)
            batch, begun, begun_size = Batch(0, 0.0), stream.position, stream.size
    if not recognised:
        raise _refusal(stream, name)
    yield _ended(batch, stream)


def _ended(batch: Batch, stream: Stream) -> Batch:
    batch.position, batch.done, batch.rejects = stream.position, stream.done, stream.take_rejects()
    return batch


def _refusal(stream: Stream, name: str) -> NotOfFormat:
    rejects = stream.take_rejects()
    if not rejects:
        return NotOfFormat(f"{stream.source}: the file is empty")
    return NotOfFormat(f"{stream.source}: not of the format {name}: line {rejects[0].line}: {rejects[0].reason}")
