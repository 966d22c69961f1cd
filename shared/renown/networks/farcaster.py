"""Farcaster: a person's casts, and who liked, recast, answered, mentioned and follows, all with their times.

A hub is asked, which holds signed messages and counts nothing: the people behind a cast are looked up for its first
days, and once more when it is a week old. People are known by their numbers (fid), casts by their hashes. Who quoted a
cast is found where the person is mentioned, too. Bots cannot be told apart. Who asks so in their bio (#nobot) is left
alone.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from ..activity import parse_account
from ..errors import BadInput, FatalError, Gone, SkippableError, Unwanted
from ..formats.jsontext import Doc, inside, text
from .answer import Answer
from .base import (
    BACKFILL,
    DAY,
    Batch,
    Cursor,
    Found,
    Proof,
    Secret,
    To,
    hashtags_in,
    is_count,
    links_in,
    objects,
    pages,
)
from .budget import Rate
from .client import Access, Client, Params
from .window import FRESH, Page, forget, is_complete, look_up, walk_followers, walk_posts

HOST: Final = "snapchain-api.neynar.com"
RATE: Final = Rate(2.0, 10)
EPOCH: Final = 1_609_459_200
"""2021-01-01, from which Farcaster counts seconds."""

FIRST_DAYS: Final = 3 * DAY
LAST_LOOK: Final = 6 * DAY
"""Until what age of a cast people are looked up on every visit, and from what age on once more."""

_FID: Final = re.compile(r"[1-9]\d{0,15}")
_NAME: Final = re.compile(r"@?([a-z0-9][a-z0-9-]{0,15}(?:\.(?:base\.)?eth)?)")
_HASH: Final = re.compile(r"0x[0-9a-f]{40}")
_PAGE_TOKEN: Final = re.compile(r"[A-Za-z0-9+/=_-]{1,500}")
_CHANNEL: Final = re.compile(r"https://\S{1,200}/channel/([\w-]{1,100})")
_NOT_ME: Final = re.compile(r"#(?:nobots?|noindex)\b", re.IGNORECASE)
_SITE: Final = "https://farcaster.xyz"
_REACTIONS: Final = {"Like": "Like", "Recast": "Announce"}
_PAGE: Final = 100
_LINKS: Final = 1000
_PAGES: Final = 5
_NOT_THERE: Final = (400, 404)


class Farcaster:
    """Farcaster's connector; an account is `farcaster:<fid>`, and may be given as `farcaster:@name`."""

    name = "farcaster"
    collects = "casts, who liked, recast, answered, mentioned, follows"
    secret: Secret | None = Secret(HOST, lambda key: Access({"x-api-key": key}))

    def host(self, account: str) -> str:
        """The hub."""
        return HOST

    def resolve(self, given: str, client: Client) -> str:
        """The account, if there is such a user; a name that is all digits needs its @."""
        name = parse_account(given)[1].lower()
        if _FID.fullmatch(name):
            _profile(name, client)
            return f"{self.name}:{name}"
        match = _NAME.fullmatch(name)
        if not match:
            raise BadInput(
                f"account {given[:80]!r}: write it as farcaster:@ada, or as farcaster: and the user's number"
            )
        fid = inside(_there(_ask(client, "userNameProofByName", {"name": match[1]})), "fid")
        if not is_count(fid) or not fid:
            raise Gone(f"{given}: there is no such user")
        return f"{self.name}:{fid}"

    def proof(self, account: str, client: Client) -> Proof:
        """The profile's website and the addresses in what the person says."""
        fid = _fid(account)
        profile = _profile(fid, client)
        name = _NAME.fullmatch(profile.get("USERNAME", ""))
        links = links_in(f"{profile.get('URL', '')} {profile.get('BIO', '')}")
        return Proof(account, f"{_SITE}/{name[1] if name else f'~/profiles/{fid}'}", links)

    def collect(self, account: str, cursor: Cursor | None, client: Client, now: int) -> Iterator[Batch]:
        """Mentions and casts, then the people behind a cast at a time, then the followers.

        A visit that goes on with what one of the same day owed looks for nothing else.
        """
        state: Cursor = {**FRESH, "looked": {}, **(cursor or {})}
        visit = _Visit(_fid(account), state, Found(self.name, now, client.find), client)
        if is_complete(state) or now - state["since"] > DAY // 2:
            if _NOT_ME.search(_profile(visit.me, client).get("BIO", "")):
                raise Unwanted(f"{account}: the bio asks not to be read by bots")
            _look_at_mentions(visit)
            _look_at_casts(visit)
            yield visit.found.batch(state, complete=is_complete(state))
        yield from look_up(state, visit.found, partial(_look_for_people, visit))
        yield from walk_followers(state, visit.found, visit.me, partial(_followers, visit))


