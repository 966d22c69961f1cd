"""The ontology in the lake: one file, our JSON form packed, replaced as a whole."""

import gzip
import json
import zlib
from typing import Final

from ..errors import BadInput, NotFound, RenownError
from ..lake import Lake
from .ontology import Ontology
from .reading import as_json, of_json

KEY: Final = "topics/ontology.json.gz"


def write(lake: Lake, ontology: Ontology) -> None:
    """Replaces the ontology in one step; the same ontology is the same bytes.

    Raises BadInput, and writes nothing, where it could not be read again.
    """
    text = json.dumps(as_json(ontology), ensure_ascii=False, separators=(",", ":"))
    of_json(text, "the ontology")
    lake.write(KEY, gzip.compress(text.encode(), mtime=0))


def installed(lake: Lake) -> Ontology | None:
    """The ontology of the lake; None where none is installed. Raises RenownError where the file is damaged."""
    data = lake.read(KEY)
    if data is None:
        return None
    try:
        return of_json(gzip.decompress(data).decode(), f"{lake}/{KEY}")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, BadInput) as error:
        raise RenownError(f"{lake}/{KEY}: damaged ({error}); install the ontology again") from None


def needed(lake: Lake) -> Ontology:
    """The ontology of the lake; raises NotFound, saying what to do, where none is installed."""
    found = installed(lake)
    if found is None:
        raise NotFound(f"{lake}: no ontology is installed; `renown topics install FILE-OR-URL...` installs one")
    return found
