"""How well an order agrees with what happened: rank correlations and NDCG, and how sure a difference is."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RESAMPLES: Final = 200


@dataclass(frozen=True)
class Interval:
    """A difference and its 95% bootstrap interval."""

    difference: float
    low: float
    high: float


def spearman(said: Floats, happened: Floats) -> float:
    """Spearman's rank correlation with mean ranks for ties; 0 where one of them is constant."""
    return _correlation(_mean_ranks(said), _mean_ranks(happened))


def kendall(said: Floats, happened: Floats) -> float:
    """Kendall's tau-b (1945); 0 where one of them is constant. In n log n, as Knight (1966) counts."""
    _, x = np.unique(said, return_inverse=True)
    _, y = np.unique(happened, return_inverse=True)
    pairs = _pairs(np.array([len(x)]))
    ties, others = _pairs(np.bincount(x)), _pairs(np.bincount(y))
    both = _pairs(np.unique(x * (len(y) + 1) + y, return_counts=True)[1])
    if not (pairs > ties and pairs > others):
        return 0.0
    more = pairs - ties - others + both - 2 * _inversions(y[np.lexsort((y, x))])
    return float(np.clip(more / np.sqrt(pairs - ties) / np.sqrt(pairs - others), -1, 1))


def ndcg(said: Floats, happened: Floats, k: int = 100) -> float:
    """Normalised discounted cumulative gain of the first `k` (Järvelin and Kekäläinen 2002), the gain being `happened`.

    Those whom `said` ties share their gains evenly, so that the order of rows does not matter.
    """
    discount = 1 / np.log2(np.arange(2, min(k, len(said)) + 2))
    best = float(np.sort(happened)[::-1][:k] @ discount)
    if best == 0:
        return 0.0
    order = np.argsort(-said, kind="stable")
    _, group = np.unique(-said[order], return_inverse=True)
    gains = (np.bincount(group, happened[order]) / np.bincount(group))[group]
    return float(gains[:k] @ discount) / best


def against(said: Floats, other: Floats, happened: Floats, measure: Any, rng: np.random.Generator) -> Interval:
    """By how much `said` agrees better than `other` by `measure`, over resampled accounts."""
    size = len(happened)
    differences = []
    for _ in range(RESAMPLES):
        rows = rng.integers(size, size=size)
        differences.append(measure(said[rows], happened[rows]) - measure(other[rows], happened[rows]))
    low, high = np.quantile(differences, [0.025, 0.975])
    return Interval(measure(said, happened) - measure(other, happened), float(low), float(high))


def _correlation(x: Floats, y: Floats) -> float:
    x, y = x - x.mean(), y - y.mean()
    scale = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / scale if scale else 0.0


def _mean_ranks(values: Floats) -> Floats:
    _, group, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Floats = (np.cumsum(counts) - (counts - 1) / 2)[group]
    return ranks


def _pairs(counts: NDArray[np.int64]) -> int:
    return int((counts * (counts - 1) // 2).sum())


def _inversions(numbers: NDArray[np.int64]) -> int:
    """How many pairs of numbers from 0 stand with the larger one first: by each bit, of those that agree above it."""
    found = 0
    for bit in reversed(range(int(numbers.max()).bit_length())):
        above, one = numbers >> (bit + 1), (numbers >> bit) & 1
        before = np.cumsum(one) - one
        before -= before[np.searchsorted(above, above)]  # of the same group only
        found += int(before[one == 0].sum())
        numbers = numbers[np.argsort(numbers >> bit, kind="stable")]
    return found
