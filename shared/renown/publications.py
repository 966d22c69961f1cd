"""Publications in the lake: which run readers saw from when on, so that a table can be built anew.

`publications/<version>-<run>.json` holds the pointer as it was moved then, the version of its item, and how
the run's scores came about as it was told then. It is written once the pointer has moved; where a process dies between,
the next one does it, before it moves the pointer on.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from . import runs
from .lake import Lake
from .published import Pointer, current, method_key, pointer_of
from .table import Doc, Table

FOLDER: Final = "publications/"

DAY: Final = 86_400


@dataclass(frozen=True)
class Publication:
    """What readers were shown at one moment: the pointer, its item's version, and the document of the method."""

    pointer: Pointer
    version: int
    method: Doc | None

    @property
    def at(self) -> int:
        """When it was shown, in unix seconds; before there was a word of that, the moment of the run."""
        return runs.unix(self.pointer.published_at or self.pointer.at)


def record(lake: Lake, table: Table) -> None:
    """Writes down what readers see, if that is not in the lake yet; nothing where they see nothing."""
    found = current(table)
    if found is None:
        return
    pointer, version = found
    key = f"{FOLDER}{version:08d}-{pointer.run}.json"
    if not lake.keys(key):
        method = table.get(*method_key(pointer.run))
        doc = {"pointer": asdict(pointer), "version": version, "method": method.doc if method else None}
        lake.write(key, json.dumps(doc, ensure_ascii=False).encode())


def newest(lake: Lake) -> int:
    """The highest version that is written down, 0 where none is: a pointer in an empty table begins after it."""
    return max((int(key.removeprefix(FOLDER)[:8]) for key in lake.keys(FOLDER)), default=0)


def recorded(lake: Lake) -> list[Publication]:
    """Everything that is written down, in the order in which readers saw it: by version, for clocks may be wrong."""
    docs = (json.loads(lake.read(key) or b"null") for key in lake.keys(FOLDER))
    found = [Publication(pointer_of(doc["pointer"]), doc["version"], doc["method"]) for doc in docs if doc]
    return sorted(found, key=lambda each: (each.version, each.at))


def supposed(lake: Lake, first: Publication | None, secret: str) -> list[Publication]:
    """What readers will have seen before `first` was written down (None: nothing is): the last run of every day.

    Of the population of `first`, or of the run scored last. Runs of versions of Renown that wrote other reports count,
    too; `secret` signs the cursors of lists, where no pointer tells which text did.
    """
    reports = [json.loads(lake.read(key) or b"{}") for key in lake.keys("runs/") if key.endswith(f"/{runs.REPORT}")]
    reports = sorted((each for each in reports if each.keys() >= _NEEDED), key=lambda each: (each["at"], each["run"]))
    if first is not None:
        reports = [each for each in reports if each["at"] < first.pointer.at]
        population = first.pointer.population
    else:
        last = json.loads(lake.read(runs.LATEST) or b"{}").get("run")
        reports = _until(reports, last)
        population = reports[-1]["population"] if reports else ""
    days = {each["at"][:10]: each for each in reports if each["population"] == population}
    found: list[Publication] = []
    for version, report in enumerate(days.values(), 1):
        pointer = {
            **report,
            "previous": found[-1].pointer.run if found else None,
            "published_at": report["at"],
            "next_at": runs.moment(runs.unix(report["at"]) + DAY),
            "secret": secret,
        }
        found.append(Publication(pointer_of(pointer), version, _method(lake, report["run"])))
    return found


_NEEDED: Final = {"run", "at", "formula", "population", "scorecards", "scored", "mean", "made_up"}


def _until(reports: list[Mapping[str, Any]], last: str | None) -> list[Mapping[str, Any]]:
    """The reports until that of the run `last`; all where it is not among them."""
    names = [each["run"] for each in reports]
    return reports[: names.index(last) + 1] if last in names else reports


def _method(lake: Lake, run: str) -> Doc:
    """How a run's scores came about, as far as its own files tell."""
    formula = json.loads(lake.read(runs.key(run, "formula.json")) or b"null")
    return {"formula": formula, "backtest": None, "redteam": None}
