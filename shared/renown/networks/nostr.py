"""Nostr: a person's notes, reposts and likes, and who liked, zapped, reposted, answered, quoted and mentioned them.

Events are read from the relays that the person names, and believed because they are signed. A zap is believed as the
wish of who asked for it, which is signed; whether it was paid is not looked at. Nobody counts anything here, and what
a relay does not have was not deleted: deletions are events too.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeVar

from ..errors import BadInput, Gone, NotOfFormat, RetriableError, SkippableError, Unwanted
from ..formats.jsontext import parse, text
from .base import BACKFILL, MOST_PAGES, REFETCH, Batch, Cursor, Found, Proof, Secret, To, links_in, objects
from .client import Client
from .nostr_events import Event, is_key, key_of, npub_of, read_event
from .sites import site_of
from .window import FRESH, walk_followers

HOST: Final = "purplepag.es"
"""The relay that collects profiles and lists of relays."""

_PAGES: Final = ("https://njump.me/", "https://primal.net/p/")
"""Where everybody's profile is shown, by its npub."""

_COMMON: Final = ("wss://relay.damus.io", "wss://nos.lol")
"""The relays of those who name none."""

_PROFILE, _NOTE, _CONTACTS, _DELETION, _REPOST, _LIKE, _GENERIC, _VANISH = 0, 1, 3, 5, 6, 7, 16, 62
_WISH, _ZAP, _RELAYS = 9734, 9735, 10002
_SIMPLE: Final = {_LIKE: "Like", _WISH: "Like", _REPOST: "Announce", _GENERIC: "Announce"}
_MOST_MENTIONS: Final = 20
_REACTIONS: Final = [_NOTE, _REPOST, _LIKE, _GENERIC, _ZAP]
_EVENTS: Final = 100
_LISTS: Final = 20
"""Lists of contacts at a time: each may be 100 KB long."""

_MOST_RELAYS: Final = 3
_NAME: Final = re.compile(r"([a-z0-9._-]{1,64})@([a-z0-9.-]{4,253})")
_NOT_ME: Final = re.compile(r"#(?:nobots?|noindex)\b", re.IGNORECASE)

Filter = dict[str, Any]
T = TypeVar("T")


class Nostr:
    """Nostr's connector; an account is `nostr:<public key in hexadecimal digits>`."""

    name = "nostr"
    collects = "notes, reposts, likes; who liked, zapped, reposted, replied, quoted, mentioned, follows"
    secret: Secret | None = None

    def host(self, account: str) -> str:
        """The relay that is asked first is one for all."""
        return HOST

    def resolve(self, given: str, client: Client) -> str:
        """The account of a public key, an npub, or a name like ada@example.com (NIP-05), if it has a profile."""
        bare = given.strip().lower().removeprefix("nostr:")
        key = key_of(bare) or (bare if is_key(bare) else None)
        if key is None and (match := _NAME.fullmatch(bare)):
            key = _named(match[1], match[2], client)
            if key is None:
                raise Gone(f"nostr:{bare}: {match[2]} knows no such name")
        if key is None:
            raise BadInput(f"account {given[:80]!r}: write it as nostr:npub1… or nostr:ada@example.com")
        _Person(key, {}, client).profile()
        return f"{self.name}:{key}"

    def proof(self, account: str, client: Client) -> Proof:
        """What the profile names; the address of its name (NIP-05) is verified if that names the key."""
        key = _key(account)
        doc = _Person(key, {}, client).profile().doc()
        links = links_in(f"{text(doc, 'website') or ''} {text(doc, 'about') or ''}")
        verified: tuple[str, ...] = ()
        match = _NAME.fullmatch((text(doc, "nip05") or "").lower())
        if match and _named(match[1], match[2], client) == key:
            verified = (f"{_well_known(match[2])}?name={match[1]}",)
            verified += (f"https://{match[2]}/",) if match[1] == "_" else ()  # else it is the domain of many
        shown = tuple(f"{site}{npub_of(key)}" for site in _PAGES)
        return Proof(f"{self.name}:{key}", shown[0], (*links, *verified), verified, shown[1:])

    def collect(self, account: str, cursor: Cursor | None, client: Client, now: int) -> Iterator[Batch]:
        """What the person's relays have of them and about them, then their followers."""
        state: Cursor = {**FRESH, "relays": [], "listed": 0, **(cursor or {})}
        person, found = _Person(_key(account), state, client), Found(self.name, now, client.find)
        if now - state["listed"] >= REFETCH:
            person.profile()
            state["listed"] = now
        _look_at_events(person, found)
        state["since"] = max(state["since"], now)
        yield found.batch(state, complete=True)

        def fetch(token: str | None) -> tuple[list[str], str | None]:
            asked: Filter = {"kinds": [_CONTACTS], "#p": [person.key], "limit": _LISTS}
            if token:
                asked["until"] = int(token)
            lists = person.ask(asked)
            oldest = str(min((event.at for event in lists), default=0))
            following = [event.author for event in lists if event.kind == _CONTACTS and person.key in event.keys("p")]
            return person.named(following), oldest if len(lists) > _LISTS // 2 else None

        yield from walk_followers(state, found, person.key, fetch)


