"""Changes in words."""

from typing import Any

import pytest

from renown.changes import in_words, signed, telling


def change(**parts: dict[str, Any]) -> dict[str, Any]:
    """A change of three days in which nothing happened but `parts`."""
    plain: dict[str, dict[str, Any]] = {
        "corrections": {"points": 0.0, "deleted": 0, "late": 0, "moved": 0},
        "formula": {"points": 0.0},
        "ageing": {"points": 0.0, "seconds": 3 * 86_400, "expired": 0},
        "reactions": {"points": 0.0, "people": 0, "again": 0, "reactions": 0},
        "trust": {"points": 0.0, "more": 0, "less": 0},
    }
    run = {"run": "r1", "at": "2026-11-01T00:00:00Z", "formula": "2026-11", "defended": True, "score": 20.0}
    found = {name: {**part, **parts.get(name, {})} for name, part in plain.items()}
    end = {**run, "run": "r2", "score": 21.5, "missing": None}
    return {"id": "@ada", "from": {**run, "missing": None}, "to": end, "change": 1.5, "parts": found}


def said(doc: dict[str, Any], name: str) -> str:
    (text,) = (part["text"] for part in in_words(doc)["parts"] if part["part"] == name)
    return str(text)


@pytest.mark.parametrize(
    ("name", "part", "text"),
    [
        ("corrections", {}, "Nothing was corrected: 0.00."),
        ("corrections", {"points": -0.1, "deleted": 1}, "1 reaction from before was deleted: −0.10."),
        (
            "corrections",
            {"points": 0.1, "deleted": 2, "late": 1200, "moved": 1},
            "2 reactions from before were deleted, 1,200 reactions from before came in late, accounts were linked or"
            " unlinked (1 reaction): +0.10.",
        ),
        ("corrections", {"points": 0.1}, "What was known of the time before was corrected: +0.10."),
        ("formula", {}, "The same formula, 2026-11: 0.00."),
        ("ageing", {"points": -0.4}, "Reactions got 3 days older: −0.40."),
        ("ageing", {"points": -0.4, "seconds": 7200}, "Reactions got 2 hours older: −0.40."),
        ("ageing", {"points": -9.0, "expired": 1}, "Reactions got 3 days older, 1 of them too old to count: −9.00."),
        ("reactions", {}, "Nobody reacted: 0.00."),
        ("reactions", {"people": 1, "reactions": 1, "points": 1.0}, "1 person reacted who had not before: +1.00."),
        ("reactions", {"again": 2, "reactions": 9, "points": 0.5}, "2 people reacted again: +0.50."),
        (
            "reactions",
            {"people": 14, "again": 3, "reactions": 40, "points": 2.3},
            "14 people reacted who had not before, 3 reacted again: +2.30.",
        ),
        ("reactions", {"people": 2, "reactions": 2, "points": None}, "2 people reacted who had not before."),
        ("trust", {}, "Trust in the people who react made no difference: 0.00."),
        ("trust", {"points": 0.2, "more": 5, "less": 1}, "5 of the people who react are trusted more, 1 less: +0.20."),
        ("trust", {"points": -0.01}, "People who react are trusted a little less: −0.01."),
    ],
)
def test_one_sentence_for_each_part(name: str, part: dict[str, Any], text: str) -> None:
    assert said(change(**{name: part}), name) == text


def test_the_ends_have_their_words() -> None:
    doc = change()
    assert in_words(doc)["text"] == "From 20.00 to 21.50: +1.50."
    none = {"score": None, "missing": "3 of 5 people needed"}
    assert in_words({**doc, "from": {**doc["from"], **none}})["text"] == "There was no score: 3 of 5 people needed."
    assert in_words({**doc, "to": {**doc["to"], **none}})["text"] == "There is no score: 3 of 5 people needed."
    other = {**doc, "to": {**doc["to"], "formula": "2026-12", "defended": False}}
    assert said(other, "formula") == "Formula 2026-12 instead of 2026-11: 0.00."
    assert said(other, "trust") == "Attention cannot vouch for people any more: 0.00."
    back = {**doc, "from": {**doc["from"], "defended": False}}
    assert said(back, "trust") == "Attention can vouch for people now: 0.00."


def test_only_what_tells_something_is_shown() -> None:
    doc = in_words(change(ageing={"points": -0.4}, reactions={"people": 2, "reactions": 2}))
    assert [part["part"] for part in telling(doc["parts"])] == ["ageing", "reactions"]


def test_points_have_a_sign_that_can_be_seen() -> None:
    assert [signed(points, 1) for points in (4.32, 0.0, -0.04, 0.04, -1.5)] == ["+4.3", "0.0", "0.0", "0.0", "−1.5"]
