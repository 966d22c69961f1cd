"""Calibration: the unit and the interval are true where they were learned, and rules hold whatever was seen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.scoring.calibration import BOUNDS, Seen, calibrated, heard, interval, least_forgotten
from renown.scoring.formula import load

FORMULA = load()


def drawn(seed: int, people: float, size: int = 3000) -> Seen:
    """Accounts of every size, of which `people` for each 1 of response react on average, and 0.3 of the forgotten."""
    rng = np.random.default_rng(seed)
    response = np.where(rng.random(size) < 0.3, 0.0, 2 ** rng.uniform(0, 8, size))
    mean = np.where(response == 0, 0.3, people * response)
    return Seen(response, rng.negative_binomial(4, 4 / (4 + mean)).astype(float))


@pytest.mark.parametrize("people", [0.2, 0.5, 0.9])
def test_the_unit_and_the_interval_hold_for_what_comes_next(people: float) -> None:
    found = calibrated(FORMULA, [drawn(1, people), drawn(2, people)])
    assert found.calibration.people == pytest.approx(people, rel=0.05)
    new = drawn(3, people)
    fewest, most = interval(new.response, found)
    audience = found.calibration.people * heard(new.response, found)
    assert (fewest <= audience + 0.5).all()
    assert (most >= audience - 0.5).all()
    stratum = np.searchsorted(BOUNDS, new.response, side="right")
    for number in range(1, len(BOUNDS) + 1):
        rows = stratum == number
        held = np.mean((new.happened[rows] >= fewest[rows]) & (new.happened[rows] <= most[rows]))
        assert 0.7 <= held <= 0.97


def test_little_seen_stays_near_what_was_known() -> None:
    found = calibrated(FORMULA, [Seen(np.array([1.0, 2.0]), np.array([9.0, 9.0]))])
    assert FORMULA.calibration.people < found.calibration.people < 2
    assert calibrated(FORMULA, []) is FORMULA
    assert calibrated(FORMULA, [Seen(np.empty(0), np.empty(0))]) is FORMULA


def test_communities_count_the_same_whatever_their_size() -> None:
    small, large = drawn(1, 0.4, 500), drawn(2, 0.9, 20_000)
    found = calibrated(FORMULA, [small], [large])
    assert found.calibration.people == pytest.approx((0.4 * 0.9) ** 0.5, rel=0.05)
    assert found == calibrated(FORMULA, [large], [small])


@given(
    st.lists(st.tuples(st.one_of(st.just(0.0), st.floats(1, 500)), st.integers(0, 600)), min_size=1, max_size=80),
)
def test_half_a_horizon_of_silence_costs_two_points_at_most_whatever_was_seen(rows: list[tuple[float, int]]) -> None:
    response, happened = np.array(rows, dtype=float).T
    found = calibrated(FORMULA, [Seen(response, happened)])
    people, forgotten = found.calibration.people, found.evidence.forgotten
    assert forgotten >= least_forgotten(found, people) - 1e-4
    left = 2 ** (-0.5 / found.freshness.half_life_horizons)
    before = np.array([1.0, 1.1, 1 / left - 1e-9, 1 / left, 2, 10, 1000])
    after = np.where(before * left < found.evidence.least, 0, before * left)
    lost = 5 * np.log2((1 + people * heard(before, found)) / (1 + people * heard(after, found)))
    assert (lost <= 2.001).all()
    assert np.less_equal(found.calibration.low, 0).all()
    assert np.greater_equal(found.calibration.high, 0).all()
