"""Facebook: a page's posts with counts, and, for a token of the page itself, who commented on them.

Who likes and shares is told to nobody: those are counts. People have another number for every app, so that they can be
told apart, but not found elsewhere; commenting pages have their own. What is written is not asked for.
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from ..activity import parse_account
from ..errors import BadInput, Gone
from ..formats.jsontext import Doc, inside, text
from .answer import Answer
from .base import Batch, Cursor, Found, Proof, Secret, bearer, is_count, links_in, objects
from .client import Client, Params
from .graph import HOST, VERSION, ask, behind, following, is_gone, leave_alone, listed, owe_only, posts_in, time_of
from .window import FRESH, Page, forget, is_complete, look_up, note_totals, pages_for, walk_posts

API: Final = f"https://{HOST}/{VERSION}"
SITES: Final = ("https://www.facebook.com", "https://facebook.com")

_NAME: Final = re.compile(r"[A-Za-z0-9.]{1,80}")
_ID: Final = re.compile(r"[0-9]{1,30}")
_KEY: Final = re.compile(r"[0-9]{1,30}_[0-9]{1,30}")
_PAGE: Final = "id,username,about,website,fan_count,followers_count,talking_about_count"
_TOTALS: Final = {"followers": "followers_count", "fans": "fan_count", "talking": "talking_about_count"}
_ORDER: Final = "reverse_chronological"
_COMMENT: Final = "id,created_time,from"
_SHOWN: Final = 25
"""Posts on a page, and comments that are shown with each."""

_POST: Final = (
    "id,created_time,permalink_url,message,message_tags,shares,reactions.summary(total_count).limit(0),"
    f"comments.order({_ORDER}).summary(true).limit({_SHOWN}){{{_COMMENT}}}"
)
_COUNTS: Final = {
    "likes": ("reactions", "summary", "total_count"),
    "shares": ("shares", "count"),
    "replies": ("comments", "summary", "total_count"),
}
_COMMENTS: Final = 100


class Facebook:
    """Facebook's connector; an account is `facebook:<number of the page>`, and a person may write `facebook:ada`."""

    name = "facebook"
    collects = "a page's followers, posts with counts; who commented on the token's own page"
    secret: Secret | None = Secret(HOST, bearer)

    def host(self, account: str) -> str:
        """The API's: it is one for all."""
        return HOST

    def resolve(self, given: str, client: Client) -> str:
        """The account of the page that has the name or the number."""
        name = parse_account(given.strip())[1].removeprefix("@")
        if not given.strip().startswith(f"{self.name}:") or not _NAME.fullmatch(name):
            raise BadInput(f"account {given[:80]!r}: write it as facebook:ada, or the page's number: facebook:1234")
        return f"{self.name}:{_page(name, client)['id']}"

    def proof(self, account: str, client: Client) -> Proof:
        """The page's websites, and the addresses in what it says about itself; its name is one of its own."""
        page = _page(_id(account), client)
        sites = (text(page, "website") or "").split()[:10]
        named = [site if "://" in site else f"https://{site}" for site in sites]
        links = links_in(" ".join([*named, text(page, "about") or ""]))
        name = (text(page, "username") or "").lower()
        own = [f"{site}/{each}" for each in (page["id"], name) for site in SITES if _NAME.fullmatch(each)]
        return Proof(account, own[0], links, (), tuple(own[1:]))

    def collect(self, account: str, cursor: Cursor | None, client: Client, now: int) -> Iterator[Batch]:
        """Counts and posts with the newest comments, then further comments, a post at a time."""
        me = _id(account)
        state: Cursor = {**FRESH, **(cursor or {})}
        found = Found(self.name, now, client.find)
        page = _page(me, client)
        leave_alone(account, text(page, "about"))
        note_totals(state, found, me, {kind: page[name] for kind, name in _TOTALS.items() if is_count(page.get(name))})
        _look_at_posts(me, state, found, client)
        yield found.batch(state, complete=is_complete(state))
        yield from look_up(state, found, partial(_look_for_comments, me, found, client))


