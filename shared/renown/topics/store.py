"""Ontologies in the lake: the one that is installed, and all that ever were: runs name theirs by its digest."""

import gzip
import hashlib
import json
import zlib
from collections.abc import Callable
from typing import Final

from .. import activity
from ..errors import BadInput, NotFound, RenownError
from ..lake import Lake
from .ontology import Ontology
from .reading import as_json, of_json

KEY: Final = "topics/ontology.json.gz"


def write(lake: Lake, ontology: Ontology) -> None:
    """Replaces the ontology in one step; the same ontology is the same bytes. Earlier ones stay for earlier runs.

    Raises BadInput, and writes nothing, where it could not be read again.
    """
    text = json.dumps(as_json(ontology), ensure_ascii=False, separators=(",", ":"))
    of_json(text, "the ontology")
    data = gzip.compress(text.encode(), mtime=0)
    lake.write(_kept(_digest(data)), data)
    lake.write(KEY, data)


def digest(lake: Lake) -> str | None:
    """What stands for the ontology that is installed; None where none is."""
    data = lake.read(KEY)
    return None if data is None else _digest(data)


def installed(lake: Lake) -> Ontology | None:
    """The ontology of the lake; None where none is installed. Raises RenownError where the file is damaged."""
    return _read(lake, KEY)


def of(lake: Lake, digest: str) -> Ontology:
    """The ontology that `digest` stands for; raises NotFound where the lake does not hold it any more."""
    found = _read(lake, _kept(digest))
    if found is None:
        raise NotFound(f"{lake}: the ontology {digest} that the run was made with is not there any more")
    return found


def meaning(ontology: Ontology | None) -> Callable[[str], str]:
    """Gives the topic that a tag means; without an ontology, and where it names none of its topics, the tag itself."""
    return lambda tag: (ontology and ontology.of_tag(tag)) or activity.topic(tag)


def needed(lake: Lake) -> Ontology:
    """The ontology of the lake; raises NotFound, saying what to do, where none is installed."""
    found = installed(lake)
    if found is None:
        raise NotFound(f"{lake}: no ontology is installed; `renown topics install FILE-OR-URL...` installs one")
    return found


def _kept(digest: str) -> str:
    return f"topics/ontology-{digest}.json.gz"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _read(lake: Lake, key: str) -> Ontology | None:
    data = lake.read(key)
    if data is None:
        return None
    try:
        return of_json(gzip.decompress(data).decode(), f"{lake}/{key}")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, BadInput) as error:
        raise RenownError(f"{lake}/{key}: damaged ({error}); install the ontology again") from None
