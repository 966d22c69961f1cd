"""Measures of agreement: against scipy and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from renown.scoring.agreement import against, kendall, ndcg, spearman

pairs = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=3, max_size=40).filter(
    lambda rows: len({a for a, _ in rows}) > 1 and len({b for _, b in rows}) > 1
)


@given(pairs)
def test_rank_correlations_agree_with_scipy(rows: list[tuple[int, int]]) -> None:
    said, happened = np.array(rows, dtype=float).T
    assert spearman(said, happened) == pytest.approx(stats.spearmanr(said, happened).statistic, abs=1e-12)
    assert kendall(said, happened) == pytest.approx(stats.kendalltau(said, happened).statistic, abs=1e-12)


def test_what_is_constant_agrees_with_nothing() -> None:
    same, rising = np.ones(5), np.arange(5.0)
    assert (spearman(same, rising), kendall(same, rising)) == (0, 0)
    assert ndcg(rising, np.zeros(5)) == 0


@given(pairs)
def test_ndcg_is_a_share_of_the_best_order(rows: list[tuple[int, int]]) -> None:
    said, happened = np.array(rows, dtype=float).T
    assert 0 <= ndcg(said, happened, 5) <= 1 + 1e-12
    assert ndcg(happened, happened, 5) == pytest.approx(1)
    backwards = ndcg(said[::-1], happened[::-1], 5)
    assert backwards == pytest.approx(ndcg(said, happened, 5))  # ties are shared: the order of rows does not matter


def test_ndcg_by_hand() -> None:
    said, happened = np.array([3.0, 2.0, 1.0]), np.array([1.0, 0.0, 2.0])
    assert ndcg(said, happened) == pytest.approx((1 + 2 / 2) / (2 + 1 / np.log2(3)))


def test_a_difference_comes_with_its_interval() -> None:
    rng = np.random.default_rng(1)
    happened = rng.poisson(5, 400).astype(float)
    good, bad = happened + rng.normal(0, 1, 400), rng.normal(0, 1, 400)
    found = against(good, bad, happened, spearman, np.random.default_rng(2))
    assert 0.5 < found.low < found.difference < found.high < 1.2
    none = against(good, good, happened, spearman, np.random.default_rng(2))
    assert (none.low, none.difference, none.high) == (0, 0, 0)
