"""Bluesky: posts, reposts, and who liked, reposted, replied, quoted and follows, from the public AppView.

People are known by their DID, which outlives their handle. Who has asked not to be shown to strangers
(`!no-unauthenticated`) is left alone, also as somebody who reacts. Reposts by others have no time here: they are as
old as our first sight of them; a post or like is as old as it says, or as the AppView saw it if that is earlier.
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from ..activity import parse_account
from ..errors import BadInput, Gone, Unwanted
from ..formats.jsontext import Doc, inside, text
from ..formats.times import seconds
from .answer import Answer
from .base import Batch, Cursor, Found, Proof, Secret, To, is_count, links_in, objects
from .budget import Rate
from .client import Client, Params
from .window import FRESH, Page, forget, is_complete, look_up, note_totals, pages_for, walk_followers, walk_posts

HOSTS: Final = ("public.api.bsky.app", "api.bsky.app")
"""The cached AppView, and the one behind it for those whom the cache's provider turns away."""

DIRECTORY: Final = "https://plc.directory"
_SITE: Final = "https://bsky.app/profile"
RATE: Final = Rate(5.0, 20)  # its limits are "generous", and not written down

_DID: Final = re.compile(r"did:(?:plc:[a-z2-7]{24}|web:[a-z0-9.-]{4,253})")
_HANDLE: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}")
_URI: Final = re.compile(r"at://(did:[a-z]+:[A-Za-z0-9._:%-]{1,300})/app\.bsky\.feed\.post/([A-Za-z0-9._:~-]{1,512})")
_COUNTS: Final = {"likes": "likeCount", "shares": "repostCount", "replies": "replyCount", "quotes": "quoteCount"}
_TOTALS: Final = {"followers": "followersCount", "following": "followsCount", "posts": "postsCount"}
_LISTS: Final = {
    "likes": ("Like", "app.bsky.feed.getLikes", "likes"),
    "shares": ("Announce", "app.bsky.feed.getRepostedBy", "repostedBy"),
    "quotes": ("Quote", "app.bsky.feed.getQuotes", "posts"),
}
_LISTED_PEOPLE: Final = ("Like", "Announce")
_PAGE: Final = 100


class Bluesky:
    """Bluesky's connector; an account is `bluesky:<DID>`, whatever its handle is at the moment."""

    name = "bluesky"
    collects = "profile counts, posts and reposts with counts, who liked, reposted, replied, quoted, follows"
    secret: Secret | None = None

    def host(self, account: str) -> str:
        """The AppView."""
        return HOSTS[0]

    def resolve(self, given: str, client: Client) -> str:
        """The account with this DID or handle, if there is one."""
        who = parse_account(given)[1].removeprefix("@").lower()
        if not _DID.fullmatch(who) and not _HANDLE.fullmatch(who):
            raise BadInput(f"account {given[:80]!r}: write it as bluesky:ada.example.com or bluesky:did:plc:...")
        return f"{self.name}:{_profile(who, {}, client).json()['did']}"

    def proof(self, account: str, client: Client) -> Proof:
        """The addresses of the profile, and its handle as one if its domain and the DID's document agree on it."""
        did = _did(account)
        doc = _profile(did, {}, client).json()
        handle = text(doc, "handle") or ""
        confirmed = (f"https://{handle}",) if _owns_handle(did, handle, client) else ()
        links = links_in(text(doc, "description") or "")
        named = tuple(f"{_SITE}/{handle}" for _ in confirmed)
        return Proof(account, f"{_SITE}/{did}", (*confirmed, *links), confirmed, (*named, *confirmed))

    def collect(self, account: str, cursor: Cursor | None, client: Client, now: int) -> Iterator[Batch]:
        """Profile and posts, then the people behind the counts that grew, a post at a time, then the followers."""
        me = _did(account)
        state: Cursor = {**FRESH, **(cursor or {})}
        found = Found(self.name, now, client.find)
        _look_at_profile(me, state, found, client)
        _look_at_posts(me, state, found, client)
        yield found.batch(state, complete=is_complete(state))
        yield from look_up(state, found, partial(_look_for_reactions, me, found, client))
        yield from walk_followers(state, found, me, partial(_followers, me, client))


