"""Reddit: a person's submissions and comments, and who answered the submissions. Votes are secret: they are counts.

Reddit has to approve every use; the operator's app gets a token for itself, without a user, which lasts for a day. A
post's topics are its subreddit and the hashtags of its title. What is not safe for work or quarantined is left out,
and so is whoever hides their profile from robots. A comment answers its submission's author, or somebody whom it does
not tell.
"""

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from ..activity import parse_account
from ..errors import BadInput, FatalError, Gone, RetriableError, Unwanted
from ..formats.jsontext import Doc, inside, text
from .answer import Answer
from .base import Batch, Cursor, Found, Proof, Secret, To, bearer, hashtags_in, is_count, links_in, objects
from .budget import Rate
from .client import Access, Client, Params
from .window import FRESH, Page, forget, is_complete, look_up, note_totals, walk_posts

HOST: Final = "oauth.reddit.com"
SITE: Final = "www.reddit.com"
RATE: Final = Rate(1.0, 10)
"""Of 100 requests a minute."""

_USER: Final = re.compile(r"[a-z0-9_-]{3,20}")
_KEY: Final = re.compile(r"t[13]_[a-z0-9]{1,13}")
_PATH: Final = re.compile(r"/(?:r|user)/[\w/%-]{1,500}")
_TOKEN: Final = re.compile(r"[!-~]{1,4000}")
_COUNTS: Final = {"score": "score", "replies": "num_comments", "shares": "num_crossposts"}
_BOT: Final = "automoderator"
_PAGE: Final = 100
_COMMENTS: Final = 300
_EARLY: Final = 60


def _basic(secret: str) -> Access:
    """How the app's id and secret (`id:secret`) are sent where it gets its token."""
    return Access({"authorization": f"Basic {b64encode(secret.encode()).decode()}"})


class Reddit:
    """Reddit's connector; an account is `reddit:<user>` in lower case. Its secret is `id:secret` of an app."""

    name = "reddit"
    collects = "karma, submissions and comments with scores, who answered"
    secret: Secret | None = Secret(SITE, _basic)

    def host(self, account: str) -> str:
        """The API's."""
        return HOST

    def resolve(self, given: str, client: Client) -> str:
        """The account, if there is such a user."""
        person = _Person(given, client)
        person.profile()
        return f"{self.name}:{person.user}"

    def proof(self, account: str, client: Client) -> Proof:
        """The addresses in what the profile says."""
        person = _Person(account, client)
        said = text(person.profile(), "subreddit", "public_description") or ""
        return Proof(f"{self.name}:{person.user}", f"https://{SITE}/user/{person.user}", links_in(said))

    def collect(self, account: str, cursor: Cursor | None, client: Client, now: int) -> Iterator[Batch]:
        """Karma, submissions and comments, then the answers to one submission at a time."""
        state: Cursor = {**FRESH, **(cursor or {})}
        person, found = _Person(account, client), Found(self.name, now, client.find)
        profile = person.profile()
        if profile.get("hide_from_robots") is True:
            raise Unwanted(f"{self.name}:{person.user}: the profile asks not to be indexed by robots")
        note_totals(state, found, person.user, {"karma": profile.get("total_karma")})
        _look_at_posts(person, state, found)
        yield found.batch(state, complete=is_complete(state))
        yield from look_up(state, found, partial(_look_for_answers, person, found))


class _Person:
    """An account, and how it is asked for."""

    def __init__(self, account: str, client: Client) -> None:
        given = parse_account(account.strip().lower())[1]
        self.user, self.client = given.removeprefix("u/").removeprefix("@"), client
        if not account.strip().lower().startswith("reddit:") or not _USER.fullmatch(self.user):
            raise BadInput(f"account {account[:80]!r}: write it as reddit:ada")

    def get(self, path: str, params: Params | None = None) -> Answer:
        """The answer of the API; of status 404 where there is nothing."""
        self._open()
        asked: Params = {"raw_json": 1, **(params or {})}
        return self.client.get(f"https://{HOST}/{path}", asked, rate=RATE, allow={404})

    def profile(self) -> Doc:
        """The profile, if it is there."""
        answer = self.get(f"user/{self.user}/about")
        doc: Any = inside(answer.json(), "data") if answer.status == 200 else None
        if (text(doc, "name") or "").lower() != self.user or inside(doc, "is_suspended") is True:
            raise Gone(f"reddit:{self.user}: there is no such user, or they are suspended")
        return dict(doc)

    def is_shown(self, doc: Doc) -> bool:
        """Whether this is a post of theirs that everybody may see."""
        is_hidden = any(doc.get(flag) is True for flag in ("over_18", "quarantine"))
        is_theirs = (text(doc, "author") or "").lower() == self.user
        return is_theirs and not is_hidden and doc.get("removed_by_category") is None

    def _open(self) -> None:
        """Gets a token, unless there is one."""
        if self.client.opens(HOST):
            return
        if not self.client.opens(SITE):
            raise FatalError("reddit: there is no app; have one approved and set its id:secret")
        url = f"https://{SITE}/api/v1/access_token"
        doc = self.client.post(url, form={"grant_type": "client_credentials"}, rate=RATE).json()
        token, lasts = text(doc, "access_token") or "", inside(doc, "expires_in")
        if not _TOKEN.fullmatch(token) or not is_count(lasts):
            raise RetriableError(f"{url}: answered without a token")
        self.client.open(HOST, bearer(token), lasts - _EARLY)


