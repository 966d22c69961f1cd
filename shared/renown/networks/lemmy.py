"""Lemmy: a person's posts and comments, and who replied. Who voted is told to administrators only: votes are counts.

An account's own server is asked, by API version 3. A post's topics are its community and the hashtags of its title.
Whom the person answers is seen from the other side. Bots are no people, and who asks so on their profile (#nobot) is
left alone.
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from ..activity import parse_account
from ..errors import BadInput, Gone, SkippableError, Unwanted
from ..formats.jsontext import Doc, inside, text
from .answer import Answer
from .base import Batch, Cursor, Found, Proof, Secret, hashtags_in, is_count, links_in, objects
from .client import Client, Params
from .window import FRESH, Page, forget, is_complete, look_up, note_totals, pages_for, walk_posts

_NAME: Final = re.compile(r"@?([a-z0-9_]{1,255})@([a-z0-9.-]{4,253})")
_USER: Final = re.compile(r"[A-Za-z0-9_]{1,255}")
_NOT_ME: Final = re.compile(r"#(?:nobots?|noindex)\b", re.IGNORECASE)
_PATH: Final = re.compile(r"0(?:\.\d{1,12}){1,200}")
_KINDS: Final = {"post": ("posts", "comments"), "comment": ("comments", "child_count")}
"""What a person writes: under which key it is listed, and its count of replies."""

_PAGE: Final = 50
_NOT_THERE: Final = (400, 404)


class Lemmy:
    """Lemmy's connector; an account is `lemmy:<user>@<domain>` in lower case."""

    name = "lemmy"
    collects = "posts and comments with counts, who replied"
    secret: Secret | None = None

    def host(self, account: str) -> str:
        """The account's own server."""
        return _name(account)[1]

    def resolve(self, given: str, client: Client) -> str:
        """The account, if its server knows it."""
        home = _Home(given, client)
        home.known(home.shown(1))
        return f"{self.name}:{home.me}"

    def proof(self, account: str, client: Client) -> Proof:
        """The addresses in what the profile says."""
        home = _Home(account, client)
        person = home.known(home.shown(1))["person_view"]["person"]
        return Proof(f"{self.name}:{home.me}", f"{home.site}/u/{home.user}", links_in(text(person, "bio") or ""))

    def collect(self, account: str, cursor: Cursor | None, client: Client, now: int) -> Iterator[Batch]:
        """Counts, posts and comments, then the replies to one post or comment at a time."""
        state: Cursor = {**FRESH, **(cursor or {})}
        home, found = _Home(account, client), Found(self.name, now, client.find)
        _look_at_posts(home, state, found)
        yield found.batch(state, complete=is_complete(state))
        yield from look_up(state, found, partial(_look_for_replies, home, found))


def _name(account: str) -> tuple[str, str]:
    given = account.removeprefix("lemmy:").strip().lower()
    match = _NAME.fullmatch(given)
    if not match:
        raise BadInput(f"account {account[:80]!r}: write it as lemmy:ada@example.social")
    parse_account(f"lemmy:{given}")
    return match[1], match[2]


class _Home:
    """An account's own server."""

    def __init__(self, account: str, client: Client) -> None:
        self.user, self.domain = _name(account)
        self.me, self.site, self.client = f"{self.user}@{self.domain}", f"https://{self.domain}", client

    def get(self, path: str, params: Params) -> Answer:
        """The answer of the server's API; of status 400 or 404 where there is nothing, or it is not shown."""
        return self.client.get(f"{self.site}/api/v3/{path}", params, allow=_NOT_THERE)

    def shown(self, page: int) -> Answer:
        """The profile, and a page of posts and of comments."""
        return self.get("user", {"username": self.user, "sort": "New", "limit": _PAGE, "page": page})

    def known(self, answer: Answer) -> Doc:
        """What is shown of the account, if it is there."""
        doc = answer.json()
        if _says_nothing_is_there(answer.status, doc):
            raise Gone(f"lemmy:{self.me}: there is no such account")
        person = inside(doc, "person_view", "person")
        if answer.status != 200:
            raise SkippableError(f"{answer.url}: HTTP {answer.status}: {ascii(text(doc, 'error') or '')[:80]}")
        if (text(person, "name") or "").lower() != self.user or inside(person, "deleted") is True:
            raise Gone(f"lemmy:{self.me}: there is no such account")
        if _NOT_ME.search(f"{text(person, 'bio') or ''} {text(person, 'display_name') or ''}"):
            raise Unwanted(f"lemmy:{self.me}: the profile asks not to be read by bots")
        return dict(doc)

    def replies(self, params: Params, token: str | None) -> tuple[list[Doc], str | None]:
        """A page of comments, newest first, and the next one's number."""
        page = int(token or 1)
        asked: Params = {**params, "type_": "All", "sort": "New", "limit": _PAGE, "page": page}
        answer = self.get("comment/list", asked)
        given = objects(inside(answer.json(), "comments")) if answer.status == 200 else []
        return given, str(page + 1) if len(given) >= _PAGE else None