def _did(account: str) -> str:
    did = parse_account(account)[1]
    if not _DID.fullmatch(did):
        raise BadInput(f"account {account[:80]!r}: it is known by its DID; link its handle, and the DID is looked up")
    return did


def _ask(method: str, params: Params, client: Client, **more: Any) -> Answer:
    allow = set(more.pop("allow", ()))
    answer = client.get(f"https://{HOSTS[0]}/xrpc/{method}", params, rate=RATE, allow={403, *allow}, **more)
    if answer.status == 403:
        answer = client.get(f"https://{HOSTS[1]}/xrpc/{method}", params, rate=RATE, allow=allow, **more)
    return answer


def _listed(method: str, params: Params, name: str, client: Client, token: str | None) -> tuple[list[Doc], str | None]:
    doc = _ask(method, {**params, "limit": _PAGE, **({"cursor": token} if token else {})}, client).json()
    return objects(inside(doc, name)), text(doc, "cursor")


def _profile(who: str, headers: Mapping[str, str], client: Client) -> Answer:
    answer = _ask("app.bsky.actor.getProfile", {"actor": who}, client, headers=headers, allow={400})
    if answer.status == 400 or not (answer.unchanged or _DID.fullmatch(text(answer.json(), "did") or "")):
        raise Gone(f"bluesky:{who}: there is no such account, or it is closed")
    return answer


def _owns_handle(did: str, handle: str, client: Client) -> bool:
    """Whether the handle's domain names the DID, and the DID's document the handle."""
    if not _HANDLE.fullmatch(handle):
        return False
    named = _ask("com.atproto.identity.resolveHandle", {"handle": handle}, client, allow={400}).json()
    kind, _, name = did.removeprefix("did:").partition(":")
    document = f"{DIRECTORY}/{did}" if kind == "plc" else f"https://{name}/.well-known/did.json"
    if text(named, "did") != did:
        return False
    aliases = inside(client.get(document).json(), "alsoKnownAs")
    return isinstance(aliases, list) and f"at://{handle}" in aliases


def _is_shown(person: Any) -> bool:
    """Whether a person may be collected: there is a DID, and no wish to be shown to members only."""
    labels = {text(label, "val") for label in objects(inside(person, "labels"))}
    return bool(_DID.fullmatch(text(person, "did") or "")) and "!no-unauthenticated" not in labels


def _look_at_profile(me: str, state: Cursor, found: Found, client: Client) -> None:
    answer = _profile(me, state["profile"], client)
    if answer.unchanged:
        return
    doc = answer.json()
    if not _is_shown(doc):
        raise Unwanted(f"bluesky:{me}: the profile asks not to be shown to strangers")
    note_totals(state, found, me, {kind: doc.get(name) for kind, name in _TOTALS.items()})
    state["profile"] = answer.validators


def _look_at_posts(me: str, state: Cursor, found: Found, client: Client) -> None:
    def ask(token: str | None, headers: Mapping[str, str]) -> Answer:
        params: Params = {"actor": me, "limit": _PAGE, "filter": "posts_with_replies"}
        params = {**params, "cursor": token} if token else params
        return _ask("app.bsky.feed.getAuthorFeed", params, client, headers=headers)

    def read(answer: Answer) -> Page:
        doc, posts, oldest = answer.json(), {}, found.now
        for item in objects(inside(doc, "feed")):
            post, reason = item.get("post"), item.get("reason")
            where, at = _where(inside(post, "uri")), found.time(_earliest(reason or post))
            if where is None or at is None:
                continue
            oldest = min(oldest, at)
            if text(reason, "by", "did") == me and _is_shown(inside(post, "author")):
                found.deed("Announce", me, where.author, where.uri, at=at, tags=_tags(post), url=where.page)
            elif not reason and where.author == me:
                posts[where.uri] = _post(post, where, at, found)
        return Page(posts, oldest, text(doc, "cursor"))

    missing = walk_posts(state, found, me, ask, read)
    if missing:
        answer = _ask("app.bsky.feed.getPosts", {"uris": missing}, client).json()
        there = {text(post, "uri") for post in objects(inside(answer, "posts"))}
        for key in missing:
            if key not in there:
                forget(state, key, found, me)


