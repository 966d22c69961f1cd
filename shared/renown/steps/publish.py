"""Publish: a run's documents into the table, then one pointer moved: readers see one whole run or the other."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from .. import changes, history, runs
from ..errors import BadInput
from ..lake import Lake
from ..published import (
    PAGE,
    Pointer,
    card_key,
    current,
    method_key,
    pointer_item,
    receipts_key,
    relationships_key,
    top_key,
    why_key,
)
from ..runs import Report
from ..table import Item, Table

KEPT: Final = 90 * 86_400
"""Seconds that a run's items stay in the table; the lake keeps the run."""

FEWEST: Final = 0.5
"""A run with fewer than this share of the last run's scorecards is not published by itself."""

MOVED: Final = 10.0
"""Nor is one whose mean score is this many points away from the last run's."""

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
    before = current(table)
    if before and before[0].run == report.run:
        return before[0]
    if before and not force:
        _check(report, before[0])
    table.put_many(_items(lake, report, now + KEPT))
    table.put_many([Item(*method_key(report.run), _method(lake, report.run), expires_at=now + KEPT)])
    table.put_many(history.points(runs.scorecards(lake, report.run), now))
    if before:
        table.put_many(_whys(lake, before[0].run, report.run, now + KEPT))
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
        previous=before[0].run if before else None,
        published_at=runs.moment(now),
        next_at=runs.moment(now + _until_next(before[0] if before else None, now)),
        secret=(before[0].secret if before else "") or secret,
    )
    version = before[1] if before else None
    table.replace(pointer_item(pointer, (version or 0) + 1), expected=version)
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


def _items(lake: Lake, report: Report, expires_at: int) -> Iterator[Item]:
    """The scorecards, a note for every account of a profile, the leaderboard, receipts and relationships."""

    def item(key: tuple[str, str], doc: dict[str, Any]) -> Item:
        return Item(*key, doc, expires_at=expires_at)

    for card in runs.scorecards(lake, report.run):
        yield item(card_key(card["id"], report.run), card)
        if card["handle"]:
            for account in card["accounts"]:
                yield item(card_key(account, report.run), {"profile": card["handle"]})
    for number, entries in enumerate(leaderboard(runs.scorecards(lake, report.run))):
        yield item(top_key(report.run, number), {"entries": entries})
    for page in runs.receipts(lake, report):
        yield item(receipts_key(page["id"], report.run, page["page"]), page)
    for ties in runs.relationships(lake, report):
        yield item(relationships_key(ties["id"], report.run), ties)


def leaderboard(cards: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The pages of the leaderboard that scorecards, highest score first, make."""
    entries = (_entry(rank, card) for rank, card in enumerate(cards, 1) if card["score"] is not None)
    while page := list(islice(entries, PAGE)):
        yield page


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


def _whys(lake: Lake, since: str, run: str, expires_at: int) -> Iterator[Item]:
    """Why profiles' scores changed since the run before, where the lake holds it."""
    for key in lake.keys(changes.key(since, run)):
        for doc in runs.documents(lake, key):
            yield Item(*why_key(doc["id"], run), doc, expires_at=expires_at)


def _entry(rank: int, card: dict[str, Any]) -> dict[str, Any]:
    shown = ("id", "handle", "name", "score", "reach", "amplification", "network")
    return {"rank": rank, **{name: card[name] for name in shown}, "account": next(iter(card["accounts"]), None)}
