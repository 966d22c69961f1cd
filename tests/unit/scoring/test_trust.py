"""Trust against networkx as the oracle, and what it promises."""

import random

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.scoring.formula import Trust, load
from renown.scoring.trust import Attention, Floats, attention, pagerank, trust

RULES = load().trust.model_copy(update={"tolerance": 1e-12, "iterations": 400, "restart": 0.15, "people": 4.0})
SIZE = 8

edge_lists = st.lists(
    st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1), st.floats(0.1, 5)).filter(lambda e: e[0] != e[1]),
    min_size=1,
    max_size=30,
    unique_by=lambda e: (e[0], e[1]),
)


def flow(edges: list[tuple[int, int, float]], seeds: list[int], size: int = SIZE, rules: Trust = RULES) -> Attention:
    reactor, author, weight = (np.array(column) for column in zip(*edges, strict=True))
    return attention(reactor, author, weight.astype(float), np.array(seeds), size, rules)


def oracle(
    edges: list[tuple[int, int, float]],
    seeds: list[int],
    *,
    restart: float = RULES.restart,
    people: float = RULES.people,
) -> Floats:
    """Personalised PageRank by networkx; attention that nobody is given goes to a sink."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(SIZE))
    graph.add_weighted_edges_from(edges)
    for node in range(SIZE):
        given = graph.out_degree(node, weight="weight")
        if given < people or not given:
            graph.add_edge(node, "sink", weight=(people - given) or 1.0)
    graph.add_edge("sink", "sink", weight=1.0)
    ranks = nx.pagerank(graph, alpha=1 - restart, personalization=dict.fromkeys(seeds, 1.0), tol=1e-13, max_iter=999)
    return np.array([ranks[node] for node in range(SIZE)])


@given(edge_lists, st.sets(st.integers(0, SIZE - 1), min_size=1))
def test_agrees_with_networkx(edges: list[tuple[int, int, float]], seeds: set[int]) -> None:
    found = flow(edges, sorted(seeds))
    assert found.value / len(seeds) == pytest.approx(oracle(edges, sorted(seeds)), abs=1e-9)
    assert found.residual < 1e-11


regions = st.tuples(edge_lists, edge_lists, st.sets(st.integers(0, SIZE - 1), min_size=1))
bought = st.lists(
    st.tuples(st.integers(0, SIZE - 1), st.integers(SIZE, 2 * SIZE - 1), st.floats(0.1, 5)),
    max_size=12,
    unique_by=lambda e: (e[0], e[1]),
)


@given(regions, bought)
def test_a_region_gets_what_honest_people_pay_it_and_no_more(
    region: tuple[list[tuple[int, int, float]], list[tuple[int, int, float]], set[int]],
    attack: list[tuple[int, int, float]],
) -> None:
    honest, inside, seeds = region
    theirs = [(r + SIZE, a + SIZE, weight) for r, a, weight in inside]
    back = [(r, a - SIZE, weight) for r, a, weight in theirs[::2]]
    everything = [*honest, *theirs, *back, *attack]
    value = flow(everything, sorted(seeds), 2 * SIZE).value
    given = np.bincount([e[0] for e in everything], [e[2] for e in everything], 2 * SIZE)
    paid = sum(value[r] * weight / max(given[r], RULES.people) for r, _, weight in attack)
    assert value[SIZE:].sum() <= (1 - RULES.restart) / RULES.restart * paid + 1e-9
    assert attack or value[SIZE:].sum() == 0


@given(regions)
def test_a_region_that_nobody_honest_reacts_to_changes_nobodys_attention(
    region: tuple[list[tuple[int, int, float]], list[tuple[int, int, float]], set[int]],
) -> None:
    honest, inside, seeds = region
    theirs = [(r + SIZE, a + SIZE, weight) for r, a, weight in inside]
    back = [(r, a - SIZE, weight) for r, a, weight in theirs]
    before = flow(honest, sorted(seeds), 2 * SIZE).value
    assert flow([*honest, *theirs, *back], sorted(seeds), 2 * SIZE).value == pytest.approx(before, abs=1e-9)


@given(edge_lists, st.sets(st.integers(0, SIZE - 1), min_size=1), st.randoms(use_true_random=False))
def test_the_order_of_edges_does_not_matter(
    edges: list[tuple[int, int, float]], seeds: set[int], shuffler: random.Random
) -> None:
    shuffled = list(edges)
    shuffler.shuffle(shuffled)
    assert flow(shuffled, sorted(seeds)).value == pytest.approx(flow(edges, sorted(seeds)).value, abs=1e-12)


def test_more_seeds_lower_nobodys_attention() -> None:
    edges = [(0, 1, 1.0), (1, 2, 1.0), (2, 0, 1.0), (3, 4, 1.0)]
    assert (flow(edges, [0, 3]).value >= flow(edges, [0]).value - 1e-9).all()


def test_trust_is_full_from_a_reaction_each_of_enough_seeds_on() -> None:
    rules = RULES.model_copy(update={"people": 30.0, "vouchers": 4.0})
    vouched = [(seed, 100 + n, 1.0) for n in range(1, 6) for seed in range(n)]
    found = flow(vouched, list(range(90)), size=120, rules=rules)
    assert trust(found.value[101:106], 90, rules) == pytest.approx([0.25, 0.5, 0.75, 1.0, 1.0])
    assert trust(found.value[:90], 90, rules).min() == 1.0
    assert trust(np.zeros(3), 90, rules).tolist() == [0.0, 0.0, 0.0]


def test_of_few_seeds_a_share_has_to_react() -> None:
    rules = RULES.model_copy(update={"people": 30.0, "vouchers": 4.0, "voucher_share": 0.5})
    found = flow([(0, 2, 1.0), (0, 3, 1.0), (1, 3, 1.0)], [0, 1, 4, 5], rules=rules)
    assert trust(found.value[[2, 3]], 4, rules) == pytest.approx([0.5, 1.0])


def test_whoever_hardly_ever_reacts_cannot_hand_on_all_their_attention() -> None:
    rules = RULES.model_copy(update={"people": 30.0})
    one, many = (flow([(0, n, 1.0) for n in range(1, 1 + count)], [0], 99, rules).value[1] for count in (1, 30))
    assert one == many
    assert flow([(0, n, 1.0) for n in range(1, 61)], [0], 99, rules).value[1] == pytest.approx(one / 2)


@given(edge_lists)
def test_plain_pagerank_agrees_with_networkx(edges: list[tuple[int, int, float]]) -> None:
    reactor, author = (np.array(column) for column in list(zip(*edges, strict=True))[:2])
    flat = [(r, a, 1.0) for r, a, _ in edges]
    found = pagerank(reactor, author, SIZE) / SIZE
    assert found == pytest.approx(oracle(flat, list(range(SIZE)), restart=0.15, people=0.0), abs=1e-4)
