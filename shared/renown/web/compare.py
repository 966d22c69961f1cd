"""Two to five profiles side by side, and what can be said of who has more influence: often nothing."""

from itertools import combinations
from typing import Any, Final

Doc = dict[str, Any]

SHOWN: Final = ("id", "handle", "name", "made_up", "score", "reach", "amplification", "network", "audience", "interval")


def compare(cards: list[Doc]) -> Doc:
    """{"profiles", "pairs"}: what the scorecards `cards` have in common, and each two of them against each other.

    A pair is {"a", "b", "difference", "times", "told_apart", "text"}: `difference` is a's score less b's, and `times`
    how many times as many people are expected to react to a. They are told apart where their intervals do not overlap:
    where they do, what was forecast of one has happened to people like the other as well.
    """
    profiles = [{**{name: card[name] for name in SHOWN}, "missing": card["missing"]} for card in cards]
    return {"profiles": profiles, "pairs": [_pair(a, b) for a, b in combinations(cards, 2)]}


def _pair(a: Doc, b: Doc) -> Doc:
    pair = {"a": a["id"], "b": b["id"], "difference": None, "times": None, "told_apart": False}
    without = [card["id"] for card in (a, b) if card["score"] is None]
    if without:
        return {**pair, "text": f"{' and '.join(without)} {'has' if len(without) == 1 else 'have'} no score yet."}
    difference = round(a["score"] - b["score"], 6)
    times = round(a["audience"] / b["audience"], 6) if b["audience"] else None
    apart = _apart(a["interval"], b["interval"])
    return pair | {
        "difference": difference,
        "times": times,
        "told_apart": apart,
        "text": _text(a, b, abs(difference), apart=apart),
    }


def _apart(one: Doc | None, other: Doc | None) -> bool:
    if one is None or other is None:
        return False
    (low, high), (least, most) = one["people"], other["people"]
    return bool(high < least or most < low)


def _text(a: Doc, b: Doc, difference: float, *, apart: bool) -> str:
    more, less = (a, b) if a["score"] >= b["score"] else (b, a)
    if not apart:
        return f"{a['id']} and {b['id']} cannot be told apart: their intervals overlap, or are not known."
    return f"{more['id']} is ahead of {less['id']} by {difference:.1f} points: their intervals do not overlap."
