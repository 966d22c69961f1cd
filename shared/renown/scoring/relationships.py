"""Relationships: who reacts to somebody, to whom they react, who waits for an answer, who connects them to others."""

from pathlib import Path
from typing import Any, Final

from .engine import Outcome, document, sql
from .formula import Formula
from .told import tell

KINDS: Final = ("mutual", "to_you", "by_you", "new", "lapsed", "unanswered", "bridges")

MOST: Final = 50
"""People of one kind that are listed."""

TODAY: Final = 3
"""People to answer today: more would be a list to be worked off."""


def write(outcome: Outcome, formula: Formula, until: int, path: Path) -> None:
    """Writes the relationships of everybody that `tell` was called for, as gzipped JSON Lines by id.

    A line is {"id", "counts", "named", "answer"} as `sql/relationships.sql` says: `counts` are people by kind, and
    `beyond`, how many people their bridges reach who do not react to them; `named` lists those of each kind who opted
    in; `answer` are up to three who keep reacting and never heard back, with the post where they did so last.
    """
    _make(outcome, formula, until)
    outcome.tables.execute(f"COPY relationships TO '{path}' (FORMAT json, COMPRESSION gzip)")


def relationships(outcome: Outcome, formula: Formula, until: int, name: str) -> dict[str, Any]:
    """The relationships of the profile or account `name`, as `write` describes them."""
    tell(outcome, [name])
    _make(outcome, formula, until)
    return document(outcome, "relationships")


def _make(outcome: Outcome, formula: Formula, until: int) -> None:
    horizon = round(formula.freshness.horizon)
    parameters = {"until": until, "horizon": horizon, "most": MOST, "today": TODAY}
    outcome.tables.execute(f"CREATE OR REPLACE TEMP TABLE relationships AS {sql('relationships')}", parameters)
