"""What every network's connector promises, and what they share: records with ids that never change, pages, windows.

A connector is asked for one account at a time. It gives batches: records, and a cursor behind them, a JSON object
that the caller keeps once the records are safe. Whenever it is interrupted, the last cursor leads on from there, and
what is given twice has the same id. Post text stays where it is read: only topics leave it.
"""

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from ..activity import Activity, Observation, account, check_time, clean, fingerprint, topics
from ..errors import BadInput
from ..formats import Find
from ..formats.jsontext import Doc
from ..formats.times import seconds
from .client import Access, Client

DAY: Final = 86_400
REFETCH: Final = 7 * DAY
"""How far behind the newest post every visit looks again, for counts that grew and posts that vanished."""

BACKFILL: Final = 90 * DAY
"""How far back the first visit looks: two and a half half-lives of the score."""

FOLLOWERS_EVERY: Final = 30 * DAY
MOST_PAGES: Final = 10
"""Pages of one list that are read on one visit."""

MOST_POSTS: Final = 20
"""Posts whose reactions are looked up on one visit; the others are owed to the next one."""

Cursor = Doc
T = TypeVar("T")


@dataclass(frozen=True)
class Batch:
    """Some records of an account, and the cursor behind them.

    `rejects` says why records were left out that could not be read. `complete` counts in the last batch of a visit:
    whether nothing is owed to the next one.
    """

    activity: list[Activity]
    observations: list[Observation]
    rejects: list[str]
    cursor: Cursor
    complete: bool


@dataclass(frozen=True)
class Proof:
    """What the public profile of `account` says about where else its owner is, readable at `evidence`.

    `links` are the addresses it names; `verified` are those of them that the network itself has found to link back.
    `addresses` are those, beside `evidence`, under which the account is known. Whoever names one of these names the
    account: they may not be taken from what a stranger's server says, unless they are on that server.
    """

    account: str
    evidence: str
    links: tuple[str, ...] = ()
    verified: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


class Secret(NamedTuple):
    """A token or key that the operator has to ask for: which host it opens, and how it is sent there."""

    host: str
    opens: Callable[[str], Access]
    needed: bool = True
    """Whether nothing can be had without it."""


def bearer(token: str) -> Access:
    """How most networks want a token to be sent."""
    return Access({"authorization": f"Bearer {token}"})


class Network(Protocol):
    """One network. Every function may raise what `Client.get` raises."""

    name: str
    collects: str
    """In a line: what is collected."""

    secret: Secret | None
    """What opens the network; None where there is no such thing."""

    def host(self, account: str) -> str:
        """The host that is asked about `account`: accounts of one host are collected one after the other."""

    def resolve(self, given: str, client: Client) -> str:
        """The account, in the one form that is stored, that a person means by `given` (an account, as they wrote it).

        Raises BadInput for what cannot be an account of this network, Gone where there is none.
        """

    def collect(self, account: str, cursor: Cursor | None, client: Client, now: int) -> Iterator[Batch]:
        """What is new about `account` since `cursor` (None: never visited), at `now` (unix seconds).

        Raises Gone, or Renamed, where the account is no longer there, Unwanted where its owner wants it left alone.
        """

    def proof(self, account: str, client: Client) -> Proof:
        """What the account's profile names."""


class To(NamedTuple):
    """Whose post, and where the network says it, which post, another one replies to or quotes."""

    author: str
    post: str | None


