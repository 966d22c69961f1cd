"""What readers see of the table: one whole run, which one pointer names.

Items: `pointer`/`current` names the run; `card#<id>`/<run> is a scorecard, where <id> is `@handle` for a profile
and `network:id` for an account (of an account that belongs to a profile, a note that names the handle);
`top#<run>`/<page> is a page of the leaderboard, `receipts#<id>`/<run>#<page> one of a profile's receipts,
`relationships#<id>`/<run> with whom it has to do, `topics#<id>`/<run> its topics, `segments#<id>`/<run> its audience by
community and topic; `voices#<topic>`/<run> is who is heard on a topic, `topiclist#<run>`/<page> a page of the list of
topics;
`why#<id>`/<run> is why a profile's score changed since the run that readers saw before, `moved`/<run> whose did most;
`method`/<run> is how it came about.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final

from .errors import NotFound
from .table import Doc, Item, Reader

PAGE: Final = 100
"""Entries on one stored page of the leaderboard, and of receipts."""

MOST_WHYS: Final = 1_000
"""Changes of one profile that are read to add them up."""

POINTER: Final = ("pointer", "current")


@dataclass(frozen=True)
class Pointer:
    """Which run readers see; `previous` is the one to roll back to.

    `published_at` is when it became so, and `next_at` when the next one is expected to (RFC 3339). `secret` signs the
    cursors of lists: it is made with the first pointer, stays, and is never shown.
    """

    run: str
    at: str
    formula: str
    scorecards: int
    scored: int
    mean: float | None
    made_up: bool
    population: str
    topics: int = 0
    previous: str | None = None
    published_at: str | None = None
    next_at: str | None = None
    secret: str = field(default="", repr=False)


def current(table: Reader) -> tuple[Pointer, int] | None:
    """The pointer and its item's version; None before the first run is published."""
    item = table.get(*POINTER)
    return (pointer_of(item.doc), item.version) if item else None


def pointer_of(doc: Doc) -> Pointer:
    """The pointer that a document tells; what this version of Renown does not know is left out."""
    known = {each.name for each in fields(Pointer)}
    return Pointer(**{name: value for name, value in doc.items() if name in known})


def pointer_item(pointer: Pointer, version: int) -> Item:
    """The item that makes readers see `pointer.run`."""
    return Item(*POINTER, asdict(pointer), version)


def card_key(card_id: str, run: str) -> tuple[str, str]:
    """Where the scorecard of `@handle` or `network:id` stands."""
    return f"card#{card_id}", run


def top_key(run: str, page: int) -> tuple[str, str]:
    """Where page `page` (from 0) of a run's leaderboard stands."""
    return f"top#{run}", f"{page:06d}"


def receipts_key(card_id: str, run: str, page: int) -> tuple[str, str]:
    """Where page `page` (from 0) of the receipts of `@handle` stands."""
    return f"receipts#{card_id}", f"{run}#{page:06d}"


def relationships_key(card_id: str, run: str) -> tuple[str, str]:
    """Where the relationships of `@handle` stand."""
    return f"relationships#{card_id}", run


def relationships(table: Reader, run: str, card_id: str) -> Doc | None:
    """With whom a profile has to do, as `scoring.relationships` says; None for an account, and in older runs."""
    return _doc(table, relationships_key(card_id, run))


def topics_key(card_id: str, run: str) -> tuple[str, str]:
    """Where the topics of `@handle` stand."""
    return f"topics#{card_id}", run


def topics(table: Reader, run: str, card_id: str) -> Doc | None:
    """The topics of a profile, as `scoring.voices` says; None for an account, and in older runs."""
    return _doc(table, topics_key(card_id, run))


def voices_key(topic: str, run: str) -> tuple[str, str]:
    """Where it stands who is heard on a topic."""
    return f"voices#{topic}", run


def voices(table: Reader, run: str, topic: str) -> Doc | None:
    """Who is heard on a topic, as `scoring.voices` says; None where nobody is."""
    return _doc(table, voices_key(topic, run))


def topic_list_key(run: str, page: int) -> tuple[str, str]:
    """Where page `page` (from 0) of a run's list of topics stands."""
    return f"topiclist#{run}", f"{page:06d}"


def topic_list(table: Reader, run: str, start: int, limit: int) -> list[dict[str, Any]]:
    """At most `limit` of a run's topics from `start` (from 0): what most people react to first."""
    return _entries(_pages(table, start, limit, lambda page: topic_list_key(run, page)), start, limit)


def segments_key(card_id: str, run: str) -> tuple[str, str]:
    """Where the segments of the audience of `@handle` stand."""
    return f"segments#{card_id}", run


def segments(table: Reader, run: str, card_id: str) -> Doc | None:
    """A profile's audience in parts, as `scoring.segments` says; None for an account, and in older runs."""
    return _doc(table, segments_key(card_id, run))


def called(segment: Doc) -> str:
    """What a segment is called: its topic, or its community's number with who is heard there and what about.

    >>> called({"segment": "2", "stability": 0.8, "voices": ["@ada"], "topics": [{"topic": "beer", "lift": 2.0}]})
    'community 2, around @ada, on beer'
    """
    if segment["stability"] is None:
        return str(segment["segment"])
    around = f", around {', '.join(segment['voices'])}" if segment["voices"] else ""
    on = f", on {', '.join(each['topic'] for each in segment['topics'])}" if segment["topics"] else ""
    return f"community {segment['segment']}{around}{on}"


def card(table: Reader, run: str, card_id: str) -> Doc | None:
    """The scorecard of `@handle` or `network:id` in `run`; for an account of a profile, the profile's."""
    item = table.get(*card_key(card_id, run))
    if item and "profile" in item.doc and "score" not in item.doc:
        item = table.get(*card_key(f"@{item.doc['profile']}", run))
    return item.doc if item else None


