"""The history of a profile: one point for each day on which a run was published, for two years.

Items: `history#@handle`/<run> is the point of one run; it outlives the run's other items. `published`/<year> names the
runs of a year that readers saw, in order: one of a killed publish, or one that was rolled back, is not among them.
Readers see the run that the pointer names and those that were seen before it.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from .published import Pointer
from .table import Doc, Item, Reader, Table

KEPT: Final = 731
"""Days that are kept: two years, one of them a leap year."""

MOST: Final = 2_000
"""Points of one profile that are read; those of several runs of one day leave with the next day's."""

PUBLISHED: Final = "published"


def point_key(card_id: str, run: str) -> tuple[str, str]:
    """Where the point of `@handle` for a run stands."""
    return f"history#{card_id}", run


def point_keys(table: Table, card_id: str) -> list[tuple[str, str]]:
    """Where all points of `@handle` stand."""
    pk, _ = point_key(card_id, "")
    return [(item.pk, item.sk) for item in table.query(pk, limit=100 * MOST)]


def points(cards: Iterable[Doc], now: int) -> Iterator[Item]:
    """The points that the scorecards of profiles among `cards` are; they are kept from `now` (unix seconds) on.

    Scorecards of earlier versions of Renown may lack what came later.
    """
    for card in cards:
        if card["handle"]:
            doc = {name: card.get(name) for name in ("score", "reach", "amplification", "network", "interval")}
            yield Item(*point_key(card["id"], card["run"]), doc, expires_at=now + KEPT * 86_400)


def remember(table: Table, last: Pointer, run: str, ids: Callable[[], Iterable[str]]) -> None:
    """Writes down that readers saw `last` and what was before it, as `seen` says, before the pointer moves to `run`.

    Points of other runs that nobody sees any more are removed, for the profiles that `ids` gives.
    """
    years = [last.at[:4], str(int(last.at[:4]) + 1)]  # one that was rolled back may be of the year after
    before = {item.sk: item for item in table.get_many((PUBLISHED, year) for year in years)}
    kept = seen((each for item in before.values() for each in item.doc["runs"]), last)
    for year in years:
        item = before.get(year, Item(PUBLISHED, year, {"runs": []}))
        runs = [each for each in kept if each["at"].startswith(year)]
        left = {each["run"] for each in item.doc["runs"]} - {each["run"] for each in kept} - {run}
        if left:
            table.delete_many(point_key(card_id, gone) for card_id in ids() for gone in sorted(left))
        if runs != item.doc["runs"]:
            table.put_many([Item(PUBLISHED, year, {"runs": runs})])


def seen(runs: Iterable[Doc], now: Pointer) -> list[Doc]:
    """The runs of which readers see points while `now` is the current one: {"run", "at", "formula"}, one for each day.

    These are its own, and of every day before it the last.
    """
    days = {run["at"][:10]: run for run in sorted(runs, key=lambda run: str(run["at"])) if run["at"] <= now.at}
    return list((days | {now.at[:10]: {"run": now.run, "at": now.at, "formula": now.formula}}).values())


def history(table: Reader, now: Pointer, card_id: str) -> list[dict[str, Any]]:
    """The points of `@handle` that readers see while `now` is the current run, oldest first, over two years.

    {"run", "at", "formula", "new_formula", "score", "reach", "amplification", "network", "interval"}; `new_formula`
    says that the point before it was computed by another one, so that they are not comparable.
    """
    first = (datetime.fromisoformat(now.at).astimezone(UTC) - timedelta(days=KEPT)).strftime("%Y-%m-%d")
    years = [str(year) for year in range(int(first[:4]), int(now.at[:4]) + 1)]
    runs = [run for item in table.get_many((PUBLISHED, year) for year in years) for run in item.doc["runs"]]
    docs = {item.sk: item.doc for item in table.query(point_key(card_id, "")[0], limit=MOST)}
    found: list[dict[str, Any]] = []
    for run in seen(runs, now):
        if run["run"] in docs and run["at"] > first:
            changed = bool(found) and found[-1]["formula"] != run["formula"]
            found.append({**run, "new_formula": changed, **docs[run["run"]]})
    return found
