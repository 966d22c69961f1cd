"""What somebody would do who wants a higher score than they deserve: made-up attackers and their reactions.

Every attack is for one account. Attackers are as good as attackers get: they react every day, know each other, and
what they buy from honest people goes to the accounts where it helps most evenly.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .formula import DAY

Names = NDArray[np.object_]
Ints = NDArray[np.int64]

SIZES: Final = (10, 100, 1000)
BOUGHT: Final = (0, 1, 10)
PODS: Final = (10, 100)

FRESH: Final = 7
"""Days for which fresh attackers have been there; aged ones came one by one over the whole window."""

RING: Final = 100
"""Accounts that react to each other: about as many as the attention of one is enough for."""

FLOODED: Final = 100
"""Accounts that each account of a flood reacts to."""

PREFIX: Final = "redteam:sybil-"
"""What the attackers' accounts are called."""


class Reactions(NamedTuple):
    """Reactions of one verb: the pairs of who reacts to whom, and of each reaction its pair and when (unix seconds)."""

    actor: Names
    author: Names
    pair: Ints
    moment: Ints
    verb: str = "Like"


@dataclass(frozen=True)
class Attack:
    """An attack by so many `sybils`, accounts of the attacker's own.

    `bought` is how many times an honest account reacts to one of them, or to the target where there are none; every
    day to the same one is once.
    """

    kind: str
    sybils: int
    bought: int
    reactions: tuple[Reactions, ...]


@dataclass(frozen=True)
class Scene:
    """Where attacks take place: the account that is to gain, and what there is around it.

    `honest` are accounts that attention reaches, in the order in which they sell; `seed` is one that is trusted from
    the start; `authors` is everybody who is reacted to. `until` is in unix seconds, `days` is the formula's window.
    """

    target: str
    honest: Sequence[str]
    seed: str
    authors: Sequence[str]
    until: int
    days: int


def attacks(scene: Scene, rng: np.random.Generator) -> Iterator[Attack]:
    """Every attack on `scene`, one after the other; none that takes more honest accounts than there are."""
    purchases = [bought for bought in BOUGHT if bought <= len(scene.honest)]
    for shape in ("ring", "star"):
        for age in ("fresh", "aged"):
            for size in SIZES:
                made = crowd(scene, _sybils(size), together=shape == "ring", aged=age == "aged")
                for bought in purchases:
                    deals = _bought(scene, _sybils(size), bought)
                    yield Attack(f"{age} {shape}", size, bought, (*made, deals))
    for bought in purchases[1:]:
        deals = _bought(scene, _names([scene.target]), bought)
        yield Attack("bought for the target", 0, bought, (deals,))
    for size in SIZES:
        follows = _once(_sybils(size), _names([scene.target] * size), np.full(size, scene.until))
        yield Attack("follower farm", size, 0, (follows._replace(verb="Follow"),))
    for size in (size for size in PODS if len(scene.honest) >= size):
        members = _names(scene.honest[:size])
        yield Attack("pod of real accounts", 0, size, crowd(scene, members, together=True, aged=False))
    for size in SIZES:
        ring = crowd(scene, _sybils(size), together=True, aged=False)
        yield Attack("hijacked seed", size, size + 1, (*ring, _hijacked(scene, _sybils(size))))
    for size in SIZES:
        yield Attack("flood", size, 0, (_flood(scene, _sybils(size), rng),))


def crowd(scene: Scene, members: Names, *, together: bool, aged: bool) -> tuple[Reactions, ...]:
    """Accounts that react to the target every day and, if `together`, in rings to one another in turn.

    Fresh ones have been there for the last FRESH days, aged ones came one after the other over the whole window.
    """
    size = len(members)
    everybody = np.arange(size)
    life = np.ceil(scene.days * (everybody + 1) / size).astype(np.int64) if aged else np.full(size, FRESH)
    who, day = np.repeat(everybody, life), _counted(life)
    daily = Reactions(members, _names([scene.target] * size), who, scene.until - day * DAY - who % 600)
    if not together:
        return (daily,)
    first = everybody // RING * RING
    others = np.minimum(RING, size - first) - 1
    giver, next_to = np.repeat(everybody, others), _counted(others) + 1
    taker = first[giver] + (giver - first[giver] + next_to) % (others[giver] + 1)
    # Each day to the next one of the ring, or to several where there are more of them than days.
    number = np.maximum(life, others) * (others > 0)
    who, turn = np.repeat(everybody, number), _counted(number)
    pair = (np.cumsum(others) - others)[who] + turn % others[who]
    moment = scene.until - turn % life[who] * DAY - who % 600 - 1
    return daily, Reactions(members[giver], members[taker], pair, moment)


def _bought(scene: Scene, members: Names, bought: int) -> Reactions:
    """One reaction each of the first `bought` honest accounts, spread evenly over `members`."""
    liked = members[np.arange(bought) * len(members) // max(bought, 1)]
    return _once(_names(scene.honest[:bought]), liked, np.full(bought, scene.until))


def _hijacked(scene: Scene, members: Names) -> Reactions:
    """A seed that reacts every day to the target and to all `members`."""
    liked = np.concatenate([_names([scene.target]), members])
    pair, day = np.tile(np.arange(len(liked)), FRESH), np.repeat(np.arange(FRESH), len(liked))
    return Reactions(_names([scene.seed] * len(liked)), liked, pair, scene.until - day * DAY)


def _flood(scene: Scene, members: Names, rng: np.random.Generator) -> Reactions:
    """Accounts that react to the target and to FLOODED others, once each."""
    liked = _names(scene.authors)[rng.integers(len(scene.authors), size=(len(members), FLOODED))]
    liked[:, 0] = scene.target
    return _once(np.repeat(members, FLOODED), liked.ravel(), np.full(liked.size, scene.until))


def _once(actor: Names, author: Names, moment: Ints) -> Reactions:
    return Reactions(actor, author, np.arange(len(actor)), moment)


def _sybils(size: int) -> Names:
    return _names([f"{PREFIX}{number}" for number in range(1, size + 1)])


def _names(names: Sequence[str]) -> Names:
    found = np.empty(len(names), dtype=object)
    found[:] = names
    return found


def _counted(counts: NDArray[np.integer[Any]]) -> Ints:
    """0, 1, 2 ... for each of `counts`, one after the other."""
    within: Ints = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return within
