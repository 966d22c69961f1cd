"""Rebuild: the table as it was, from the lake alone.

What readers see comes back: the run that was shown last, what else was shown in the 90 days before it, and the history
of two years. What only collecting needs does not (cursors, whose visit is due, what hosts were asked and paid today):
the next visits begin anew, and read nothing twice, because rows have ids.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .. import history, publications, runs
from ..errors import BadInput, NotFound
from ..lake import Lake
from ..publications import DAY, Publication
from ..published import current, method_key, pointer_item
from ..table import Item, Table
from .publish import KEPT, items


@dataclass(frozen=True)
class Rebuilt:
    """What was built.

    The run that readers see; how many `runs` are whole, and how many days of history there are (`points`); how many
    publications are `supposed`, because they were before they were written down; and the runs of which the lake does
    not hold (any more, or as this version reads it) what readers saw.
    """

    run: str
    runs: int
    points: int
    supposed: int
    lost: tuple[str, ...]


def rebuild(lake: Lake, table: Table, *, secret: str) -> Rebuilt:
    """Writes everything that readers saw into `table`, an empty one or one in which the same run was published since.

    `secret`, random text, signs cursors where the lake does not tell which text did. Readers see nothing before all of
    it is there; the same call again ends what a killed one began. Raises NotFound where nothing was ever scored or the
    last run is not in the lake as this version reads it, BadInput where the table shows another run.
    """
    told = publications.recorded(lake)
    before = publications.supposed(lake, told[0] if told else None, secret)
    shown = [*before, *told]
    last = shown[-1] if shown else None
    if last is None or runs.report(lake, last.pointer.run) is None:
        run = f"run {last.pointer.run} is not in the lake" if last else "the lake holds no run"
        raise NotFound(f"{run}: there is nothing to build a table from; `renown run` makes a run and publishes it")
    there = current(table)
    if there and there[0].run != last.pointer.run:
        raise BadInput(
            f"the table shows run {there[0].run}, and the lake's last publication is {last.pointer.run}: name an empty"
            " table (RENOWN_TABLE), or delete this one's items first"
        )
    days = _days(shown)
    latest = {each.pointer.run: each for each in shown}
    points = [latest[run["run"]] for run in history.seen(days, last.pointer)]
    points = [each for each in points if each.at + history.KEPT * DAY >= last.at]
    whole = [each for each in shown if each.at + KEPT >= last.at]
    lost = {each.pointer.run for each in points if not _has_cards(lake, each.pointer.run)}
    lost |= {each.pointer.run for each in whole if not _is_whole(lake, each.pointer.run)}
    for each in points:
        if _has_cards(lake, each.pointer.run):
            table.put_many(history.points(runs.scorecards(lake, each.pointer.run), each.at))
    table.put_many(_lists(days))
    whole = [each for each in whole if each.pointer.run not in lost]
    for each in whole:
        table.put_many(_items(lake, each))
    if there is None:
        table.replace(pointer_item(last.pointer, last.version), expected=None)
    return Rebuilt(
        run=last.pointer.run,
        runs=len({each.pointer.run for each in whole}),
        points=len(points),
        supposed=len(before),
        lost=tuple(sorted(lost)),
    )


def _days(shown: Sequence[Publication]) -> list[dict[str, str]]:
    """The runs that readers had seen before the last one was shown, as `history.remember` wrote them down each time."""
    days: list[dict[str, str]] = []
    for each in shown[:-1]:
        days = history.seen(days, each.pointer)
    return days


def _lists(days: Sequence[dict[str, str]]) -> Iterator[Item]:
    """`days` as the table keeps them: a list for each year."""
    for year in dict.fromkeys(day["at"][:4] for day in days):
        yield Item(history.PUBLISHED, year, {"runs": [day for day in days if day["at"].startswith(year)]})


def _has_cards(lake: Lake, run: str) -> bool:
    return bool(lake.keys(runs.key(run, "scorecards.jsonl.gz")))


def _is_whole(lake: Lake, run: str) -> bool:
    return _has_cards(lake, run) and runs.report(lake, run) is not None


def _items(lake: Lake, shown: Publication) -> Iterator[Item]:
    """Everything that a publication wrote and that is still to be read."""
    yield from items(lake, runs.named(lake, shown.pointer.run), shown.pointer.previous, shown.at)
    if shown.method:
        yield Item(*method_key(shown.pointer.run), shown.method, expires_at=shown.at + KEPT)
