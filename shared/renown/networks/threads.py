"""Threads: a profile's posts, and, for its owner's token, their counts and who replied.

Of others the API shows the profile and the posts, without counts, if Meta has approved the token for that. Who likes,
reposts and quotes is told to nobody. Texts are read for their hashtags and topics only.
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from ..activity import parse_account
from ..errors import BadInput, Gone, SkippableError
from ..formats.jsontext import Doc, inside, text
from .answer import Answer
from .base import MOST_POSTS, REFETCH, Batch, Cursor, Found, Proof, Secret, bearer, hashtags_in, is_count, links_in
from .client import Client, Params
from .graph import ask, behind, following, forget_unlisted, is_gone, leave_alone, listed, owe_only, posts_in, time_of
from .window import FRESH, Page, forget, is_complete, look_up, note_totals, pages_for, walk_posts

HOST: Final = "graph.threads.net"
API: Final = f"https://{HOST}/v1.0"
SITES: Final = ("www.threads.com", "threads.com", "www.threads.net", "threads.net")

_NAME: Final = re.compile(r"[a-z0-9._]{1,30}")
_KEY: Final = re.compile(r"[0-9]{1,30}")
_POST: Final = "id,username,permalink,timestamp,media_type,topic_tag,text"
_REPLY: Final = "id,username,permalink,timestamp"
_REPOST: Final = "REPOST_FACADE"
_TOTALS: Final = {
    "followers": "follower_count",
    "week-likes": "likes_count",
    "week-quotes": "quotes_count",
    "week-shares": "reposts_count",
    "week-views": "views_count",
}
_COUNTS: Final = {"likes": "likes", "shares": "reposts", "replies": "replies", "quotes": "quotes", "views": "views"}
_POSTS: Final = 50
_REPLIES: Final = 100


class Threads:
    """Threads' connector; an account is `threads:<name>` in lower case."""

    name = "threads"
    collects = "followers, posts; of the token's owner also counts, who replied"
    secret: Secret | None = Secret(HOST, bearer)

    def host(self, account: str) -> str:
        """The API's: it is one for all."""
        return HOST

    def resolve(self, given: str, client: Client) -> str:
        """The account, if there is such a profile."""
        return _Profile(given, client).account

    def proof(self, account: str, client: Client) -> Proof:
        """The addresses in what the profile says."""
        profile = _Profile(account, client)
        own = tuple(f"https://{site}/@{profile.name}" for site in SITES)
        return Proof(profile.account, own[0], links_in(profile.about), (), own[1:])

    def collect(self, account: str, cursor: Cursor | None, client: Client, now: int) -> Iterator[Batch]:
        """Posts and counts, then the replies to one post at a time."""
        profile = _Profile(account, client)
        leave_alone(profile.account, profile.about)
        state: Cursor = {**FRESH, **(cursor or {})}
        found = Found(self.name, now, client.find)
        note_totals(state, found, profile.name, profile.totals(found))
        _look_at_posts(profile, state, found)
        yield found.batch(state, complete=is_complete(state))
        if profile.is_own:
            yield from look_up(state, found, partial(_look_for_replies, profile, found))


