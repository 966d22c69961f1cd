"""What would raise a score honestly: only what the person's own scorecard, topics and relationships say."""

from collections.abc import Mapping
from typing import Any, NamedTuple

Doc = Mapping[str, Any]


class Advice(NamedTuple):
    """A sentence, with the topics that it is about: their names, and where they are shown."""

    text: str
    topics: tuple[tuple[str, str], ...] = ()


def advice(card: Doc, on: Doc | None, ties: Doc | None) -> list[Advice]:
    """What the person with this scorecard could do, what is surest first; nothing where nothing is known.

    `on` are their topics and `ties` their relationships.
    """
    found = []
    if card["score"] is None:
        missing = card["evidence"]["needed"] - card["evidence"]["reactors"]
        found.append(
            Advice(f"{missing:,} more {'person' if missing == 1 else 'people'} who react: then there is a score.")
        )
    unanswered = ties["counts"]["unanswered"] if ties else 0
    if unanswered:
        who = "person who keeps reacting and has" if unanswered == 1 else "people who keep reacting and have"
        found.append(Advice(f"Answer some of the {unanswered:,} {who} never heard back."))
    if on:
        found += _about_topics(on)
    if card["ten_more"]:
        people = f"{card['ten_more']:,} people who had not reacted before"
        found.append(Advice(f"Ten points more would take about {people}: nothing else moves it that far."))
    return found


def _about_topics(on: Doc) -> list[Advice]:
    heard = [claim for claim in on["claims"] if claim["voice"] == "legitimate" and not claim["common"]]
    found = []
    for text, topics in (
        ("Write on where you are heard more than you speak:", heard),
        ("What your people respond to from others, and you have hardly tried:", on["untried"]),
        ("Here you speak more than you are answered:", on["improve"]),
    ):
        if topics:
            found.append(Advice(text, tuple((topic["topic"], topic["name"]) for topic in topics[:3])))
    return found
