"""X: a person's posts and their counts, and who reposted, quoted, answered and mentioned. Every thing shown costs.

Each call says what it can cost, and the client keeps to the day's budget. Therefore the first visit looks back a week
only; posts of the last week are looked at again in one call; people are looked up for a few posts a visit, and only
where a count grew; followers are a count. Likers are shown to a user's own token only: likes are counts. Whom the
person answers or reposts is seen from the other side. People and posts are known by their numbers, and nothing else of
them is kept; who protects their posts is left alone.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from ..activity import parse_account
from ..errors import BadInput, FatalError, Gone, RetriableError, SkippableError, Unwanted
from ..formats.jsontext import Doc, inside, text
from ..formats.times import rfc3339
from .answer import Answer
from .base import DAY, REFETCH, Batch, Cursor, Found, Proof, Secret, bearer, is_count, links_in, objects, pages
from .budget import Rate
from .client import Client, Params, Price
from .window import FRESH, Page, forget, is_complete, look_up, note_totals, walk_posts

HOST: Final = "api.x.com"
RATE: Final = Rate(1 / 6, 20)
"""150 requests in 15 minutes: each of the two lists of people behind a post allows 75, everything else 300."""

POST: Final = 5_000
USER: Final = 10_000
"""What one costs to read, in millionths of a dollar. What comes along with others is counted as if it cost as much."""

_NAME: Final = re.compile(r"@?([A-Za-z0-9_]{1,15})")
_ID: Final = re.compile(r"[0-9]{1,19}")
_COUNTS: Final = {
    "likes": "like_count",
    "shares": "repost_count",
    "replies": "reply_count",
    "quotes": "quote_count",
    "views": "impression_count",
}
_TOTALS: Final = {"followers": "followers_count", "following": "following_count", "posts": "post_count"}
_FIELDS: Final = "conversation_id,created_at,display_text_range,entities,public_metrics"
_PAGE: Final = 20
_PAGES: Final = 5
_MOST: Final = 100
_FEW: Final = 5
_CROWD: Final = 300
"""The people behind a count who are looked up at most; behind so many of all posts, no further post's are."""

_AGAIN: Final = "again"
_GONE: Final = {"resource-not-found", "not-authorized-for-resource"}
_UNREAD: Final[Doc] = {"open": False, "since": None, "top": None, "until": None}
"""Mentions are read from the newest one, `top`, back to that of the last time, `since`; `until` is how far."""


class X:
    """X's connector; an account is `x:<the user's number>`, and may be given as `x:@name`."""

    name = "x"
    collects = "profile counts, posts with counts, who reposted, quoted, answered, mentioned"
    secret: Secret | None = Secret(HOST, bearer)

    def host(self, account: str) -> str:
        """The API's."""
        return HOST

    def resolve(self, given: str, client: Client) -> str:
        """The account, if there is such a user; a name that is all digits needs its @."""
        name = parse_account(given)[1]
        if not _NAME.fullmatch(name) and not _ID.fullmatch(name):
            raise BadInput(f"account {given[:80]!r}: write it as x:@ada, or as x: and the user's number")
        path = f"users/{name}" if _ID.fullmatch(name) else f"users/by/username/{name.removeprefix('@')}"
        return f"{self.name}:{_user(given, path, client)['id']}"

    def proof(self, account: str, client: Client) -> Proof:
        """The profile's website and the addresses in what the person says."""
        doc = _user(account, f"users/{_number(account)}", client, "description,entities,username")
        listed = [each for part in ("url", "description") for each in objects(inside(doc, "entities", part, "urls"))]
        said = [text(each, "expanded_url") or "" for each in listed]
        links = links_in(" ".join((*said, text(doc, "description") or "")))
        return Proof(account, f"https://x.com/{text(doc, 'username') or ''}", links)

    def collect(self, account: str, cursor: Cursor | None, client: Client, now: int) -> Iterator[Batch]:
        """Profile and posts, then what mentions the person, a page at a time, then people, a few posts a visit.

        A visit that goes on with what one of the same day owed pays for nothing else.
        """
        state: Cursor = {**FRESH, "post": None, "mentions": _UNREAD, **(cursor or {})}
        visit = _Visit(_number(account), state, Found(self.name, now, client.find), client)
        is_done = is_complete(state) and not state["mentions"]["open"]
        if is_done or now - state["since"] > DAY // 2:
            _look_at_profile(visit)
            _look_at_posts(visit)
            state["mentions"] = {**state["mentions"], "open": True}
            yield visit.found.batch(state)
        for _ in range(_PAGES):
            if state["mentions"]["open"]:
                _look_at_mentions(visit)
                yield visit.found.batch(state, complete=is_complete(state) and not state["mentions"]["open"])
        for batch in look_up(state, visit.found, partial(_look_for_people, visit), _FEW):
            yield replace(batch, complete=batch.complete and not state["mentions"]["open"])
            if visit.crowd >= _CROWD:
                return


