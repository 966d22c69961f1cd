"""A made-up but lively community, with everybody's true influence: for the demo, for tests with a known answer.

Everything in it is invented: people, names, topics. It is drawn from a seed; the same arguments give the same bytes.
"""

import csv
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from ..activity import EARLIEST, Activity
from ..errors import BadInput
from ..people import Link, Profile
from .crowd import TOPICS
from .names import names
from .play import play
from .world import DAY, World, make_world

END: Final = 1_793_404_800
"""2026-10-31T00:00:00Z in unix seconds: when a community ends unless told otherwise."""

FEWEST_PEOPLE: Final = 20
FEWEST_DAYS: Final = 28

_OPTED_IN: Final = 0.7


class Truth(NamedTuple):
    """What is hidden about a person.

    `influence` is how many distinct people are expected to react to their posts in 28 days; `trait` is the share of
    those who look at a post of theirs who react to it. `role` is person, lurker, spam, holiday or viral.
    """

    account: str
    name: str
    influence: float
    trait: float
    role: str
    topics: tuple[str, ...]


@dataclass(frozen=True)
class Community:
    """A made-up community: who opted in, the truth about everybody (by account), and what happens in it."""

    profiles: tuple[Profile, ...]
    truth: tuple[Truth, ...]
    _seed: int
    _tag: str
    _accounts: list[str] = field(repr=False)
    _world: World = field(repr=False, compare=False)

    def days(self) -> Iterator[list[Activity]]:
        """The activity of each day in turn, by time, then id. May be called again, and gives the same."""
        return play(self._world, self._seed, self._accounts, self._tag)


def simulate(people: int, days: int, seed: int, *, end: int = END) -> Community:
    """A community of `people` over the `days` before `end` (unix seconds, a midnight UTC), drawn from `seed`.

    Raises BadInput for fewer than 20 people or 28 days, for a negative seed, for an end that is no midnight, and for
    a start before 1990.
    """
    if people < FEWEST_PEOPLE:
        raise BadInput(f"people {people}: a community has at least {FEWEST_PEOPLE}")
    if days < FEWEST_DAYS:
        raise BadInput(f"days {days}: influence is over {FEWEST_DAYS} days, so simulate at least as many")
    if seed < 0:
        raise BadInput(f"seed {seed}: give a whole number from 0")
    if end % DAY:
        raise BadInput(f"end {end}: give a midnight UTC in unix seconds")
    start = end - days * DAY
    if start < EARLIEST:
        raise BadInput(f"days {days}: the community would begin before 1990")
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(0, people, days))))
    hidden = make_world(people, start, end, rng)
    called = names(people, int(rng.random() * 1_000_000))
    accounts = [f"simulated:{handle}" for handle, _ in called]
    roles = _roles(hidden)
    truth = [
        Truth(
            accounts[i],
            called[i][1],
            round(float(hidden.influence[i]), 4),
            round(float(hidden.crowd.trait[i]), 6),
            roles[i],
            topics,
        )
        for i, topics in enumerate(_topics(hidden))
    ]
    wants = rng.random(people) < _OPTED_IN
    wants[[hidden.holiday, hidden.viral]] = True
    profiles = _profiles([called[i] for i in np.flatnonzero(wants[: hidden.crowd.honest])], start)
    return Community(profiles, tuple(sorted(truth)), seed, f"{people}x{days}s{seed}", accounts, hidden)


def write_truth(truth: Iterable[Truth], path: Path) -> None:
    """Writes a CSV file, in one atomic step: account, name, influence, trait, role, topics (separated by `;`)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
            rows = csv.writer(out, lineterminator="\n")
            rows.writerow(Truth._fields)
            rows.writerows((*row[:-1], ";".join(row.topics)) for row in truth)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _roles(hidden: World) -> list[str]:
    crowd = hidden.crowd
    roles = ["lurker" if lurks else "person" for lurks in crowd.lurks[: crowd.honest]]
    roles[hidden.holiday], roles[hidden.viral] = "holiday", "viral"
    return roles + ["spam"] * (crowd.people - crowd.honest)


def _topics(hidden: World) -> Iterator[tuple[str, ...]]:
    for row, share in zip(hidden.crowd.topics.tolist(), hidden.crowd.topic_share.tolist(), strict=True):
        yield tuple(TOPICS[topic] for topic, some in zip(row, share, strict=True) if some)


def _profiles(called: list[tuple[str, str]], start: int) -> tuple[Profile, ...]:
    since = datetime.fromtimestamp(start, UTC)
    return tuple(
        Profile(
            handle=handle,
            name=name,
            opted_in_at=since,
            links=(Link(account=f"simulated:{handle}", proof="made up", proved_at=since),),
            made_up=True,
        )
        for handle, name in sorted(called)
    )