def _things(listing: Any) -> list[Doc]:
    """The posts in a listing."""
    found = (inside(each, "data") for each in objects(inside(listing, "data", "children")))
    return [doc for doc in found if _KEY.fullmatch(text(doc, "name") or "")]


def _time(found: Found, doc: Doc) -> int | None:
    at = doc.get("created_utc")
    return found.time(int(at)) if isinstance(at, float | int) and 0 < at < 1e12 else None


def _url(doc: Doc) -> str | None:
    path = text(doc, "permalink") or ""
    return f"https://{SITE}{path}" if _PATH.fullmatch(path) else None


def _look_at_posts(person: _Person, state: Cursor, found: Found) -> None:
    def ask(token: str | None, _: Mapping[str, str]) -> Answer:
        page: Params = {"limit": _PAGE, "sort": "new"}
        return person.get(f"user/{person.user}/overview", {**page, "after": token} if token else page)

    def read(answer: Answer) -> Page:
        listing = answer.json()
        posts, oldest = {}, found.now
        for doc in _things(listing):
            at = _time(found, doc)
            oldest = min(oldest, at or oldest)
            if at is not None and person.is_shown(doc):
                posts[doc["name"]] = _post(person, found, doc, at)
        after = text(inside(listing, "data"), "after") or ""
        return Page(posts, oldest, after if _KEY.fullmatch(after) else None)

    missing = walk_posts(state, found, person.user, ask, read)
    for key in _gone(person, missing) if missing else ():
        forget(state, key, found, person.user)
    state["posts"] = {key: {**post, "owed": _to_be_looked_up(post["owed"])} for key, post in state["posts"].items()}


def _to_be_looked_up(owed: Mapping[str, int]) -> dict[str, int]:
    return {kind: growth for kind, growth in owed.items() if kind == "replies"}


def _gone(person: _Person, keys: list[str]) -> list[str]:
    """Those of some posts that are not there, or not for everybody, any more."""
    answer = person.get("api/info", {"id": ",".join(keys)})
    listing = answer.json()
    if text(listing, "kind") != "Listing":
        raise RetriableError(f"{answer.url}: answered without a listing")
    there = {doc["name"] for doc in _things(listing) if person.is_shown(doc)}
    return [key for key in keys if key not in there]


def _tags(doc: Doc) -> list[str]:
    """The subreddit, which of what is on somebody's own page is nothing, and the hashtags of the title."""
    place = text(doc, "subreddit") or ""
    title = text(doc, "title") or text(doc, "link_title") or ""
    return [*([] if place.startswith("u_") else [place]), *hashtags_in(title)]


def _post(person: _Person, found: Found, doc: Doc, at: int) -> Doc:
    """Adds a submission or comment; what is remembered of it."""
    key, url = doc["name"], _url(doc)
    tags = found.about(_tags(doc), text(doc, "title"), text(doc, "selftext") or text(doc, "body"))
    to, author = text(doc, "link_id"), _author(doc, "link_author")
    reply = To(author, f"reddit:{to}") if author and to == text(doc, "parent_id") else None
    found.post(person.user, f"reddit:{key}", native=key, at=at, tags=tags, url=url, reply=reply)
    given = {kind: doc.get(name) for kind, name in _COUNTS.items() if key.startswith("t3_") or kind == "score"}
    counts = {kind: total for kind, total in given.items() if is_count(total)}
    return {"at": at, "uri": f"reddit:{key}", "url": url, "tags": tags, "counts": counts}


def _author(doc: Doc, field: str = "author") -> str | None:
    """Who wrote it; "[deleted]" and Reddit's own bot are nobody."""
    name = (text(doc, field) or "").lower()
    return name if _USER.fullmatch(name) and name != _BOT else None


def _look_for_answers(person: _Person, found: Found, key: str, post: Doc) -> Doc:
    """Adds who answered a submission, the newest answers first."""
    path = f"comments/{key.removeprefix('t3_')}"
    answer = person.get(path, {"sort": "new", "depth": 1, "limit": _COMMENTS})
    doc = answer.json() if answer.status == 200 else None
    for comment in (each for listing in objects(doc) for each in _things(listing)):  # the submission is there, too
        who, at = _author(comment), _time(found, comment)
        if who and who != person.user and at is not None and text(comment, "parent_id") == key:
            native, tags = f"{comment['name']}:Reply", post["tags"]
            found.deed("Reply", who, person.user, post["uri"], at=at, native=native, tags=tags, url=_url(comment))
    return {}
