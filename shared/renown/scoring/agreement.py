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
    from scipy.stats import rankdata

    return _correlation(rankdata(said), rankdata(happened))


def kendall(said: Floats, happened: Floats) -> float:
    """Kendall's tau-b; 0 where one of them is constant."""
    from scipy.stats import kendalltau

    tau = float(kendalltau(said, happened).statistic)
    return 0.0 if np.isnan(tau) else tau


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
