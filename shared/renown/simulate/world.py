"""A made-up community as it truly is, which no score gets to see: its people, who sees whom, and their influence."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from .crowd import TOPICS, Crowd, Floats, Ints, make_crowd
from .graph import Near, boosters, followers

DAY: Final = 86_400
"""Seconds."""

HORIZON: Final = 28
"""The days that influence is about."""

SEEN: Final = 0.5
"""The share of posts in front of somebody that they look at."""

VERB_SHARES: Final = {"Like": 0.68, "Announce": 0.13, "Reply": 0.12, "Mention": 0.04, "Quote": 0.03}
"""What reactions of honest people are."""

QUIET: Final = 14
"""The last days, in which the person on holiday does nothing."""

_RENEWAL: Final = 500  # days in which 63% of who follows whom would be new


@dataclass(frozen=True, eq=False)
class World:
    """A community between the moments `start` and `end` (unix seconds).

    `since[i]` is when `followers.other[i]` began to follow, 0 if before the start; `boosters` are those of the ring
    who react to all that each member posts. `holiday` and `viral` are people. `influence` is how many distinct people
    are expected to react to everybody's posts in 28 days: computed from all the rest, never from what happened.
    """

    start: int
    end: int
    crowd: Crowd
    followers: Near
    since: Ints
    boosters: Near
    holiday: int
    viral: int
    influence: Floats

    @property
    def quiet_from(self) -> int:
        """When the holiday begins (unix seconds)."""
        return self.end - QUIET * DAY


def make_world(people: int, start: int, end: int, rng: np.random.Generator) -> World:
    """Draws a community of `people`."""
    drawn = make_crowd(people, rng)
    honest = drawn.honest
    near = followers(drawn, rng)
    # The ring buys what it takes to lead by count: its fronts get twice (Like, Announce) from everybody else of it.
    busiest = _reactions_a_day(drawn, near)[:honest].max()
    rate = drawn.rate.copy()
    rate[honest:] = max(1.0, 1.5 * busiest / (2 * (people - honest - 1))) * (1 + 0.3 * rng.random(people - honest))
    drawn = replace(drawn, rate=rate)
    influence = expected_reactors(drawn, near)

    ranked = np.argsort(-influence[:honest], kind="stable")
    ranked = ranked[~drawn.lurks[ranked]]
    holiday, viral = int(ranked[2]), int(ranked[len(ranked) // 2])
    new = rng.random(len(near.other)) < 1 - np.exp((start - end) / DAY / _RENEWAL)
    since = np.where(new, start + (rng.random(len(new)) * (end - start)).astype(np.int64), 0)
    since[(near.other == holiday) & (since >= end - QUIET * DAY)] = 0
    return World(start, end, drawn, near, since, boosters(drawn), holiday, viral, influence)


def expected_reactors(people: Crowd, near: Near) -> Floats:
    """How many distinct honest people are expected to react to each person's posts in 28 days.

    Posts come at random times (Poisson), so a follower who reacts r times on average reacts at all with 1 - exp(-r).
    Reactions to what followers pass on are taken as falling evenly on all honest people.
    """
    author = near.owner()
    direct, passed_on = np.zeros(len(author)), np.zeros(len(author))
    behind = _behind(people, near)
    for topic, often in _posts(people, author):
        reactions = HORIZON * often * SEEN * people.chance(author, near.other, topic)
        direct += reactions
        passed_on += reactions * VERB_SHARES["Announce"] * SEEN * people.trait[author] * behind[topic, near.other]
    passed_on[author >= people.honest] = 0.0  # nobody looks at what the ring passes on
    followers_who_react = _sums(author, -np.expm1(-direct), people.people)
    extra = _sums(author, passed_on, people.people)
    others = people.honest - followers_who_react
    return followers_who_react - others * np.expm1(-extra / people.honest)


def _reactions_a_day(people: Crowd, near: Near) -> Floats:
    """The expected number of reactions by followers to each person's posts of one day."""
    author = near.owner()
    total = np.zeros(len(author))
    for topic, often in _posts(people, author):
        total += often * SEEN * people.chance(author, near.other, topic)
    return _sums(author, total, people.people)


def _posts(people: Crowd, author: Ints) -> list[tuple[Ints, Floats]]:
    """Each author's topics with the posts a day on it."""
    return [
        (people.topics[author, i], people.rate[author] * people.topic_share[author, i])
        for i in range(people.topics.shape[1])
    ]


def _behind(people: Crowd, near: Near) -> Floats:
    """[topic, person]: how many typical readers the person's followers are worth for a post on the topic."""
    owner = near.owner()
    return np.array(
        [
            _sums(owner, people.eager(near.other, np.full_like(owner, topic)), people.people)
            for topic in range(len(TOPICS))
        ]
    )


def _sums(whose: Ints, what: Floats, people: int) -> Floats:
    """The sum of `what` for each of `people`."""
    return np.bincount(whose, what, people).astype(np.float64)
