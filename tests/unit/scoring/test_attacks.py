"""Attackers: they do what the report says that they do."""

from collections import Counter
from typing import Any

import numpy as np
import pytest

from renown.scoring.attacks import BOUGHT, FRESH, PREFIX, RING, SIZES, Attack, Scene, attacks, crowd
from renown.scoring.formula import DAY

NOW = 1_790_000_000
HONEST = [f"net:h{n}" for n in range(150)]
SCENE = Scene("net:target", HONEST, "net:seed", [*HONEST, "net:target"], NOW, 364)

made = list(attacks(SCENE, np.random.default_rng(1)))


def rows(attack: Attack) -> list[tuple[str, str, int]]:
    """Who reacted to whom and when."""
    return [
        (some.actor[pair], some.author[pair], int(moment))
        for some in attack.reactions
        for pair, moment in zip(some.pair, some.moment, strict=True)
    ]


def one(kind: str, sybils: int, bought: int) -> Attack:
    (found,) = (a for a in made if (a.kind, a.sybils, a.bought) == (kind, sybils, bought))
    return found


def test_there_is_every_kind_in_every_size() -> None:
    kinds = Counter(attack.kind for attack in made)
    crowds = {f"{age} {shape}": len(SIZES) * len(BOUGHT) for age in ("fresh", "aged") for shape in ("ring", "star")}
    alone = dict.fromkeys(("follower farm", "hijacked seed", "flood"), len(SIZES))
    assert kinds == {**crowds, **alone, "bought for the target": 2, "pod of real accounts": 2}


@pytest.mark.parametrize("attack", made, ids=lambda a: f"{a.kind}-{a.sybils}-{a.bought}")
def test_an_attack_is_by_its_sybils_and_has_bought_what_it_says(attack: Attack) -> None:
    moments = np.concatenate([some.moment for some in attack.reactions])
    assert NOW - 364 * DAY < moments.min() <= moments.max() <= NOW
    pairs = [pair for some in attack.reactions for pair in zip(some.actor, some.author, strict=True)]
    assert all(actor != author for actor, author in pairs)
    ours = {actor for actor, _ in pairs if actor.startswith(PREFIX)}
    assert len(ours) == attack.sybils
    assert ours == {actor for actor, author in pairs if author == SCENE.target and actor in ours}
    assert all(set(some.pair) == set(range(len(some.actor))) for some in attack.reactions)
    paid = {pair for pair in pairs if pair[0] not in ours and (pair[1] in ours or pair[1] == SCENE.target)}
    assert len(paid) == attack.bought


@pytest.mark.parametrize("shape", ["ring", "star"])
def test_fresh_ones_react_to_the_target_on_each_of_the_last_days(shape: str) -> None:
    days = Counter(
        (actor, (NOW - at) // DAY) for actor, author, at in rows(one(f"fresh {shape}", 10, 0)) if author == SCENE.target
    )
    assert days == {(f"{PREFIX}{n}", day): 1 for n in range(1, 11) for day in range(FRESH)}


def test_aged_ones_came_one_by_one_and_have_been_active_every_day_since() -> None:
    daily = one("aged star", 100, 0).reactions[0]
    spans = np.bincount(daily.pair)
    assert spans.tolist() == [-(-364 * (n + 1) // 100) for n in range(100)]
    days = {(pair, (NOW - at) // DAY) for pair, at in zip(daily.pair.tolist(), daily.moment.tolist(), strict=True)}
    assert len(days) == spans.sum()


@pytest.mark.parametrize("size", [2, 10, RING, RING + 1, 1000])
@pytest.mark.parametrize("aged", [False, True])
def test_everybody_in_a_ring_reacts_to_everybody_else_in_it(size: int, aged: bool) -> None:
    members = np.array([f"net:m{n}" for n in range(size)], dtype=object)
    attack = Attack("ring", size, 0, crowd(SCENE, members, together=True, aged=aged)[1:])
    pairs = {(actor, author) for actor, author, _ in rows(attack)}
    assert len(pairs) == sum(n * (n - 1) for n in (min(RING, size - first) for first in range(0, size, RING)))
    number = {name: n for n, name in enumerate(members)}
    assert all(a != b and number[a] // RING == number[b] // RING for a, b in pairs)


def test_what_is_bought_is_spread_evenly() -> None:
    deals = one("fresh star", 100, 10).reactions[-1]
    assert deals.actor.tolist() == HONEST[:10]
    assert deals.author.tolist() == [f"{PREFIX}{1 + 10 * n}" for n in range(10)]
    assert one("fresh star", 100, 1).reactions[-1].actor.tolist() == HONEST[:1]


def test_a_small_community_cannot_sell_more_than_it_has() -> None:
    small: Any = Scene("net:target", HONEST[:3], "net:seed", HONEST[:3], NOW, 364)
    found = list(attacks(small, np.random.default_rng(1)))
    assert {a.bought for a in found if a.kind in ("fresh ring", "bought for the target")} == {0, 1}
    assert not [a for a in found if a.kind == "pod of real accounts"]


def test_a_flood_reacts_to_everybody() -> None:
    authors = Counter(author for _, author, _ in rows(one("flood", 1000, 0)))
    assert authors[SCENE.target] >= 1000
    assert set(authors) == set(SCENE.authors)
