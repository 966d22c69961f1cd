"""Mastodon and servers that speak its API: posts, boosts, and who favourited, boosted, replied and follows.

An account's own server is asked: others know only part of what happened. Who asks on their profile to be left alone
(not discoverable, not to be indexed, #nobot) is, also as somebody who reacts; bots are no people. Likes and boosts
have no time here: they are as old as our first sight of them. Who quoted a post is told to its author only.
"""

import html
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from ..activity import parse_account
from ..errors import BadInput, Gone, Renamed, SkippableError, Unwanted
from ..formats.html_text import bare_text
from ..formats.jsontext import Doc, inside, text
from .answer import Answer
from .base import Batch, Cursor, Found, Proof, Secret, To, is_count, links_in, objects, web_address
from .budget import Rate
from .client import Client, Params
from .window import FRESH, Page, forget, is_complete, look_up, note_totals, pages_for, walk_followers, walk_posts

RATE: Final = Rate(1.0, 10)
"""300 requests in 5 minutes for each address."""

PAGED: Final = Rate(1 / 3, 10)
"""300 in 15 minutes of those that go on behind a first page."""

_NAME: Final = re.compile(r"@?([a-z0-9_](?:[a-z0-9_.-]{0,62}[a-z0-9_])?)@([a-z0-9.-]{4,253})")
_ACCT: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}(?:@[\w.-]{4,253}(?::\d{1,5})?)?")
_ID: Final = re.compile(r"[0-9A-Za-z]{1,40}")
_NOT_ME: Final = re.compile(r"#(?:nobots?|noindex)\b", re.IGNORECASE)
_TAG: Final = re.compile(r"<[^<>]*>")
_HREF: Final = re.compile(r'href="(https?://[^"\s]{1,500})"')
_COUNTS: Final = {
    "likes": "favourites_count",
    "shares": "reblogs_count",
    "replies": "replies_count",
    "quotes": "quotes_count",
}
_TOTALS: Final = {"followers": "followers_count", "following": "following_count", "posts": "statuses_count"}
_WHO: Final = {"likes": ("Like", "favourited_by"), "shares": ("Announce", "reblogged_by")}
_FIELDS: Final = 20
_PEOPLE: Final = 80
_STATUSES: Final = 40


class Mastodon:
    """Mastodon's connector; an account is `mastodon:<user>@<domain>` in lower case."""

    name = "mastodon"
    collects = "profile counts, posts and boosts with counts, who favourited, boosted, replied, follows"
    secret: Secret | None = None

    def host(self, account: str) -> str:
        """The account's own server."""
        return _name(account)[1]

    def resolve(self, given: str, client: Client) -> str:
        """The account, if its server knows it."""
        home = _Home(*_name(given), {}, client)
        home.known(home.profile())
        return f"{self.name}:{home.me}"

    def proof(self, account: str, client: Client) -> Proof:
        """The addresses in the profile's fields; those with a date the server has found to link back with rel=me."""
        home = _Home(*_name(account), {}, client)
        doc = home.known(home.profile())
        links: list[str] = []
        verified: list[str] = []
        for field in objects(inside(doc, "fields"))[:_FIELDS]:
            value = text(field, "value") or ""
            named = [html.unescape(link) for link in _HREF.findall(value)[:1]] or links_in(value)[:1]
            links += named
            verified += named if text(field, "verified_at") else []
        own = home.addresses()
        shown = web_address(text(doc, "url"))
        evidence = shown if shown and home.is_on(shown) else own[0]
        return Proof(f"{self.name}:{home.me}", evidence, tuple(links), tuple(verified), own)

    def collect(self, account: str, cursor: Cursor | None, client: Client, now: int) -> Iterator[Batch]:
        """Profile and posts, then the people behind the counts that grew, a post at a time, then the followers."""
        state: Cursor = {**FRESH, **(cursor or {})}
        home, found = _Home(*_name(account), state, client), Found(self.name, now, client.find)
        _look_at_profile(home, found)
        _look_at_posts(home, found)
        yield found.batch(state, complete=is_complete(state))
        yield from look_up(state, found, partial(_look_for_reactions, home, found))
        followers = partial(home.people, f"accounts/{state['id']}/followers")
        yield from walk_followers(state, found, home.me, followers)


def _name(account: str) -> tuple[str, str]:
    given = account.removeprefix("mastodon:").strip().lower()
    match = _NAME.fullmatch(given)
    if not match:
        raise BadInput(f"account {account[:80]!r}: write it as mastodon:ada@example.social")
    parse_account(f"mastodon:{given}")
    return match[1], match[2]