@dataclass(frozen=True)
class _Visit:
    """What a visit has at hand."""

    me: str
    state: Cursor
    found: Found
    client: Client

    def time(self, message: Doc) -> int | None:
        """When a message was signed."""
        at = inside(message, "data", "timestamp")
        return self.found.time(at + EPOCH) if is_count(at) else None

    def messages(self, path: str, params: Params, since: int) -> Iterator[tuple[str, str, int, Doc]]:
        """The newest messages about something, back to `since`: whose each is, its hash, its time, and its data."""

        def fetch(token: str | None) -> tuple[list[Doc], str | None]:
            doc = _there(_ask(self.client, path, _paged(params, token)))
            return objects(inside(doc, "messages")), _next(doc)

        for page in pages(fetch, _PAGES):
            times = [at for each in page if (at := self.time(each)) is not None]
            for each in page:
                who, hash_, at = _whose(each), text(each, "hash") or "", self.time(each)
                if who and who != self.me and _HASH.fullmatch(hash_) and at is not None:
                    yield who, hash_, at, each["data"]
            if min(times, default=since) < since:
                return


def _fid(account: str) -> str:
    number = parse_account(account)[1]
    if not _FID.fullmatch(number):
        raise BadInput(f"account {account[:80]!r}: the account is farcaster: and the user's number")
    return number


def _ask(client: Client, path: str, params: Params) -> Answer:
    """What the hub answers; of status 400 or 404 where there is nothing."""
    if not client.opens(HOST):
        raise FatalError("farcaster: there is no key; get one for the hub's API and set it")
    return client.get(f"https://{HOST}/v1/{path}", params, rate=RATE, allow=_NOT_THERE)


def _there(answer: Answer) -> Any:
    """What was asked for; None where it is not there."""
    doc = answer.json()
    if answer.status == 404 or text(doc, "errCode") == "not_found":
        return None
    if answer.status != 200:
        raise SkippableError(f"{answer.url}: HTTP {answer.status}: {ascii(text(doc, 'errCode') or '')[:80]}")
    return doc


def _profile(fid: str, client: Client) -> dict[str, str]:
    """What a user says about themselves, by the kind of it."""
    doc = _there(_ask(client, "userDataByFid", {"fid": fid}))
    bodies = [inside(each, "data", "userDataBody") for each in objects(inside(doc, "messages"))]
    said = {(text(body, "type") or "").removeprefix("USER_DATA_TYPE_"): text(body, "value") or "" for body in bodies}
    if not said:
        raise Gone(f"farcaster:{fid}: there is no such user")
    return said


def _paged(params: Params, token: str | None) -> Params:
    asked: Params = {"pageSize": _PAGE, "reverse": "true", **params}
    return {**asked, "pageToken": token} if token else asked


def _next(doc: Any) -> str | None:
    token = text(doc, "nextPageToken") or ""
    return token if _PAGE_TOKEN.fullmatch(token) else None


def _whose(message: Any) -> str | None:
    fid = inside(message, "data", "fid")
    return str(fid) if is_count(fid) and fid else None


def _cast(body: Any, *path: str) -> To | None:
    """The cast that another one answers or shows, if it is one."""
    fid, hash_ = inside(body, *path, "fid"), text(body, *path, "hash") or ""
    return To(str(fid), _uri(hash_)) if is_count(fid) and fid and _HASH.fullmatch(hash_) else None


def _quoted(body: Any) -> To | None:
    return next((to for each in objects(inside(body, "embeds")) if (to := _cast(each, "castId"))), None)


def _uri(hash_: str) -> str:
    return f"farcaster:{hash_}"


def _url(hash_: str) -> str:
    return f"{_SITE}/~/conversations/{hash_}"


def _tags(body: Any) -> list[str]:
    """Hashtags, and the channel that a cast is in."""
    channel = _CHANNEL.fullmatch(text(body, "parentUrl") or "")
    return [*hashtags_in(text(body, "text") or ""), *([channel[1]] if channel else [])]


