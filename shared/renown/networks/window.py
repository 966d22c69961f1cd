"""The newest posts of an account as its cursor remembers them: which counts grew, which posts vanished.

Posts are kept under `state["posts"]` by key: {"at", "uri", "url", "tags", "counts", "owed"}. `owed` says by how much
each count has grown since the people behind it were looked up; those look-ups are the costly part, so they are
spread over visits, newest posts first. Followers are walked through once a month, a page at a time.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple, TypeVar

from ..errors import SkippableError
from ..formats.jsontext import Doc
from .answer import Answer
from .base import BACKFILL, FOLLOWERS_EVERY, MOST_PAGES, MOST_POSTS, REFETCH, Batch, Cursor, Found, newest, pages

LISTING: Final = "listing"
"""What a post owes that was not listed, where a list is all that tells of posts: to be looked for on another day."""

FRESH: Final[Cursor] = {"since": 0, "posts": {}, "profile": {}, "newest": {}, "followers": {"at": 0, "next": None}}
"""The cursor of an account that was never visited."""

_PEOPLE_PAGES: Final = 5
_OTHERS: Final = 20

T = TypeVar("T")


def note_totals(state: Cursor, found: Found, who: str, totals: Mapping[str, object]) -> None:
    """Adds to `found` the totals of the account as a whole, if they are others than at the last visit."""
    if totals != state.get("totals"):
        found.counts(who, None, totals)
        state["totals"] = dict(totals)


class Page(NamedTuple):
    """A page of posts: those of the account by key, the time of the oldest of all on it, the next page's token."""

    posts: dict[str, Doc]
    oldest: int
    next: str | None


def walk_posts(
    state: Cursor,
    found: Found,
    who: str,
    ask: Callable[[str | None, Mapping[str, str]], Answer],
    read: Callable[[Answer], Page],
) -> list[str]:
    """Takes in the posts since the last visit and a week before it, and adds to `found` the counts that changed.

    `ask` fetches the page with a token (None: the first) and these headers, `read` takes it apart. Returns the keys
    of posts that should be there and are not.
    """
    since = state["since"] - REFETCH if state["since"] else found.now - BACKFILL
    first = answer = ask(None, state["newest"])
    if answer.unchanged:
        state["since"] = max(state["since"], found.now)
        return []
    posts: dict[str, Doc] = {}
    tokens: list[str | None] = [None]
    while True:
        page = read(answer)
        posts |= page.posts
        if page.next is None or page.oldest < since:
            reached = since
            break
        if page.next in tokens or len(tokens) == MOST_PAGES:
            reached = max(since, page.oldest)
            break
        tokens.append(page.next)
        answer = ask(page.next, {})
    state["newest"] = first.validators if len(tokens) == 1 else {}  # "unchanged" must mean all of what was read
    return _remember(state, posts, reached, found, who)


def _remember(state: Cursor, fetched: dict[str, Doc], reached: int, found: Found, who: str) -> list[str]:
    known, posts = state["posts"], {}
    for key, post in fetched.items():
        before = known.get(key, {"counts": {}, "owed": {}})
        owed = dict(before["owed"])
        for kind, total in post["counts"].items():
            owed[kind] = owed.get(kind, 0) + max(0, total - before["counts"].get(kind, 0))
        posts[key] = {**post, "owed": {kind: growth for kind, growth in owed.items() if growth}}
        if post["counts"] != before["counts"]:
            found.counts(who, post["uri"], post["counts"])
    missing = [key for key in known if key not in posts and known[key]["at"] > reached]
    posts |= {key: post for key, post in known.items() if key not in posts and (post["owed"] or key in missing)}
    state["posts"] = newest(posts)
    state["since"] = max(state["since"], found.now)
    return [key for key in missing if key in state["posts"]][:MOST_POSTS]


def forget(state: Cursor, key: str, found: Found, who: str) -> None:
    """Adds to `found` that a post is deleted, and remembers it no longer."""
    found.deed("Delete", who, who, state["posts"][key]["uri"], at=None)
    state["posts"] = {kept: post for kept, post in state["posts"].items() if kept != key}


def is_complete(state: Cursor) -> bool:
    """Whether nothing is owed to another visit today; to look once more for a post that was not listed is not."""
    return not any(post["owed"].keys() - {LISTING} for post in state["posts"].values())


def pages_for(growth: int, fetch: Callable[[str | None], tuple[list[T], str | None]]) -> Iterator[list[T]]:
    """Pages of people until as many are read as a count grew by, and some more, since others may have left."""
    read = 0
    for people in pages(fetch, _PEOPLE_PAGES):
        yield people
        read += len(people)
        if read >= growth + _OTHERS:
            return


def look_up(state: Cursor, found: Found, look: Callable[[str, Doc], Doc], most: int = MOST_POSTS) -> Iterator[Batch]:
    """Calls `look` for at most `most` posts that are owed a look-up of people, newest first; a batch after each.

    It returns what is still owed afterwards. A post whose people cannot be had is noted and passed over: it must not
    stand in the way of the others.
    """
    for key in [key for key, post in state["posts"].items() if post["owed"]][:most]:
        post = state["posts"][key]
        owed: Doc = {}
        try:
            owed = look(key, post)
        except SkippableError as error:
            found.rejects.append(str(error))
        state["posts"] = {**state["posts"], key: {**post, "owed": owed}}
        yield found.batch(state, complete=is_complete(state))


def walk_followers(
    state: Cursor, found: Found, who: str, fetch: Callable[[str | None], tuple[list[str], str | None]]
) -> Iterator[Batch]:
    """The followers, if it is time: a batch for each page, which `fetch` gives by its token with the next one's."""
    at, token = state["followers"]["at"], state["followers"]["next"]
    if found.now - at < FOLLOWERS_EVERY and token is None:
        return
    for number in range(MOST_PAGES, 0, -1):
        try:
            names, following = fetch(token)
        except SkippableError as error:
            found.rejects.append(str(error))
            names, following = [], None
        for name in names:
            found.deed("Follow", name, who, None, at=None)
        is_last = following in (None, token) or number == 1
        state["followers"] = {"at": found.now, "next": None if is_last else following}
        yield found.batch(state, complete=is_complete(state))
        if is_last:
            return
        token = following
