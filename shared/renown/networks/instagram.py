"""Instagram: the posts of professional accounts with their counts; of the operator's own also who commented.

Others are shown to a professional account of the operator's (business discovery), which is found by the token: the one
for Facebook, whose host this is, too. They are counted, and nobody is named. Captions are read for their hashtags only.
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from ..activity import parse_account
from ..errors import BadInput, FatalError, Gone, SkippableError
from ..formats.jsontext import Doc, inside, text
from .answer import Answer
from .base import Batch, Cursor, Found, Proof, Secret, bearer, hashtags_in, is_count, links_in
from .client import Client, Params
from .graph import (
    HOST,
    VERSION,
    ask,
    behind,
    following,
    forget_unlisted,
    is_gone,
    leave_alone,
    listed,
    owe_only,
    posts_in,
    time_of,
)
from .window import FRESH, Page, forget, is_complete, look_up, note_totals, pages_for, walk_posts

API: Final = f"https://{HOST}/{VERSION}"
SITES: Final = ("https://www.instagram.com", "https://instagram.com")

_NAME: Final = re.compile(r"[a-z0-9._]{1,30}")
_NUMBER: Final = re.compile(r"[0-9]{1,30}")
_OPERATOR: Final = "instagram_business_account"
_PROFILE: Final = "id,username,biography,website,followers_count,follows_count,media_count"
_MEDIA: Final = "id,timestamp,permalink,caption,like_count,comments_count"
_TOTALS: Final = {"followers": "followers_count", "following": "follows_count", "posts": "media_count"}
_COUNTS: Final = {"likes": "like_count", "replies": "comments_count"}
_COMMENT: Final = "id,timestamp,username"
_SHOWN: Final = 50


class Instagram:
    """Instagram's connector; an account is `instagram:<name>` in lower case."""

    name = "instagram"
    collects = "a professional account's followers, posts with counts; who commented on the operator's own"
    secret: Secret | None = Secret(HOST, bearer)

    def host(self, account: str) -> str:
        """The API's: it is one for all, and for Facebook."""
        return HOST

    def resolve(self, given: str, client: Client) -> str:
        """The account, if it is a professional one."""
        discovery = _Discovery(given, client)
        discovery.profile(discovery.ask(_PROFILE))
        return discovery.account

    def proof(self, account: str, client: Client) -> Proof:
        """The profile's website, and the addresses in what it says."""
        discovery = _Discovery(account, client)
        profile = discovery.profile(discovery.ask(_PROFILE))
        said = f"{text(profile, 'website') or ''} {text(profile, 'biography') or ''}"
        own = tuple(f"{site}/{discovery.name}" for site in SITES)
        return Proof(discovery.account, own[0], links_in(said), (), own[1:])

    def collect(self, account: str, cursor: Cursor | None, client: Client, now: int) -> Iterator[Batch]:
        """Counts and posts, then, on the operator's own account, the comments on one post at a time."""
        discovery = _Discovery(account, client)
        state: Cursor = {**FRESH, **(cursor or {})}
        found = Found(self.name, now, client.find)
        first = discovery.posts(None)
        profile = discovery.profile(first, state.get("id"))
        leave_alone(discovery.account, text(profile, "biography"))
        state["id"] = profile["id"]
        totals = {kind: profile[name] for kind, name in _TOTALS.items() if is_count(profile.get(name))}
        note_totals(state, found, discovery.name, totals)

        def fetch(token: str | None, _: Mapping[str, str]) -> Answer:
            return discovery.posts(token) if token else first

        def read(answer: Answer) -> Page:
            shown = inside(answer.json(), "business_discovery")
            edge = inside(shown, "media")
            is_none = not state["posts"] or inside(shown, "media_count") == 0 or answer is not first
            if edge is None and is_none:  # else all that is known would look deleted
                edge = {"data": []}
            posts = dict(_posts(discovery.name, found, posts_in(answer, edge)))
            oldest = min((post["at"] for post in posts.values()), default=now)
            return Page(posts, oldest, following(edge, unlinked=1))

        since = state["since"]
        missing = walk_posts(state, found, discovery.name, fetch, read)
        if discovery.is_own:
            for key in missing:
                if is_gone(client, f"{API}/{key}", discovery.account, found):
                    forget(state, key, found, discovery.name)
            owe_only(state, {"replies"})
        else:
            forget_unlisted(state, missing, since, found, discovery.name)
        yield found.batch(state, complete=is_complete(state))
        if discovery.is_own:
            yield from look_up(state, found, partial(discovery.look_for_comments, found))


