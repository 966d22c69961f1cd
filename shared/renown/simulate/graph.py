"""Who follows whom in a made-up community, and who boosts whom in its spam ring."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from .crowd import TOPICS, Crowd, Ints

FRONTS: Final = 6
"""The ring works in cells of so many, whose members boost each other; all of it boosts the first cell, its fronts."""

_FOLLOWED: Final = 25  # median number of people that somebody chooses to follow, where there are enough
_SAME_TOPIC: Final = 0.7
_BACK: Final = 0.4
_TRIANGLE: Final = 0.15
_SPAM_FOLLOWS: Final = 120
_FOOLED: Final = 0.01


@dataclass(frozen=True, eq=False)
class Near:
    """For every person some others: those of person p are `other[start[p]:start[p + 1]]`, ascending."""

    start: Ints
    other: Ints

    def of(self, people: Ints) -> tuple[Ints, Ints]:
        """For each of `people`, one after the other, everybody near: (position in `people`, position in `other`)."""
        count = self.start[people + 1] - self.start[people]
        row = np.repeat(np.arange(len(people)), count)
        before = np.cumsum(count) - count
        return row, np.arange(len(row)) - before[row] + self.start[people][row]

    def owner(self) -> Ints:
        """The person that each position of `other` belongs to."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))


def near(whose: Ints, other: Ints, people: int) -> Near:
    """Pairs of `people` as Near: without repeats and without anybody being near themselves."""
    key = np.sort((whose * people + other)[whose != other])
    whose, other = np.divmod(key[np.diff(key, prepend=-1) > 0], people)
    return Near(np.searchsorted(whose, np.arange(people + 1)), other)


def followers(crowd: Crowd, rng: np.random.Generator) -> Near:
    """Everybody's followers at the end. Heavy-tailed, more within topics, with mutual friends and triangles."""
    follower, author = _chosen(crowd, rng)
    follows = near(follower, author, crowd.people)
    follower, author = follows.owner(), follows.other
    known = np.bincount(author, minlength=crowd.people)
    back = rng.random(len(author)) * (1 + known[author] / _FOLLOWED) < _BACK  # the well-known follow back less
    closing = rng.random(len(author)) < _TRIANGLE
    friends = np.diff(follows.start)[author[closing]]
    pick = follows.start[author[closing]] + (rng.random(len(friends)) * friends).astype(np.int64)
    third = follows.other[np.where(friends > 0, pick, 0)]  # of whom one follows, somebody whom they follow
    some = friends > 0
    spammer, victim = _spam(crowd, rng)
    fooled = rng.random(len(victim)) < _FOOLED
    return near(
        np.concatenate([author, follower[back], third[some], victim, spammer[fooled]]),
        np.concatenate([follower, author[back], follower[closing][some], spammer, victim[fooled]]),
        crowd.people,
    )


def boosters(crowd: Crowd) -> Near:
    """Who reacts to everything that a member of the ring posts."""
    ring = np.arange(crowd.honest, crowd.people)
    cell = np.arange(len(ring)) // FRONTS
    whole = np.repeat(ring[:FRONTS], len(ring)), np.tile(ring, FRONTS)
    steps = [np.flatnonzero(cell[step:] == cell[: len(cell) - step]) for step in range(1, FRONTS)]
    low = np.concatenate([ring[at] for at in steps])
    high = np.concatenate([ring[at + step] for step, at in enumerate(steps, 1)])
    return near(np.concatenate([whole[0], low, high]), np.concatenate([whole[1], high, low]), crowd.people)


def _chosen(crowd: Crowd, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Whom honest people choose to follow, as (follower, author), with repeats."""
    many = _FOLLOWED * np.exp(0.7 * rng.standard_normal(crowd.honest))
    follower = np.repeat(np.arange(crowd.honest), np.clip(many, 2, max(2, crowd.honest // 3)).astype(np.int64))
    author = np.zeros(len(follower), np.int64)
    place = rng.random(len(follower))
    topic = crowd.posts_on(follower, rng.random(len(follower)))
    topic[rng.random(len(follower)) >= _SAME_TOPIC] = -1
    for t in range(-1, len(TOPICS)):
        wanted = topic == t
        there = np.flatnonzero((crowd.interests[: crowd.honest] >> t) & 1) if t >= 0 else np.arange(crowd.honest)
        heap = np.cumsum(crowd.draw[there])
        if wanted.any():
            author[wanted] = there[np.searchsorted(heap, place[wanted] * heap[-1], side="right")]
    return follower, author


def _spam(crowd: Crowd, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """The many honest people whom each of the ring follows, as (follower, author), with repeats."""
    ring = np.arange(crowd.honest, crowd.people)
    follower = np.repeat(ring, min(_SPAM_FOLLOWS, crowd.honest // 6))
    return follower, (rng.random(len(follower)) * crowd.honest).astype(np.int64)
