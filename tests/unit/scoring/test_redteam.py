"""The price of gaming, on a community with a known answer."""

import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from renown import parts
from renown.activity import Activity
from renown.errors import BadInput
from renown.lake import FolderLake
from renown.people import People
from renown.scoring.attacks import Attack, Reactions, attacks
from renown.scoring.engine import Sources, newest, score
from renown.scoring.formula import DAY, load
from renown.scoring.price import genuine
from renown.scoring.ranks import Ranks
from renown.scoring.redteam import attacked, prepared, redteam
from renown.simulate import simulate

FORMULA = load()


def written(folder: Path, rows: list[Activity]) -> list[Path]:
    lake = FolderLake(folder)
    parts.write(lake, rows)
    return lake.local(parts.keys(lake))


def only(monkeypatch: pytest.MonkeyPatch, wanted: Callable[[Attack], bool]) -> None:
    """Lets `redteam` make some of the attacks only: all of them are tried through the command line."""
    module = sys.modules[redteam.__module__]
    monkeypatch.setattr(module, "attacks", lambda *args: filter(wanted, attacks(*args)))


@pytest.fixture(scope="module")
def community(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    """A made-up community whose opted-in people are the seeds."""
    made = simulate(150, 56, 7)
    people = People().with_profiles(made.profiles)
    files = written(tmp_path_factory.mktemp("lake"), [row for day in made.days() for row in day])
    return Sources(files, True, people.owners(), people.trusted())


@pytest.fixture(scope="module")
def report(community: Sources) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        only(monkeypatch, lambda a: (a.sybils, a.bought) in ((1000, 0), (100, 0), (100, 10), (0, 10)))
        return redteam(community, FORMULA, newest(community.parts) or 0, np.random.default_rng(7))


def gains(report: dict[str, Any], sybils: int, bought: int, name: str = "gain") -> list[float]:
    return [a[name] for a in report["attacks"] if (a["sybils"], a["bought"]) == (sybils, bought)]


def test_a_thousand_sybils_with_nothing_bought_gain_a_point_at_most(report: dict[str, Any]) -> None:
    found = gains(report, 1000, 0)
    assert len(found) == 6  # rings and stars, fresh and aged, a follower farm and a flood
    assert 0 <= min(found) <= max(found) <= 1
    assert min(gains(report, 1000, 0, "by_count")) > 20


def test_a_hundred_sybils_and_ten_bought_reactions_gain_three_points_at_most(report: dict[str, Any]) -> None:
    found = gains(report, 100, 10)
    assert len(found) == 4
    assert 0 < max(found) <= 3
    assert max(found) < min(gains(report, 0, 10))  # what is bought for the target itself gains more


def test_the_order_of_honest_accounts_is_kept(report: dict[str, Any]) -> None:
    assert report["tau"] >= 0.9
    assert report["honest"]["who"] == "seeds"


def test_what_is_used_is_said(report: dict[str, Any], community: Sources) -> None:
    assert report["seeds"] == {"from": "named", "count": len(community.seeds)}
    assert (report["defended"], report["threshold"]) == (True, 0.1)
    assert report["capture"] == []
    outcome = score(community, FORMULA, newest(community.parts) or 0)
    ranked = outcome.tables.execute("SELECT id FROM accounts WHERE score IS NOT NULL ORDER BY score, id").fetchall()
    assert report["target"]["account"] == ranked[len(ranked) // 2][0]


def test_a_count_of_people_gains_what_the_formula_says(report: dict[str, Any]) -> None:
    before = report["target"]["reactors"]
    expected = 5 * math.log2((1 + before + 100) / (1 + before))
    assert gains(report, 100, 0, "by_count") == pytest.approx([expected] * 6, abs=1e-3)


def test_the_same_seed_gives_the_same_report_and_another_buys_elsewhere(
    report: dict[str, Any], community: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(monkeypatch, lambda a: a.kind == "fresh ring" and a.bought == 10)
    until = newest(community.parts) or 0
    again = redteam(community, FORMULA, until, np.random.default_rng(7))
    same = [a for a in again["attacks"] if a["sybils"] == 100]
    assert same == [a for a in report["attacks"] if a["kind"] == "fresh ring" and a["bought"] == 10]
    assert {**again, "attacks": None} == {**report, "attacks": None}
    scenes = [prepared(community, FORMULA, until, np.random.default_rng(seed)).scene for seed in (7, 8)]
    assert scenes[0].target == scenes[1].target
    assert scenes[0].honest[:10] != scenes[1].honest[:10]


def test_as_many_accounts_as_it_says_switch_trust_off(report: dict[str, Any], community: Sources) -> None:
    until = newest(community.parts) or 0
    base = prepared(community, FORMULA, until, np.random.default_rng(7))
    for accounts, defended in ((report["off"] - 1, True), (report["off"], False)):
        names = np.array([f"redteam:n{n}" for n in range(accounts)], dtype=object)
        target = np.full(accounts, base.scene.target, dtype=object)
        flood = Reactions(names, target, np.arange(accounts), np.full(accounts, until))
        after = attacked(community, FORMULA, base, Attack("flood", accounts, 0, (flood,)))
        assert after.defended == defended


def test_automatic_seeds_can_be_captured_and_it_is_said(community: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, lambda a: a.kind == "aged ring" and not a.bought)
    unnamed = Sources(community.parts, community.overlapping)
    found = redteam(unnamed, FORMULA, newest(community.parts) or 0, np.random.default_rng(7))
    assert found["seeds"]["from"] == "automatic"
    assert found["honest"]["who"] == "everybody with a score"
    assert [capture["sybils"] for capture in found["capture"]] == [10, 100, 1000]
    assert found["capture"][-1]["seeds"] > 0
    assert max(gains(found, 100, 0)) <= 1 < found["capture"][1]["gain"]  # as long as they stay who they were


def test_nobody_to_attack(tmp_path: Path) -> None:
    few = [Activity(f"net:{n}", "net", "Like", f"net:r{n}", "net:a", None, DAY, DAY) for n in range(3)]
    with pytest.raises(BadInput, match="nobody has a score, so there is nothing to attack"):
        redteam(Sources(written(tmp_path, few)), FORMULA, DAY, np.random.default_rng(1))


def test_pagerank_knows_the_attackers_and_honest_accounts_keep_their_total() -> None:
    pairs = {
        "reactor": np.array(["net:a", "net:b", "net:c", "@d"], dtype=object),
        "author": np.array(["net:b", "net:a", "net:a", "net:c"], dtype=object),
    }
    ranks = Ranks(pairs, {"net:d": "@d"}, 30.0)
    before = {name: ranks.audience(name) for name in ("net:a", "net:b", "net:c", "@d")}
    assert sum(before[name] for name in ("net:a", "net:b", "net:c")) == pytest.approx(30)
    names = np.array([f"net:s{n}" for n in range(5)], dtype=object)
    star = Reactions(names, np.full(5, "net:d", dtype=object), np.arange(5), np.zeros(5, dtype=np.int64))
    again = Reactions(np.array(["net:b"], object), np.array(["net:a"], object), np.zeros(1, int), np.zeros(1, int))
    assert ranks.audience("net:a", (again,)) == before["net:a"]
    assert ranks.audience("@d", (star,)) == pytest.approx(before["@d"] * (1 + 5 * 0.85), rel=1e-3)


@pytest.mark.parametrize("number", [6, 40])
def test_so_many_genuine_people_are_ten_points(tmp_path: Path, number: int) -> None:
    def points(people: int) -> tuple[float, float]:
        rows = [
            Activity(f"net:{kind}{n}", "net", "Like", actor, author, None, DAY, DAY)
            for n in range(people)
            for kind, actor, author in (("r", f"net:r{n}", "net:a"), ("v", "net:seed", f"net:r{n}"))
        ]
        outcome = score(Sources(written(tmp_path / str(people), rows), False, {}, ["net:seed"]), FORMULA, DAY)
        query = "SELECT CAST(score AS DOUBLE), CAST(audience AS DOUBLE) FROM accounts WHERE id = 'net:a'"
        ((found, audience),) = outcome.tables.execute(query).fetchall()
        return found, audience

    before, audience = points(number)
    more = genuine(audience, FORMULA)
    assert more is not None
    assert points(number + more - 1)[0] - before < 10 <= points(number + more)[0] - before + 1e-5


def test_above_the_ceiling_no_number_of_people_is_enough() -> None:
    assert genuine(2.0**18, FORMULA) is None
    assert genuine(2.0**17, FORMULA) is not None
