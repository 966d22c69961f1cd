"""The made-up community: the same every time, true to its own rules, and with a truth that what happens bears out."""

import csv
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from math import log2
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from renown.activity import VERBS, Activity
from renown.errors import BadInput
from renown.simulate import END, Community, Truth, graph, simulate, write_truth
from renown.simulate.crowd import make_crowd
from renown.simulate.names import names

DAY = 86_400
PEOPLE, DAYS, SEED = 400, 180, 7


def activity(community: Community) -> list[Activity]:
    return [a for day in community.days() for a in day]


def roles(community: Community) -> dict[str, str]:
    return {t.account: t.role for t in community.truth}


def the(community: Community, role: str) -> Truth:
    [found] = [t for t in community.truth if t.role == role]
    return found


@pytest.fixture(scope="module")
def community() -> Community:
    return simulate(PEOPLE, DAYS, SEED)


@pytest.fixture(scope="module")
def happened(community: Community) -> list[Activity]:
    return activity(community)


def digest(community: Community) -> str:
    profiles = (p.model_dump_json() for p in community.profiles)
    text = "\n".join([*map(repr, activity(community)), *map(repr, community.truth), *profiles])
    return hashlib.sha256(text.encode()).hexdigest()


def test_same_seed_same_bytes_on_every_machine() -> None:
    assert digest(simulate(60, 40, 7)) == "48932ffa21c8523159d88885bd339c93c3f612f9ba82e8032a8f03cbb83a5315"


def test_days_may_be_read_again_and_in_part(community: Community, happened: list[Activity]) -> None:
    first = next(community.days())
    assert first == happened[: len(first)]
    assert activity(community) == happened


def test_other_arguments_give_another_community() -> None:
    communities = [simulate(60, 40, 7), simulate(60, 40, 8), simulate(61, 40, 7), simulate(60, 41, 7)]
    ids = [{a.id for a in activity(c)} for c in communities]
    assert not ids[0] & (ids[1] | ids[2] | ids[3])
    assert len({c.truth for c in communities}) == 4


def test_another_end_moves_everything() -> None:
    moved = activity(simulate(30, 28, 1, end=END - 7 * DAY))
    assert moved[0].seen_at >= END - 35 * DAY
    assert moved[-1].seen_at < END - 7 * DAY


