"""Discourse forums: a person's topics, posts and likes, and who liked them and replied.

A forum is asked as anybody may ask: what it hides from strangers (most of what happened to a person, by the lists of
it) is found at the posts themselves. A post that replies to nobody in particular replies to who began the topic.
Likes received have no time here: they are as old as our first sight of them. Forums in a folder of their host are
not known.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from ..activity import parse_account
from ..errors import BadInput, Gone, SkippableError, Unwanted
from ..formats.html_text import bare_text
from ..formats.jsontext import Doc, inside, text
from .answer import Answer
from .base import (
    BACKFILL,
    MOST_PAGES,
    MOST_POSTS,
    REFETCH,
    Batch,
    Cursor,
    Found,
    Proof,
    Secret,
    To,
    is_count,
    links_in,
    newest,
    objects,
    pages,
)
from .budget import Rate
from .client import Client, Params
from .window import note_totals

RATE: Final = Rate(1.0, 10)
"""Of 200 requests a minute for each address, and 50 in ten seconds."""

_NAME: Final = re.compile(r"@?(\w[\w.-]{0,59})@([a-z0-9.-]{4,253})")
_USER: Final = re.compile(r"\w[\w.-]{0,59}")
_LIKE, _TOPIC, _REPLY = 1, 4, 5
_ACTIONS: Final = 30
_LIKES: Final = 200
_POSTS: Final = 20
_REPLIES: Final = 20
_TOTALS: Final = {"likes": "likes_received", "topics": "topic_count", "posts": "post_count"}


class Discourse:
    """Discourse's connector; an account is `discourse:<user>@<forum's host>` in lower case."""

    name = "discourse"
    collects = "counts, topics, posts and likes given, who liked and replied"
    secret: Secret | None = None

    def host(self, account: str) -> str:
        """The forum."""
        return _name(account)[1]

    def resolve(self, given: str, client: Client) -> str:
        """The account, if its forum shows it to strangers."""
        forum = _Forum(given, client)
        forum.profile()
        return f"{self.name}:{forum.me}"

    def proof(self, account: str, client: Client) -> Proof:
        """The addresses in the profile: the website and what the person says."""
        forum = _Forum(account, client)
        doc = forum.profile()
        said = links_in(f"{text(doc, 'website') or ''} {text(doc, 'bio_cooked') or ''}")
        return Proof(f"{self.name}:{forum.me}", f"{forum.site}/u/{forum.user}", said)

    def collect(self, account: str, cursor: Cursor | None, client: Client, now: int) -> Iterator[Batch]:
        """Counts and what the person did, then a topic with posts of theirs at a time, and who reacted there."""
        state: Cursor = {"since": 0, "posts": {}, "owed": [], "categories": {}, **(cursor or {})}
        forum, found = _Forum(account, client), Found(self.name, now, client.find)
        forum.profile()
        summary = forum.shown(f"/u/{forum.user}/summary.json")
        note_totals(state, found, forum.me, {kind: inside(summary, "user_summary", n) for kind, n in _TOTALS.items()})
        _look_at_actions(forum, state, found)
        yield found.batch(state, complete=not state["owed"])
        for _ in range(MOST_POSTS):
            if not state["owed"]:
                return
            done = {state["owed"][0]}
            try:
                done |= _look_at_topic(forum, state, found, state["owed"][0])
            except SkippableError as error:  # it must not stand in the way of the others
                found.rejects.append(str(error))
            state["owed"] = [key for key in state["owed"] if key not in done]
            yield found.batch(state, complete=not state["owed"])


def _name(account: str) -> tuple[str, str]:
    given = account.removeprefix("discourse:").strip().lower()
    match = _NAME.fullmatch(given)
    if not match:
        raise BadInput(f"account {account[:80]!r}: write it as discourse:ada@forum.example")
    parse_account(f"discourse:{given}")
    return match[1], match[2]


class _Forum:
    """An account's forum."""

    def __init__(self, account: str, client: Client) -> None:
        self.user, self.domain = _name(account)
        self.me, self.site, self.client = f"{self.user}@{self.domain}", f"https://{self.domain}", client

    def get(self, path: str, params: Params | None = None) -> Answer:
        """The answer of the forum; of status 403, 404 or 410 where it shows strangers nothing there."""
        return self.client.get(f"{self.site}{path}", params, rate=RATE, allow={403, 404, 410})

    def shown(self, path: str, params: Params | None = None) -> Any:
        """The JSON of the answer; None where nothing is shown."""
        answer = self.get(path, params)
        return answer.json() if answer.status == 200 else None

    def profile(self) -> Doc:
        """The account's profile."""
        answer = self.client.get(f"{self.site}/u/{self.user}.json", rate=RATE, allow={404, 410})
        doc: Any = inside(answer.json(), "user") if answer.status == 200 else None
        if (text(doc, "username") or "").lower() != self.user:
            raise Gone(f"discourse:{self.me}: there is no such account, or it is not shown to strangers")
        if inside(doc, "profile_hidden") is True:
            raise Unwanted(f"discourse:{self.me}: the profile is hidden, which asks not to be collected")
        return dict(doc)

    def uri(self, topic: object, number: object) -> str:
        """A post, by its topic and its number there: it is an address, too."""
        return f"{self.site}/t/{topic}/{number}"

    def person(self, doc: Any) -> str | None:
        """Somebody, or who wrote a post; bots and the forum's own have numbers below 1, and are nobody."""
        name, number = text(doc, "username") or "", inside(doc, "user_id")
        number = inside(doc, "id") if number is None else number
        is_person = is_count(number) and number > 0 and inside(doc, "unknown") is not True
        return f"{name.lower()}@{self.domain}" if is_person and _USER.fullmatch(name) else None


def _look_at_actions(forum: _Forum, state: Cursor, found: Found) -> None:
    """Likes are given away at once; posts are noted, to be looked at in their topics."""
    since = state["since"] - REFETCH if state["since"] else found.now - BACKFILL
    posts: dict[str, Doc] = {}
    reached = found.now

    def fetch(token: str | None) -> tuple[list[Doc], str | None]:
        offset = int(token or 0)
        asked: Params = {"username": forum.user, "filter": f"{_LIKE},{_TOPIC},{_REPLY}", "offset": offset}
        given = objects(inside(forum.shown("/user_actions.json", asked), "user_actions"))
        return given, str(offset + _ACTIONS) if len(given) >= _ACTIONS else None

    is_all = True
    for number, page in enumerate(pages(fetch), 1):
        for action in page:
            at = found.time(text(action, "created_at"))
            topic, post = action.get("topic_id"), action.get("post_number")
            if at is None or not is_count(topic) or not is_count(post):
                continue
            reached = min(reached, at)
            if action.get("action_type") in (_TOPIC, _REPLY):
                posts[f"{topic}/{post}"] = {"at": at, "id": None, "counts": {}}
            elif action.get("action_type") == _LIKE and (author := forum.person(action)) and author != forum.me:
                found.deed("Like", forum.me, author, forum.uri(topic, post), at=at)
        if reached < since:
            break
        is_all = len(page) < _ACTIONS or number < MOST_PAGES
    _remember(forum, state, found, posts, since if is_all else max(since, reached))


def _remember(forum: _Forum, state: Cursor, found: Found, posts: dict[str, Doc], reached: int) -> None:
    known = state["posts"]
    missing = [key for key in known if key not in posts and known[key]["at"] > reached]
    gone = {key for key in missing[:MOST_POSTS] if known[key]["id"] is None or _is_gone(forum, known[key]["id"])}
    for key in gone:
        if known[key]["id"] is not None:
            found.deed("Delete", forum.me, forum.me, forum.uri(*key.split("/")), at=None)
    kept = {key: known[key] for key in known if key not in gone and (key in missing or key in state["owed"])}
    state["posts"] = newest({**kept, **{key: known.get(key, post) for key, post in posts.items()}})
    there = [key for key in state["posts"] if key not in missing]
    left = [key for key in state["owed"] if key in there]  # a round ends before the next one begins
    new = [key for key in there if state["posts"][key]["id"] is None and key not in left]
    state["owed"] = new + left if left else there
    state["since"] = max(state["since"], found.now)


def _is_gone(forum: _Forum, number: int) -> bool:
    return forum.get(f"/posts/{number}.json").status in (404, 410)


def _look_at_topic(forum: _Forum, state: Cursor, found: Found, key: str) -> set[str]:
    """Takes in a post, and others of the account that the answer shows beside it; gives their keys."""
    topic, _, number = key.partition("/")
    doc = forum.shown(f"/t/{topic}.json" if number == "1" else f"/t/{topic}/{number}.json")
    if isinstance(doc, dict):
        doc = {**doc, "tags": [*_category(forum, state, doc), *_tags(doc)]}
    seen = set()
    for post in objects(inside(doc, "post_stream", "posts")):
        key = f"{topic}/{post.get('post_number')}"
        if key in state["owed"] and is_count(post.get("id")) and forum.person(post) == forum.me:
            counts = _look_at_post(forum, found, key, post, doc, state["posts"][key])
            state["posts"] = {**state["posts"], key: {**state["posts"][key], "id": post["id"], "counts": counts}}
            seen.add(key)
    return seen


def _look_at_post(forum: _Forum, found: Found, key: str, post: Doc, topic: Any, known: Doc) -> dict[str, int]:
    """Adds a post and what is new of reactions to it; its counts."""
    uri, is_first = forum.uri(*key.split("/")), post["post_number"] == 1
    tags = found.about(_tags(topic), text(topic, "title") if is_first else None, bare_text(text(post, "cooked") or ""))
    mentioned = [forum.person(who) for who in objects(post.get("mentioned_users"))]
    found.post(
        forum.me,
        uri,
        native=uri,
        at=known["at"],
        tags=tags,
        reply=None if is_first else _replied_to(forum, post, topic),
        mentions=[who for who in mentioned if who],
    )
    likes = (each.get("count") for each in objects(post.get("actions_summary")) if each.get("id") == 2)
    replies = _less_one(inside(topic, "posts_count")) if is_first else post.get("reply_count")
    given: dict[str, Any] = {"likes": next(likes, 0), "replies": replies}
    counts = {kind: total for kind, total in given.items() if is_count(total)}
    before = known["counts"]
    if counts != before:
        found.counts(forum.me, uri, counts)
    if counts.get("likes", 0) > before.get("likes", 0):
        for who in _likers(forum, post["id"]):
            found.deed("Like", who, forum.me, uri, at=None, tags=tags)
    if counts.get("replies", 0) > before.get("replies", 0):
        first = before.get("replies", 0) // _POSTS
        for reply in _topic_replies(forum, key, counts["replies"], first) if is_first else _replies(forum, post["id"]):
            _reply(forum, found, reply, uri, tags)
    return counts


def _less_one(count: Any) -> Any:
    return count - 1 if is_count(count) and count else None


def _replied_to(forum: _Forum, post: Doc, topic: Any) -> To | None:
    number = post.get("reply_to_post_number")
    author = post.get("reply_to_user") if is_count(number) else inside(topic, "details", "created_by")
    who = forum.person(author)
    return To(who, forum.uri(post.get("topic_id"), number if is_count(number) else 1)) if who else None


def _reply(forum: _Forum, found: Found, reply: Doc, uri: str, tags: list[str]) -> None:
    who, topic, number = forum.person(reply), reply.get("topic_id"), reply.get("post_number")
    at = found.time(text(reply, "created_at"))
    if who and who != forum.me and at and is_count(topic) and is_count(number):
        url = forum.uri(topic, number)
        found.deed("Reply", who, forum.me, uri, at=at, native=f"{url}:Reply", tags=tags, url=url)


def _likers(forum: _Forum, post: int) -> Iterator[str]:
    """Those who like a post, the first ones first; forums that do not tell have none."""

    def fetch(token: str | None) -> tuple[list[Doc], str | None]:
        page = int(token or 0)
        asked: Params = {"id": post, "post_action_type_id": 2, "limit": _LIKES, "page": page}
        given = objects(inside(forum.shown("/post_action_users.json", asked), "post_action_users"))
        return given, str(page + 1) if len(given) >= _LIKES else None

    for page in pages(fetch):
        for each in page:
            if (who := forum.person(each)) and who != forum.me:
                yield who


def _replies(forum: _Forum, post: int) -> Iterator[Doc]:
    """The posts that reply to a post."""

    def fetch(token: str | None) -> tuple[list[Doc], str | None]:
        given = objects(forum.shown(f"/posts/{post}/replies.json", {"after": token} if token else None))
        last = given[-1].get("post_number") if len(given) >= _REPLIES else None
        return given, str(last) if is_count(last) else None

    for page in pages(fetch):
        yield from page


def _topic_replies(forum: _Forum, key: str, total: int, first: int) -> Iterator[Doc]:
    """The posts of a topic that reply to its first post, or to nobody in particular, from a page on."""
    path = f"/t/{key.partition('/')[0]}.json"
    for page in range(max(1, first), min(total // _POSTS + 1, first + MOST_PAGES) + 1):
        for post in objects(inside(forum.shown(path, {"page": page}), "post_stream", "posts")):
            if post.get("post_number") != 1 and post.get("reply_to_post_number") in (None, 1):
                yield post


def _category(forum: _Forum, state: Cursor, topic: Doc) -> list[str]:
    """The name of a topic's category, which is asked for once."""
    number, known = topic.get("category_id"), state["categories"]
    if not is_count(number):
        return []
    if str(number) not in known:
        name = text(forum.shown(f"/c/{number}/show.json"), "category", "name") or ""
        state["categories"] = known = {**known, str(number): name[:100]}
    return [name] if (name := known[str(number)]) else []


def _tags(topic: Any) -> list[str]:
    """The tags of a topic: objects with a name, or, in older forums, texts."""
    given = inside(topic, "tags")
    each = given[:20] if isinstance(given, list) else []
    return [tag if isinstance(tag, str) else text(tag, "name") or "" for tag in each]
