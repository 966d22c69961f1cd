"""Hacker News: karma and posts of a person, and who replied. Votes are secret: they are counts, never people.

Posts come from Algolia's search, by time, without their text; who a person is, and whether a post still stands, from
the official API on Firebase. Replies are the comments in the stories of the last fortnight (later no more are taken)
whose parent is the person's.
"""

import html
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from ..activity import parse_account
from ..errors import BadInput, Gone
from ..formats.html_text import bare_text
from ..formats.jsontext import Doc, inside, text
from .base import (
    BACKFILL,
    DAY,
    MOST_POSTS,
    REFETCH,
    Batch,
    Cursor,
    Found,
    Proof,
    Secret,
    hashtags_in,
    is_count,
    links_in,
    newest,
    objects,
    pages,
)
from .budget import Rate
from .client import Client

SEARCH: Final = "https://hn.algolia.com/api/v1/search_by_date"
FIREBASE: Final = "https://hacker-news.firebaseio.com/v0"
SITE: Final = "https://news.ycombinator.com"
RATE: Final = Rate(2.0, 10)  # of 10,000 an hour for each address

_USER: Final = re.compile(r"[A-Za-z0-9_-]{2,15}")
_FIELDS: Final = "author,created_at_i,parent_id,story_id,story_url,title,url,points,num_comments"
_PAGE: Final = 500
_PAGES: Final = 4
_OPEN: Final = 14 * DAY
_STORIES: Final = 50


class HackerNews:
    """Hacker News' connector; an account is `hackernews:<user>`, with upper and lower case as they are."""

    name = "hackernews"
    collects = "karma, stories and comments with points, who replied"
    secret: Secret | None = None

    def host(self, account: str) -> str:
        """Algolia's: nearly everything is asked there."""
        return "hn.algolia.com"

    def resolve(self, given: str, client: Client) -> str:
        """The account, if there is such a user."""
        user = _user(given)
        _known(user, client.get(_profile(user), rate=RATE).json())
        return f"{self.name}:{user}"

    def proof(self, account: str, client: Client) -> Proof:
        """The addresses in the user's own words."""
        user = _user(account)
        doc = _known(user, client.get(_profile(user), rate=RATE).json())
        about = re.sub(r"<[^<>]*>", " ", html.unescape(text(doc, "about") or ""))
        return Proof(account, f"{SITE}/user?id={user}", links_in(about))

    def collect(self, account: str, cursor: Cursor | None, client: Client, now: int) -> Iterator[Batch]:
        """Karma and posts, then the replies in some stories at a time."""
        user = _user(account)
        state: Cursor = {"since": 0, "karma": None, "profile": {}, "items": {}, "owed": {}, **(cursor or {})}
        found = Found(self.name, now, client.find)
        _look_at_profile(user, state, found, client)
        _look_at_posts(user, state, found, client)
        yield found.batch(state, complete=not state["owed"])
        while state["owed"]:
            stories = dict(list(state["owed"].items())[:_STORIES])
            _look_for_replies(user, stories, state["items"], found, client)
            state["owed"] = {story: since for story, since in state["owed"].items() if story not in stories}
            yield found.batch(state, complete=not state["owed"])


def _user(account: str) -> str:
    user = parse_account(account)[1]
    if not _USER.fullmatch(user):
        raise BadInput(f"{account[:80]!r}: a user of Hacker News has 2 to 15 letters, digits, - and _")
    return user


def _profile(user: str) -> str:
    return f"{FIREBASE}/user/{user}.json"


def _known(user: str, doc: Any) -> Doc:
    if text(doc, "id") != user:
        raise Gone(f"hackernews:{user}: there is no such user")
    return dict(doc)


def _address(item: str) -> str:
    return f"{SITE}/item?id={item}"


def _look_at_profile(user: str, state: Cursor, found: Found, client: Client) -> None:
    answer = client.get(_profile(user), headers=state["profile"], rate=RATE)
    if answer.unchanged:
        return
    karma = _known(user, answer.json()).get("karma")
    if karma != state["karma"]:
        found.counts(user, None, {"karma": karma})
    state.update(karma=karma, profile=answer.validators)