class _Discovery:
    """An account as the operator's own professional account is shown it."""

    def __init__(self, account: str, client: Client) -> None:
        given = account.strip().lower()
        self.name = parse_account(given)[1].removeprefix("@")
        if not given.startswith("instagram:") or not _NAME.fullmatch(self.name):
            raise BadInput(f"account {account[:80]!r}: write it as instagram:ada")
        self.account, self._client = f"instagram:{self.name}", client
        own = self._found_own()
        self.is_own = self.name in own
        self._operator = own.get(self.name) or next(iter(own.values()))

    def _get(self, path: str, params: Params) -> Answer:
        return ask(self._client, f"{API}/{path}", params, self.account)

    def _found_own(self) -> dict[str, str]:
        """The numbers of the professional accounts that belong to the token's pages, by their names."""
        fields = f"{_OPERATOR}{{id,username}}"
        try:
            edge = self._get("me/accounts", {"fields": fields, "limit": 100}).json()
        except SkippableError:  # the token is a page's own, and has no pages
            edge = {"data": [self._get("me", {"fields": fields}).json()]}
        accounts = [inside(page, _OPERATOR) for page in listed(edge)]
        own = {(text(each, "username") or "").lower(): text(each, "id") or "" for each in accounts}
        own = {name: number for name, number in own.items() if _NUMBER.fullmatch(number)}
        if own:
            return own
        if not isinstance(inside(edge, "data"), list):
            raise SkippableError(f"{self.account}: the token's pages are answered with something else")
        raise FatalError("instagram: no page of the token's has a professional account: connect one to it")

    def ask(self, fields: str) -> Answer:
        """What the account shows of `fields`."""
        return self._get(self._operator, {"fields": f"business_discovery.username({self.name}){{{fields}}}"})

    def posts(self, token: str | None) -> Answer:
        """The profile and a page of its posts."""
        behind = f".after({token})" if token else ""
        return self.ask(f"{_PROFILE},media.limit({_SHOWN}){behind}{{{_MEDIA}}}")

    def look_for_comments(self, found: Found, key: str, post: Doc) -> Doc:
        """Adds who commented on a post, the newest comments first."""

        def fetch(token: str | None) -> tuple[list[Doc], str | None]:
            edge = self._get(f"{key}/comments", {"fields": _COMMENT, "limit": _SHOWN, **behind(token)}).json()
            return listed(edge), following(edge, unlinked=_SHOWN)

        for comments in pages_for(post["owed"]["replies"], fetch):
            for comment in comments:
                who, id_ = (text(comment, "username") or "").lower(), text(comment, "id") or ""
                at = time_of(comment, "timestamp", found)
                if at is not None and _NAME.fullmatch(who) and who != self.name and _NUMBER.fullmatch(id_):
                    native, tags, url = f"comments/{id_}:Reply", post["tags"], post["url"]
                    found.deed("Reply", who, self.name, post["uri"], at=at, native=native, tags=tags, url=url)
        return {}

    def profile(self, answer: Answer, known: str | None = None) -> Doc:
        """The profile, if it is this account's: a name that was given up may be another one's."""
        profile = inside(answer.json(), "business_discovery")
        is_named = (text(profile, "username") or "").lower() == self.name
        if not is_named or text(profile, "id") is None or known not in (None, profile["id"]):
            raise Gone(f"{self.account}: there is no such professional account")
        return dict(profile)


def _posts(me: str, found: Found, media: list[Doc]) -> Iterator[tuple[str, Doc]]:
    """Adds posts; their keys, and what is remembered of them."""
    for post in media:
        key, at = text(post, "id") or "", time_of(post, "timestamp", found)
        if at is not None and _NUMBER.fullmatch(key):
            uri, url, said = f"instagram:media/{key}", text(post, "permalink"), text(post, "caption") or ""
            tags = found.about(hashtags_in(said), said)
            found.post(me, uri, native=f"media/{key}", at=at, tags=tags, url=url)
            counts = {kind: post[name] for kind, name in _COUNTS.items() if is_count(post.get(name))}
            yield key, {"at": at, "uri": uri, "url": url, "tags": tags[:20], "counts": counts}
