"""Trust: how much an account's reaction counts, from where trusted people's attention goes.

Personalised PageRank (Haveliwala 2002; against sybils: Cheng and Friedman 2005): a unit of attention starts at
every seed, goes to a random account among those that the one it is at reacted to, and starts again with probability
`restart`. It is not divided by the number of seeds, so that nobody's attention falls because there are more of them.
A region that honest people do not react to gets none, however many accounts it has, and one that they do react to
gets at most (1 - restart) / restart times the attention they pay it.

An account that reacted to fewer than `people` accounts gives each of them as much as if there were so many, and the
rest to nobody. So one reaction of somebody who hardly ever reacts cannot hand on all of their attention, and reacting
to one more person takes nothing from the others.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .formula import Trust

Floats = NDArray[np.float64]
Codes = NDArray[np.integer[Any]]

DAMPING: Final = 0.85
"""Of plain PageRank (Brin and Page 1998)."""

PRECISE: Final = 1e-4
"""Plain PageRank is done when less than this share of it still moves."""


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
        weight: how much of one person's attention each reactor gives each author, >= 0.
        seeds: codes of the seeds.
        size: number of accounts.
        rules: restart, people, tolerance and the most iterations.

    Returns attention per account; the share that still moved in the last step is `residual`.
    """
    start = np.zeros(size)
    start[seeds] = rules.restart
    divided = np.maximum(np.bincount(reactor, weight, size), rules.people)
    share = (1 - rules.restart) * weight / divided[reactor]
    return _spread(reactor, author, share, start, rules.tolerance, rules.iterations)


def trust(value: Floats, seeds: int, rules: Trust) -> Floats:
    """Attention as trust 0..1: 1 from what a reaction each of `vouchers` seeds brings, in proportion below.

    Of few `seeds` not more than the share `voucher_share` has to react. The scale does not depend on what other
    accounts get: no crowd can lower anybody's trust by being there.
    """
    reaction = rules.restart * (1 - rules.restart) / rules.people
    needed = min(rules.vouchers, rules.voucher_share * max(seeds, 1))
    return np.minimum(1.0, value / (needed * reaction))


def pagerank(reactor: Codes, author: Codes, size: int) -> Floats:
    """Plain PageRank over who reacts to whom, started everywhere: 1 is what one account starts with."""
    sent = np.bincount(reactor, minlength=size)
    start = np.full(size, 1 - DAMPING)
    return _spread(reactor, author, DAMPING / sent[reactor], start, PRECISE, 100).value


def _spread(
    reactor: Codes, author: Codes, share: Floats, start: Floats, tolerance: float, iterations: int
) -> Attention:
    # Each step adds the attention that has moved exactly so many times: the sum is the fixed point, and what is
    # still moving bounds the error.
    moving = start
    value = moving.copy()
    total = float(start.sum()) or 1.0
    step, residual = 0, 1.0
    while step < iterations and residual >= tolerance:
        step += 1
        moving = np.bincount(author, share * moving[reactor], len(start)).astype(np.float64, copy=False)
        value += moving
        residual = float(moving.sum()) / total
    return Attention(value, step, residual)
