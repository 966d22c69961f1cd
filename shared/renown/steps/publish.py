"""Publish: a run's documents into the table, then one pointer moved: readers see one whole run or the other.

In three: `check` compares the run with what readers see, `write_part` writes a part of it, `flip` moves the pointer.
"""

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, count, islice
from typing import Any, Final

from .. import changes, history, numbers, publications, runs, searching
from ..errors import BadInput, Conflict
from ..lake import Lake
from ..published import (
    PAGE,
    Pointer,
    card_key,
    current,
    method_key,
    moved_key,
    pointer_item,
    receipts_key,
    relationships_key,
    segments_key,
    top_key,
    topic_list_key,
    topics_key,
    voices_key,
    why_key,
)
from ..runs import Report, Share
from ..table import Item, Table

Keyed = tuple[tuple[str, str], dict[str, Any]]
"""Where a document stands, and the document."""

KEPT: Final = 90 * 86_400
"""Seconds that a run's items stay in the table; the lake keeps the run."""

PART: Final = 20_000
"""Scorecards of one part: some 250,000 items, which take a function five of its fifteen minutes."""

FEWEST: Final = 0.5
"""A run with fewer than this share of the last run's scorecards is not published by itself."""

MOVED: Final = 10.0
"""Nor is one whose mean score is this many points away from the last run's."""

STILL, MOST_MOVED = 0.5, 5
"""Points below which nobody is said to have moved, and how many who rose and fell most are."""

SOONEST, LATEST = 3600, 86_400
"""Seconds after which the next run is expected: as many as between the last two, within these bounds."""


def publish(
    lake: Lake, table: Table, run: str | None = None, *, now: int, force: bool = False, secret: str = ""
) -> Pointer:
    """Makes readers see `run` (None: the one scored last), and returns the new pointer. `now` is in unix seconds;
    `secret`, random text, is kept with the first pointer: it signs the cursors that readers get from then on.

    Publishing the current run again changes nothing. Raises NotFound for an unknown run, BadInput where the run is so
    unlike the last one that something is probably wrong (`force` publishes it all the same) or its files are damaged,
    Conflict where somebody else published meanwhile.
    """
    plan = check(lake, table, run, now=now, force=force)
    for number in range(plan.parts):
        write_part(lake, table, plan, number)
    return flip(lake, table, plan, range(plan.parts), secret=secret)


@dataclass(frozen=True)
class Plan:
    """What is to be published at `now` (unix seconds): `run`, after the run `previous`, in so many `parts`.

    It has so many scorecards (`cards`).

    No parts: readers see it already.
    """

    run: str
    previous: str | None
    now: int
    parts: int
    cards: int


def check(lake: Lake, table: Table, run: str | None = None, *, now: int, force: bool = False) -> Plan:
    """How `run` (None: the one scored last) is to be published at `now` (unix seconds); raises as `publish` does."""
    report = runs.named(lake, run)
    publications.record(lake, table)
    before = current(table)
    if before and before[0].run == report.run:
        return Plan(report.run, before[0].previous, now, 0, 0)
    cards = runs.whole(lake, report)
    if before and not force:
        _compare(report, before[0])
    return Plan(report.run, before[0].run if before else None, now, max(1, math.ceil(cards / PART)), cards)


def write_part(lake: Lake, table: Table, plan: Plan, number: int) -> int:
    """Writes part `number` (from 0) of what is to be published, and returns its number; again changes nothing.

    Nobody sees it before the pointer is moved: keys name the run.
    """
    report, share = runs.named(lake, plan.run), Share(number, plan.parts)
    table.put_many(items(lake, report, plan.previous, plan.now, share))
    table.put_many(history.points(runs.scorecards(lake, report.run, share), plan.now))
    return number


def flip(lake: Lake, table: Table, plan: Plan, written: Iterable[int], *, secret: str = "") -> Pointer:
    """Moves the pointer to a run whose parts `written` are all written, and returns it; `secret` as in `publish`.

    Raises BadInput where a part is missing, Conflict where readers see another run by now than when it was planned.
    """
    report, before = runs.named(lake, plan.run), current(table)
    if before and before[0].run == report.run:
        publications.record(lake, table)  # perhaps it died before that
        return before[0]
    missing = set(range(plan.parts)) - set(written)
    if missing or not plan.parts:
        raise BadInput(
            f"run {plan.run}: parts {sorted(missing)[:10]} of {plan.parts} are not written: publish it again"
        )
    if (before[0].run if before else None) != plan.previous:
        raise Conflict(f"run {plan.run}: another run was published meanwhile")
    if plan.parts > 1 and runs.whole(lake, report) != plan.cards:  # then the parts were not shares of one whole
        raise Conflict(f"run {plan.run}: somebody was erased while it was written: publish it again")
    now = plan.now
    table.put_many([Item(*method_key(report.run), _method(lake, report.run), expires_at=now + KEPT)])
    if before:
        history.remember(table, before[0], report.run, lambda: _profiles(lake, report.run))
    pointer = Pointer(
        run=report.run,
        at=report.at,
        formula=report.formula,
        scorecards=report.scorecards,
        scored=report.scored,
        mean=report.mean,
        made_up=report.made_up,
        population=report.population,
        topics=report.topics,
        previous=plan.previous,
        published_at=runs.moment(now),
        next_at=runs.moment(now + _until_next(before[0] if before else None, now)),
        secret=(before[0].secret if before else "") or secret,
    )
    version = before[1] if before else None
    try:
        table.replace(pointer_item(pointer, (version or publications.newest(lake)) + 1), expected=version)
    except Conflict:
        there = current(table)
        if there is None or there[0] != pointer:  # ours: its answer was lost, and it was sent again
            raise
    publications.record(lake, table)
    table.expire(now)
    return pointer