def _look_at_posts(user: str, state: Cursor, found: Found, client: Client) -> None:
    since = state["since"] - REFETCH if state["since"] else found.now - BACKFILL
    known, items = state["items"], {}
    for hit in _search(f"author_{user}", since, client):
        item = {
            "at": hit["created_at_i"],
            "story": str(hit["story_id"]) if is_count(hit.get("story_id")) else hit["objectID"],
            "tags": _tags(hit, found),
            "counts": {"points": hit.get("points"), "comments": hit.get("num_comments")},
        }
        items[hit["objectID"]] = item
        page = _address(hit["objectID"])
        found.deed("Create", user, user, page, at=item["at"], native=hit["objectID"], tags=item["tags"])
        if item["counts"] != inside(known, hit["objectID"], "counts"):
            found.counts(user, page, item["counts"])
    reached = since if len(items) < _PAGE * _PAGES else min(item["at"] for item in items.values())
    missing = [number for number in known if number not in items and known[number]["at"] > reached]
    gone = [number for number in missing[:MOST_POSTS] if _is_gone(number, client)]
    for number in gone:
        found.deed("Delete", user, user, _address(number), at=None)
    for number, item in known.items():
        if number not in gone and (item["at"] > found.now - _OPEN or item["story"] in state["owed"]):
            items.setdefault(number, item)
    open_ = {item["story"] for item in items.values() if not state["since"] or item["at"] > found.now - _OPEN}
    state["owed"] = {**dict.fromkeys(sorted(open_), since), **state["owed"]}
    state["items"] = newest(items)
    state["since"] = max(state["since"], found.now)


def _tags(hit: Doc, found: Found) -> list[str]:
    """The hashtags and the site of a story or of what is commented on, and the topics of what is said."""
    tags = [*hashtags_in(text(hit, "title") or ""), *_domain(text(hit, "url") or text(hit, "story_url"))]
    return found.about(tags, text(hit, "title"), bare_text(text(hit, "story_text") or text(hit, "comment_text") or ""))


def _look_for_replies(user: str, stories: dict[str, int], items: Doc, found: Found, client: Client) -> None:
    tags = f"comment,({','.join(f'story_{story}' for story in stories)})"
    for hit in _search(tags, min(stories.values()), client):
        parent, author = str(hit.get("parent_id")), text(hit, "author") or ""
        if parent in items and author != user and _USER.fullmatch(author):
            reply = f"{hit['objectID']}:Reply"
            url = _address(hit["objectID"])
            found.deed(
                "Reply", author, user, _address(parent), at=hit["created_at_i"], native=reply,
                tags=items[parent]["tags"], url=url,
            )  # fmt: skip


def _search(tags: str, since: int, client: Client) -> Iterator[Doc]:
    """The items with these tags that are newer than `since`, newest first; each has a number and a time."""

    def fetch(before: str | None) -> tuple[list[Doc], str | None]:
        until = f",created_at_i<{before}" if before else ""
        answer = client.get(
            SEARCH,
            {
                "tags": tags,
                "numericFilters": f"created_at_i>{since}{until}",
                "hitsPerPage": _PAGE,
                "attributesToRetrieve": _FIELDS,
                "attributesToHighlight": "none",
            },
            rate=RATE,
        )
        given = objects(inside(answer.json(), "hits"))
        hits = [hit for hit in given if _is_item(hit)]
        oldest = min((hit["created_at_i"] for hit in hits), default=0)
        return hits, str(oldest + 1) if len(given) >= _PAGE else None  # + 1: of one second, some may be on the next

    for hits in pages(fetch, _PAGES):
        yield from hits


def _is_item(hit: Doc) -> bool:
    return bool(re.fullmatch(r"\d{1,12}", text(hit, "objectID") or "")) and is_count(hit.get("created_at_i"))


def _is_gone(number: str, client: Client) -> bool:
    doc = client.get(f"{FIREBASE}/item/{number}.json", rate=RATE).json()
    return doc is None or inside(doc, "deleted") is True or inside(doc, "dead") is True


def _domain(url: str | None) -> list[str]:
    """What a story's address is a topic of: its host, without www."""
    try:
        host = urlsplit(url or "").hostname
    except ValueError:
        host = None
    return [host.removeprefix("www.")] if host else []