def _look_at_mentions(visit: _Visit) -> None:
    since = visit.state["since"] - DAY if visit.state["since"] else visit.found.now - BACKFILL
    for who, hash_, at, data in visit.messages("castsByMention", {"fid": visit.me}, since):
        body = data.get("castAddBody")
        answered, quoted = _cast(body, "parentCastId"), _quoted(body)
        if at < since or (answered and answered.author == visit.me):
            continue  # answers are found at the cast
        is_quote = quoted is not None and quoted.author == visit.me
        verb, post = ("Quote", quoted.post) if quoted and is_quote else ("Mention", _uri(hash_))
        native = f"{hash_}:Quote" if is_quote else f"{hash_}:Mention:farcaster:{visit.me}"
        visit.found.deed(verb, who, visit.me, post, at=at, native=native, tags=_tags(body), url=_url(hash_))


def _look_at_casts(visit: _Visit) -> None:
    """The casts, and for which of them people are to be looked up."""
    state, found = visit.state, visit.found

    def ask(token: str | None, _: Mapping[str, str]) -> Answer:
        return _ask(visit.client, "castsByFid", _paged({"fid": visit.me}, token))

    def read(answer: Answer) -> Page:
        doc = _there(answer)
        posts, oldest = {}, found.now
        for message in objects(inside(doc, "messages")):
            at, hash_ = visit.time(message), text(message, "hash") or ""
            oldest = min(oldest, at or oldest)
            if at is not None and _whose(message) == visit.me and _HASH.fullmatch(hash_):
                posts[hash_] = _post(visit, hash_, at, message["data"].get("castAddBody"))
        return Page(posts, oldest, _next(doc))

    for key in walk_posts(state, found, visit.me, ask, read):
        if _there(_ask(visit.client, "castById", {"fid": visit.me, "hash": key})) is None:
            forget(state, key, found, visit.me)
    looked = {key: at for key, at in state["looked"].items() if key in state["posts"]}
    posts = state["posts"].items()
    state["looked"] = looked
    state["posts"] = {key: {**post, "owed": _due(post["at"], looked.get(key), found.now)} for key, post in posts}


def _due(at: int, looked: int | None, now: int) -> dict[str, int]:
    is_due = looked is None or at > now - FIRST_DAYS or looked < at + LAST_LOOK <= now
    return {"people": 1} if is_due else {}


def _post(visit: _Visit, hash_: str, at: int, body: Any) -> Doc:
    """Adds a cast of the account; what is remembered of it."""
    given = inside(body, "mentions")
    mentions = [str(fid) for fid in given if is_count(fid) and fid][:20] if isinstance(given, list) else []
    tags, uri, url = visit.found.about(_tags(body), text(body, "text")), _uri(hash_), _url(hash_)
    reply, quote = _cast(body, "parentCastId"), _quoted(body)
    visit.found.post(
        visit.me, uri, native=hash_, at=at, tags=tags, url=url, reply=reply, quote=quote, mentions=mentions
    )
    return {"at": at, "uri": uri, "url": url, "tags": tags, "counts": {}}


def _look_for_people(visit: _Visit, key: str, post: Doc) -> Doc:
    """Adds who liked, recast and answered a cast since it was looked at."""
    me, found, more = visit.me, visit.found, {"tags": post["tags"]}
    since = visit.state["looked"].get(key, DAY) - DAY
    for kind, verb in _REACTIONS.items():
        target: Params = {"target_fid": me, "target_hash": key, "reaction_type": kind}
        for who, _, at, _ in visit.messages("reactionsByCast", target, since):
            found.deed(verb, who, me, post["uri"], at=at, url=post["url"], **more)
    for who, hash_, at, _ in visit.messages("castsByParent", {"fid": me, "hash": key}, since):
        found.deed("Reply", who, me, post["uri"], at=at, native=f"{hash_}:Reply", url=_url(hash_), **more)
    visit.state["looked"] = {**visit.state["looked"], key: found.now}
    return {}


def _followers(visit: _Visit, token: str | None) -> tuple[list[str], str | None]:
    """Adds a page of followers, since it is known when they followed; the next page's token."""
    params: Params = {"target_fid": visit.me, "link_type": "follow", "pageSize": _LINKS}
    doc = _there(_ask(visit.client, "linksByTargetFid", _paged(params, token)))
    for message in objects(inside(doc, "messages")):
        who, at = _whose(message), inside(message, "data", "linkBody", "displayTimestamp")
        when = visit.found.time(at + EPOCH) if is_count(at) else visit.time(message)
        if who and who != visit.me:
            visit.found.deed("Follow", who, visit.me, None, at=when)
    return [], _next(doc)