def cards(table: Reader, run: str, ids: Sequence[str]) -> dict[str, Doc]:
    """The scorecards of `ids`, each `@handle` or `network:id`, in `run` as `card` gives them; none where there is none.

    Two reads of the table, however many they are.
    """
    keys = {card_key(each, run): each for each in ids}
    found = {keys[item.pk, item.sk]: item.doc for item in table.get_many(keys)}
    notes = {each: f"@{doc['profile']}" for each, doc in found.items() if "profile" in doc and "score" not in doc}
    theirs = {item.doc["id"]: item.doc for item in table.get_many(card_key(of, run) for of in notes.values())}
    return {each: doc for each in ids if (doc := theirs.get(notes[each]) if each in notes else found.get(each))}


def moment(run: str) -> str:
    """The moment of a run as its name begins with it: the earlier, the smaller."""
    return run.partition("Z-")[0]


def why_key(card_id: str, run: str) -> tuple[str, str]:
    """Where it stands why a profile's score changed with `run`."""
    return f"why#{card_id}", run


def why(table: Reader, run: str, card_id: str) -> Doc | None:
    """Why a profile's score changed with `run` since the one that readers saw before; None where that is not known."""
    return _doc(table, why_key(card_id, run))


def whys(table: Reader, since: str, run: str, card_id: str) -> list[Doc]:
    """Why a profile's score changed from one published run to a later one: with every run between them, in order.

    Raises NotFound where no published changes lead from one to the other.
    """
    pk, _ = why_key(card_id, run)
    found = {item.sk: item.doc for item in table.query(pk, after=moment(since), limit=MOST_WHYS)}
    chain: list[Doc] = []
    while run != since:
        doc = found.pop(run, None)
        if doc is None:
            raise NotFound(f"{card_id}: no published changes lead from run {since} to run {run}")
        chain.append(doc)
        run = doc["from"]["run"]
    return chain[::-1]


def changes_since(table: Reader, run: str, card_id: str, since: str) -> list[Doc]:
    """Why a profile's score changed with each run published from the day `since` until `run`, in order."""
    pk, _ = why_key(card_id, run)
    return [item.doc for item in table.query(pk, after=since, limit=MOST_WHYS) if item.sk <= run]


def moved_key(run: str) -> tuple[str, str]:
    """Where it stands whose score moved most with a run."""
    return "moved", run


def moved(table: Reader, run: str) -> Doc | None:
    """{"up", "down"}: the profiles whose score rose and fell most with `run`, as {"id", "change", "score"}.

    None for the first run.
    """
    return _doc(table, moved_key(run))


def method_key(run: str) -> tuple[str, str]:
    """Where it stands how a run's scores came about."""
    return "method", run


def method(table: Reader, run: str) -> Doc:
    """{"formula", "backtest", "redteam"}: a run's formula, and the last record and price of gaming, or None.

    Raises NotFound for a run that was published without.
    """
    item = table.get(*method_key(run))
    if item is None:
        raise NotFound(f"run {run} was published without its method: publish a newer run")
    return item.doc


def leaderboard(table: Reader, run: str, start: int, limit: int) -> list[dict[str, Any]]:
    """At most `limit` entries of a run's leaderboard from rank `start` (from 0): highest score first."""
    return _entries(_pages(table, start, limit, lambda page: top_key(run, page)), start, limit)


def receipts(table: Reader, run: str, card_id: str, start: int, limit: int) -> Doc | None:
    """At most `limit` receipts of `@handle` in `run` from position `start` (from 0), biggest first.

    {"reactions", "before", "here", "after", "entries"}: `reactions` counts all of them, before, here and after say how
    many, and how many points, come before these, are these, and come after. None where there is nothing at `start`.
    """
    pages = list(_pages(table, start, limit, lambda page: receipts_key(card_id, run, page)))
    if not pages:
        return None
    first = pages[0]
    ahead = math.fsum([first["before"], *(entry["points"] for entry in first["entries"][: start % PAGE])])
    entries = _entries(pages, start, limit)
    return split(first["score"], ahead, entries, start, first["reactions"]) | {"entries": entries}


def split(score: float, before: float, entries: list[dict[str, Any]], start: int, of: int) -> Doc:
    """How many of a score's `of` reactions come before the receipts `entries`, here and after them, with their points.

    `entries` begin at position `start` (from 0), behind `before` points.
    """
    points = math.fsum(entry["points"] for entry in entries)
    left = of - start - len(entries)
    return {
        "reactions": of,
        "before": {"reactions": start, "points": before},
        "here": {"reactions": len(entries), "points": points},
        "after": {"reactions": left, "points": max(score - before - points, 0.0) if left else 0.0},
    }


def _doc(table: Reader, key: tuple[str, str]) -> Doc | None:
    """The document that stands at `key`; None where there is none."""
    item = table.get(*key)
    return item.doc if item else None


def _pages(table: Reader, start: int, limit: int, key: Callable[[int], tuple[str, str]]) -> Iterator[Doc]:
    """The stored pages that hold positions from `start` on, as far as there are any."""
    for page in range(start // PAGE, (start + limit - 1) // PAGE + 1):
        item = table.get(*key(page))
        if item is None:
            return
        yield item.doc


def _entries(pages: Iterable[Doc], start: int, limit: int) -> list[dict[str, Any]]:
    """At most `limit` entries from position `start` on, of the pages that hold them."""
    entries = [entry for page in pages for entry in page["entries"]]
    return entries[start % PAGE : start % PAGE + limit]
