"""Who liked, reposted, answered and mentioned the posts of a site, by Webmention.

webmention.io receives mentions for many sites, and tells everybody those of a page. It is not believed: whoever is
said to have done something counts once the page that says so links to the post, and only as somebody who is at home
on the site of that page.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import httpx

from ..errors import BadInput, RetriableError, SkippableError
from ..formats.html_links import read_page
from ..formats.jsontext import Doc, inside, text
from .base import MOST_PAGES, Batch, Cursor, Found, is_count, objects
from .client import Client, Params
from .sites import address, is_on, plain, site_of

MENTIONS: Final = "https://webmention.io/api/mentions.jf2"
FRESH: Final[Cursor] = {"latest": 0, "later": []}
"""What a cursor has to hold for it, beside "seen" in every post: the last mention that was taken in."""

HTML: Final = {"accept": "text/html, application/json;q=0.5"}
_VERBS: Final = {"like-of": "Like", "repost-of": "Announce", "in-reply-to": "Reply", "mention-of": "Mention"}
_COPIES: Final = "brid.gy"
"""Shows what was done on other networks to copies of a post there; that is collected there."""

_POSTS: Final = 100
"""The newest posts whose mentions are asked for."""

_TARGETS: Final = 50
_QUERY: Final = 4_000
"""Posts, and characters of their addresses, in one question."""

_PER_PAGE: Final = 100
_PAGES: Final = 25
"""Pages that are looked at on one visit, to see whether they link to a post."""

_TRIES: Final = 5
"""Further visits on which a page that did not answer is looked at."""

_LATER: Final = 100


class _Claim(NamedTuple):
    """What webmention.io says that somebody did."""

    source: str
    target: str
    verb: str
    who: str
    at: str


class Mentions:
    """The mentions of the posts of `me` (an address) that the cursor `state` remembers, for one visit."""

    def __init__(self, me: str, state: Cursor, found: Found, client: Client) -> None:
        self.me, self.state, self.found, self.client = me, state, found, client
        self._pages: dict[str, set[str] | RetriableError] = {}

    def collect(self) -> Iterator[Batch]:
        """What is new, a batch for each answer of webmention.io."""
        state, later = self.state, self.state["later"]
        state["later"] = []
        for tries, *claim in later:
            self._believe(_Claim(*claim), tries)
        is_complete = True
        for seen, keys in _questions(state):
            urls, reached, latest = [state["posts"][key]["url"] for key in keys], seen, state["latest"]
            for _ in range(MOST_PAGES):
                asked: Params = {"target[]": urls, "since_id": reached, "sort-dir": "up", "per-page": _PER_PAGE}
                children = objects(inside(self.client.get(MENTIONS, asked).json(), "children"))
                before, (last, reached) = reached, self._take(children, reached)
                state["latest"] = max(state["latest"], reached)
                is_complete, is_last = reached == last, len(children) < _PER_PAGE
                if is_complete and is_last:
                    reached = max(reached, latest)  # what is older was there when we asked
                state["posts"] = {k: {**p, "seen": reached} if k in keys else p for k, p in state["posts"].items()}
                yield self.found.batch(state)
                if is_last or not is_complete or reached == before:
                    break
            if not is_complete:
                break
        yield self.found.batch(state, complete=is_complete)

    def _take(self, children: list[Doc], reached: int) -> tuple[int, int]:
        """Takes in the mentions behind number `reached`; the last number there, and the last that was taken in."""
        new = {child["wm-id"]: child for child in children if is_count(child.get("wm-id")) and child["wm-id"] > reached}
        for number in sorted(new):
            claim = self._claim(new[number])
            if claim and not self._may_look_at(claim.source):
                break
            if claim:
                self._believe(claim, 0)
            reached = number
        return max(new, default=reached), reached

    def _claim(self, child: Doc) -> _Claim | None:
        """What a mention says, if it is of a kind that is collected, and not the site's own."""
        source, verb = text(child, "wm-source") or "", _VERBS.get(text(child, "wm-property") or "")
        if not verb or child.get("wm-private") is True or is_on(site_of(self.me), source) or is_on(_COPIES, source):
            return None
        author = text(child, "author", "url") or ""
        try:
            home = str(httpx.URL(address(source)).copy_with(raw_path=b"/"))
            who = address(author) if site_of(author) == site_of(source) else home
        except BadInput:
            return None
        return _Claim(source, plain(text(child, "wm-target") or ""), verb, who, text(child, "wm-received") or "")

    def _believe(self, claim: _Claim, tries: int) -> None:
        """Adds what is claimed if the page that claims it links to the post; one that does not answer is for later."""
        state = self.state
        there = (post for post in state["posts"].values() if post["url"] and plain(post["url"]) == claim.target)
        post = next(there, None)
        if post is None:
            return
        if not self._may_look_at(claim.source):
            state["later"] = [*state["later"], [tries, *claim]]
            return
        is_linked = False
        try:
            is_linked = claim.target in self._links(claim.source)
        except RetriableError as error:
            if tries < _TRIES and len(state["later"]) < _LATER:
                state["later"] = [*state["later"], [tries + 1, *claim]]
            else:
                self.found.rejects.append(str(error))
        at = self.found.time(claim.at) if is_linked else None
        if at is not None:
            about = claim.source if claim.verb == "Mention" else post["uri"]
            native = f"{claim.source}:{claim.verb}:{claim.target}" if claim.verb in ("Reply", "Mention") else None
            tags, url = post["tags"], claim.source
            self.found.deed(claim.verb, claim.who, self.me, about, at=at, native=native, tags=tags, url=url)

    def _may_look_at(self, source: str) -> bool:
        return len(self._pages) < _PAGES or plain(source) in self._pages

    def _links(self, source: str) -> set[str]:
        """What a page links to; nothing where it is gone, or elsewhere, or asks not to be indexed.

        Raises RetriableError where it does not answer, also when it is asked for again.
        """
        key = plain(source)
        if key not in self._pages:
            try:
                self._pages[key] = self._fetched(source)
            except SkippableError:
                self._pages[key] = set()
            except RetriableError as error:
                self._pages[key] = error
        links = self._pages[key]
        if isinstance(links, RetriableError):
            raise links
        return links

    def _fetched(self, source: str) -> set[str]:
        answer = self.client.get(source, headers=HTML)
        if site_of(answer.url) != site_of(source):
            return set()  # many sites lead wherever they are asked to
        if "json" in answer.headers.get("content-type", ""):
            return set(map(plain, _strings(answer.json())))
        page = read_page(answer.text(), source)
        return set() if page.noindex else {plain(link.href) for link in page.links}


def _strings(doc: Any) -> Iterator[str]:
    left = [doc]
    while left:
        value = left.pop()
        if isinstance(value, str):
            yield value
        else:
            left += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _questions(state: Cursor) -> list[tuple[int, list[str]]]:
    """The newest posts, in groups that are asked for together, with the last mention that is known of them."""
    posts = state["posts"]
    newest = sorted((key for key in posts if posts[key]["url"]), key=lambda key: (-posts[key]["at"], key))[:_POSTS]
    groups: list[tuple[int, list[str]]] = []
    room = 0
    for key in sorted(newest, key=lambda key: (posts[key]["seen"], key)):
        seen, size = posts[key]["seen"], len(posts[key]["url"]) + 20
        if not groups or groups[-1][0] != seen or len(groups[-1][1]) == _TARGETS or room < size:
            groups.append((seen, []))
            room = _QUERY
        groups[-1][1].append(key)
        room -= size
    return groups
