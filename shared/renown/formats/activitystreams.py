"""ActivityStreams 2.0: JSON Lines (also gzip), what `renown export` writes, and one JSON document that is a
collection, like the `outbox.json` of a Mastodon archive."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ..activity import Observation
from ..errors import NotOfFormat
from . import Batch, Find, fediverse, files
from .batches import batches
from .interchange import from_activitystreams, to_activitystreams
from .jsontext import Elements, parse
from .lines import BROKEN_OFF, MAX_LINE, Lines

__all__ = ["FORMAT", "ActivityStreamsFormat", "to_activitystreams"]

_ITEMS: Final = frozenset(("orderedItems", "items"))
_OUTBOX: Final = "outbox.json"


class ActivityStreamsFormat:
    """Reads ActivityStreams 2.0; `find` finds topics in the text of posts."""

    name = "activitystreams"

    def __init__(self, find: Find | None = None) -> None:
        self._find = find

    def sources(self, path: Path) -> list[Path]:
        """The file, or those of the folder; of a Mastodon archive, only its outbox is activity."""
        found = files.find(path, self.name, (".jsonl", ".jsonl.gz", ".json", ".json.gz"))
        archives = {source.parent for source in found if source.name == _OUTBOX}
        return [source for source in found if source.name == _OUTBOX or source.parent not in archives]

    def fingerprint(self, source: Path) -> str:
        """Stands for the file's content."""
        return files.fingerprint(source)

    def read(self, source: Path, *, latest: int, start: int = 0) -> Iterator[Batch]:
        """The records behind position `start`: a line, or an element of the document; see Format."""

        def take(text: str, batch: Batch) -> None:
            doc = parse(text)
            if not isinstance(doc, dict):
                raise NotOfFormat("not a JSON object")
            if "k:verb" in doc:
                batch.activity.append(from_activitystreams(doc, latest))
                return
            for record in list(fediverse.records(doc, latest, self._find)):
                if isinstance(record, Observation):
                    batch.observations.append(record)
                else:
                    batch.activity.append(record)

        with Elements(source, _ITEMS, start) if _is_document(source) else Lines(source, start) as texts:
            yield from batches(texts, texts, take, self.name, recognised=start > 0)


FORMAT: Final = ActivityStreamsFormat()


def _is_document(source: Path) -> bool:
    """Whether the file is one JSON document rather than one activity a line."""
    lines = _head(source).lstrip("\ufeff").split("\n")
    first = next((line.strip() for line in lines if line.strip()), "")
    if not first.startswith(("{", "[")):
        return False
    try:
        value = parse(first)
    except NotOfFormat:
        return len(lines) == 1 or first.endswith(("{", "[", ","))  # it goes on behind the first line
    return isinstance(value, list) or not _ITEMS.isdisjoint(value)


def _head(source: Path) -> str:
    head = b""
    unpacked = files.Unpacked(source)
    try:
        while len(head) < MAX_LINE and (more := unpacked.stream.read1(MAX_LINE)):
            head += more
    except BROKEN_OFF:
        pass  # whoever reads on from here will say so
    finally:
        unpacked.close()
    return head.decode(errors="replace")