@given(people=st.integers(20, 70), days=st.integers(28, 70), seed=st.integers(0, 2**64))
@settings(max_examples=settings().max_examples // 2)
def test_rules_that_hold_in_every_community(people: int, days: int, seed: int) -> None:
    community = simulate(people, days, seed)
    role = roles(community)
    holiday = the(community, "holiday").account
    batches = list(community.days())
    assert len(batches) == days
    start = END - days * DAY
    for number, batch in enumerate(batches):
        assert all(a.at == a.seen_at and (a.seen_at - start) // DAY == number for a in batch)
    everything = [a for batch in batches for a in batch]
    assert everything == sorted(everything, key=lambda a: (a.seen_at, a.id))
    assert len({a.id for a in everything}) == len(everything)
    created: dict[str | None, Activity] = {}
    reacted: set[tuple[str, str | None]] = set()
    for a in everything:
        assert a.network == "simulated"
        assert a.verb in VERBS
        assert a.url is None
        assert {a.actor, a.author} <= role.keys()
        assert a.actor != holiday or a.seen_at < END - 14 * DAY
        if a.verb == "Create":
            assert a.actor == a.author
            assert role[a.actor] != "lurker"
            assert a.topics
            created[a.object] = a
            continue
        assert a.actor != a.author
        if a.verb == "Follow":
            assert a.object is None
            continue
        post = created[a.object]  # KeyError: a reaction to what is not there yet
        assert (post.author, post.topics) == (a.author, a.topics)
        assert post.seen_at < a.seen_at
        if role[a.actor] == "spam":
            assert role[a.author or ""] == "spam"
        else:
            assert (a.actor, a.object) not in reacted
            reacted.add((a.actor, a.object))


@pytest.mark.parametrize(("people", "ring"), [(20, 6), (60, 6), (400, 16), (2000, 80)])
def test_who_there_is(people: int, ring: int) -> None:
    community = simulate(people, 28, 1)
    count = Counter(t.role for t in community.truth)
    lurkers = round(0.35 * (people - ring))
    assert count == {
        "spam": ring,
        "holiday": 1,
        "viral": 1,
        "lurker": lurkers,
        "person": people - ring - lurkers - 2,
    }
    assert len({t.account for t in community.truth}) == people
    assert all(1 <= len(set(t.topics)) == len(t.topics) <= 3 for t in community.truth)


def test_who_opted_in(community: Community) -> None:
    role = roles(community)
    start = datetime.fromtimestamp(END - DAYS * DAY, UTC)
    honest = sum(r != "spam" for r in role.values())
    assert 0.6 < len(community.profiles) / honest < 0.8
    for profile in community.profiles:
        assert profile.made_up
        assert profile.opted_in_at == start
        assert profile.accounts == (f"simulated:{profile.handle}",)
        assert role[profile.accounts[0]] != "spam"
    names_of = {t.account: t.name for t in community.truth}
    assert all(p.name == names_of[p.accounts[0]] for p in community.profiles)
    assert {the(community, r).account for r in ("holiday", "viral")} <= {p.accounts[0] for p in community.profiles}


def test_every_verb_of_people_occurs_and_likes_lead(community: Community, happened: list[Activity]) -> None:
    role = roles(community)
    verbs = Counter(a.verb for a in happened if role[a.actor] != "spam")
    assert set(verbs) == {"Create", "Follow", "Like", "Announce", "Reply", "Mention", "Quote"}
    reactions = sum(n for verb, n in verbs.items() if verb not in ("Create", "Follow"))
    assert verbs["Like"] / reactions == pytest.approx(0.68, abs=0.02)
    assert 30_000 < len(happened) < 120_000


def test_nights_and_weekends_are_quieter(community: Community, happened: list[Activity]) -> None:
    role = roles(community)
    posts = [datetime.fromtimestamp(a.seen_at, UTC) for a in happened if a.verb == "Create" and role[a.actor] != "spam"]
    hours = Counter(t.hour for t in posts)
    assert hours[20] > 10 * hours[3]
    weekdays = Counter(t.weekday() for t in posts)
    assert max(weekdays[5], weekdays[6]) < min(weekdays[d] for d in range(5))


def test_who_follows_whom_is_as_among_people() -> None:
    crowd = make_crowd(1000, np.random.default_rng(1))
    near = graph.followers(crowd, np.random.default_rng(2))
    of = {p: set(near.other[near.start[p] : near.start[p + 1]].tolist()) for p in range(crowd.honest)}
    pairs = [(p, f) for p in of for f in of[p] if f < crowd.honest]
    by_chance = len(pairs) / crowd.honest**2
    sizes = sorted(map(len, of.values()), reverse=True)
    assert sum(sizes[:100]) > 0.3 * sum(sizes), "a tenth is followed much more than others"
    assert sum(p in of[f] for p, f in pairs) / len(pairs) > 2 * by_chance, "friends are mutual"
    closed = [f in of[third] for p, f in pairs[::50] for third in of if p in of[third]]
    assert sum(closed) / len(closed) > 2 * by_chance, "friends of friends are friends"
    shared = [bool(crowd.interests[p] & crowd.interests[f]) for p, f in pairs]
    assert sum(shared) / len(shared) > 0.6, "people follow those with their topics"
    assert spearmanr([len(of[p]) for p in of], crowd.trait[: crowd.honest]).statistic < 0.5, "not for their influence"


@pytest.mark.parametrize(
    ("people", "days", "seed"), [(20, 28, 0), (60, 40, 1), (200, 60, 2), (400, 90, 3), (400, 90, 4), (1000, 30, 5)]
)
def test_the_ring_leads_by_count_though_people_ignore_it(people: int, days: int, seed: int) -> None:
    community = simulate(people, days, seed)
    role = roles(community)
    received: Counter[str] = Counter()
    by_people = 0
    busy: defaultdict[str, set[int]] = defaultdict(set)
    for a in activity(community):
        if a.verb in ("Create", "Follow"):
            continue
        received[a.author or ""] += 1
        if role[a.actor] == "spam":
            busy[a.actor].add(a.seen_at // DAY)
        elif role[a.author or ""] == "spam":
            by_people += 1
    ring = {account for account, r in role.items() if r == "spam"}
    [(leader, most)] = received.most_common(1)
    assert leader in ring
    assert most > 1.1 * max(n for account, n in received.items() if account not in ring)
    assert by_people < 0.001 * sum(received.values())
    assert all(len(busy[account]) == days for account in ring)
    assert all(t.influence < 0.1 for t in community.truth if t.role == "spam")


def test_on_holiday_is_somebody_influential_who_was_active(community: Community, happened: list[Activity]) -> None:
    away = the(community, "holiday")
    assert sum(t.influence > away.influence for t in community.truth) == 2
    assert any(a.actor == away.account and END - 28 * DAY < a.seen_at < END - 14 * DAY for a in happened)


def test_one_post_goes_viral_of_somebody_ordinary(community: Community, happened: list[Activity]) -> None:
    lucky = the(community, "viral")
    reactors: defaultdict[str | None, set[str]] = defaultdict(set)
    posted: dict[str | None, int] = {}
    for a in happened:
        if a.author == lucky.account and a.verb == "Create":
            posted[a.object] = a.seen_at
        elif a.author == lucky.account and a.verb != "Follow":
            reactors[a.object].add(a.actor)
    hit, *others = sorted(reactors, key=lambda post: len(reactors[post]), reverse=True)
    assert len(reactors[hit]) > 0.2 * PEOPLE
    assert all(len(reactors[other]) < 0.05 * PEOPLE for other in others)
    assert (END - posted[hit] - 1) // DAY == 59
    assert lucky.influence < 0.05 * PEOPLE


def reactors(happened: list[Activity]) -> dict[str, dict[str, int]]:
    """For each author, when each of the others reacted last."""
    last: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for a in happened:
        if a.verb != "Create" and a.author:
            last[a.author][a.actor] = a.seen_at
    return last


def test_influence_is_how_many_people_react(community: Community, happened: list[Activity]) -> None:
    since = END - 28 * DAY
    role = roles(community)
    last = reactors([a for a in happened if a.verb != "Follow" and role[a.actor] != "spam" and a.seen_at >= since])
    people = [t for t in community.truth if t.role == "person"]
    expected = sum(t.influence for t in people)
    assert sum(len(last.get(t.account, ())) for t in people) == pytest.approx(expected, rel=0.12)
    assert all(t.influence == 0 for t in community.truth if t.role == "lurker")


def test_the_score_finds_influence_where_followers_mislead(community: Community, happened: list[Activity]) -> None:
    last = reactors(happened)
    score = {
        author: 5 * log2(1 + sum(2 ** ((at - END) / (42 * DAY)) for at in by.values()))
        for author, by in last.items()
        if len(by) >= 5
    }
    scored = [t for t in community.truth if t.account in score and t.role != "spam"]
    assert len(scored) > 200
    truth = [t.influence for t in scored]
    follows = Counter(a.author for a in happened if a.verb == "Follow")
    assert spearmanr(truth, [score[t.account] for t in scored]).statistic > 0.85
    assert spearmanr(truth, [follows[t.account] for t in scored]).statistic < 0.75


@pytest.mark.parametrize(
    ("people", "days", "seed", "end", "says"),
    [
        (19, 28, 0, END, "people 19"),
        (20, 27, 0, END, "days 27"),
        (20, 28, -1, END, "seed -1"),
        (20, 28, 0, END + 1, "midnight"),
        (20, 20_000, 0, END, "before 1990"),
    ],
)
def test_what_cannot_be_simulated_is_refused_in_one_line(
    people: int, days: int, seed: int, end: int, says: str
) -> None:
    with pytest.raises(BadInput, match=says) as refused:
        simulate(people, days, seed, end=end)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("offset", [0, 7, 999_999])
def test_there_are_names_enough(offset: int) -> None:
    many = names(200_000, offset)
    handles = [handle for handle, _ in many]
    assert len(set(handles)) == len(many) == 200_000
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,38}", handle) for handle in handles)
    shown = "".join(name for _, name in many[:300])
    assert all(letter in shown for letter in ("é", "å", "О", "Ν", "ミ", "ن", "소"))


def test_the_truth_is_written_as_csv(tmp_path: Path, community: Community) -> None:
    path = tmp_path / "new" / "truth.csv"
    write_truth(community.truth, path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["account", "name", "influence", "trait", "role", "topics"]
    read = [
        Truth(
            r["account"], r["name"], float(r["influence"]), float(r["trait"]), r["role"], tuple(r["topics"].split(";"))
        )
        for r in rows
    ]
    assert tuple(read) == community.truth


def test_a_write_that_dies_leaves_the_old_truth(tmp_path: Path, community: Community) -> None:
    path = tmp_path / "truth.csv"
    write_truth(community.truth[:1], path)
    before = path.read_bytes()

    def dies() -> Iterator[Truth]:
        yield community.truth[1]
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_truth(dies(), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
