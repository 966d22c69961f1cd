"""Changes: why a score differs from an earlier run's, as the lake and the table keep it and as people read it.

A change is the document that `scoring.why.explain` writes. In the lake: `whys/<from>..<to>.jsonl.gz`, one line for each
profile; in the table: `why#<id>`/<to>, the change since the run that readers saw before.
"""

from collections.abc import Sequence
from typing import Any, Final

Doc = dict[str, Any]

PARTS: Final = ("corrections", "formula", "ageing", "reactions", "trust")
"""The parts in the order in which they were computed."""

DAY: Final = 86_400


def key(since: str, run: str) -> str:
    """Where the changes from one run to another stand in the lake."""
    return f"whys/{since}..{run}.jsonl.gz"


def total(changes: Sequence[Doc]) -> Doc:
    """One change for several that follow each other: parts and counts add up.

    Points are None where a run between them has no score: then nothing can be said of the parts.
    """
    first, last = changes[0], changes[-1]
    parts = {
        part: {name: _sum([change["parts"][part][name] for change in changes]) for name in first["parts"][part]}
        for part in PARTS
    }
    return {**last, "from": first["from"], "change": _sum([change["change"] for change in changes]), "parts": parts}


def in_words(change: Doc) -> Doc:
    """`change` for people: {"id", "from", "to", "change", "text", "parts": [{"part", "points", ..., "text"}]}.

    Each part's text is one sentence with its points; `text` is one about the whole.
    """
    parts = [{"part": part, **change["parts"][part]} for part in PARTS]
    return {**change, "text": _whole(change), "parts": [{**part, "text": _sentence(part, change)} for part in parts]}


def telling(parts: list[Doc]) -> list[Doc]:
    """Those of the `parts` of `in_words` that say something: they moved the score, or somebody reacted."""
    return [part for part in parts if part["points"] or part.get("reactions")]


def signed(points: float, digits: int) -> str:
    """Points that are added or taken away, with their sign; nothing has none.

    >>> signed(4.32, 1), signed(-0.04, 1), signed(-1.5, 2)
    ('+4.3', '0.0', '−1.50')
    """
    rounded = round(points, digits)
    return f"{rounded:+.{digits}f}".replace("-", "−") if rounded else f"{0:.{digits}f}"


def _sum(values: list[Any]) -> Any:
    """The sum as a decimal of six digits; None where one of them is None."""
    return None if None in values else round(sum(values), 6)


def _whole(change: Doc) -> str:
    was, now = change["from"], change["to"]
    if was["missing"]:
        return f"There was no score: {was['missing']}."
    if now["missing"]:
        return f"There is no score: {now['missing']}."
    if change["change"] is None:
        return "There was no score in between."
    return f"From {was['score']:.2f} to {now['score']:.2f}: {signed(change['change'], 2)}."


def _sentence(part: Doc, change: Doc) -> str:
    text = _WORDS[part["part"]](part, change)
    points = part["points"]
    return f"{text[0].upper()}{text[1:]}." if points is None else f"{text[0].upper()}{text[1:]}: {signed(points, 2)}."


def _corrections(part: Doc, _: Doc) -> str:
    said = [
        f"{_many(part['deleted'], 'reaction')} from before {_was(part['deleted'])} deleted",
        f"{_many(part['late'], 'reaction')} from before came in late",
        f"accounts were linked or unlinked ({_many(part['moved'], 'reaction')})",
    ]
    said = [text for text, count in zip(said, (part["deleted"], part["late"], part["moved"]), strict=True) if count]
    if not part["points"]:
        return "nothing was corrected" if not said else ", ".join(said)
    return ", ".join(said) or "what was known of the time before was corrected"


def _formula(_: Doc, change: Doc) -> str:
    was, now = change["from"]["formula"], change["to"]["formula"]
    return f"the same formula, {now}" if was == now else f"formula {now} instead of {was}"


def _ageing(part: Doc, _: Doc) -> str:
    text = f"reactions got {_span(part['seconds'])} older"
    return text if not part["expired"] else f"{text}, {part['expired']:,} of them too old to count"


def _reactions(part: Doc, _: Doc) -> str:
    people, again = part["people"], part["again"]
    if not part["reactions"]:
        return "nobody reacted"
    first = f"{_many(people, 'person', 'people')} reacted who had not before" if people else ""
    second = f"{_many(again, 'person', 'people')} reacted again" if again else ""
    return f"{first}, {again:,} reacted again" if people and again else first or second


def _trust(part: Doc, change: Doc) -> str:
    was, now = change["from"]["defended"], change["to"]["defended"]
    if was != now:
        return "attention can vouch for people now" if now else "attention cannot vouch for people any more"
    more, less, points = part["more"], part["less"], part["points"]
    if not points:
        return "trust in the people who react made no difference"
    if more or less:
        return f"{more:,} of the people who react are trusted more, {less:,} less"
    return f"people who react are trusted a little {'more' if points > 0 else 'less'}"


_WORDS: Final = {
    "corrections": _corrections,
    "formula": _formula,
    "ageing": _ageing,
    "reactions": _reactions,
    "trust": _trust,
}


def _many(count: int, one: str, several: str = "") -> str:
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def _span(seconds: int) -> str:
    days = seconds / DAY
    return _many(round(days), "day") if days >= 1 else _many(round(seconds / 3600), "hour")
