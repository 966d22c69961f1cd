"""Trust: how much an account's reaction counts, from where trusted people's attention goes.

Personalised PageRank (Haveliwala 2002; against sybils: Cheng and Friedman 2005): a unit of attention starts at
every seed, follows a random reaction of the account it is at, and starts again with probability `restart`. It is
not divided by the number of seeds, so that nobody's trust falls because there are more of them. A region that
honest people do not react to gets none, however many accounts it has, and one that they do react to gets at most
(1 - restart) / restart times the attention they pay it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .formula import Trust

Floats = NDArray[np.float64]
Codes = NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Attention:
    """The attention of each account (1 = what one seed sends out), and how the iteration ended."""

    value: Floats
    steps: int
    residual: float


def attention(reactor: Codes, author: Codes, weight: Floats, seeds: Codes, size: int, rules: Trust) -> Attention:
    """Where the seeds' attention goes along who reacts to whom.

    Args:
        reactor, author: accounts as codes 0..size-1, one pair an edge; the order decides the last bits of sums.
        weight: how strongly each reactor reacts to each author, >= 0; divided by the reactor's sum.
        seeds: codes of the seeds.
        size: number of accounts.
        rules: restart, tolerance and the most iterations.

    Returns attention per account; the share that still moved in the last step is `residual`.
    """
    start = np.zeros(size)
    start[seeds] = 1.0
    total = max(float(len(seeds)), 1.0)
    sent = np.bincount(reactor, weight, size)[reactor]
    share = (1 - rules.restart) * np.divide(weight, sent, out=np.zeros(len(weight)), where=sent > 0)
    # Each step adds the attention that has moved exactly so many times: the sum is the fixed point, and what is
    # still moving bounds the error.
    moving: Floats = rules.restart * start
    value = moving.copy()
    step, residual = 0, 1.0
    while step < rules.iterations and residual >= rules.tolerance:
        step += 1
        moving = np.bincount(author, share * moving[reactor], size).astype(np.float64, copy=False)
        value += moving
        residual = float(moving.sum()) / total
    return Attention(value, step, residual)


def trust(value: Floats, typical: float) -> Floats:
    """Attention as trust 0..1: 1 from `typical` times the usual attention on, in proportion below.

    The usual attention is what a unit of attention finds at the account where it is, sum(v^2) / sum(v): a thousand
    accounts that hardly any attention reaches do not lower it, as they would lower a mean over accounts.
    """
    total = float(value.sum())
    usual = float(value @ value) / total if total else 1.0
    return np.minimum(1.0, value / (typical * usual))
