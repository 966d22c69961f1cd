"""Badges without a site: readable by eye, by screen reader and by shields.io."""

import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from renown.web.badge import COLOUR, GRAY, LEFT, shield, svg
from tests.integration.runs_made import card

SVG = "{http://www.w3.org/2000/svg}"
CARDS = [card("@ada", 54.5), card("@new", None), None, {**card("@zoe", 100.0), "made_up": False}]


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("ground", [COLOUR, GRAY, LEFT])
def test_white_stands_out(ground: str) -> None:
    assert 1.05 / (luminance(ground) + 0.05) >= 4.5


@pytest.mark.parametrize(
    ("of", "shown", "title"),
    [
        (CARDS[0], "54", "Renown of @ada, a made-up person: 54 of 100"),
        (CARDS[1], "no score yet", "Renown of @new, a made-up person: no score yet"),
        (CARDS[2], "unknown", "Renown: nobody by this name has opted in"),
        (CARDS[3], "100", "Renown of @zoe: 100 of 100"),
    ],
)
def test_the_badge_says_it_in_a_picture_and_in_words(of: dict[str, Any] | None, shown: str, title: str) -> None:
    drawn = ET.fromstring(svg(of))  # noqa: S314 - our own
    assert drawn.findtext(f"{SVG}title") == drawn.get("aria-label") == title
    assert drawn.get("role") == "img"
    words = list(drawn.iter(f"{SVG}text"))
    assert [word.text for word in words] == ["renown", shown]
    ends = [int(word.get("x", 0)) + int(word.get("textLength", 0)) for word in words]
    assert ends[0] < int(words[1].get("x", 0))
    assert ends[1] < int(drawn.get("width", 0))
    ground = next(drawn.iter(f"{SVG}rect")).get("fill")
    assert ground == (COLOUR if shown.isdigit() else GRAY)


@pytest.mark.parametrize("of", CARDS)
def test_it_asks_for_nothing_from_anywhere(of: dict[str, Any] | None) -> None:
    said = svg(of).replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"http|href|url\(|<style|style=|<script|<image|@import", said)


def test_what_stands_in_a_handle_stays_text() -> None:
    odd = svg({**card("@ada", 1.0), "handle": "<script>\"'&"})
    assert "<script" not in odd
    assert ET.fromstring(odd).get("aria-label", "").startswith("Renown of @<script>\"'&")  # noqa: S314 - our own


def test_shields_io_reads_its_schema() -> None:
    known = {"schemaVersion", "label", "message", "color", "labelColor", "isError", "cacheSeconds", "style"}
    for of in CARDS:
        found = shield(of)
        assert found.keys() <= known
        assert (found["schemaVersion"], found["label"]) == (1, "renown")
        assert found["message"]
        assert found.get("isError", False) is (of is None)
    assert [shield(of)["color"] for of in CARDS] == [COLOUR, "lightgrey", "lightgrey", COLOUR]