@dataclass
class _Visit:
    """What a visit has at hand; `crowd` is how many people were looked up on it."""

    me: str
    state: Cursor
    found: Found
    client: Client
    crowd: int = 0

    def after(self, newest: str | None) -> dict[str, str]:
        """How to ask for what is newer than the newest that is known, or than a week."""
        return {"since_id": newest} if newest else {"start_time": rfc3339(self.found.now - REFETCH)}


def _number(account: str) -> str:
    number = parse_account(account)[1]
    if not _ID.fullmatch(number):
        raise BadInput(f"account {account[:80]!r}: the account is x: and the user's number")
    return number


def _ask(client: Client, path: str, params: Params, most: int, each: int) -> Answer:
    """What the API answers; it can cost `most` millionths of a dollar, of which `each` for a thing in its data."""
    if not client.opens(HOST):
        raise FatalError("x: there is no token; make an app, buy credits, and set its bearer token")
    price = Price(most, partial(_cost, most, each))
    answer = client.get(f"https://{HOST}/2/{path}", params, rate=RATE, allow={402}, price=price)
    if answer.status == 402:
        raise FatalError("x: the credits are used up: buy some, or leave X out")
    return answer


def _cost(most: int, each: int, answer: Answer) -> int:
    """What an answer costs; the most, if it cannot be read."""
    if answer.status != 200:
        return 0
    try:
        doc = answer.json()
    except (RetriableError, SkippableError):
        return most
    data, more = inside(doc, "data"), inside(doc, "includes")
    number = len(data) if isinstance(data, list) else 1
    return number * each + len(objects(inside(more, "posts"))) * POST + len(objects(inside(more, "users"))) * USER


def _user(account: str, path: str, client: Client, fields: str = "protected") -> Doc:
    doc = _ask(client, path, {"user.fields": fields}, USER, USER).json()
    user = inside(doc, "data")
    if _ID.fullmatch(text(user, "id") or ""):
        return dict(user)
    if _problems(doc) & _GONE:
        raise Gone(f"{account}: there is no such user, or they are not shown")
    raise RetriableError(f"https://{HOST}/2/{path}: answered without a user")


def _problems(doc: Any, about: str | None = None) -> set[str]:
    """The kinds of problems that an answer tells of (with one of the things that were asked for)."""
    told = objects(inside(doc, "errors"))
    its = [each for each in told if about in (None, text(each, "resource_id"), text(each, "value"))]
    return {(text(each, "type") or "").rpartition("/")[2] for each in its}


def _look_at_profile(visit: _Visit) -> None:
    doc = _user(f"x:{visit.me}", f"users/{visit.me}", visit.client, "protected,public_metrics")
    if doc.get("protected") is True:
        raise Unwanted(f"x:{visit.me}: the posts are protected, which asks not to be collected")
    totals = {kind: inside(doc, "public_metrics", name) for kind, name in _TOTALS.items()}
    note_totals(visit.state, visit.found, visit.me, totals)