class _Home:
    """An account's own server."""

    def __init__(self, user: str, domain: str, state: Cursor, client: Client) -> None:
        self.user, self.domain, self.state, self.client = user, domain, state, client
        self.me = f"{user}@{domain}"

    def get(self, path: str, params: Params | None = None, **more: Any) -> Answer:
        """The answer of the server's API."""
        rate = PAGED if params and "max_id" in params else RATE
        return self.client.get(f"https://{self.state.get('server', self.domain)}{path}", params, rate=rate, **more)

    def profile(self) -> Answer:
        """The account, or that it has not changed; finds out which server has it where the domain has none."""
        try:
            return self._looked_up(self.state.get("profile", {}))
        except SkippableError:
            server = None if "server" in self.state else self._server()
            if server is None:
                raise
        self.state["server"] = server
        return self._looked_up({})

    def _looked_up(self, headers: Mapping[str, str]) -> Answer:
        answer = self.get("/api/v1/accounts/lookup", {"acct": self.user}, headers=headers, allow={404, 410})
        if answer.status in (404, 410):
            raise Gone(f"mastodon:{self.me}: there is no such account, or it is not shown to strangers")
        if not answer.unchanged:
            answer.json()  # a page instead of an answer is no server
        return answer

    def known(self, answer: Answer) -> Doc:
        """The account that a profile shows, if it is this one and still here."""
        doc = answer.json()
        is_here = bool(_ID.fullmatch(text(doc, "id") or "")) and inside(doc, "suspended") is not True
        if not is_here or self.name_of(doc) != self.me:
            raise Gone(f"mastodon:{self.me}: there is no such account")
        if inside(doc, "moved"):
            raise Renamed(f"mastodon:{self.me}", f"mastodon:{self.name_of(doc['moved'])}")
        return dict(doc)

    def _server(self) -> str | None:
        """The server that webfinger names for the domain, if that server names the domain (RFC 7033)."""
        resource = {"resource": f"acct:{self.me}"}
        path = "/.well-known/webfinger"
        try:
            links = objects(inside(self.get(path, resource).json(), "links"))
            (server,) = {urlsplit(text(link, "href") or "").hostname for link in links if link.get("rel") == "self"}
            back = self.client.get(f"https://{server}{path}", resource, rate=RATE).json()
        except (SkippableError, ValueError):
            return None
        return server if server != self.domain and text(back, "subject") == resource["resource"] else None

    def is_on(self, url: str) -> bool:
        """Whether an address is on the account's own server: no server can speak for another."""
        try:
            return urlsplit(url).hostname in (self.domain, self.state.get("server", self.domain))
        except ValueError:
            return False

    def addresses(self) -> tuple[str, ...]:
        """Where Mastodon shows the account, to people and to programs, on its domain and its server."""
        hosts = dict.fromkeys((self.state.get("server", self.domain), self.domain))
        return tuple(f"https://{host}/{path}{self.user}" for host in hosts for path in ("@", "users/"))

    def name_of(self, doc: Any) -> str:
        """A person's name; the domain is not said of those on the same server."""
        acct = (text(doc, "acct") or "").lower()
        return acct if "@" in acct else f"{acct}@{self.domain}"

    def people(self, path: str, token: str | None) -> tuple[list[str], str | None]:
        """A page of the people who may be collected, and the token of the next page."""
        params: Params = {"limit": _PEOPLE, **({"max_id": token} if token else {})}
        answer = self.get(f"/api/v1/{path}", params, allow={404})
        if answer.status == 404:
            return [], None  # the post has vanished meanwhile, or the list is hidden
        return [self.name_of(doc) for doc in objects(answer.json()) if _may_be_named(doc)], _next(answer)


def _next(answer: Answer) -> str | None:
    """The token of the next page; only that is taken from its address, which could lead anywhere."""
    found = re.search(r'<([^<>]*)>;\s*rel="next"', answer.headers.get("link", ""))
    match = re.search(r"[?&]max_id=([0-9A-Za-z]{1,40})(?:&|$)", found[1]) if found else None
    return match[1] if match else None


def _wants_to_be_left_alone(doc: Doc) -> bool:
    said = _TAG.sub("", f"{text(doc, 'note') or ''} {text(doc, 'display_name') or ''}")
    return doc.get("discoverable") is False or doc.get("noindex") is True or bool(_NOT_ME.search(said))