def _profiles(lake: Lake, run: str) -> Iterator[str]:
    return (card["id"] for card in runs.scorecards(lake, run) if card["handle"])


def _until_next(last: Pointer | None, now: int) -> int:
    """Seconds until a run is expected after the one that is published `now`."""
    since = now - runs.unix(last.published_at) if last and last.published_at else LATEST
    return min(max(since, SOONEST), LATEST)


def _compare(report: Report, last: Pointer) -> None:
    if report.population != last.population:
        return
    hint = "look at the run's report.json, then publish with --force if it is right"
    if report.scorecards < FEWEST * last.scorecards:
        raise BadInput(
            f"run {report.run}: {report.scorecards:,} scorecards where the last run had {last.scorecards:,}; {hint}"
        )
    if report.formula == last.formula and report.mean is not None and last.mean is not None:
        moved = abs(report.mean - last.mean)
        if moved > MOVED:
            raise BadInput(f"run {report.run}: the mean score moved by {moved:.1f} points since the last run; {hint}")


def items(lake: Lake, report: Report, since: str | None, now: int, share: Share = runs.WHOLE) -> Iterator[Item]:
    """What a run that is published `now` (unix seconds) after the run `since` leaves in the table for 90 days.

    The scorecards, a note for every account of a profile, by what names they are found, all else of each profile, and
    what changed: of all, or of a share. Lists and numbers, which are of everybody, are in the first share.
    """
    expires_at = now + KEPT
    found = chain(_cards(lake, report, share), _documents(lake, report, share))
    if since:
        found = chain(found, _whys(lake, since, report.run, share))
    if share.number == 0:
        found = chain(found, _lists(lake, report, since))
    yield from (Item(*key, doc, expires_at=expires_at) for key, doc in found)
    if share.number == 0:
        handles = (card["handle"] for card in runs.scorecards(lake, report.run) if card["handle"])
        yield from numbers.items(handles, expires_at)


def _cards(lake: Lake, report: Report, share: Share) -> Iterator[Keyed]:
    for card in runs.scorecards(lake, report.run, share):
        yield card_key(card["id"], report.run), card
        if card["handle"]:
            for account in card["accounts"]:
                yield card_key(account, report.run), {"profile": card["handle"]}
    ranks = count(share.number, share.of)
    yield from searching.items(zip(ranks, runs.scorecards(lake, report.run, share), strict=False), report.run)


def _lists(lake: Lake, report: Report, since: str | None) -> Iterator[Keyed]:
    for number, entries in enumerate(leaderboard(runs.scorecards(lake, report.run))):
        yield top_key(report.run, number), {"entries": entries}
    for number, page in enumerate(topic_list(runs.voices(lake, report))):
        yield topic_list_key(report.run, number), page
    if since:
        yield moved_key(report.run), _moved(lake, since, report.run)


def _documents(lake: Lake, report: Report, share: Share) -> Iterator[Keyed]:
    for page in runs.receipts(lake, report, share):
        yield receipts_key(page["id"], report.run, page["page"]), page
    for read, key, name in (
        (runs.relationships, relationships_key, "id"),
        (runs.topics, topics_key, "id"),
        (runs.voices, voices_key, "topic"),
        (runs.segments, segments_key, "id"),
    ):
        for doc in read(lake, report, share):
            yield key(doc[name], report.run), doc


def leaderboard(cards: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The pages of the leaderboard that scorecards, highest score first, make."""
    entries = (_entry(rank, card) for rank, card in enumerate(cards, 1) if card["score"] is not None)
    while page := list(islice(entries, PAGE)):
        yield page


def topic_list(voices: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The pages of the list of topics that who is heard on each makes; what most react to first."""
    shown = [{name: each[name] for name in ("topic", "name", "people", "heard")} for each in voices]
    shown.sort(key=lambda each: (-each["people"], each["topic"]))
    for start in range(0, len(shown), PAGE):
        yield {"entries": shown[start : start + PAGE]}


def _method(lake: Lake, run: str) -> dict[str, Any]:
    """The run's formula, and what the last backtest and the last redteam found."""

    def latest(folder: str) -> Any:
        return next((json.loads(lake.read(key) or b"null") for key in lake.keys(f"{folder}/latest.json")), None)

    formula, _ = runs.inputs(lake, run)
    return {
        "formula": formula.model_dump(mode="json"),
        "backtest": latest("backtests"),
        "redteam": latest("redteam"),
    }


def _whys(lake: Lake, since: str, run: str, share: Share) -> Iterator[Keyed]:
    """Why profiles' scores changed since the run before, where the lake holds it."""
    for key in lake.keys(changes.key(since, run)):
        for doc in runs.documents(lake, key, share):
            yield why_key(doc["id"], run), doc


def _moved(lake: Lake, since: str, run: str) -> dict[str, Any]:
    """Whose score rose and fell most since the run before; by less than half a point nobody has moved."""
    found = []
    for key in lake.keys(changes.key(since, run)):
        for doc in runs.documents(lake, key):
            before, after = doc["from"]["score"], doc["to"]["score"]
            if None not in (before, after) and abs(after - before) >= STILL:
                found.append({"id": doc["id"], "change": round(after - before, 6), "score": after})
    found.sort(key=lambda each: (-each["change"], each["id"]))
    up, down = [each for each in found if each["change"] > 0], [each for each in found if each["change"] < 0]
    return {"up": up[:MOST_MOVED], "down": down[::-1][:MOST_MOVED]}


def _entry(rank: int, card: dict[str, Any]) -> dict[str, Any]:
    shown = ("id", "handle", "name", "score", "reach", "amplification", "network")
    return {"rank": rank, **{name: card[name] for name in shown}, "account": next(iter(card["accounts"]), None)}
