"""What Facebook, Instagram and Threads have in common: Meta's Graph API, its errors, limits, pages and times.

It refuses in the body, with a code of its own; the message beside it can hold the token and is never read. How much of
the limits is used up stands in a header of every answer: close to the end, the host is left alone.
"""

import re
from collections.abc import Collection
from typing import Any, Final

from ..errors import FatalError, Gone, NotOfFormat, RetriableError, SkippableError, Unwanted
from ..formats.jsontext import Doc, inside, parse, text
from .answer import Answer
from .base import Cursor, Found, is_count, objects
from .budget import Rate
from .client import TRIES, Client, Params
from .window import forget

HOST: Final = "graph.facebook.com"
"""Facebook's and Instagram's host: one token opens it for both."""

VERSION: Final = "v26.0"
RATE: Final = Rate(2.0, 10)

_REFUSED: Final = (400, 403, 404)
_TOO_MANY: Final = frozenset({4, 17, 32, 341, 613, *range(80_000, 80_015)})
_TOKEN: Final = frozenset({102, 190})
_PASSING: Final = frozenset({1, 2})
_MISSING: Final = frozenset({24, 110, 803})
_NO_OBJECT: Final = (100, 33)
_USAGES: Final = ("x-app-usage", "x-business-use-case-usage")
_SHARES: Final = ("call_count", "total_time", "total_cputime")
_NEARLY: Final = 95
"""Percent of a limit at which the host is left alone, before it refuses."""

_PAUSE: Final = 600
_HOUR: Final = 3600
"""Seconds over which the limits of an app are counted: how long to rest where it is not said."""

_CURSOR: Final = re.compile(r"[A-Za-z0-9_=-]{1,1000}")
_OFFSET: Final = re.compile(r"([+-]\d\d)(\d\d)$")
_NOT_ME: Final = re.compile(r"#(?:nobots?|noindex)\b", re.IGNORECASE)


def ask(client: Client, url: str, params: Params, account: str) -> Answer:
    """The answer, of status 200, to a question about `account`.

    Too many calls make the host rest for everybody. Raises FatalError where the token is missing or refused, Gone
    where the object is not there (or not for this token, which the API does not tell apart), SkippableError for what
    the token may not do, and what `Client.get` raises.
    """
    network, host = account.partition(":")[0], url.split("/")[2]
    if not client.opens(host):
        raise FatalError(f"{network}: there is no token; read in docs/networks.md which one, make it and set it")
    for _ in range(TRIES):
        answer = client.get(url, params, rate=RATE, allow=_REFUSED)
        wait = _wait(answer)
        if wait:
            client.rest(host, wait)
        if answer.status == 200:
            return answer
        error = inside(answer.json(), "error")
        code, subcode = (number if is_count(number := inside(error, key)) else 0 for key in ("code", "error_subcode"))
        what = f"{answer.url}: HTTP {answer.status}, code {code}/{subcode}"
        if code in _TOKEN:
            raise FatalError(f"{what}: the token for {host} is refused: make a new one")
        if code in _PASSING or (inside(error, "is_transient") is True and code not in _TOO_MANY):
            raise RetriableError(what)
        if code in _MISSING or (code, subcode) == _NO_OBJECT:
            raise Gone(f"{account}: not there, or not shown to this token: {what}")
        if code not in _TOO_MANY:
            raise SkippableError(what)
        client.rest(host, wait or _HOUR)
    raise RetriableError(f"{what}: too many calls, again and again")


def _wait(answer: Answer) -> int:
    """Seconds to leave the host alone for, by what the answer says is used up; 0: it is not nearly all."""
    wait = 0
    for name in _USAGES:
        try:
            given = parse(answer.headers.get(name) or "{}")
        except NotOfFormat:
            continue
        by_business = given.values() if isinstance(given, dict) else ()
        for use in (given, *(use for uses in by_business for use in objects(uses))):
            shares = [share for key in _SHARES if is_count(share := inside(use, key))]
            minutes = inside(use, "estimated_time_to_regain_access")
            if is_count(minutes) and minutes:
                wait = max(wait, 60 * minutes)
            elif max(shares, default=0) >= _NEARLY:
                wait = max(wait, _PAUSE)
    return wait


def is_gone(client: Client, url: str, account: str, found: Found) -> bool:
    """Whether a post is no longer there; what else stands in the way is noted."""
    try:
        ask(client, url, {"fields": "id"}, account)
    except Gone:
        return True
    except SkippableError as error:
        found.rejects.append(str(error))
    return False


def listed(edge: Any) -> list[Doc]:
    """The objects on a page of a list."""
    return objects(inside(edge, "data"))


def following(edge: Any, unlinked: int | None = None) -> str | None:
    """The cursor of the next page, if there is a link to it (which holds the token, and is never followed).

    Some lists have no links: with `unlinked` things on a page or more there may be another one all the same.
    """
    cursor = text(edge, "paging", "cursors", "after") or ""
    may_be = unlinked is not None and len(listed(edge)) >= unlinked
    return cursor if _CURSOR.fullmatch(cursor) and (may_be or text(edge, "paging", "next")) else None


def behind(cursor: str | None) -> dict[str, str]:
    """The parameter that asks for the page behind a cursor."""
    return {"after": cursor} if cursor else {}


def time_of(doc: Any, key: str, found: Found) -> int | None:
    """A time, which is written with `+0000`, as unix seconds; None, and a note, where there is none."""
    return found.time(_OFFSET.sub(r"\1:\2", text(doc, key) or ""))


def leave_alone(account: str, about: str | None) -> None:
    """Raises Unwanted where what the account says of itself asks for it."""
    if _NOT_ME.search(about or ""):
        raise Unwanted(f"{account}: the profile asks not to be read by bots")


def owe_only(state: Cursor, kinds: Collection[str] = ()) -> None:
    """Lets the posts owe only the counts whose people can be looked up."""
    posts = state["posts"].items()
    state["posts"] = {
        key: {**post, "owed": {kind: post["owed"][kind] for kind in kinds if kind in post["owed"]}}
        for key, post in posts
    }


def forget_unlisted(state: Cursor, missing: list[str], since: int, found: Found, who: str) -> None:
    """Forgets the posts that two visits in a row have missed, where a list is all that tells of posts.

    After the first one the post owes another one (and nothing else: there are no people to be looked up), which looks
    as far back: to `since`, when the visit before was.
    """
    missed_again = {key for key in missing if state["posts"][key]["owed"]}
    owe_only(state)
    for key in missing:
        if key in missed_again:
            forget(state, key, found, who)
        else:
            state["posts"] = {**state["posts"], key: {**state["posts"][key], "owed": {"listing": 1}}}
            state["since"] = since
