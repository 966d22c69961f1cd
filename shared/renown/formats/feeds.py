"""Feeds from strangers: RSS 0.9 to 2.0, Atom and JSON Feed. Titles and texts are for finding topics.

Feeds are often not quite XML: where one cannot be read, it is tried again without what XML does not allow (control
characters, bytes of another encoding, entities of HTML). A feed that declares an entity is refused, and none is
fetched, so that it can neither grow nor name files. Feedparser would read more of them, and takes 2 s per megabyte.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, Final
from xml.parsers import expat

from ..errors import BadInput, NotOfFormat
from .html_text import LONGEST, bare_text
from .jsontext import Doc, inside, text
from .times import seconds

MOST_ENTRIES: Final = 2_000
_DEEPEST: Final = 100
_LONGEST: Final = 2_048
_MOST_TAGS: Final = 64

_ATOM: Final = "http://www.w3.org/2005/Atom"
_SPACES: Final = {
    "": "rss",
    "http://purl.org/rss/1.0/": "rss",
    "http://my.netscape.com/rdf/simple/0.9/": "rss",
    _ATOM: "atom",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/rss/1.0/modules/slash/": "slash",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/syndication/thread/1.0": "thr",
}
_TIMES: Final = ("rss:pubDate", "atom:published", "dc:date", "atom:updated")
_TAGS: Final = ("rss:category", "dc:subject")
_COUNTS: Final = ("slash:comments", "thr:total")
_TEXTS: Final = ("content:encoded", "atom:content", "rss:description", "atom:summary")
_TOPS: Final = ("rss:channel", "atom:feed")
_READ: Final = frozenset(
    (*_TIMES, *_TAGS, *_COUNTS, *_TEXTS, "rss:guid", "rss:link", "atom:id", "rss:title", "atom:title")
)


@dataclass
class Entry:
    """A post: its id, address, time and number of replies as the feed gives them, its tags, heading and text (HTML)."""

    id: str = ""
    link: str = ""
    at: str = ""
    tags: list[str] = field(default_factory=list)
    replies: int | None = None
    title: str = ""
    text: str = ""


@dataclass
class Feed:
    """A feed: the page it belongs to, where it goes on (RFC 5005), who it says its author is elsewhere, its posts."""

    home: str = ""
    next: str = ""
    me: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


def time_of(given: str) -> int:
    """A time as feeds write it, in RFC 3339, as a date or in RFC 5322, as unix seconds; raises BadInput for others."""
    try:
        return seconds(f"{given}T00:00:00Z" if re.fullmatch(r"\d{4}-\d\d-\d\d", given, re.ASCII) else given)
    except BadInput:
        pass
    try:
        moment = parsedate_to_datetime(given[:60])
        return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp())
    except (ValueError, TypeError, OverflowError, IndexError):
        raise BadInput(f"time {given[:60]!r}: neither RFC 3339 nor RFC 5322") from None


def read_json_feed(doc: Any) -> Feed:
    """A JSON Feed of version 1 or 1.1; raises NotOfFormat where `doc` is none."""
    if not (text(doc, "version") or "").startswith("https://jsonfeed.org/version/1"):
        raise NotOfFormat("not a JSON Feed")
    authors = [*_objects(doc.get("authors")), *_objects([doc.get("author")])]
    return Feed(
        text(doc, "home_page_url") or "",
        text(doc, "next_url") or "",
        [url for author in authors if (url := text(author, "url"))],
        [_item(item) for item in _objects(doc.get("items"))[:MOST_ENTRIES]],
    )


def _objects(value: Any) -> list[Doc]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _item(item: Doc) -> Entry:
    given = item.get("tags")
    tags = [tag for tag in given if isinstance(tag, str)][:_MOST_TAGS] if isinstance(given, list) else []
    link, number = text(item, "url") or "", inside(item, "id")
    native = text(item, "id") or (str(number) if type(number) is int else link)
    at = text(item, "date_published") or text(item, "date_modified") or ""
    said = text(item, "content_text") or text(item, "content_html") or text(item, "summary") or ""
    return Entry(native, link, at, tags, title=text(item, "title") or "", text=said[:LONGEST])


def read_xml_feed(body: bytes) -> Feed:
    """A feed in XML; raises NotOfFormat where it is none."""
    try:
        return _Reader(None).read(body)
    except (expat.ExpatError, ValueError, LookupError):  # the latter are those of encodings
        pass
    try:
        return _Reader("utf-8").read(_repaired(body))
    except expat.ExpatError as error:
        raise NotOfFormat(f"no feed: {expat.ErrorString(error.code)} in line {error.lineno}") from None


_WESTERN: Final = re.compile(rb"<\?xml[^>]{1,80}encoding=.(?:windows-1252|iso-8859-1)", re.IGNORECASE)
_BROKEN: Final = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|(<!\[CDATA\[(?:.*?\]\]>|.*))"
    r"|&(?!(?:amp|lt|gt|quot|apos|#(?:9|1[03]|3[2-9]|[4-9]\d|\d{3,5}|x(?:[9ad]|[2-9a-f][\da-f]|[\da-f]{3,4})));)",
    re.DOTALL | re.IGNORECASE,
)


def _repaired(body: bytes) -> bytes:
    """The document without what XML does not allow."""
    decoded = body.decode("cp1252" if _WESTERN.match(body) else "utf-8-sig", "replace").lstrip()
    return _BROKEN.sub(lambda match: match[1] or ("&amp;" if match[0] == "&" else ""), decoded).encode()


class _Reader:
    """Reads a document, once."""

    def __init__(self, encoding: str | None) -> None:
        self.feed = Feed()
        self._depth = self._within = 0  # how deep we are, and the element that is read
        self._is_feed = False
        self._entry: Entry | None = None
        self._found: dict[str, str] = {}  # texts of the entry, the first of each kind
        self._text: list[str] | None = None
        self._permanent = True
        self._parser = expat.ParserCreate(encoding, " ")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data
        self._parser.EntityDeclHandler = self._refuse

    def read(self, body: bytes) -> Feed:
        self._parser.Parse(body, True)
        if not self._is_feed:
            raise NotOfFormat("no feed: neither RSS nor Atom nor JSON Feed")
        return self.feed

    def _refuse(self, *_: object) -> None:
        raise NotOfFormat("no feed: it declares entities, which is refused")

    def _start(self, name: str, given: Mapping[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise NotOfFormat("no feed: it is nested too deeply")
        what = _short(name)
        if what in _TOPS and self._entry is None:
            self._is_feed, self._within = True, self._depth
        elif what in ("rss:item", "atom:entry") and self._entry is None:
            self._entry, self._found, self._permanent, self._within = Entry(), {}, True, self._depth
        elif self._depth == self._within + 1:
            self._text = [] if what in _READ else None
            self._permanent &= what != "rss:guid" or given.get("isPermaLink", "true") != "false"
            if what == "atom:link":
                self._link(given)
            elif what == "atom:category" and self._entry:
                self._tag(given.get("term", ""))

    def _link(self, given: Mapping[str, str]) -> None:
        href, rel = given.get("href", "")[:_LONGEST], given.get("rel", "alternate")
        if self._entry:
            if rel == "alternate":
                self._found.setdefault("atom:link", href)
        elif rel == "me":
            self.feed.me.append(href)
        elif rel == "next":
            self.feed.next = self.feed.next or href
        elif rel == "alternate":
            self.feed.home = self.feed.home or href

    def _data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def _end(self, name: str) -> None:
        what = _short(name)
        if self._depth == self._within:
            if self._entry and len(self.feed.entries) < MOST_ENTRIES:
                self.feed.entries.append(self._finished(self._entry))
            self._within = self._within - 1 if self._entry else 0  # in RSS 1.0 items stand behind the channel
            self._entry = None
        elif self._depth == self._within + 1 and self._text is not None:
            said = "".join(self._text).strip()[: LONGEST if what in _TEXTS else _LONGEST]
            self._text = None
            if self._entry and what in _TAGS:
                self._tag(said)
            elif self._entry:
                self._found.setdefault(what, said)
            elif what == "rss:link":
                self.feed.home = self.feed.home or said
        self._depth -= 1

    def _tag(self, tag: str) -> None:
        if self._entry and len(self._entry.tags) < _MOST_TAGS:
            self._entry.tags.append(tag[:_LONGEST])

    def _finished(self, entry: Entry) -> Entry:
        found = self._found
        guid = found.get("rss:guid", "")
        entry.link = found.get("rss:link") or found.get("atom:link") or (guid if self._permanent else "")
        entry.id = guid or found.get("atom:id") or entry.link
        entry.at = next((found[name] for name in _TIMES if found.get(name)), "")
        counts = [found[name] for name in _COUNTS if re.fullmatch(r"\d{1,9}", found.get(name, ""), re.ASCII)]
        entry.replies = int(counts[0]) if counts else None
        entry.title = bare_text(found.get("rss:title") or found.get("atom:title") or "")
        entry.text = next((found[name] for name in _TEXTS if found.get(name)), "")
        return entry


def _short(name: str) -> str:
    """An element's name with a prefix of ours; "" for those of other vocabularies."""
    space, _, local = name.rpartition(" ")
    return f"{_SPACES[space]}:{local}" if space in _SPACES else ""
