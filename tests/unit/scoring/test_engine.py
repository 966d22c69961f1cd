"""The engine: known answers, and what must hold for any activity."""

import gzip
import json
import math
import random
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renown import parts
from renown.activity import Activity
from renown.lake import FolderLake
from renown.scoring.engine import Heading, Outcome, Owner, Sources, newest, score, scorecards
from renown.scoring.formula import DAY, Formula, load
from renown.scoring.price import genuine
from renown.scoring.topical import Terms, find

NOW = 1_790_000_000


def reaction(actor: str, author: str, verb: str = "Like", days: float = 0, key: str = "", **more: Any) -> Activity:
    """`actor` reacted to `author` so many days before NOW."""
    at = NOW - round(days * DAY)
    activity = Activity(f"net:{actor}:{author}:{verb}:{at}:{key}", "net", verb, actor, author, None, at, at)
    return activity._replace(**more)


def part(folder: Path, rows: Sequence[Activity]) -> list[Path]:
    """The files of `rows` as the lake holds them."""
    lake = FolderLake(folder)
    parts.write(lake, rows)
    return lake.local(parts.keys(lake))


def run(
    folder: Path,
    *rows: Iterable[Activity],
    owners: Mapping[str, str] | None = None,
    seeds: Sequence[str] = ("net:seed",),
    formula: Formula | None = None,
    until: int = NOW,
) -> Outcome:
    """Scores parts that hold `rows`, one part for each argument."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        files = [path for number, some in enumerate(rows) for path in part(Path(place, str(number)), list(some))]
        return score(Sources(files, len(rows) > 1, owners or {}, seeds), formula or load(), until)


def accounts(outcome: Outcome) -> dict[str, dict[str, Any]]:
    result = outcome.tables.execute("SELECT * FROM accounts")
    names = [column[0] for column in result.description or []]
    return {row[0]: dict(zip(names, row, strict=True)) for row in result.fetchall()}


def trusted(*names: str) -> list[Activity]:
    """Reactions that make each of `names` fully trusted: the seed reacts to them."""
    return [reaction("net:seed", name, key="vouch") for name in names]


def reactors(number: int, prefix: str = "r") -> list[str]:
    return [f"net:{prefix}{n}" for n in range(number)]


examples = settings(
    max_examples=settings().max_examples // 5, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def points(response: float) -> float:
    return 5 * math.log2(1 + load().calibration.people * response)


def test_the_formula_by_hand(tmp_path: Path) -> None:
    people = reactors(8)
    rows = [reaction(name, "net:a", days=35 * n) for n, name in enumerate(people)]
    rows += [reaction("net:r0", "net:a", "Announce", days=35)]
    found = accounts(run(tmp_path, [*rows, *trusted(*people), *trusted("net:a")]))["net:a"]
    fresh = sum(2.0**-n for n in range(8)) + 1  # and the seed, which reacted now
    strong = fresh + 0.5 * math.log2((1 + 2) / 2)  # one of them reacted on two occasions
    assert found["reactors"] == 9
    assert found["reactions"] == 10
    assert float(found["reach"]) == pytest.approx(points(fresh), abs=1e-5)
    assert float(found["amplification"]) == pytest.approx(points(strong) - points(fresh), abs=1e-5)
    assert found["score"] == found["reach"] + found["amplification"] + found["network"]
    assert found["fewest"] <= found["audience"] <= found["most"]


def test_who_is_forgotten_has_what_such_people_have_on_average(tmp_path: Path) -> None:
    rows = [reaction(name, author, days=days) for name in reactors(10) for author, days in DAYS_AGO.items()]
    found = accounts(run(tmp_path, rows, seeds=()))
    least = points(load().evidence.forgotten)
    assert [float(found[name]["score"]) for name in DAYS_AGO] == pytest.approx([points(5), least, least], abs=1e-5)
    assert {found[name]["fewest"] for name in DAYS_AGO} == {0}


DAYS_AGO = {"net:b": 35, "net:a": 140, "net:c": 280}


def test_only_other_occasions_count_more_and_half_as_much_again_at_most(tmp_path: Path) -> None:
    hour, days = ([n * step for n in range(50)] for step in (1 / 50 / 24, 2.0))
    rows = [
        reaction(name, author, days=ago)
        for name in reactors(6)
        for author, when in (("net:once", [0.0]), ("net:hour", hour), ("net:often", days))
        for ago in when
    ]
    found = accounts(run(tmp_path, rows, seeds=()))
    once, hourly, often = (float(found[name]["audience"]) for name in ("net:once", "net:hour", "net:often"))
    assert hourly == pytest.approx(once, rel=1e-3)
    assert often == pytest.approx(1.5 * once, rel=0.05)


def test_a_verb_without_weight_counts_nothing(tmp_path: Path) -> None:
    formula = load()
    like = formula.verbs["Like"].model_copy(update={"weight": 0.0})
    silent = formula.model_copy(update={"verbs": {**formula.verbs, "Like": like}})
    rows = [reaction(name, "net:a") for name in reactors(6)] + [reaction("net:x", "net:a", "Reply")]
    assert accounts(run(tmp_path, rows, formula=silent))["net:a"]["reactors"] == 1


def test_below_the_floor_there_is_no_score(tmp_path: Path) -> None:
    found = accounts(run(tmp_path, [reaction(name, "net:a") for name in reactors(4)]))["net:a"]
    assert (found["reactors"], found["score"], found["reach"], found["audience"]) == (4, None, None, None)
    found = accounts(run(tmp_path, [reaction(name, "net:a") for name in reactors(5)]))["net:a"]
    assert found["score"] is not None


def test_strangers_add_at_most_their_share(tmp_path: Path) -> None:
    honest = reactors(10)
    base = [reaction(name, "net:a") for name in honest] + trusted("net:a", *honest)
    base += [reaction(a, b) for a in honest for b in honest if a != b]
    for formula, size in ((load(), 99), (fixed(load()), 1000)):
        before = accounts(run(tmp_path, base, formula=formula))["net:a"]
        flood = [reaction(name, "net:a") for name in reactors(size, "sybil")]
        flooded = run(tmp_path, base + flood, formula=formula)
        after = accounts(flooded)["net:a"]
        assert flooded.counts["defended"]
        assert after["reactors"] == before["reactors"] + size
        assert 0 < after["score"] - before["score"] <= Decimal(str(5 * math.log2(1.15)))


def test_trust_is_switched_off_by_nine_times_as_many_accounts_as_there_are_people(tmp_path: Path) -> None:
    people = reactors(10)
    base = [*trusted(*people), *(reaction(name, f"net:{name}") for name in people)]  # 11 people, all of them reached
    floods = ([reaction(name, "net:r0") for name in reactors(size, "sybil")] for size in (99, 100))
    assert [run(tmp_path, [*base, *flood]).counts["defended"] for flood in floods] == [True, False]


def test_where_attention_cannot_vouch_everybody_counts_and_it_is_said(tmp_path: Path) -> None:
    rows = [reaction(name, f"net:star{n}") for n in range(3) for name in reactors(20, f"fan{n}-")]
    outcome = run(tmp_path, rows, seeds=())
    assert outcome.counts["seeds_from"] == "automatic"
    assert not outcome.counts["defended"]
    assert {row["response"] for row in accounts(outcome).values()} == {Decimal(20)}


def test_a_profiles_accounts_are_one_person(tmp_path: Path) -> None:
    owners = {"net:a": "@ann", "other:a": "@ann", "net:r0": "@bob", "other:r0": "@bob"}
    rows = [reaction(name, "net:a") for name in reactors(5)] + [reaction("other:r0", "other:a")]
    rows += [reaction("net:a", "other:a")]  # to oneself: counts nothing
    found = accounts(run(tmp_path, rows, owners=owners, seeds=["@ann"]))
    assert set(found) == {"@ann"}
    assert (found["@ann"]["reactors"], found["@ann"]["reactions"]) == (5, 6)


def test_what_was_deleted_does_not_count(tmp_path: Path) -> None:
    rows = [reaction(name, "net:a", object="post1") for name in reactors(5)]
    rows += [reaction(name, "net:a", object="post2") for name in reactors(7)]
    gone = reaction("net:a", "net:a", "Delete", object="post2")
    taken_back = reaction("net:r0", "net:r0", "Delete", object=rows[0].id)
    not_theirs = reaction("net:r1", "net:r1", "Delete", object="post1")
    found = accounts(run(tmp_path, [*rows, gone, taken_back, not_theirs]))
    assert found["net:a"]["reactors"] == 4


def test_nothing_later_than_the_moment_is_read(tmp_path: Path) -> None:
    rows = [reaction(name, "net:a", days=10) for name in reactors(5)]
    late = [reaction("net:late", "net:a", days=-1), reaction("net:seen-late", "net:a", days=10, seen_at=NOW + 1)]
    old = [reaction("net:old", "net:a", days=366)]
    assert accounts(run(tmp_path, [*rows, *late, *old]))["net:a"]["reactors"] == 5


def test_a_reaction_without_a_time_counts_from_when_it_was_first_seen(tmp_path: Path) -> None:
    first = [reaction(name, "net:a", days=70, at=None) for name in reactors(5)]
    again = [row._replace(seen_at=NOW) for row in first]
    found = accounts(run(tmp_path, first, again, seeds=()))["net:a"]
    assert found["reactions"] == 5
    assert float(found["reach"]) == pytest.approx(points(5 / 4), abs=1e-5)


def test_a_year_of_silence_for_everybody_is_no_error(tmp_path: Path) -> None:
    assert accounts(run(tmp_path, [reaction("net:b", "net:a", days=400)])) == {}
    assert accounts(score(Sources([]), load(), NOW)) == {}


def test_newest(tmp_path: Path) -> None:
    rows = [reaction("net:b", "net:a", days=3), reaction("net:c", "net:a", at=None, seen_at=NOW - 5)]
    assert newest(part(tmp_path, rows)) == NOW - 5
    assert newest([]) is None


names = st.sampled_from([f"net:{letter}" for letter in "abcdefgh"])
reactions = st.lists(
    st.builds(
        reaction,
        names,
        names,
        st.sampled_from(["Like", "Announce", "Reply", "Follow"]),
        st.floats(0, 400),
        st.text("xyz"),
    ),
    max_size=60,
    unique_by=lambda row: row.id,
)
ONE_FLOOR = load().model_copy(update={"evidence": load().evidence.model_copy(update={"floor": 1, "least": 0.0})})


@examples
@given(reactions, st.randoms(use_true_random=False))
def test_neither_order_nor_repeats_nor_parts_matter(
    tmp_path: Path, rows: list[Activity], shuffler: random.Random
) -> None:
    shuffled = rows + rows[: len(rows) // 2]
    shuffler.shuffle(shuffled)
    middle = len(shuffled) // 3
    one = accounts(run(tmp_path, rows, formula=ONE_FLOOR))
    assert one == accounts(run(tmp_path, shuffled[:middle], shuffled[middle:], formula=ONE_FLOOR))


@examples
@given(reactions)
def test_scores_are_sane_and_the_pillars_sum(tmp_path: Path, rows: list[Activity]) -> None:
    for found in accounts(run(tmp_path, rows, formula=ONE_FLOOR)).values():
        assert 0 <= found["score"] <= 100
        assert found["reach"] >= 0
        assert found["reach"] + found["amplification"] + found["network"] == found["score"]


@examples
@given(reactions, names)
def test_reacting_to_oneself_adds_nothing(tmp_path: Path, rows: list[Activity], name: str) -> None:
    selfish = [reaction(name, name, "Announce", key="self")]
    assert accounts(run(tmp_path, rows, formula=ONE_FLOOR)) == accounts(run(tmp_path, rows, selfish, formula=ONE_FLOOR))


@examples
@given(reactions, names)
def test_one_more_trusted_reactor_never_lowers_a_score(tmp_path: Path, rows: list[Activity], name: str) -> None:
    vouched = [*rows, *trusted("net:new")]
    before = accounts(run(tmp_path, vouched, formula=ONE_FLOOR)).get(name)
    after = accounts(run(tmp_path, [*vouched, reaction("net:new", name)], formula=ONE_FLOOR))[name]
    assert before is None or after["score"] >= before["score"]


def fixed(formula: Formula) -> Formula:
    """A formula under which trust is always applied, whatever the lake holds."""
    return formula.model_copy(update={"trust": formula.trust.model_copy(update={"defended_from": 0.0})})


@examples
@given(reactions, st.sets(names, min_size=1), st.lists(st.tuples(names, st.integers(0, 3)), max_size=20))
@pytest.mark.parametrize("formula", [fixed(ONE_FLOOR), fixed(load())], ids=["everybody", "as shipped"])
def test_sybils_that_nobody_reacts_to_raise_nobody_by_more_than_their_share_and_lower_nobody(
    tmp_path: Path, formula: Formula, rows: list[Activity], seeds: set[str], targets: list[tuple[str, int]]
) -> None:
    sybils = [reaction(f"net:sybil{n}", author, "Announce", days) for n, (author, days) in enumerate(targets)]
    sybils += [reaction(f"net:sybil{n}", f"net:sybil{n + 1}") for n in range(len(targets))]
    before = accounts(run(tmp_path, rows, seeds=sorted(seeds), formula=formula))
    after = accounts(run(tmp_path, rows, sybils, seeds=sorted(seeds), formula=formula))
    most = Decimal(str(formula.trust.stranger_share)) + 1
    for name, found in before.items():
        assert after[name]["expected"] <= most * found["expected"] + Decimal("1e-5")
        assert after[name]["expected"] >= found["expected"] - Decimal("1e-5")


def test_scorecards_are_written_for_whom_they_should_be(tmp_path: Path) -> None:
    rows = [reaction(name, author) for author in ("net:a", "net:b") for name in reactors(6)]
    rows += [reaction("net:r0", "net:few")]
    outcome = score(Sources(part(tmp_path, rows), False, {"net:a": "@ann"}, ["@ann"]), load(), NOW)
    owners = [Owner("@ann", "ann", "Ann", False, ("net:a",)), Owner("@zed", "zed", 'Zed, "Z"', True, ("net:z", "o:z"))]
    heading = Heading("r1", "2026-11-22T00:00:00Z", load())
    everybody, profiles = tmp_path / "a.gz", tmp_path / "b.gz"
    find(outcome, load(), NOW, Terms())
    assert scorecards(outcome, heading, owners, everybody, everybody=True) == 3
    assert scorecards(outcome, heading, owners, profiles, everybody=False) == 2
    lines = gzip.decompress(everybody.read_bytes()).decode().splitlines()
    by_id = {card["id"]: card for card in map(json.loads, lines)}
    assert set(by_id) == {"@ann", "net:b", "@zed"}
    zed = {"handle": "zed", "name": 'Zed, "Z"', "made_up": True, "accounts": ["net:z", "o:z"], "score": None}
    assert zed.items() <= by_id["@zed"].items()
    assert by_id["@zed"]["missing"] == "0 of 5 people needed"
    assert (by_id["net:b"]["handle"], by_id["net:b"]["name"], by_id["net:b"]["accounts"]) == (None, None, ["net:b"])
    assert by_id["net:b"]["evidence"]["reactors"] == 6
    assert by_id["net:b"]["ten_more"] == genuine(by_id["net:b"]["audience"], load())
    fewest, most = by_id["net:b"]["interval"]["people"]
    assert fewest <= by_id["net:b"]["audience"] <= most
    assert by_id["net:b"]["interval"]["score"] == pytest.approx(
        [5 * math.log2(1 + n) for n in (fewest, most)], abs=1e-6
    )
    assert (by_id["@zed"]["interval"], by_id["@zed"]["ten_more"]) == (None, None)
    assert by_id["net:b"]["at"] == heading.at
    again = tmp_path / "again.gz"
    scorecards(outcome, heading, owners, again, everybody=True)
    assert again.read_bytes() == everybody.read_bytes()