class _Profile:
    """A profile as it shows itself to the token, which may be its own."""

    def __init__(self, account: str, client: Client) -> None:
        given = account.strip().lower()
        self.name = parse_account(given)[1].removeprefix("@")
        if not given.startswith("threads:") or not _NAME.fullmatch(self.name):
            raise BadInput(f"account {account[:80]!r}: write it as threads:ada")
        self.account, self._client = f"threads:{self.name}", client
        self._doc = self.get("me", {"fields": "id,username,threads_biography"}).json()
        self.is_own = self._is_by(self._doc)
        if not self.is_own:
            self._doc = self.get("profile_lookup", {"username": self.name}).json()
            if not self._is_by(self._doc):
                raise Gone(f"{self.account}: there is no such profile")
        self.about = text(self._doc, "threads_biography" if self.is_own else "biography") or ""

    def get(self, path: str, params: Params) -> Answer:
        """The answer of the API."""
        return ask(self._client, f"{API}/{path}", params, self.account)

    def _is_by(self, doc: Doc) -> bool:
        return (text(doc, "username") or "").lower() == self.name

    def totals(self, found: Found) -> dict[str, int]:
        """The followers, and of others the sums of the last seven days."""
        if self.is_own:
            return self.insights("me/threads_insights", {"followers": "followers_count"}, found) or {}
        return {kind: self._doc[name] for kind, name in _TOTALS.items() if is_count(self._doc.get(name))}

    def insights(self, path: str, names: Mapping[str, str], found: Found) -> dict[str, int] | None:
        """Counts by their kinds; None, and a note, where the token may not read them."""
        try:
            edge = self.get(path, {"metric": ",".join(names.values())}).json()
        except SkippableError as error:
            found.rejects.append(str(error))
            return None
        values = {text(each, "name"): _value(each) for each in listed(edge)}
        return {kind: total for kind, name in names.items() if (total := values.get(name)) is not None}

    def posts(self, token: str | None, _: Mapping[str, str]) -> Answer:
        """A page of the posts."""
        asked: Params = {"fields": _POST, "limit": _POSTS, **behind(token)}
        if self.is_own:
            return self.get("me/threads", asked)
        return self.get("profile_posts", {"username": self.name, **asked})

    def is_post(self, post: Doc) -> bool:
        """Whether a listed post is the profile's own: what it reposts is not."""
        return self._is_by(post) and text(post, "media_type") != _REPOST

    def is_gone(self, key: str, found: Found) -> bool:
        """Whether a post of the token's owner is no longer there."""
        return is_gone(self._client, f"{API}/{key}", self.account, found)


def _value(insight: Doc) -> int | None:
    """The number of an insight: of a profile it stands alone, of a post in a list of one."""
    values = [inside(insight, "total_value"), *listed({"data": insight.get("values")})]
    return next((total for each in values if is_count(total := inside(each, "value"))), None)


def _look_at_posts(profile: _Profile, state: Cursor, found: Found) -> None:
    counted: dict[str, Doc | None] = {}

    def read(answer: Answer) -> Page:
        edge, posts, oldest = answer.json(), {}, found.now
        for post in posts_in(answer, edge):
            key, at = text(post, "id") or "", time_of(post, "timestamp", found)
            if at is None or not _KEY.fullmatch(key) or not profile.is_post(post):
                continue
            is_due = at > state["since"] - REFETCH or key not in state["posts"]
            if profile.is_own and is_due and key not in counted and len(counted) < MOST_POSTS:
                counted[key] = profile.insights(f"{key}/insights", _COUNTS, found)
            counts = counted.get(key) or inside(state["posts"], key, "counts") or {}
            oldest, posts[key] = min(oldest, at), {**_post(profile.name, found, key, post, at), "counts": counts}
        return Page(posts, oldest, following(edge, unlinked=1))  # documented without links

    since = state["since"]
    missing = walk_posts(state, found, profile.name, profile.posts, read)
    if not profile.is_own:
        forget_unlisted(state, missing, since, found, profile.name)
        return
    for key in missing:
        if profile.is_gone(key, found):
            forget(state, key, found, profile.name)
    owe_only(state, {"replies"})


def _post(me: str, found: Found, key: str, post: Doc, at: int) -> Doc:
    """Adds a post; what is remembered of it, but for its counts."""
    uri, url, topic = f"threads:posts/{key}", text(post, "permalink"), text(post, "topic_tag")
    said = text(post, "text") or ""
    tags = found.about([*([topic] if topic else []), *hashtags_in(said)][:20], said)
    found.post(me, uri, native=f"posts/{key}", at=at, tags=tags, url=url)
    return {"at": at, "uri": uri, "url": url, "tags": tags}


def _look_for_replies(profile: _Profile, found: Found, key: str, post: Doc) -> Doc:
    def fetch(token: str | None) -> tuple[list[Doc], str | None]:
        asked: Params = {"fields": _REPLY, "reverse": "true", "limit": _REPLIES, **behind(token)}
        edge = profile.get(f"{key}/replies", asked).json()
        return listed(edge), following(edge, unlinked=_REPLIES)

    for replies in pages_for(post["owed"]["replies"], fetch):
        for reply in replies:
            who, id_ = (text(reply, "username") or "").lower(), text(reply, "id") or ""
            at = time_of(reply, "timestamp", found)
            if at is not None and _NAME.fullmatch(who) and who != profile.name and _KEY.fullmatch(id_):
                native, url = f"posts/{id_}:Reply", text(reply, "permalink")
                found.deed("Reply", who, profile.name, post["uri"], at=at, native=native, tags=post["tags"], url=url)
    return {}
