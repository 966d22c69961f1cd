"""Who together reach the most different people: never less than 63% of the best there is."""

import math
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.scoring.coverage import Chances, expected, together

chances = st.dictionaries(
    st.sampled_from("abcdef"),
    st.dictionaries(st.sampled_from("uvwxyz"), st.floats(0.01, 1), max_size=6),
    max_size=6,
)


@given(chances, st.integers(0, 4))
def test_it_reaches_at_least_63_percent_of_the_best(found: Chances, size: int) -> None:
    chosen = together(found, size)
    names = [name for name, _ in chosen]
    assert len(set(names)) == len(names) == min(size, len(found))
    gains = [gain for _, gain in chosen]
    assert all(later <= earlier + 1e-9 for earlier, later in pairwise(gains))
    reached = expected(found, names)
    assert sum(gains) == pytest.approx(reached)
    best = max((expected(found, some) for some in combinations(sorted(found), min(size, len(found)))), default=0)
    assert reached >= (1 - 1 / math.e) * best - 1e-9


def test_whoever_reaches_the_same_people_again_comes_last() -> None:
    found = {"big": dict.fromkeys("uvwx", 1.0), "same": dict.fromkeys("uvw", 1.0), "small": {"z": 1.0}}
    assert together(found, 3) == [("big", 4.0), ("small", 1.0), ("same", 0.0)]
    assert expected(found, ["big", "same"]) == 4


def test_chances_of_several_add_up_to_one_at_most() -> None:
    found = {name: {"x": 0.5} for name in "abc"}
    assert expected(found, list("abc")) == pytest.approx(0.875)
