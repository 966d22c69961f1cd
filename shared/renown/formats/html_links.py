"""The links of a web page from strangers, in time that grows with its length only.

Python's own `html.parser` takes 48 s to close 60 KB of `<a <a <a` (3.11.7), and a page is not to be read more loosely
than by a browser: what stands in a comment, a script or another tag's attribute is no link, whoever put it there.
"""

import html
import re
from typing import Final, NamedTuple
from urllib.parse import urljoin

_MOST: Final = 5_000
_LONGEST: Final = 2_048

_TOKEN: Final = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(script|style|template|textarea|title|xmp|iframe|noembed|noframes)(?=[\s/>]).*?(?:</\1(?=[\s/>])|\Z)"
    r"|<[!?][^>]*+"
    r"|</?([a-z][^\s/>]{0,30}+)"
    r"((?:[^>=]++|=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z))?)*+)(?:(>)|\Z)",
    re.IGNORECASE | re.DOTALL,
)
"""Every alternative goes on to the end of the page where its own end is missing, so that nothing is read twice."""

_ATTRIBUTE: Final = re.compile(r"([^\s=/\"'>]++)(?:\s*+=\s*+(?:\"([^\"]*+)\"?|'([^']*+)'?|([^\s\"'>]++)))?")


class Link(NamedTuple):
    """Where a page links to (absolute, without fragment), as what, and the media type that it says is there."""

    href: str
    rels: frozenset[str]
    kind: str


class Page(NamedTuple):
    """The links of a page, and whether it asks not to be indexed."""

    links: list[Link]
    noindex: bool

    def rel(self, name: str) -> list[Link]:
        """Those of a relation."""
        return [link for link in self.links if name in link.rels]


def read_page(text: str, address: str) -> Page:
    """The links of the HTML page `text`, which stands at `address`; at most 5,000."""
    links: list[Link] = []
    noindex, base = False, None
    for match in _TOKEN.finditer(text):
        tag = (match[2] or "").lower()
        if tag not in ("a", "area", "link", "base", "meta") or not match[4] or match[0][1] == "/":
            continue
        given = _attributes(match[3])
        href = given.get("href", "").strip()
        if tag == "meta":
            noindex |= given.get("name", "").lower() == "robots" and bool(_NOINDEX.search(given.get("content", "")))
        elif tag == "base" and base is None:
            base = absolute(address, href)
        elif tag != "base" and href and (target := absolute(base or address, href)):
            links.append(Link(target, frozenset(given.get("rel", "").lower().split()), given.get("type", "").lower()))
        if len(links) == _MOST:
            break
    return Page(links, noindex)


_NOINDEX: Final = re.compile(r"\b(?:noindex|none)\b", re.IGNORECASE)


def absolute(address: str, href: str) -> str | None:
    """Where `href` leads from `address`, without fragment; None where that is no http address."""
    try:
        target = urljoin(address, href.strip()).partition("#")[0]
    except ValueError:
        return None
    fits = target.startswith(("https://", "http://")) and target.isprintable() and len(target) <= _LONGEST
    return target if fits else None


def _attributes(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(text[: 2 * _LONGEST]):
        found.setdefault(match[1].lower(), html.unescape(match[2] or match[3] or match[4] or ""))
    return found