def _look_at_posts(visit: _Visit) -> None:
    """New posts, then those of the last week once more, in one call: who is not there any more is deleted."""
    state, found = visit.state, visit.found
    recent = {key: post["at"] for key, post in state["posts"].items() if post["at"] > state["since"] - REFETCH}
    again = sorted(recent, key=lambda key: (-recent[key], key))[:_MOST]
    unclear = set(recent) - set(again)
    newest, asked, pages_read = visit.after(state["post"]), {"post.fields": _FIELDS}, 0

    def ask(token: str | None, _: Mapping[str, str]) -> Answer:
        if token == _AGAIN:
            number = len(again)
            return _ask(visit.client, "tweets", {"ids": ",".join(again), **asked}, number * POST, POST)
        page: Params = {"max_results": _PAGE, "exclude": "retweets", **newest, **asked}
        page = {**page, "pagination_token": token} if token else page
        return _ask(visit.client, f"users/{visit.me}/tweets", page, _PAGE * POST, POST)

    def read(answer: Answer) -> Page:
        nonlocal pages_read
        doc, pages_read = answer.json(), pages_read + 1
        is_again = answer.url.endswith("/2/tweets")
        posts = {key: post for each in objects(inside(doc, "data")) for key, post in _post(visit, each)}
        if is_again:
            if not posts and not _problems(doc):
                raise RetriableError(f"{answer.url}: answered without posts")
            unclear.update(key for key in again if _problems(doc, key) - _GONE)
            return Page(posts, found.now, None)
        state["post"] = max((state["post"], *posts), key=lambda key: int(key or 0))
        following = text(inside(doc, "meta"), "next_token") if pages_read < _PAGES else None
        return Page(posts, found.now, following or (_AGAIN if again else None))

    for key in walk_posts(state, found, visit.me, ask, read):
        if key not in unclear:
            forget(state, key, found, visit.me)
    state["posts"] = {key: {**post, "owed": _to_be_looked_up(post["owed"])} for key, post in state["posts"].items()}


def _to_be_looked_up(owed: Mapping[str, int]) -> dict[str, int]:
    return {kind: growth for kind, growth in owed.items() if kind in ("shares", "quotes")}


def _uri(key: str) -> str:
    return f"x:posts/{key}"


def _url(key: str) -> str:
    return f"https://x.com/i/status/{key}"


def _tags(post: Any) -> list[str]:
    return [text(tag, "tag") or "" for tag in objects(inside(post, "entities", "hashtags"))]


def _post(visit: _Visit, post: Doc) -> Iterator[tuple[str, Doc]]:
    """Adds a post of the account; gives its key and what is remembered of it, if it is one."""
    key, at = text(post, "id") or "", visit.found.time(text(post, "created_at"))
    if at is None or not _ID.fullmatch(key):
        return
    is_first = text(post, "conversation_id") in (None, key)  # the mentions in an answer are those it answers to
    named = [text(each, "id") or "" for each in objects(inside(post, "entities", "mentions"))] if is_first else []
    mentions = [who for who in named if _ID.fullmatch(who)]
    tags = visit.found.about(_tags(post), text(post, "text"))
    visit.found.post(visit.me, _uri(key), native=f"posts/{key}", at=at, tags=tags, url=_url(key), mentions=mentions)
    given = {kind: inside(post, "public_metrics", name) for kind, name in _COUNTS.items()}
    counts = {kind: total for kind, total in given.items() if is_count(total)}
    yield key, {"at": at, "uri": _uri(key), "url": _url(key), "tags": tags, "counts": counts}


def _authors(doc: Any, me: str) -> set[str | None]:
    """Those who came along with posts and may be named."""
    people = objects(inside(doc, "includes", "users"))
    return {text(who, "id") for who in people if who.get("protected") is not True} - {me}


def _look_at_mentions(visit: _Visit) -> None:
    """A page of what answers or mentions the person."""
    state, read = visit.state, visit.state["mentions"]
    params: Params = {
        "max_results": _PAGE,
        "post.fields": _FIELDS,
        "expansions": "author_id,referenced_posts",
        "user.fields": "protected",
        **visit.after(read["since"]),
        **({"until_id": read["until"]} if read["until"] else {}),
    }
    most = _PAGE * (POST + USER + 2 * POST)  # its author, what it answers, what it quotes
    doc = _ask(visit.client, f"users/{visit.me}/mentions", params, most, POST).json()
    given = [post for post in objects(inside(doc, "data")) if _ID.fullmatch(text(post, "id") or "")]
    shown = {text(post, "id"): post for post in objects(inside(doc, "includes", "posts"))}
    authors = _authors(doc, visit.me)
    for post in given:
        if text(post, "author_id") in authors:
            _mention(visit, post, shown)
    ids = sorted((post["id"] for post in given), key=int)
    top = read["top"] or (ids[-1] if ids else read["since"])
    is_more = ids and ids[0] != read["until"] and text(inside(doc, "meta"), "next_token")
    more = {"open": True, "since": read["since"], "top": top, "until": ids[0]} if is_more else {"since": top}
    state["mentions"] = {**_UNREAD, **more}


