"""Who the people of a made-up community are: what is drawn for each of them and seen by nobody."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

TOPICS: Final = (
    "gardening", "bicycles", "baking", "astronomy", "typography", "birdwatching", "woodworking", "hiking", "ceramics",
    "chess", "knitting", "cartography", "folk-music", "beekeeping", "origami",
)  # fmt: skip
"""From the most to the least common."""

LURKERS: Final = 0.35
"""The share of honest people who never post."""

SHARED, OTHER = 1.3, 0.5
"""How much more, or less, people react to a post on a topic of theirs, or on another one."""

SURELY: Final = 0.9
"""Nobody reacts to more than this share of what they look at."""

SPAM_TRAIT: Final = 1 / 2000
"""Honest people see through spam nearly always."""

_RING_SHARE: Final = 0.04
_SMALLEST_RING: Final = 6
_DIVIDED: Final = np.array([[1.0, 0.0, 0.0], [0.65, 0.35, 0.0], [0.5, 0.3, 0.2]])  # posts among 1, 2, 3 topics


@dataclass(frozen=True, eq=False)
class Crowd:
    """People 0..people-1: first the `honest` ones, then the spam ring.

    `trait` is the share of those who look at a post of somebody's who react to it, for a typical reader; `draw` is how
    readily somebody is followed; `rate` are posts a day; `keen` is how readily somebody reacts (1 = as is typical).
    `topics` are up to three of everybody, `topic_share` how their posts divide among these, and `interests` the same
    topics as bits.
    """

    people: int
    honest: int
    trait: Floats
    draw: Floats
    rate: Floats
    keen: Floats
    lurks: Mask
    topics: Ints
    topic_share: Floats
    interests: Ints

    def posts_on(self, author: Ints, draw: Floats) -> Ints:
        """The topic of a post of each `author`; `draw` are as many uniform random numbers."""
        behind = draw[:, None] >= self.topic_share[author].cumsum(axis=1)[:, :-1]
        chosen: Ints = self.topics[author, behind.sum(axis=1)]
        return chosen

    def eager(self, reader: Ints, topic: Ints) -> Floats:
        """How many typical readers each `reader` is worth for a post on `topic`."""
        return self.keen[reader] * np.where((self.interests[reader] >> topic) & 1, SHARED, OTHER)

    def chance(self, author: Ints, reader: Ints, topic: Ints) -> Floats:
        """How probably each `reader` who looks at a post of `author` on `topic` reacts to it."""
        return np.minimum(SURELY, self.trait[author] * self.eager(reader, topic))


def make_crowd(people: int, rng: np.random.Generator) -> Crowd:
    """Draws `people`."""
    honest = people - max(_SMALLEST_RING, round(_RING_SHARE * people))
    liked = rng.standard_normal(people)
    trait = np.clip(0.10 * np.exp(0.7 * liked), 0.005, 0.35)
    # Who is followed much is only partly who moves people: that is why a count of followers misleads.
    draw = np.exp(1.2 * (0.3 * liked + np.sqrt(1 - 0.3**2) * rng.standard_normal(people)))
    rate = np.clip(0.15 * np.exp(0.9 * rng.standard_normal(people)), 0.01, 2.0)
    keen = np.clip(np.exp(0.8 * rng.standard_normal(people) - 0.32), 0.05, 4.0)
    lurks = np.zeros(people, np.bool_)
    lurks[np.argsort(rng.random(honest), kind="stable")[: round(LURKERS * honest)]] = True
    rate[lurks] = 0.0
    draw[lurks] *= 0.08  # known to their friends only
    trait[honest:], keen[honest:], rate[honest:] = SPAM_TRAIT, 0.0, 1.0
    topics, topic_share = _topics(people, rng)
    interests = np.bitwise_or.reduce(1 << topics, axis=1)
    return Crowd(people, honest, trait, draw, rate, keen, lurks, topics, topic_share, interests)


def _topics(people: int, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Everybody's topics, the favourite first, and the share of posts on each; a missing one repeats the favourite."""
    # Sorting log-weights with Gumbel noise draws without replacement by weight: 1 / sqrt(rank of the topic).
    noise = -np.log(-np.log(rng.random((people, len(TOPICS)))))
    ranked = np.argsort(np.log(np.arange(1, len(TOPICS) + 1)) / 2 - noise, axis=1, kind="stable")[:, :3]
    many = rng.random(people)
    count = (many < 0.7).astype(np.int64) + (many < 0.3)
    share = _DIVIDED[count]
    return np.where(share > 0, ranked, ranked[:, :1]), share
