"""Activity and observations: the flat records that everything is computed from.

Verbs are those of ActivityStreams 2.0. Inside the program activity is kept as columns (see `parts`); these
records are the shape of one row, checked where rows enter.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from .errors import BadInput

VERBS: Final = ("Create", "Like", "Announce", "Reply", "Mention", "Quote", "Follow", "Accept", "Delete")
"""Create makes a post, Delete takes one (or a reaction) back; the others are reactions."""

EARLIEST: Final = 631152000
"""1990-01-01 in unix seconds: activity that claims to be older is a broken clock, not activity."""

MAX_FIELD: Final = 2048
"""Characters kept of one text field; networks' own limits are far below it."""

MAX_TOPICS: Final = 64

_NETWORK = re.compile(r"[a-z][a-z0-9.-]{0,62}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]")
"""What may stand in no stored text; half a surrogate pair, which JSON can hold, is not storable as UTF-8."""


class Activity(NamedTuple):
    """One thing that somebody did.

    `id` is deterministic (network, native id, verb), so that importing twice changes nothing. `actor` did it;
    `author` is whose post it is (for Follow: who is followed; for Create: the actor); `object` is the post.
    `at` is in unix seconds UTC, None where the network gives no time; `seen_at` is when it was first seen: for
    archives the time it happened. `topics` are normalised tags.
    """

    id: str
    network: str
    verb: str
    actor: str
    author: str | None
    object: str | None
    at: int | None
    seen_at: int
    topics: tuple[str, ...] = ()
    url: str | None = None


class Observation(NamedTuple):
    """A count without people (votes, karma, views) of one post or account at one moment: never invented actors."""

    id: str
    network: str
    kind: str
    account: str | None
    object: str | None
    total: int
    at: int | None
    seen_at: int


class Reject(NamedTuple):
    """A record that could not be read: where it stands and why. The import goes on without it."""

    file: str
    line: int
    reason: str


def account(network: str, native_id: str) -> str:
    """The account `network:id`.

    Raises BadInput where the network's name or the id is not usable as such.
    """
    if not _is_network(network[:64]):
        raise BadInput(f"network {network[:80]!r}: a network is lower-case letters, digits, dots and hyphens")
    native_id = native_id.strip()
    has_control = not native_id.isprintable() and _CONTROL.search(native_id)  # the first is cheap, and seldom true
    if not native_id or len(native_id) > 512 or has_control:
        raise BadInput(f"account id {native_id[:80]!r}: 1 to 512 characters without control characters")
    return f"{network}:{native_id}"


@lru_cache(maxsize=1024)
def _is_network(name: str) -> bool:
    return bool(_NETWORK.fullmatch(name))


def parse_account(text: str) -> tuple[str, str]:
    """`network:id` taken apart; raises BadInput if it is not of that form."""
    network, colon, native_id = text.partition(":")
    if not colon:
        raise BadInput(f"account {text[:80]!r}: write it as network:id, for example mastodon:ada@example.social")
    account(network, native_id)
    return network, native_id.strip()


def check_time(at: int, latest: int) -> int:
    """`at` if it lies between 1990 and `latest` (unix seconds); raises BadInput otherwise."""
    if at > latest:
        raise BadInput(f"time {at} is in the future")
    if at < EARLIEST:
        raise BadInput(f"time {at} is before 1990")
    return at


def topic(text: str) -> str:
    """A tag as a normalised topic: lower case, one form of every letter, words joined by hyphens.

    A topic that is normalised already stays as it is.

    >>> topic("#Machine  Learning")
    'machine-learning'
    """
    folded = unicodedata.normalize("NFKC", _CONTROL.sub("", text)).casefold()
    words = re.sub(r"[\s_/]+", "-", unicodedata.normalize("NFKC", folded))
    return words.lstrip("#-")[:100].rstrip("-")


def topics(texts: Iterable[str]) -> tuple[str, ...]:
    """The normalised topics of `texts`: sorted, without repeats, at most 64."""
    return tuple(sorted({t for t in map(topic, texts) if t}))[:MAX_TOPICS]


def clean(text: str | None) -> str | None:
    """A text of a network made storable: no control characters, at most 2,048 characters; None if nothing is left."""
    if text is None:
        return None
    if not text.isprintable():
        text = _CONTROL.sub("", text)
    return text.strip()[:MAX_FIELD] or None


def fingerprint(*parts: object) -> str:
    """32 hex digits that stand for `parts`: for ids of records that have none of their own."""
    joined = "\x1f".join(["" if p is None else str(p) for p in parts])
    return hashlib.blake2b(joined.encode(), digest_size=16).hexdigest()
