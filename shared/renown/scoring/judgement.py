"""People's judgement: a readable, non-negative formula fitted to answers to "which of these two is more influential?".

    score = sum of weight * feature        every weight >= 0, every feature in doublings (log2)

Of A and B the one with the higher score is said to be more influential, so swapping them flips the answer exactly.
A person is known by their eleven counts; unseen means that no pair with that person was fitted to.
"""

import csv
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInput

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

CHOICE: Final = "Choice"
COUNTS: Final = (
    "follower_count",
    "following_count",
    "listed_count",
    "mentions_received",
    "retweets_received",
    "mentions_sent",
    "retweets_sent",
    "posts",
    "network_feature_1",
    "network_feature_2",
    "network_feature_3",
)
FOLLOWERS: Final = COUNTS.index("follower_count")
LISTED: Final = COUNTS.index("listed_count")

BACKING: Final = 5.0
"""Doublings: a list counts as answered up to 2**5 = 32 lists for each retweet received."""
RIDGE: Final = 30.0
"""The penalty on the squared weights, in pairs, of features scaled to a typical difference of 1."""
TOLERANCE: Final = 1e-9
"""The fit ends when no slope of the mean loss that could still be followed is steeper than this."""
STEPS: Final = 100
"""And it fails to converge after so many Newton steps; eight are usual."""


class Feature(NamedTuple):
    """What the formula weighs: the pillar it stands for, and how it is made of the counts."""

    name: str
    pillar: str
    meaning: str


FEATURES: Final = (
    Feature("listed per post", "reach", "log2((1 + listed) / (1 + posts)): sought out, not merely loud"),
    Feature(
        "answered lists",
        "amplification",
        "log2(min(1 + listed, 32 * (1 + retweets received))): lists count as far as retweets back them",
    ),
    Feature("mentions sent", "activity", "log2(1 + mentions sent): talks with people"),
    Feature("network feature 1", "network", "log2(1 + network feature 1)"),
    Feature("network feature 2", "network", "log2(1 + network feature 2)"),
)


@dataclass(frozen=True)
class Pairs:
    """Judged pairs: `a` and `b` are rows of `people` (distinct counts, sorted), `chose_a` is 1 where A was chosen."""

    people: Floats
    a: Ints
    b: Ints
    chose_a: Floats

    def differences(self) -> Floats:
        """Feature by feature, A minus B: one row a pair."""
        values = features(self.people)
        differences: Floats = values[self.a] - values[self.b]
        return differences


@dataclass(frozen=True)
class Fit:
    """Weights by feature (points a doubling), each one's share of what typical pairs differ by, and how it ended."""

    weights: Floats
    shares: Floats
    iterations: int
    slope: float

    @property
    def converged(self) -> bool:
        """Whether the minimum was found: the loss is convex, so there is one."""
        return self.slope <= TOLERANCE


def parse(lines: Iterable[str], source: str) -> Pairs:
    """The pairs in CSV text with the columns Choice, A_... and B_... of COUNTS; others are ignored.

    Raises BadInput, naming `source`, line and column, for a missing column, a choice that is not 0 or 1, a count
    that is no number or negative, no pairs at all, or pairs that were all answered alike.
    """
    reader = csv.reader(lines)
    numbered = ((reader.line_num, cells) for cells in reader)
    try:
        _, header = next(numbered, (0, []))
        columns = _columns([name.strip() for name in header], source)
        rows = [_row(cells, len(header), columns, f"{source}: line {line}") for line, cells in numbered if cells]
    except csv.Error as error:
        raise BadInput(f"{source}: line {reader.line_num}: not CSV: {error}") from error
    if not rows:
        raise BadInput(f"{source}: holds no pairs")
    table = np.array(rows, dtype=np.float64)
    if len(set(table[:, 0])) == 1:
        raise BadInput(f"{source}: {CHOICE}: is {rows[0][0]:.0f} in every line; both answers are needed")
    people, who = np.unique(table[:, 1:].reshape(-1, len(COUNTS)), axis=0, return_inverse=True)
    a, b = who.reshape(-1, 2).T
    return Pairs(people, a, b, table[:, 0])


def _columns(header: list[str], source: str) -> dict[str, int]:
    """Where Choice, the counts of A and the counts of B stand, in this order."""
    if not any(header):
        raise BadInput(f"{source}: line 1: there is no header; the first column is {CHOICE}")
    names = (CHOICE, *(f"{side}_{count}" for side in "AB" for count in COUNTS))
    for name in names:
        if header.count(name) != 1:
            raise BadInput(f"{source}: line 1: {name}: {'is there twice' if name in header else 'no such column'}")
    return {name: header.index(name) for name in names}


def _row(cells: list[str], width: int, columns: dict[str, int], where: str) -> list[float]:
    """The choice and the 22 counts of one line."""
    if len(cells) != width:
        raise BadInput(f"{where}: has {len(cells)} fields; the header names {width}")
    if (choice := cells[columns[CHOICE]].strip()) not in ("0", "1"):
        raise BadInput(f"{where}: {CHOICE}: is {choice!r}; 1 says that A is more influential, 0 that B is")
    return [_count(cells[column], f"{where}: {name}") for name, column in columns.items()]