def _key(account: str) -> str:
    key = account.removeprefix("nostr:")
    if not is_key(key):
        raise BadInput(f"account {account[:80]!r}: write it as nostr:npub1…")
    return key


def _well_known(domain: str) -> str:
    return f"https://{domain}/.well-known/nostr.json"


def _named(name: str, domain: str, client: Client) -> str | None:
    """The key that a domain gives for a name; redirects do not count (NIP-05)."""
    answer = client.get(_well_known(domain), {"name": name}, allow={404, 410})
    key = text(answer.json(), "names", name) if answer.status == 200 and answer.url == _well_known(domain) else None
    return key if is_key(key) else None


class _Person:
    """An account, and what a visit has at hand."""

    def __init__(self, key: str, state: Cursor, client: Client) -> None:
        self.key, self.state, self.client = key, state, client
        self._is_person: dict[str, bool] = {key: False}
        self._failures: dict[str, Exception] = {}

    def ask(self, *filters: Filter) -> list[Event]:
        """The events that the first relay has which answers."""
        return next(self._answers(lambda relay: self._ask(relay, filters)))

    def _ask(self, relay: str, filters: Sequence[Filter]) -> list[Event]:
        """The events that a relay has, if they are signed."""
        answer = self.client.post(relay, {"filters": list(filters)})
        return [event for doc in objects(answer.json()) if (event := read_event(doc))]

    def _answers(self, ask: Callable[[str], T]) -> Iterator[T]:
        """What the relays answer that are not down; raises what the first one raised where all are."""
        relays = self.state["relays"]
        for relay in relays:
            if relay not in self._failures:
                try:
                    answer = ask(relay)
                except (RetriableError, SkippableError) as error:
                    self._failures[relay] = error
                else:
                    yield answer
        if self._failures.keys() >= set(relays):
            raise self._failures[relays[0]]

    def profile(self) -> Event:
        """The profile; takes in the list of relays."""
        asked: Filter = {"authors": [self.key], "kinds": [_PROFILE, _RELAYS], "limit": 4}
        events = self._ask(f"wss://{HOST}", [asked])
        own = sorted((event for event in events if event.author == self.key), key=lambda event: event.at)
        profiles = [event for event in own if event.kind == _PROFILE]
        if not profiles:
            raise Gone(f"nostr:{self.key}: there is no profile")
        relays = [relay for event in own if event.kind == _RELAYS for relay in event.values("r")]
        usable = [relay for relay in relays if relay.startswith("wss://") and site_of(f"https{relay[3:]}")]
        self.state["relays"] = list(dict.fromkeys(usable))[:_MOST_RELAYS] or list(_COMMON)
        self._check(profiles[-1])
        return profiles[-1]

    def _check(self, profile: Event) -> None:
        doc = profile.doc()
        if doc.get("deleted") is True:
            raise Gone(f"nostr:{self.key}: the account is deleted")
        if _NOT_ME.search(f"{text(doc, 'about') or ''} {text(doc, 'name') or ''}"):
            raise Unwanted(f"nostr:{self.key}: the profile asks not to be indexed or read by bots")

    def events(self, since: int) -> dict[str, Event]:
        """What the person's relays have of them, and about them."""
        found: dict[str, Event] = {}
        for events in self._answers(lambda relay: self._pages(relay, since)):
            found |= events
        own = sorted((event for event in found.values() if event.author == self.key), key=lambda event: event.at)
        if any(event.kind == _VANISH for event in own):
            raise Gone(f"nostr:{self.key}: the account asks to vanish")
        for profile in [event for event in own if event.kind == _PROFILE][-1:]:
            self._check(profile)
        return found

    def _pages(self, relay: str, since: int) -> dict[str, Event]:
        mine: Filter = {"authors": [self.key], "kinds": [_NOTE, _DELETION, _REPOST, _LIKE, _GENERIC], "since": since}
        about: Filter = {"#p": [self.key], "kinds": _REACTIONS, "since": since}
        state: Filter = {"authors": [self.key], "kinds": [_PROFILE, _VANISH]}
        filters = [{**each, "limit": _EVENTS} for each in (mine, about, state)]  # some relays know one limit for all
        found: dict[str, Event] = {}
        for _ in range(MOST_PAGES):
            events = {event.id: event for event in self._ask(relay, filters)}
            shown = [[event for event in events.values() if (event.author == self.key) == own] for own in (True, False)]
            is_new = not events.keys() <= found.keys()
            found |= events
            if not is_new or len(events) < _EVENTS // 2:
                break
            for each, part in zip(filters, shown, strict=False):
                if times := [event.at for event in part if event.kind in each["kinds"]]:
                    each["until"] = min(times)
        return found

    def named(self, keys: list[str]) -> list[str]:
        """Those of some people who say neither that they are a bot nor that they want to be left alone."""
        unknown = sorted(set(keys) - self._is_person.keys())
        for start in range(0, len(unknown), _EVENTS):
            part = unknown[start : start + _EVENTS]
            asked: Filter = {"authors": part, "kinds": [_PROFILE], "limit": len(part)}
            self._is_person |= dict.fromkeys(part, True)
            for event in self.ask(asked):
                doc = event.doc()
                says = _NOT_ME.search(f"{text(doc, 'about') or ''} {text(doc, 'name') or ''}")
                self._is_person[event.author] = doc.get("bot") is not True and not says
        return [key for key in keys if self._is_person[key]]