def _may_be_named(doc: Doc) -> bool:
    is_person = doc.get("bot") is not True and doc.get("suspended") is not True
    return is_person and bool(_ACCT.fullmatch(text(doc, "acct") or "")) and not _wants_to_be_left_alone(doc)


def _look_at_profile(home: _Home, found: Found) -> None:
    answer = home.profile()
    if answer.unchanged:
        return
    doc, state = home.known(answer), home.state
    if _wants_to_be_left_alone(doc):
        raise Unwanted(f"mastodon:{home.me}: the profile asks not to be discovered, indexed or read by bots")
    note_totals(state, found, home.me, {kind: doc.get(name) for kind, name in _TOTALS.items()})
    state.update(id=doc["id"], profile=answer.validators)


def _look_at_posts(home: _Home, found: Found) -> None:
    state = home.state
    path = f"/api/v1/accounts/{state['id']}/statuses"

    def ask(token: str | None, headers: Mapping[str, str]) -> Answer:
        return home.get(path, {"limit": _STATUSES, **({"max_id": token} if token else {})}, headers=headers)

    def read(answer: Answer) -> Page:
        posts, oldest = {}, found.now
        for status in objects(answer.json()):
            key, at = text(status, "id") or "", found.time(text(status, "created_at"))
            if at is None or not _ID.fullmatch(key):
                continue
            oldest = min(oldest, at)
            if isinstance(status.get("reblog"), dict):
                _boost(status["reblog"], at, home, found)
            elif text(status, "uri"):
                posts[key] = _post(status, at, home, found)
        return Page(posts, oldest, _next(answer))

    for key in walk_posts(state, found, home.me, ask, read):
        if home.get(f"/api/v1/statuses/{key}", allow={401, 403, 404, 410}).status in (404, 410):
            forget(state, key, found, home.me)


def _tags(status: Any) -> list[str]:
    return [text(tag, "name") or "" for tag in objects(inside(status, "tags"))]


def _boost(boosted: Doc, at: int, home: _Home, found: Found) -> None:
    author = boosted.get("account")
    if isinstance(author, dict) and _may_be_named(author):
        uri, url = text(boosted, "uri"), text(boosted, "url")
        found.deed("Announce", home.me, home.name_of(author), uri, at=at, tags=_tags(boosted), url=url)


def _post(status: Doc, at: int, home: _Home, found: Found) -> Doc:
    """Adds a post of the account; what is remembered of it."""
    uri, people = status["uri"], {text(who, "id"): home.name_of(who) for who in objects(status.get("mentions"))}
    tags = found.about(_tags(status), text(status, "spoiler_text"), bare_text(text(status, "content") or ""))
    answered, quoted = people.get(text(status, "in_reply_to_account_id")), inside(status, "quote", "quoted_status")
    quoted_author = inside(quoted, "account")
    found.post(
        home.me,
        uri,
        native=f"{uri}/activity",  # as an export of the account names it
        at=at,
        tags=tags,
        url=text(status, "url"),
        reply=To(answered, None) if answered else None,
        quote=To(home.name_of(quoted_author), text(quoted, "uri")) if text(quoted_author, "acct") else None,
        mentions=people.values(),
    )
    counts = {kind: status[name] for kind, name in _COUNTS.items() if is_count(status.get(name))}
    return {"at": at, "uri": uri, "url": text(status, "url"), "tags": tags, "counts": counts}


def _look_for_reactions(home: _Home, found: Found, key: str, post: Doc) -> Doc:
    for kind, growth in post["owed"].items():
        if kind in _WHO:
            verb, path = _WHO[kind]
            for names in pages_for(growth, partial(home.people, f"statuses/{key}/{path}")):
                for name in names:
                    found.deed(verb, name, home.me, post["uri"], at=None, tags=post["tags"], url=post["url"])
        elif kind == "replies":
            _look_for_replies(home, found, key, post)
    return {}


def _look_for_replies(home: _Home, found: Found, key: str, post: Doc) -> None:
    answer = home.get(f"/api/v1/statuses/{key}/context", allow={404})
    for reply in objects(inside(answer.json(), "descendants")) if answer.status == 200 else ():
        author, uri = reply.get("account"), text(reply, "uri")
        if reply.get("in_reply_to_id") != key or not uri or not isinstance(author, dict) or not _may_be_named(author):
            continue
        if (name := home.name_of(author)) != home.me:
            at, native, url = text(reply, "created_at"), f"{uri}/activity:Reply", text(reply, "url")
            found.deed("Reply", name, home.me, post["uri"], at=at, native=native, tags=post["tags"], url=url)
