"""Reads an ontology from files: Klout's, one table, or JSON (docs/topics.md describes them).

Whatever is wrong is one BadInput that names file and line. Only Klout's own two defects are passed over, and counted.
"""

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from .. import activity
from ..errors import BadInput
from .klout import EDGES, NAMES, NODES, klout
from .ontology import MAX_TEXT, MAX_TOPICS, Ontology, Source, Topic, checked
from .words import LANGUAGES

MAX_ROWS: Final = MAX_TOPICS
MAX_BYTES: Final = 64_000_000
"""Bytes of one file; Klout's largest has 2 MB."""

_TABLE: Final = ("slug", "name")
_NAME_IN: Final = "name_"


class File(NamedTuple):
    """A file of an ontology as it was given: its name, to speak of it, and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Read:
    """An ontology that was read, and what was passed over in reading it, in words."""

    ontology: Ontology
    passed_over: tuple[str, ...] = ()


def read(files: Sequence[File]) -> Read:
    """The ontology in `files`, whole and checked; raises BadInput, in one line, for everything else."""
    sources = tuple(Source(file.name, sha256(file.data)) for file in files)
    notes = tuple(f"{file.name}: a byte order mark" for file in files if file.data.startswith(b"\xef\xbb\xbf"))
    texts = {file.name: _text(file) for file in files}
    if len(texts) < len(files):
        raise BadInput(f"{files[0].name}: two files have the same name; give each once")
    if len(files) == 1 and texts[files[0].name].lstrip().startswith(("{", "[")):
        return Read(of_json(texts[files[0].name], files[0].name, sources), notes)
    tables = {name: rows(text, name) for name, text in texts.items()}
    headers = {name: next(table)[1] for name, table in tables.items()}
    of_klout = {want: name for want in (NODES, EDGES, NAMES) for name, found in headers.items() if found == list(want)}
    if len(of_klout) == len(files) == 3:
        topics, defects, attribution = klout({want: (name, tables[name]) for want, name in of_klout.items()})
        return Read(checked(topics, attribution, sources, of_klout[NODES]), notes + defects)
    if of_klout:
        raise BadInput(
            f"{', '.join(texts)}: Klout's ontology is three files: ontology, edge and display; give all three"
        )
    if len(files) > 1:
        raise BadInput(f"{', '.join(texts)}: not the three files of Klout's ontology; any other is one file")
    ((name, table),) = tables.items()
    return Read(checked(_of_table(name, headers[name], table), None, sources, name), notes)


def sha256(data: bytes) -> str:
    """The checksum of a file, in hex."""
    return hashlib.sha256(data).hexdigest()


def rows(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV, the header first, with their line; all as wide as the header, blank lines left out.

    Raises BadInput where one is not, and behind MAX_ROWS rows.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    width = number = 0
    try:
        for row in reader:
            if not row:
                continue
            width = width or len(row)
            if len(row) != width:
                raise BadInput(f"{name}, line {reader.line_num}: {len(row)} fields where the header has {width}")
            if number > MAX_ROWS:
                raise BadInput(f"{name}: more than {MAX_ROWS:,} rows; install an ontology of fewer")
            number += 1
            yield reader.line_num, row
    except csv.Error as error:
        raise BadInput(f"{name}, line {reader.line_num}: not CSV: {error}") from None
    if not number:
        raise BadInput(f"{name}: the file is empty")


def of_json(text: str, name: str, sources: tuple[Source, ...] | None = None) -> Ontology:
    """The ontology in our JSON form; `sources` as the file has them, unless they are given. Raises BadInput."""
    from pydantic import BaseModel, ConfigDict, Field, ValidationError

    class _Topic(BaseModel):
        model_config = ConfigDict(extra="forbid", strict=True)
        slug: str
        names: dict[str, str] = Field(max_length=len(LANGUAGES))
        parents: list[str] = []
        native: str | None = Field(default=None, max_length=MAX_TEXT)
        wikidata: str | None = Field(default=None, pattern=r"^Q\d{1,12}$")

    class _Source(BaseModel):
        model_config = ConfigDict(extra="forbid", strict=True)
        file: str
        sha256: str

    class _Ontology(BaseModel):
        model_config = ConfigDict(extra="forbid", strict=True)
        attribution: str | None = Field(default=None, max_length=1000)
        sources: list[_Source] = []
        topics: list[_Topic] = Field(max_length=MAX_ROWS)

    try:
        found = _Ontology.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise BadInput(f"{name}: {ascii(where)[1:-1][:100]}: {first['msg']}") from None
    for topic in found.topics:
        for language in topic.names:
            _language(language, name)
    topics = (Topic(t.slug, t.names, tuple(t.parents), t.native, t.wikidata) for t in found.topics)
    kept = tuple(Source(each.file, each.sha256) for each in found.sources) if sources is None else sources
    return checked(topics, activity.clean(found.attribution), kept, name)


def as_json(ontology: Ontology) -> dict[str, Any]:
    """An ontology in our JSON form: what `of_json` reads."""
    return {
        "attribution": ontology.attribution,
        "sources": [{"file": source.file, "sha256": source.sha256} for source in ontology.sources],
        "topics": [topic_as_json(ontology.topics[slug]) for slug in sorted(ontology.topics)],
    }


def topic_as_json(topic: Topic) -> dict[str, Any]:
    """A topic in our JSON form."""
    made = {"slug": topic.slug, "names": dict(topic.names), "parents": list(topic.parents)}
    return made | {k: v for k, v in (("native", topic.native), ("wikidata", topic.wikidata)) if v is not None}


def _of_table(name: str, header: list[str], table: Iterator[tuple[int, list[str]]]) -> Iterator[Topic]:
    """The topics of one table: slug, name, parents (slugs, separated by `|`), name_fr and so on."""
    for column in header:
        if column not in (*_TABLE, "parents"):
            _language(column.removeprefix(_NAME_IN) if column.startswith(_NAME_IN) else column, name)
            if not column.startswith(_NAME_IN):
                raise BadInput(f"{name}: column {column[:40]!a} is not known; for a name in a language write name_fr")
    lacking = [column for column in _TABLE if column not in header]
    if lacking or len(set(header)) < len(header):
        raise BadInput(
            f"{name}: the columns must be slug, name, parents, name_fr and so on, each once; {lacking} lacks"
        )
    for _, row in table:
        fields: Mapping[str, str] = dict(zip(header, row, strict=True))
        names = {column.removeprefix(_NAME_IN): text for column, text in fields.items() if column.startswith(_NAME_IN)}
        parents = tuple(parent for parent in fields.get("parents", "").split("|") if parent.strip())
        yield Topic(fields["slug"], {k: v for k, v in {**names, "en": fields["name"]}.items() if v.strip()}, parents)


def _language(language: str, name: str) -> None:
    if language not in LANGUAGES:
        raise BadInput(f"{name}: {language[:40]!a}: names can be in {', '.join(LANGUAGES)}")


def _text(file: File) -> str:
    if len(file.data) > MAX_BYTES:
        raise BadInput(f"{file.name}: larger than {MAX_BYTES:,} bytes")
    try:
        return file.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{file.name}: byte {error.start:,} is not UTF-8; save it as UTF-8") from None