def _look_for_reactions(me: str, found: Found, client: Client, key: str, post: Doc) -> Doc:
    for kind, growth in post["owed"].items():
        if kind == "replies":
            answer = _ask(
                "app.bsky.feed.getPostThread", {"uri": key, "depth": 1, "parentHeight": 0}, client, allow={400}
            )
            replies = [inside(reply, "post") for reply in objects(inside(answer.json(), "thread", "replies"))]
            _add("Reply", replies, me, post, found)
        else:
            verb, method, name = _LISTS[kind]
            for items in pages_for(growth, partial(_listed, method, {"uri": key}, name, client)):
                _add(verb, items, me, post, found)
    return {}


def _add(verb: str, items: list[Any], me: str, post: Doc, found: Found) -> None:
    """Adds reactions to a post: likes have an actor, reposts are one, replies and quotes are posts with an author."""
    for item in items:
        person = item if verb == "Announce" else inside(item, "actor") or inside(item, "author")
        own = _where(inside(item, "uri"))
        if _is_shown(person) and person["did"] != me and (own or verb in _LISTED_PEOPLE):
            at = None if verb == "Announce" else _earliest(item)
            native = f"{own.uri}:{verb}" if own else None
            url = own.page if own else post["url"]
            found.deed(verb, person["did"], me, post["uri"], at=at, native=native, tags=post["tags"], url=url)


def _followers(me: str, client: Client, token: str | None) -> tuple[list[str], str | None]:
    people, following = _listed("app.bsky.graph.getFollowers", {"actor": me}, "followers", client, token)
    return [person["did"] for person in people if _is_shown(person)], following


class _Where(NamedTuple):
    """A post's address: `uri` says whose it is and where in their repository, `page` shows it."""

    author: str
    uri: str
    page: str


def _where(uri: Any) -> _Where | None:
    match = _URI.fullmatch(uri) if isinstance(uri, str) else None
    return _Where(match[1], match[0], f"{_SITE}/{match[1]}/post/{match[2]}") if match else None


def _to(uri: Any) -> To | None:
    where = _where(uri)
    return To(where.author, where.uri) if where else None


def _earliest(item: Any) -> str:
    """When a post or a like was made: what it says, or when the AppView saw it if that is earlier."""
    times = (text(item, "createdAt"), text(item, "record", "createdAt"), text(item, "indexedAt"))
    return min((time for time in times if time), key=_seconds, default="")


def _seconds(time: str) -> int:
    try:
        return seconds(time)
    except BadInput:
        return 0  # the record is refused for it


def _features(post: Any, kind: str) -> list[Doc]:
    """What its author marked in the text of a post."""
    marked = [each for facet in objects(inside(post, "record", "facets")) for each in objects(facet.get("features"))]
    return [each for each in marked if each.get("$type") == f"app.bsky.richtext.facet#{kind}"]


def _tags(post: Any) -> list[str]:
    own = inside(post, "record", "tags")
    unmarked = [tag for tag in own if isinstance(tag, str)] if isinstance(own, list) else []
    return [*(text(each, "tag") or "" for each in _features(post, "tag")), *unmarked]


def _post(post: Any, where: _Where, at: int, found: Found) -> Doc:
    """Adds a post of the account; what is remembered of it."""
    record = inside(post, "record")
    tags = found.about(_tags(post), text(record, "text"))
    quoted = inside(record, "embed", "record")
    found.post(
        where.author,
        where.uri,
        native=where.uri,
        at=at,
        tags=tags,
        url=where.page,
        reply=_to(inside(record, "reply", "parent", "uri")),
        quote=_to(inside(quoted, "uri") or inside(quoted, "record", "uri")),
        mentions=[did for each in _features(post, "mention") if (did := text(each, "did"))],
    )
    counts = {kind: post[name] for kind, name in _COUNTS.items() if is_count(post.get(name))}
    return {"at": at, "uri": where.uri, "url": where.page, "tags": tags, "counts": counts}
