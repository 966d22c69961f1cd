"""Finding people by their names: items of the table, by the words that somebody is called by.

`names#<run>`/<word>#<id> stands for each word of a handle, a name, and an account, in the form in which case and
diacritics do not matter; its document is what a list of people shows.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from .table import Doc, Reader
from .topics.words import bare_words

MOST_WORDS: Final = 12
"""Words that one person is found by."""

LONGEST: Final = 60
"""Characters of a word."""

LONGEST_TEXT: Final = 200
"""Characters of what is searched for."""

READ: Final = 500
"""Items that one search reads: more begin alike only where the search is for a letter or two."""

ACCOUNTS: Final = 5_000
"""Accounts that are nobody's profile that can be found, those with the highest score."""

SHOWN: Final = ("id", "handle", "name", "score", "account")


def key(word: str, card_id: str, run: str) -> tuple[str, str]:
    """Where it stands that somebody is found by a word."""
    return f"names#{run}", f"{word}#{card_id}"


def items(ranked: Iterable[tuple[int, Doc]], run: str) -> Iterator[tuple[tuple[str, str], Doc]]:
    """The keys and documents of what the people with these scorecards are found by; ranks are from 0."""
    for rank, card in ranked:
        if not card["handle"] and rank >= ACCOUNTS:
            continue
        shown = {**card, "account": next(iter(card["accounts"]), None)}
        doc = {name: shown[name] for name in SHOWN} | {"words": words_of(card)}
        for word in doc["words"]:
            yield key(word, card["id"], run), doc


def words_of(card: Doc) -> list[str]:
    """The words that the person with this scorecard is found by."""
    native = (account.partition(":")[2] for account in card["accounts"])
    said = " ".join(filter(None, (card["handle"], card["name"], *native)))[:1_000]
    whole = [card["handle"]] if card["handle"] else []
    return list(dict.fromkeys(word[:LONGEST] for word in (*whole, *bare_words(said))))[:MOST_WORDS]


def find(table: Reader, run: str, text: str, most: int) -> list[dict[str, Any]]:
    """At most `most` people called by words that begin as those of `text`, those with the highest score first."""
    wanted = [word[:LONGEST] for word in bare_words(text[:LONGEST_TEXT].removeprefix("@"))]
    if not wanted:
        return []
    longest = max(wanted, key=len)
    found: dict[str, dict[str, Any]] = {}
    for item in table.query(key("", "", run)[0], after=longest, limit=READ):
        if not item.sk.startswith(longest):
            break
        if all(any(word.startswith(each) for word in item.doc["words"]) for each in wanted):
            found[item.doc["id"]] = {name: item.doc[name] for name in SHOWN}
    ordered = sorted(found.values(), key=lambda each: (-(each["score"] or 0.0), each["id"]))
    return ordered[:most]