def _says_nothing_is_there(status: int, doc: Any) -> bool:
    """Older servers say it with status 400 and a word."""
    return status == 404 or (status == 400 and (text(doc, "error") or "").startswith("couldnt_find"))


def _look_at_posts(home: _Home, state: Cursor, found: Found) -> None:
    page = 1

    def ask(token: str | None, _: Mapping[str, str]) -> Answer:
        return home.shown(int(token or 1))

    def read(answer: Answer) -> Page:
        nonlocal page
        doc, page = home.known(answer), page + 1
        posts: dict[str, Doc] = {}
        reached, is_last = 0, True
        for kind, (listed, _) in _KINDS.items():
            given = [(view, _published(found, view, kind)) for view in objects(doc.get(listed))]
            times = [at for _, at in given if at is not None]
            posts |= {key: post for view, at in given if at for key, post in _post(home, found, view, kind, at)}
            if len(given) >= _PAGE:  # of the other list, all was there
                reached, is_last = max(reached, min(times, default=0)), False
        counts = inside(doc, "person_view", "counts")
        totals = {"posts": inside(counts, "post_count"), "comments": inside(counts, "comment_count")}
        note_totals(state, found, home.me, totals)
        return Page(posts, reached, None if is_last else str(page))

    for key in walk_posts(state, found, home.me, ask, read):
        kind, _, number = key.partition("/")
        answer = home.get(kind, {"id": number})
        doc = answer.json()
        item = inside(doc, f"{kind}_view", kind)
        if _says_nothing_is_there(answer.status, doc) or _is_deleted(item):
            forget(state, key, found, home.me)


def _published(found: Found, view: Doc, kind: str) -> int | None:
    """When it was published; servers before 0.19 leave out that it is in UTC."""
    at = text(view, kind, "published") or ""
    return found.time(at if re.search(r"Z$|[+-]\d\d:\d\d$", at) else f"{at}Z")


def _is_deleted(item: Any) -> bool:
    return inside(item, "deleted") is True or inside(item, "removed") is True


def _post(home: _Home, found: Found, view: Doc, kind: str, at: int) -> Iterator[tuple[str, Doc]]:
    """Adds a post or comment of the account; gives its key and what is remembered of it, if it is one."""
    uri, number = text(view, kind, "ap_id"), inside(view, kind, "id")
    if not uri or not is_count(number) or _is_deleted(view[kind]) or _person(view) != home.me:
        return
    given_tags = [text(view, "community", "name") or "", *hashtags_in(text(view, "post", "name") or "")]
    heading = text(view, "post", "name") if kind == "post" else None
    tags = found.about(given_tags, heading, text(view, kind, "body") or text(view, kind, "content"))
    found.post(home.me, uri, native=uri, at=at, tags=tags)
    given = {name: inside(view, "counts", name) for name in ("upvotes", "downvotes")}
    given["replies"] = inside(view, "counts", _KINDS[kind][1])
    counts = {name: total for name, total in given.items() if is_count(total)}
    yield f"{kind}/{number}", {"at": at, "uri": uri, "url": uri, "tags": tags, "counts": counts}


def _person(view: Doc) -> str | None:
    """Who wrote it, under the name that their own server gives them; bots and who is banned are nobody."""
    creator = view.get("creator")
    name = text(creator, "name") or ""
    try:
        domain = urlsplit(text(creator, "actor_id") or "").hostname or ""
    except ValueError:
        return None
    is_person = not any(inside(creator, flag) is True for flag in ("bot_account", "banned", "deleted"))
    account = f"{name}@{domain}".lower()
    return account if is_person and _USER.fullmatch(name) and _NAME.fullmatch(account) else None


def _look_for_replies(home: _Home, found: Found, key: str, post: Doc) -> Doc:
    kind, _, number = key.partition("/")
    asked: Params = {"post_id" if kind == "post" else "parent_id": number}
    for comments in pages_for(post["owed"].get("replies", 0), partial(home.replies, asked)):
        for view in comments:
            who, uri, path = _person(view), text(view, "comment", "ap_id"), text(view, "comment", "path") or ""
            if not _PATH.fullmatch(path) or _is_deleted(view["comment"]) or path.split(".")[-2] != _above(kind, number):
                continue  # an answer to somebody else below
            if who and uri and who != home.me and (at := _published(found, view, "comment")):
                tags = post["tags"]
                found.deed("Reply", who, home.me, post["uri"], at=at, native=f"{uri}:Reply", tags=tags, url=uri)
    return {}


def _above(kind: str, number: str) -> str:
    """What stands in a reply's path before its own number."""
    return "0" if kind == "post" else number