def _look_at_events(person: _Person, found: Found) -> None:
    since = person.state["since"] - REFETCH if person.state["since"] else found.now - BACKFILL
    events, me = person.events(since), person.key
    others = [event for event in events.values() if event.author != me and me in event.keys("p")]
    zaps = {event.id: request for event in others if event.kind == _ZAP and (request := _wish(event, me))}
    people = set(person.named([*(event.author for event in others), *(wish.author for wish in zaps.values())]))
    for event in events.values():
        if event.author == me:
            _own(event, events, found)
    for event in others:
        wish = zaps.get(event.id, event)
        if wish.author in people:
            _reaction(wish, me, events, found)


def _wish(zap: Event, me: str) -> Event | None:
    """Who asked for a zap of `me`, in an event of their own that is in the receipt (NIP-57)."""
    try:
        wish = read_event(parse((zap.values("description") or [""])[0]))
    except NotOfFormat:
        return None
    return wish if wish and wish.kind == _WISH and wish.keys("p") == [me] else None


def _own(event: Event, events: dict[str, Event], found: Found) -> None:
    """Adds what the person did."""
    me = event.author
    if event.kind == _DELETION:
        for deleted in event.keys("e"):
            found.deed("Delete", me, me, f"nostr:{deleted}", at=event.at)
    elif event.kind == _NOTE:
        parent, quoted = _parent(event, events), _quoted(event, events)
        mentioned = [] if parent else event.keys("p")[:_MOST_MENTIONS]  # those of a thread are in every reply
        tags, uri = found.about(event.values("t"), event.content), f"nostr:{event.id}"
        found.post(me, uri, native=event.id, at=event.at, tags=tags, reply=parent, quote=quoted, mentions=mentioned)
    elif event.kind in _SIMPLE and event.keys("p")[-1:] not in ([], [me]):
        _simple(event, event.keys("p")[-1], events, found)


def _reaction(event: Event, me: str, events: dict[str, Event], found: Found) -> None:
    """Adds what somebody did to a note of the person, or that they were mentioned."""
    if event.kind in _SIMPLE and event.keys("p")[-1:] == [me]:
        _simple(event, me, events, found)
    elif event.kind == _NOTE:
        parent, quoted = _parent(event, events), _quoted(event, events)
        verb, about = "Mention", f"nostr:{event.id}"
        if parent and parent.author == me:
            verb, about = "Reply", parent.post or about
        elif quoted and quoted.author == me:
            verb, about = "Quote", quoted.post or about
        elif parent or any(tag[0] == "e" for tag in event.tags):
            return  # in a thread that the person is in
        tags = event.values("t")
        found.deed(verb, event.author, me, about, at=event.at, native=f"{event.id}:{verb}", tags=tags)


def _simple(event: Event, author: str, events: dict[str, Event], found: Found) -> None:
    target = event.keys("e")[-1:]
    if target and (event.kind != _LIKE or event.content != "-"):
        known = events.get(target[0])
        tags = known.values("t") if known else []
        found.deed(_SIMPLE[event.kind], event.author, author, f"nostr:{target[0]}", at=event.at, tags=tags)


def _parent(event: Event, events: dict[str, Event]) -> To | None:
    """Whom a note replies to, as far as it can be known (NIP-10)."""
    given = [tag for tag in event.tags if tag[0] == "e" and is_key(tag[1])]
    marked = {tag[3]: tag for tag in given if len(tag) > 3 and tag[3] in ("root", "reply")}
    last = given[-1] if given and not any(len(tag) > 3 and tag[3] for tag in given) else None
    parent = marked.get("reply") or marked.get("root") or last
    people = list(dict.fromkeys(event.keys("p")))
    return _to(parent, 4, events, people[0] if len(people) == 1 else None) if parent else None


def _quoted(event: Event, events: dict[str, Event]) -> To | None:
    """Whom a note quotes (NIP-18)."""
    quote = next((tag for tag in event.tags if tag[0] == "q" and is_key(tag[1])), None)
    return _to(quote, 3, events, None) if quote else None


def _to(tag: list[str], place: int, events: dict[str, Event], only: str | None) -> To | None:
    """The event that a tag names; its author is the one who signed it, else who the tag says, else the only one."""
    known = events.get(tag[1])
    said = tag[place] if len(tag) > place and is_key(tag[place]) else only
    author = known.author if known else said
    return To(author, f"nostr:{tag[1]}") if author else None
