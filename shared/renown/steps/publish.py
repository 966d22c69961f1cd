"""Publish: a run's documents into the table, then one pointer moved: readers see one whole run or the other."""

import json
from collections.abc import Iterable, Iterator
from itertools import chain, islice
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
from ..runs import Report
from ..table import Item, Table

Keyed = tuple[tuple[str, str], dict[str, Any]]
"""Where a document stands, and the document."""

KEPT: Final = 90 * 86_400
"""Seconds that a run's items stay in the table; the lake keeps the run."""

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
    unlike the last one that something is probably wrong (`force` publishes it all the same), Conflict where somebody
    else published meanwhile.
    """
    report = runs.named(lake, run)
    publications.record(lake, table)
    before = current(table)
    if before and before[0].run == report.run:
        return before[0]
    if before and not force:
        _check(report, before[0])
    table.put_many(items(lake, report, before[0].run if before else None, now))
    table.put_many([Item(*method_key(report.run), _method(lake, report.run), expires_at=now + KEPT)])
    table.put_many(history.points(runs.scorecards(lake, report.run), now))
    if before:
        profiles = [card["id"] for card in runs.scorecards(lake, report.run) if card["handle"]]
        history.remember(table, before[0], report.run, profiles)
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
        previous=before[0].run if before else None,
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


def _until_next(last: Pointer | None, now: int) -> int:
    """Seconds until a run is expected after the one that is published `now`."""
    since = now - runs.unix(last.published_at) if last and last.published_at else LATEST
    return min(max(since, SOONEST), LATEST)


def _check(report: Report, last: Pointer) -> None:
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


def items(lake: Lake, report: Report, since: str | None, now: int) -> Iterator[Item]:
    """What a run that is published `now` (unix seconds) after the run `since` leaves in the table for 90 days.

    The scorecards, a note for every account of a profile, numbers, lists, all else of each profile, and what changed.
    """
    expires_at = now + KEPT
    found = chain(_cards(lake, report), _lists(lake, report), _documents(lake, report))
    if since:
        found = chain(found, _whys(lake, since, report.run), [(moved_key(report.run), _moved(lake, since, report.run))])
    yield from (Item(*key, doc, expires_at=expires_at) for key, doc in found)
    handles = (card["handle"] for card in runs.scorecards(lake, report.run) if card["handle"])
    yield from numbers.items(handles, expires_at)


def _cards(lake: Lake, report: Report) -> Iterator[Keyed]:
    for card in runs.scorecards(lake, report.run):
        yield card_key(card["id"], report.run), card
        if card["handle"]:
            for account in card["accounts"]:
                yield card_key(account, report.run), {"profile": card["handle"]}


def _lists(lake: Lake, report: Report) -> Iterator[Keyed]:
    yield from searching.items(runs.scorecards(lake, report.run), report.run)
    for number, entries in enumerate(leaderboard(runs.scorecards(lake, report.run))):
        yield top_key(report.run, number), {"entries": entries}
    for number, page in enumerate(topic_list(runs.voices(lake, report))):
        yield topic_list_key(report.run, number), page


def _documents(lake: Lake, report: Report) -> Iterator[Keyed]:
    for page in runs.receipts(lake, report):
        yield receipts_key(page["id"], report.run, page["page"]), page
    for read, key, name in (
        (runs.relationships, relationships_key, "id"),
        (runs.topics, topics_key, "id"),
        (runs.voices, voices_key, "topic"),
        (runs.segments, segments_key, "id"),
    ):
        for doc in read(lake, report):
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


def _whys(lake: Lake, since: str, run: str) -> Iterator[Keyed]:
    """Why profiles' scores changed since the run before, where the lake holds it."""
    for key in lake.keys(changes.key(since, run)):
        for doc in runs.documents(lake, key):
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
