"""A blog with a feed in RSS, webmention.io, and the pages of those who mention the blog: fifty share a site."""

import hashlib
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

import httpx

from renown.networks.feed import WebFeed
from tests.contract.fakes.world import SECRET, Doc, Fake, Post, Reaction, newest_first, paged, stamp

SITE = "https://blog.ada.example"
PROPERTIES = {"Like": "like-of", "Announce": "repost-of", "Reply": "in-reply-to"}


class FakeBlog(Fake):
    network = WebFeed()
    verbs = ("Like", "Announce", "Reply")
    page = 20
    quiet = (2, 1)
    account = f"feed:{SITE}/feed.xml"
    shows_followers = False

    def town(self, who: int) -> str:
        """The site of a person: those who are no people, or want to be left alone, have one of their own."""
        return f"hermit{who}.example" if who in self.bots else f"town{who // 50}.example"

    def name(self, who: int) -> str:
        return f"https://{self.town(who)}/user_{who}"

    def uri(self, post: Post) -> str:
        return f"{SITE}/posts/{post.number}"

    def has_tags(self, request: httpx.Request) -> bool:
        return request.url.path == "/feed.xml"

    def route(self, request: httpx.Request, query: dict[str, str]) -> Any:
        host, path = request.url.host, request.url.path
        if host == "webmention.io":
            return self._mentions(parse_qs(request.url.query.decode()))
        if host != "blog.ada.example":
            return self._elsewhere(host)
        if path == "/robots.txt":
            return httpx.Response(200, text=f"User-agent: *\nDisallow: {'/' if self.hidden else '/admin'}\n")
        if path == "/feed.xml" and not self.closed:
            return self._feed(request, query.get("page"))
        if path == "/":
            return page('<link rel="alternate" href="feed.xml"><a rel="me" href="https://ada.example">me</a>')
        there = {f"/posts/{post.number}" for post in self.posts}
        return httpx.Response(200 if path in there else 410)

    def _feed(self, request: httpx.Request, number: str | None) -> httpx.Response:
        shown, following = paged(newest_first(self.posts), self.page, number)
        atom = 'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:slash="http://purl.org/rss/1.0/modules/slash/"'
        go_on = f'<atom:link rel="next" href="?page={following}"/>' if following else ""
        doc = (
            f'<?xml version="1.0"?><rss version="2.0" {atom}><channel><title>{SECRET}</title><link>{SITE}/</link>'
            f"{go_on}{''.join(map(self._item, shown))}</channel></rss>"
        )
        body = doc.encode("utf-8", "surrogatepass")
        headers = {"content-type": "application/rss+xml", "etag": f'"{hashlib.sha256(body).hexdigest()[:16]}"'}
        is_known = request.headers.get("if-none-match") == headers["etag"]
        return httpx.Response(304 if is_known else 200, headers=headers, content=b"" if is_known else body)

    def _item(self, post: Post) -> str:
        tags = "".join(f"<category>{escape(tag)}</category>" for tag in (*post.tags, self.hostile or "blog"))
        return (
            f"<item><title>{SECRET}</title><link>{self.uri(post)}</link><guid>tag:ada,{post.number}</guid>{tags}"
            f"<pubDate>{formatdate(post.at)}</pubDate><description>{SECRET}</description>"
            f"<slash:comments>{post.uncounted}</slash:comments></item>"
        )

    def _mentions(self, query: dict[str, list[str]]) -> Doc:
        """As webmention.io answers: the oldest first, of at most fifty posts."""
        assert query["sort-dir"] == ["up"]
        assert len(query["target[]"]) <= 50
        since, size = int(query["since_id"][0]), int(query["per-page"][0])
        there = [
            self._mention(post, each)
            for post in self.posts
            if self.uri(post) in query["target[]"]
            for each in post.reactions
            if each.number > since
        ]
        return {"type": "feed", "name": "Webmentions", "children": sorted(there, key=lambda m: m["wm-id"])[:size]}

    def _mention(self, post: Post, each: Reaction) -> Doc:
        return {
            "type": "entry",
            "author": {"type": "card", "name": self.hostile or "Somebody", "photo": "", "url": self.name(each.who)},
            "url": self.hostile,
            "published": self.hostile,
            "wm-received": stamp(each.at).replace(".000", ""),
            "wm-id": each.number,
            "wm-source": f"https://{self.town(each.who)}/likes#user_{each.who}",
            "wm-target": self.uri(post),
            "wm-property": PROPERTIES[each.verb],
            "wm-private": False,
            "content": {"html": SECRET, "text": SECRET},
        }

    def _elsewhere(self, host: str) -> httpx.Response:
        """A page that links to every post, or says that it does, or does not want to be named."""
        links = "".join(f'<a class="u-like-of" href="{self.uri(post)}">{SECRET}</a>' for post in self.posts)
        if host == "hermit1.example":
            links = f'<meta name="robots" content="noindex">{links}'
        elif host.startswith("hermit"):
            links = f"<!-- {links} --><p>{escape(links)}"
        return page(links)


def page(body: str) -> httpx.Response:
    return httpx.Response(200, html=f"<!doctype html><html>{body}</html>")