def _mention(visit: _Visit, post: Doc, shown: Mapping[str | None, Doc]) -> None:
    """Adds what a post does to the person: it answers or quotes a post of theirs, or names them."""
    who, key, at = post["author_id"], post["id"], text(post, "created_at")
    refers = {text(each, "type"): text(each, "id") or "" for each in objects(post.get("referenced_posts"))}
    is_done = "retweeted" in refers
    for kind, verb in (("replied_to", "Reply"), ("quoted", "Quote")):
        to = refers.get(kind, "")
        if to in visit.state["posts"] or text(shown.get(to), "author_id") == visit.me:
            tags = _tags(shown.get(to)) or inside(visit.state["posts"], to, "tags") or []
            native = f"posts/{key}:{verb}"
            visit.found.deed(verb, who, visit.me, _uri(to), at=at, native=native, tags=tags, url=_url(key))
            is_done = True
    if not is_done and _names(post, visit.me):
        native = f"posts/{key}:Mention:x:{visit.me}"
        visit.found.deed("Mention", who, visit.me, _uri(key), at=at, native=native, tags=_tags(post), url=_url(key))


def _names(post: Doc, me: str) -> bool:
    """Whether its author wrote the name: that of all who talk before is put in front of an answer."""
    shown = inside(post, "display_text_range")
    begins = shown[0] if isinstance(shown, list) and shown and is_count(shown[0]) else 0
    named = [each for each in objects(inside(post, "entities", "mentions")) if text(each, "id") == me]
    return any(is_count(each.get("start")) and each["start"] >= begins for each in named)


def _look_for_people(visit: _Visit, key: str, post: Doc) -> Doc:
    """Adds who reposted and who quoted a post since the last time."""
    me, found, tags = visit.me, visit.found, post["tags"]
    for kind, growth in post["owed"].items():
        for doc in _crowd(visit, key, kind, growth):
            given, authors = objects(inside(doc, "data")), _authors(doc, me)
            visit.crowd += len(given)
            for each in given:
                id_, author = text(each, "id") or "", text(each, "author_id")
                if not _ID.fullmatch(id_):
                    continue
                if kind == "quotes" and author and author in authors:
                    at, native = text(each, "created_at"), f"posts/{id_}:Quote"
                    found.deed("Quote", author, me, post["uri"], at=at, native=native, tags=tags, url=_url(id_))
                elif kind == "shares" and id_ != me and each.get("protected") is not True:
                    found.deed("Announce", id_, me, post["uri"], at=None, tags=tags, url=post["url"])
    return {}


def _crowd(visit: _Visit, key: str, kind: str, growth: int) -> Iterator[Any]:
    """Pages of those who are new behind a count, and of some more, since others may have left."""
    left = min(growth + growth // 4 + 2, _CROWD)
    path, fewest, most, each, more = {
        "shares": ("retweeted_by", 1, USER, USER, {}),
        "quotes": ("quote_tweets", 10, POST + USER, POST, {"post.fields": "created_at", "expansions": "author_id"}),
    }[kind]

    def fetch(token: str | None) -> tuple[Any, str | None]:
        number = min(max(left, fewest), _MOST)
        asked: Params = {"max_results": number, "user.fields": "protected", **more}
        asked = {**asked, "pagination_token": token} if token else asked
        doc = _ask(visit.client, f"tweets/{key}/{path}", asked, number * most, each).json()
        return doc, text(inside(doc, "meta"), "next_token")

    for doc in pages(fetch, _CROWD // _MOST):
        yield doc
        left -= len(objects(inside(doc, "data")))
        if left <= 0:
            return
