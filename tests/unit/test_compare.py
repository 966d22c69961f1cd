"""Profiles side by side: what can be said of two, and what cannot."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.web.compare import compare
from tests.integration.runs_made import card


def scored(who: str, score: float | None, low: int = 0, high: int = 99) -> dict[str, Any]:
    interval = None if score is None else {"share": 0.8, "people": [low, high], "score": [0.0, 33.2]}
    return card(who, score, interval=interval)


@pytest.mark.parametrize(
    ("a", "b", "apart", "text"),
    [
        ((60.0, 10, 20), (50.0, 21, 40), True, "@ada is ahead of @bob by 10.0 points: their intervals do not overlap."),
        ((50.0, 21, 40), (60.0, 10, 20), True, "@bob is ahead of @ada by 10.0 points: their intervals do not overlap."),
        ((60.0, 10, 20), (50.0, 20, 40), False, "@ada and @bob cannot be told apart: their intervals overlap, or are"),
        ((60.0, 0, 99), (60.0, 0, 99), False, "cannot be told apart"),
        ((60.0, 0, 99), (None, 0, 0), False, "@bob has no score yet."),
        ((None, 0, 0), (None, 0, 0), False, "@ada and @bob have no score yet."),
    ],
)
def test_two_are_told_apart_where_their_intervals_are(a: Any, b: Any, apart: bool, text: str) -> None:
    (pair,) = compare([scored("@ada", *a), scored("@bob", *b)])["pairs"]
    assert (pair["a"], pair["b"], pair["told_apart"]) == ("@ada", "@bob", apart)
    assert text in pair["text"]
    both = None not in (a[0], b[0])
    assert pair["difference"] == (a[0] - b[0] if both else None)
    if both:
        assert pair["times"] == pytest.approx((2 ** (a[0] / 5) - 1) / (2 ** (b[0] / 5) - 1), abs=1e-6)


def test_without_an_interval_nothing_is_said() -> None:
    (pair,) = compare([card("@ada", 60.0, interval=None), scored("@bob", 10.0, 1, 2)])["pairs"]
    assert not pair["told_apart"]
    assert "not known" in pair["text"]


@given(st.lists(st.none() | st.floats(1, 100), min_size=2, max_size=5))
def test_each_two_are_compared_once_and_pillars_stay_whole(scores: list[float | None]) -> None:
    found = compare([scored(f"@p{n}", score) for n, score in enumerate(scores)])
    names = [profile["id"] for profile in found["profiles"]]
    pairs = {(pair["a"], pair["b"]) for pair in found["pairs"]}
    assert pairs == {(a, b) for n, a in enumerate(names) for b in names[n + 1 :]}
    for profile, score in zip(found["profiles"], scores, strict=True):
        if score is not None:
            assert profile["reach"] + profile["amplification"] + profile["network"] == pytest.approx(score)