@dataclass
class Found:
    """What was found and is not given away yet. Native ids come in, records go out; what cannot be read is noted.

    People are native ids of the network, times unix seconds or RFC 3339. `find` finds topics in texts.
    """

    network: str
    now: int
    find: Find | None = None
    activity: list[Activity] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    rejects: list[str] = field(default_factory=list)

    def deed(  # noqa: PLR0913  # one argument for each field of a record
        self,
        verb: str,
        actor: str,
        author: str,
        post: str | None,
        *,
        at: int | str | None,
        native: str | None = None,
        tags: Iterable[str] = (),
        url: str | None = None,
    ) -> None:
        """Adds that `actor` did `verb` to `post` of `author`.

        Its id is made of `native`, where the network has an id for it, else of what was done, to what, by whom: a
        like is one like, however often it is seen.
        """
        parts = (native,) if native else ((post or author).removeprefix(f"{self.network}:"), verb, actor)
        try:
            self.activity.append(
                Activity(
                    _id(self.network, *parts),
                    self.network,
                    verb,
                    account(self.network, actor),
                    account(self.network, author),
                    clean(post),
                    None if at is None else moment(at, self.now),
                    self.now,
                    topics(tags),
                    web_address(url) or web_address(post),
                )
            )
        except BadInput as error:
            self.rejects.append(f"{verb} {ascii(post or author)[:200]}: {error}")

    def post(  # noqa: PLR0913  # one argument for each thing that a post says
        self,
        actor: str,
        post: str,
        *,
        native: str,
        at: int | str,
        tags: Iterable[str] = (),
        url: str | None = None,
        reply: To | None = None,
        quote: To | None = None,
        mentions: Iterable[str] = (),
    ) -> None:
        """Adds a post of `actor`, and whom it replies to, quotes and mentions: each person once, and never `actor`."""
        tags = tuple(tags)
        self.deed("Create", actor, actor, post, at=at, native=native, tags=tags, url=url)
        reached = {actor}
        for verb, to in (("Reply", reply), ("Quote", quote)):
            if to and to.author != actor:
                reached.add(to.author)
                self.deed(verb, actor, to.author, to.post, at=at, native=f"{native}:{verb}", tags=tags, url=url)
        for who in sorted(set(mentions) - reached):
            native_ = f"{native}:Mention:{self.network}:{who}"
            self.deed("Mention", actor, who, post, at=at, native=native_, tags=tags, url=url)

    def about(self, tags: Iterable[str], *texts: str | None) -> list[str]:
        """Some tags, and the topics of a text with these tags: its heading, if it has one, and the rest of it."""
        given, said = list(tags), [each for each in texts if each]
        return [*given, *(self.find("\n".join(said), given) if self.find and said else ())]

    def counts(self, who: str, post: str | None, totals: Mapping[str, object]) -> None:
        """Adds the totals of a post, or of `who` as a whole; what is no count is passed over."""
        day = time.strftime("%Y-%m-%d", time.gmtime(self.now))
        for kind, total in totals.items():
            if is_count(total):
                id_ = _id(self.network, post or who, kind, day, str(total))
                whose = account(self.network, who)
                self.observations.append(
                    Observation(id_, self.network, kind, whose, clean(post), int(str(total)), None, self.now)
                )

    def time(self, given: int | str | None) -> int | None:
        """A time as unix seconds; None, and a note, where it is none or cannot be."""
        try:
            return moment(given or "", self.now)
        except BadInput as error:
            self.rejects.append(str(error))
            return None

    def batch(self, cursor: Cursor, *, complete: bool = False) -> Batch:
        """Everything found since the last batch, as one."""
        batch = Batch(self.activity, self.observations, self.rejects, dict(cursor), complete)
        self.activity, self.observations, self.rejects = [], [], []
        return batch


def moment(given: int | str, now: int) -> int:
    """A time that a network gave, as unix seconds; raises BadInput where it is none, or more than a day ahead."""
    return check_time(seconds(given) if isinstance(given, str) else given, now + DAY)


def is_count(value: object) -> bool:
    """Whether a network's answer has a plausible count here."""
    return type(value) is int and 0 <= value < 1 << 53


def web_address(text: str | None) -> str | None:
    """The text if it is an address that a page may link to."""
    return clean(text) if text and text.startswith(("https://", "http://")) else None


def objects(value: Any) -> list[Doc]:
    """The JSON objects of what should be a list of them."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def pages(fetch: Callable[[str | None], tuple[T, str | None]], most: int = MOST_PAGES) -> Iterator[T]:
    """Pages of a list, at most `most`; `fetch` gives one by its token, and the token of the next one.

    Ends where a token comes again, as it does in lists that go round.
    """
    seen: set[str | None] = {None}
    token = None
    for _ in range(most):
        page, token = fetch(token)
        yield page
        if token in seen:
            return
        seen.add(token)


def newest(posts: Mapping[str, Doc]) -> dict[str, Doc]:
    """The newest of some posts (each has an "at"), as many as a cursor can hold."""
    kept: dict[str, Doc] = {}
    size = 0
    for key in sorted(posts, key=lambda key: (-posts[key]["at"], key)):
        size += len(json.dumps([key, posts[key]]).encode())
        if size > _REMEMBERED:
            break
        kept[key] = posts[key]
    return kept


_REMEMBERED: Final = 200_000
"""Bytes of posts in a cursor; an item of the table holds twice as much."""

_LINK: Final = re.compile(r"https?://[^\s<>\"'\\^`{|}]{1,500}", re.IGNORECASE)
_HASHTAG: Final = re.compile(r"(?<![\w&/#])#(\w{1,100})")


def links_in(text: str) -> tuple[str, ...]:
    """The addresses that a text names, at most 50, without the punctuation behind them."""
    found = (match[0].rstrip(".,;:!?)]") for match in _LINK.finditer(text[:20_000]))
    return tuple(dict.fromkeys(found))[:50]


def hashtags_in(text: str) -> list[str]:
    """The hashtags of a text."""
    return _HASHTAG.findall(text[:20_000])


def _id(network: str, *parts: str) -> str:
    """An id that says what it stands for, or stands for it, where it could not be stored as it is."""
    text = ":".join((network, *parts))
    return text if clean(text) == text else f"{network}:{fingerprint(ascii(text))}"
