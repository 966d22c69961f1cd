"""Blogs: the posts of a feed, and what was done to them by Webmention (see `webmention`).

A feed is what a site says of itself: only posts on its own site are its own, else anybody could take what was done to
somebody else's. Posts that roll out of a feed stay; one that is missing between others, and is gone from its own
address too, is deleted.
"""

import urllib.robotparser
from collections.abc import Iterator, Mapping
from typing import Final

import httpx

from ..activity import fingerprint, topics
from ..errors import BadInput, Gone, NotOfFormat, SkippableError, Unwanted
from ..formats.feeds import Entry, Feed, read_json_feed, read_xml_feed, time_of
from ..formats.html_links import absolute, read_page
from ..formats.html_text import bare_text
from ..formats.jsontext import Doc
from . import webmention
from .answer import Answer
from .base import REFETCH, Batch, Cursor, Found, Proof, Secret
from .client import Client
from .sites import address, is_on, plain, site_of
from .webmention import HTML, Mentions
from .window import Page, forget, walk_posts

_FRESH: Final[Cursor] = {"since": 0, "posts": {}, "newest": {}, "robots": 0, **webmention.FRESH}
_ACCEPT: Final = {
    "accept": "application/atom+xml, application/rss+xml, application/feed+json, text/xml;q=0.9, text/html;q=0.5"
}
_TYPES: Final = ("application/rss+xml", "application/atom+xml", "application/feed+json")


class WebFeed:
    """The connector of feeds; an account is `feed:<https address>` (see `address`)."""

    name = "feed"
    collects = "posts of a feed, who liked, reposted, replied, mentioned by Webmention"
    secret: Secret | None = None

    def host(self, account: str) -> str:
        """The host of the feed."""
        return httpx.URL(address(account)).host

    def resolve(self, given: str, client: Client) -> str:
        """The feed at an address, or the first one that the page there names."""
        where = address(given)
        answer = client.get(where, headers=_ACCEPT, allow={404, 410})
        if answer.status in (404, 410):
            raise Gone(f"{self.name}:{where}: nothing is there")
        try:
            _read(answer)
        except SkippableError:
            links = read_page(answer.text(), answer.url).rel("alternate")
            named = [link.href for link in links if link.kind in _TYPES]
            if not named:
                raise
            where = address(named[0])
            _read(client.get(where, headers=_ACCEPT))
        return f"{self.name}:{where}"

    def proof(self, account: str, client: Client) -> Proof:
        """The rel=me links of the feed, and those of its home page, if that says that the feed is its own."""
        where = address(account)
        feed = _read(client.get(where, headers=_ACCEPT))
        links = [link for me in feed.me if (link := absolute(where, me))]
        home, evidence = absolute(where, feed.home), where
        if home and plain(home) != plain(where):
            answer = client.get(home, headers=HTML)
            page = read_page(answer.text(), home)
            # A page may link to any feed; only its own is an alternate of it.
            if site_of(answer.url) == site_of(home) and plain(where) in {plain(a.href) for a in page.rel("alternate")}:
                evidence = home
                links += [link.href for link in page.rel("me")]
        return Proof(f"{self.name}:{where}", evidence, tuple(dict.fromkeys(links))[:50], addresses=(where,))

    def collect(self, account: str, cursor: Cursor | None, client: Client, now: int) -> Iterator[Batch]:
        """The posts, then their mentions, a page of webmention.io's answers at a time."""
        state: Cursor = {**_FRESH, **(cursor or {})}
        blog, found = _Blog(address(account), state, client), Found(self.name, now, client.find)
        blog.ask_robots(now)
        _look_at_posts(blog, found)
        yield found.batch(state)
        yield from Mentions(blog.where, state, found, client).collect()


def _read(answer: Answer) -> Feed:
    """The feed that was answered; raises SkippableError where it is none."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        return read_json_feed(answer.json()) if kind.endswith("json") else read_xml_feed(answer.body)
    except NotOfFormat as error:
        raise SkippableError(f"{answer.url}: {error}") from None


class _Blog:
    """An account, and what a visit has at hand."""

    def __init__(self, where: str, state: Cursor, client: Client) -> None:
        self.where, self.state, self.client = where, state, client
        self.site = site_of(where)

    def ask_robots(self, now: int) -> None:
        """Raises Unwanted where the site asks robots not to read the feed (RFC 9309); asked once a week."""
        if now - self.state["robots"] < REFETCH:
            return
        url = httpx.URL(self.where).copy_with(raw_path=b"/robots.txt")
        answer = self.client.get(str(url), headers={"accept": "text/plain"}, allow=range(400, 500))
        rules = urllib.robotparser.RobotFileParser()
        rules.parse(answer.text()[:500_000].splitlines() if answer.status == 200 else [])
        if not rules.can_fetch("Renown", self.where):
            raise Unwanted(f"feed:{self.where}: robots.txt asks not to be read; its owner may allow Renown there")
        self.state["robots"] = now

    def page(self, token: str | None, headers: Mapping[str, str]) -> Answer:
        """A page of the feed; Gone where the first one is gone for good, or never was there."""
        gone = {404, 410} if token or not self.state["since"] else {410}
        answer = self.client.get(token or self.where, headers={**_ACCEPT, **headers}, allow=gone)
        if answer.status in gone and token is None:
            raise Gone(f"feed:{self.where}: the feed is gone")
        return answer


def _look_at_posts(blog: _Blog, found: Found) -> None:
    state, oldest = blog.state, found.now

    def read(answer: Answer) -> Page:
        nonlocal oldest
        if answer.status != 200:
            return Page({}, oldest, None)  # an older page that has vanished
        feed, posts = _read(answer), {}
        site = blog.site if is_on(blog.site, answer.url) else ""  # many sites lead wherever they are asked to
        for entry in feed.entries:
            at = _time(entry, found)
            if at is not None and entry.id:
                key = fingerprint(ascii(entry.id))
                posts[key] = {
                    **_post(blog.where, site, found, entry, at),
                    "seen": state["posts"].get(key, {}).get("seen", 0),
                }
                oldest = min(oldest, at)
        following = absolute(blog.where, feed.next) if feed.next else None
        return Page(posts, oldest, following if following and is_on(blog.site, following) else None)

    missing = walk_posts(state, found, blog.where, blog.page, read)
    state["posts"] = {key: {**post, "owed": {}} for key, post in state["posts"].items()}
    for key in missing:
        post = state["posts"][key]
        if post["at"] > oldest and post["url"]:
            answer = blog.client.get(post["url"], headers=HTML, allow=range(400, 500))
            if answer.status in (404, 410):
                forget(state, key, found, blog.where)


def _time(entry: Entry, found: Found) -> int | None:
    try:
        return found.time(time_of(entry.at))
    except BadInput as error:
        found.rejects.append(f"post {ascii(entry.id)[:200]}: {error}")
        return None


def _post(me: str, site: str, found: Found, entry: Entry, at: int) -> Doc:
    """Adds a post, which is the feed's own if it is on `site`; what is remembered of it."""
    link = absolute(me, entry.link) if entry.link else None
    url = link if link and site and is_on(site, link) else None
    uri = url or f"{me}#{fingerprint(ascii(entry.id))}"
    tags = list(topics(found.about(entry.tags, entry.title, bare_text(entry.text))))
    found.post(me, uri, native=fingerprint(me, ascii(entry.id)), at=at, tags=tags, url=url)
    counts = {} if entry.replies is None else {"replies": entry.replies}
    return {"at": at, "uri": uri, "url": url, "tags": tags, "counts": counts}
