"""Several scorecards in one answer: up to a hundred by their ids, and two to five against each other."""

from typing import Any, Final

from ..activity import parse_account
from ..errors import BadInput, NotFound
from ..published import Pointer, cards
from ..table import Reader
from .compare import compare

MOST_IDS: Final = 100

COMPARED: Final = (2, 5)

LONGEST_ID: Final = 2000
"""Bytes of an id that is looked up: DynamoDB refuses a key of more than 2,048, with what stands before the id."""


def profiles(table: Reader, now: Pointer, ids: str | None) -> dict[str, Any]:
    """{"run", "at", "formula", "profiles", "missing"}: the scorecards of `ids`, in their order, and who has none.

    `ids` is what stands in the address: `@handle`, a bare handle or `network:id`, with commas between them. Raises
    BadInput where it is none of these, or names too many.
    """
    asked = _named("ids", ids, 1, MOST_IDS)
    found = cards(table, now.run, asked)
    missing = [each for each in asked if each not in found]
    return {**_about(now), "profiles": [found[each] for each in asked if each in found], "missing": missing}


def comparison(table: Reader, now: Pointer, handles: str | None) -> dict[str, Any]:
    """{"run", "at", "formula", "profiles", "pairs"} as `compare` says, for two to five handles.

    Raises NotFound, naming whoever has no scorecard.
    """
    asked = _named("handles", handles, *COMPARED)
    found = cards(table, now.run, asked)
    for each in asked:
        if each not in found:
            raise NotFound(f"{each[:200]} has no scorecard: nobody by that name has opted in, or reacts to them yet")
    return {**_about(now), **compare([found[each] for each in asked])}


def _about(now: Pointer) -> dict[str, Any]:
    return {"run": now.run, "at": now.at, "formula": now.formula}


def _named(parameter: str, text: str | None, least: int, most: int) -> list[str]:
    """The ids in the parameter's text."""
    given = (text or "").split(",") if text else []
    named = [_id(parameter, each.strip()) for each in given]
    twice = next((each for number, each in enumerate(named) if each in named[:number]), None)
    if twice:
        raise BadInput(f"parameter {parameter!r}: {twice[:80]!r} is named twice")
    if not least <= len(named) <= most:
        raise BadInput(f"parameter {parameter!r}: {len(named)} are named; name {least} to {most}, with commas between")
    return named


def _id(parameter: str, text: str) -> str:
    if not text.removeprefix("@"):
        raise BadInput(f"parameter {parameter!r}: there is nothing before or after a comma")
    if ":" not in text or text.startswith("@"):
        text = f"@{text.removeprefix('@')}"
    else:
        parse_account(text)
    if len(text.encode()) > LONGEST_ID:
        raise BadInput(f"parameter {parameter!r}: {text[:80]!r}… is too long for a name")
    return text