def _count(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise BadInput(f"{where}: is {text!r}, not a number") from None
    if not math.isfinite(value) or value < 0:
        raise BadInput(f"{where}: is {text!r}; a count is 0 or more")
    return value


def features(people: Floats) -> Floats:
    """The FEATURES of people whose counts are given as rows in the order of COUNTS; in doublings."""
    doublings = dict(zip(COUNTS, np.log2(1 + people).T, strict=True))
    listed = doublings["listed_count"]
    return np.column_stack(
        (
            listed - doublings["posts"],
            np.minimum(listed, doublings["retweets_received"] + BACKING),
            doublings["mentions_sent"],
            doublings["network_feature_1"],
            doublings["network_feature_2"],
        )
    )


def fit(differences: Floats, chose_a: Floats) -> Fit:
    """The non-negative weights under which the answers are likeliest (logistic loss with RIDGE; no pairs give zeros).

    Bertsekas' projected Newton method: weights at zero that the loss pushes down are held there, the others take a
    Newton step, shortened until the loss falls enough. The ridge makes the one minimum strict.
    """
    pairs = max(len(differences), 1)
    scale = np.sqrt((differences**2).sum(axis=0) / pairs)
    scale[scale == 0] = 1.0
    signed = differences / scale * (2 * chose_a - 1)[:, None]
    weights = np.zeros(len(scale))
    iterations = 0
    while True:
        doubt = np.exp(-np.logaddexp(0, signed @ weights))
        gradient = RIDGE * weights - signed.T @ doubt
        slope = float(np.abs(weights - np.maximum(weights - gradient, 0)).max() / pairs)
        if slope <= TOLERANCE or iterations == STEPS:
            break
        iterations += 1
        held = (weights <= 1e-8) & (gradient > 0)
        curvature = (signed.T * (doubt * (1 - doubt))) @ signed + RIDGE * np.eye(len(scale))
        curvature[held] = curvature[:, held] = 0
        curvature[held, held] = RIDGE
        weights = _descend(signed, weights, gradient, np.linalg.solve(curvature, gradient), held)
    return Fit(weights / scale, weights / (weights.sum() or 1.0), iterations, slope)


def _descend(signed: Floats, weights: Floats, gradient: Floats, step: Floats, held: Mask) -> Floats:
    """The weights after the longest of step, step/2, step/4... by which the loss falls as much as Armijo asks."""

    def loss(at: Floats) -> float:
        return float(np.logaddexp(0, -signed @ at).sum() + RIDGE / 2 * (at @ at))

    before = loss(weights)
    rounding = 1e-13 * before
    for halvings in range(60):
        length = 0.5**halvings
        after: Floats = np.maximum(weights - length * step, 0)
        fall = length * (gradient * step)[~held].sum() + (gradient * (weights - after))[held].sum()
        if loss(after) <= before - 1e-4 * fall + rounding:
            return after
    return weights


def splits(pairs: Pairs, folds: int, rng: np.random.Generator) -> Iterator[tuple[Mask, Mask]]:
    """Masks (fitted to, judged) of pairs, such that nobody is on both sides and every pair is judged once.

    People are dealt into `folds`. The pairs between folds f and g are judged by what was fitted to the pairs of all
    other people: a pair with one person in f or g and the other elsewhere is on neither side.
    """
    dealt = rng.permutation(np.arange(len(pairs.people)) % folds)
    low, high = np.minimum(dealt[pairs.a], dealt[pairs.b]), np.maximum(dealt[pairs.a], dealt[pairs.b])
    for f in range(folds):
        for g in range(f, folds):
            judged = (low == f) & (high == g)
            if judged.any():
                yield ~(np.isin(low, (f, g)) | np.isin(high, (f, g))), judged


def unseen(pairs: Pairs, folds: int, rng: np.random.Generator) -> tuple[Floats, bool]:
    """For each pair by how much A's score is above B's, fitted without either; and whether all fits converged."""
    differences = pairs.differences()
    leads = np.zeros(len(differences))
    converged = True
    for fitted, judged in splits(pairs, folds, rng):
        found = fit(differences[fitted], pairs.chose_a[fitted])
        leads[judged] = differences[judged] @ found.weights
        converged = converged and found.converged
    return leads, converged


def auc(chose_a: Floats, leads: Floats, weights: Floats | None = None) -> float:
    """The chance that a pair in which A was chosen has the higher lead of two; ties count half.

    `weights` says how often each pair counts. NaN where only one answer has weight.
    """
    weights = np.ones(len(leads)) if weights is None else weights
    values, rank = np.unique(leads, return_inverse=True)
    yes = np.bincount(rank, weights * chose_a, len(values))
    no = np.bincount(rank, weights * (1 - chose_a), len(values))
    below = np.cumsum(no) - no / 2
    pairs = yes.sum() * no.sum()
    return float(yes @ below / pairs) if pairs else math.nan


def standard_error(pairs: Pairs, leads: Floats, rng: np.random.Generator, draws: int = 200) -> float:
    """How much the AUC would differ with other people: its standard deviation over bootstrap draws of people."""
    often = rng.poisson(1.0, (draws, len(pairs.people))).astype(np.float64)
    return float(np.nanstd([auc(pairs.chose_a, leads, drawn[pairs.a] * drawn[pairs.b]) for drawn in often]))
