"""What collecting an account costs: requests a day, on made-up servers on which time passes.

    python benchmarks/networks.py

Three kinds of people, for five weeks: the first visit, and the mean of the days from the second week on. Bytes are
those of made-up answers: real ones hold more fields.
"""

import random
from collections.abc import Iterator
from typing import Final, NamedTuple

from tests.contract.fakes.registry import FAKES
from tests.contract.fakes.visits import Visits
from tests.contract.fakes.world import DAY, Fake


class Kind(NamedTuple):
    """Posts a week, reactions a week to a post of the last days, followers."""

    name: str
    posts: int
    reactions: int
    followers: int


KINDS: Final = (Kind("quiet", 1, 2, 30), Kind("usual", 14, 35, 300), Kind("busy", 70, 420, 5000))
_DAYS: Final = 35


class Day(NamedTuple):
    """Requests of a day's visits, how many of them were answered "unchanged", and what they cost in dollars."""

    requests: int
    unchanged: int
    dollars: float


def days(fake: Fake, kind: Kind) -> Iterator[Day]:
    """What each day's visits came to."""
    chance = random.Random(7)  # noqa: S311  # made-up people, the same ones every time
    fake.followers = list(range(1, kind.followers + 1))
    visits = Visits(fake)
    for _ in range(_DAYS):
        fake.now += DAY
        happen(fake, kind, chance)
        requests = unchanged = cost = 0
        while True:
            visits.visit()
            requests, unchanged = requests + visits.requests, unchanged + visits.unchanged
            cost += visits.cost
            if visits.complete:
                break
        yield Day(requests, unchanged, cost / 1_000_000)


def happen(fake: Fake, kind: Kind, chance: random.Random) -> None:
    """What happened on the day before `fake.now`."""
    for _ in range(_times(kind.posts / 7, chance)):
        fake.write(fake.now - DAY + chance.randrange(DAY // 2), "engines")
    recent = [post for post in fake.posts if post.at > fake.now - 4 * DAY]
    for _ in range(_times(kind.reactions / 7, chance) if recent else 0):
        post, verb = chance.choice(recent), chance.choice(fake.verbs)
        fake.react(post, verb, chance.randrange(1, 5000), fake.now - chance.randrange(DAY // 4))


def _times(mean: float, chance: random.Random) -> int:
    return int(mean) + (chance.random() < mean % 1)


def main() -> None:
    """Prints a line for each network and kind of person."""
    print(
        f"{'network':15}{'person':8}{'first':>9}{'a day':>8}{'of them 304':>13}{'most':>6}{'$ first':>9}{'$ a day':>9}"
    )
    for made in FAKES:
        for kind in KINDS:
            first, *rest = days(made(), kind)
            steady = rest[7:]
            requests, unchanged, dollars = (sum(each) / len(steady) for each in zip(*steady, strict=True))
            most = max(day.requests for day in steady)
            print(
                f"{made.network.name:15}{kind.name:8}{first.requests:9}{requests:8.1f}{unchanged:13.1f}{most:6}"
                f"{first.dollars:9.2f}{dollars:9.2f}"
            )


if __name__ == "__main__":
    main()
