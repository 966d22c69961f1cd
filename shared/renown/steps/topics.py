"""Installs an ontology of topics: read whole, checked, then written in one step; anything wrong changes nothing."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import BadInput
from ..lake import Lake
from ..topics import store
from ..topics.reading import MAX_BYTES, File, Read, read, sha256

if TYPE_CHECKING:
    from ..topics.matcher import Matcher

HTTPS: Final = "https://"


def install(lake: Lake, places: Sequence[str], sums: Sequence[str], fetch: Callable[[str], bytes]) -> Read:
    """Puts the ontology in `places`, files or addresses, into the lake; returns it, and what was passed over.

    `sums` are the SHA-256 of the files in any order, or nothing; `fetch` gets what is at an https address. Raises
    BadInput where a file is not what its sum says, or holds no ontology, and what `fetch` raises.
    """
    files = [_file(place, fetch) for place in places]
    _check(files, [given.strip().lower() for given in sums])
    found = read(files)
    store.write(lake, found.ontology)
    return found


def finder(lake: Lake) -> Callable[[str, Sequence[str]], tuple[str, ...]]:
    """Finds the topics of texts by the ontology of the lake, which is read at the first text; none without one."""

    @cache
    def matcher() -> "Matcher | None":
        from ..topics.matcher import Matcher

        ontology = store.installed(lake)
        return Matcher(ontology) if ontology else None

    def find(text: str, tags: Sequence[str]) -> tuple[str, ...]:
        made = matcher()
        return made.topics(text, tags) if made else ()

    return find


def _file(place: str, fetch: Callable[[str], bytes]) -> File:
    if "://" in place:
        if not place.lower().startswith(HTTPS):
            raise BadInput(f"{place[:80]}: only https:// addresses are fetched; download it, and name the file")
        return File(place.partition("?")[0].rpartition("/")[2] or place[:80], fetch(place))
    path = Path(place)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadInput(f"{place}: larger than {MAX_BYTES:,} bytes")
        return File(path.name, path.read_bytes())
    except OSError as error:
        raise BadInput(f"{place}: cannot be read: {error.strerror}") from None


def _check(files: Sequence[File], sums: Sequence[str]) -> None:
    if sums and len(sums) != len(files):
        raise BadInput(f"--sha256: {len(sums)} checksums for {len(files)} files; give one for each, or none")
    for file in files:
        if sums and sha256(file.data) not in sums:
            raise BadInput(
                f"{file.name}: its SHA-256 is {sha256(file.data)}, which is none of those given with --sha256"
            )
