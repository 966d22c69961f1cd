"""What a web page says about where else its owner is: its links with rel=me (microformats.org/wiki/rel-me)."""

from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin

from ..errors import SkippableError
from .base import Proof
from .client import Client

MOST: Final = 50
"""Links of one page that are read."""

LONGEST: Final = 500_000
"""Characters of a page that are read."""


def page(account: str, url: str, client: Client) -> Proof:
    """What the page at `url` names, as a proof of `account`.

    Raises what `Client.get` raises, and SkippableError where it is no page.
    """
    answer = client.get(url, headers={"accept": "text/html"})
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("text/html", "application/xhtml+xml"):
        raise SkippableError(f"{answer.url}: answered {kind[:40]!r} where a page was expected")
    reader = _Reader(answer.url)
    reader.feed(answer.text()[:LONGEST])
    return Proof(account, url, tuple(dict.fromkeys(reader.links))[:MOST])


class _Reader(HTMLParser):
    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes the target of an `a` or `link` with rel=me."""
        given = dict(attrs)
        if tag in ("a", "link") and "me" in (given.get("rel") or "").lower().split() and given.get("href"):
            try:
                self.links.append(urljoin(self.base, (given["href"] or "").strip()[:500]))
            except ValueError:
                return  # no address at all