def _id(account: str) -> str:
    network, number = parse_account(account)
    if network != "facebook" or not _ID.fullmatch(number):
        raise BadInput(f"account {account[:80]!r}: a page of Facebook is facebook: and its number")
    return number


def _page(name: str, client: Client) -> Doc:
    page = ask(client, f"{API}/{name}", {"fields": _PAGE}, f"facebook:{name}").json()
    number = text(page, "id") or ""
    if not _ID.fullmatch(number) or (name.isdecimal() and number != name):
        raise Gone(f"facebook:{name}: there is no such page")
    return dict(page)


def _look_at_posts(me: str, state: Cursor, found: Found, client: Client) -> None:
    """Adds the posts, and their comments where all the new ones are shown at once."""
    shown: dict[str, list[Doc]] = {}

    def fetch(token: str | None, _: Mapping[str, str]) -> Answer:
        asked: Params = {"fields": _POST, "limit": _SHOWN, **behind(token)}
        return ask(client, f"{API}/{me}/published_posts", asked, f"facebook:{me}")

    def read(answer: Answer) -> Page:
        edge, posts, oldest = answer.json(), {}, found.now
        for post in posts_in(answer, edge):
            key, at = text(post, "id") or "", time_of(post, "created_time", found)
            if at is not None and _KEY.fullmatch(key):
                oldest, posts[key] = min(oldest, at), _post(me, found, key, post, at)
                shown[key] = listed(inside(post, "comments"))
        return Page(posts, oldest, following(edge))

    for key in walk_posts(state, found, me, fetch, read):
        if is_gone(client, f"{API}/{key}", f"facebook:{me}", found):
            forget(state, key, found, me)
    owe_only(state, {"replies"})
    for key, post in state["posts"].items():
        comments, growth = shown.get(key, []), post["owed"].get("replies", 0)
        if comments and (growth <= len(comments) or not any(text(each, "from", "id") for each in comments)):
            if growth:
                _note_comments(me, found, post, comments)
            state["posts"] = {**state["posts"], key: {**post, "owed": {}}}


def _post(me: str, found: Found, key: str, post: Doc, at: int) -> Doc:
    """Adds a post and the pages that it names; what is remembered of it."""
    uri, url, named = f"facebook:posts/{key}", text(post, "permalink_url"), objects(post.get("message_tags"))
    hashtags = [tag for each in named if (tag := text(each, "name") or "").startswith("#")]
    tags = found.about(hashtags, text(post, "message"))
    pages = [text(each, "id") or "" for each in named if text(each, "type") == "page"]
    pages = [number for number in pages if _ID.fullmatch(number)]
    found.post(me, uri, native=f"posts/{key}", at=at, tags=tags, url=url, mentions=pages)
    counts = {kind: total for kind, path in _COUNTS.items() if is_count(total := inside(post, *path))}
    return {"at": at, "uri": uri, "url": url, "tags": tags[:20], "counts": counts}


def _look_for_comments(me: str, found: Found, client: Client, key: str, post: Doc) -> Doc:
    def fetch(token: str | None) -> tuple[list[Doc], str | None]:
        asked: Params = {"fields": _COMMENT, "order": _ORDER, "limit": _COMMENTS, **behind(token)}
        edge = ask(client, f"{API}/{key}/comments", asked, f"facebook:{me}").json()
        return listed(edge), following(edge)

    for comments in pages_for(post["owed"]["replies"], fetch):
        _note_comments(me, found, post, comments)
    return {}


def _note_comments(me: str, found: Found, post: Doc, comments: list[Doc]) -> None:
    """Adds those comments whose authors are shown; the page's own are none."""
    for comment in comments:
        who, key = text(comment, "from", "id") or "", text(comment, "id") or ""
        if _ID.fullmatch(who) and who != me and _KEY.fullmatch(key):
            at, native = time_of(comment, "created_time", found), f"comments/{key}:Reply"
            if at is not None:
                found.deed("Reply", who, me, post["uri"], at=at, native=native, tags=post["tags"], url=post["url"])
