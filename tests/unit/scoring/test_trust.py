"""Trust against networkx as the oracle, and what it promises."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.scoring.formula import Trust, load
from renown.scoring.trust import Attention, Floats, attention, trust

RULES = load().trust.model_copy(update={"tolerance": 1e-12, "iterations": 400})
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


def oracle(edges: list[tuple[int, int, float]], seeds: list[int], size: int = SIZE) -> Floats:
    """Personalised PageRank by networkx; attention that ends at accounts that react to nobody goes to a sink."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(size))
    graph.add_weighted_edges_from(edges)
    graph.add_weighted_edges_from([(node, "sink", 1.0) for node in range(size) if graph.out_degree(node) == 0])
    graph.add_edge("sink", "sink", weight=1.0)
    ranks = nx.pagerank(
        graph, alpha=1 - RULES.restart, personalization=dict.fromkeys(seeds, 1.0), tol=1e-13, max_iter=999
    )
    return np.array([ranks[node] for node in range(size)])


@given(edge_lists, st.sets(st.integers(0, SIZE - 1), min_size=1))
def test_agrees_with_networkx(edges: list[tuple[int, int, float]], seeds: set[int]) -> None:
    found = flow(edges, sorted(seeds))
    assert found.value / len(seeds) == pytest.approx(oracle(edges, sorted(seeds)), abs=1e-9)
    assert found.residual < 1e-11


def test_a_region_that_nobody_honest_reacts_to_gets_none_however_large() -> None:
    ring = [(100 + i, 100 + (i + 1) % 500, 1.0) for i in range(500)]
    to_honest = [(100 + i, 0, 1.0) for i in range(500)]
    found = flow([(0, 1, 1.0), (1, 0, 1.0), *ring, *to_honest], [0], size=600)
    assert found.value[100:].sum() == 0


def test_a_region_gets_at_most_its_share_of_the_attention_paid_to_it() -> None:
    ring = [(100 + i, 100 + (i + 1) % 500, 1.0) for i in range(500)]
    honest = [(0, 1, 9.0), (1, 0, 1.0), (0, 100, 1.0)]
    found = flow([*honest, *ring], [0], size=600)
    paid = found.value[0] * 0.1
    assert 0 < found.value[100:].sum() <= (1 - RULES.restart) / RULES.restart * paid + 1e-9


def test_more_seeds_lower_nobodys_attention() -> None:
    edges = [(0, 1, 1.0), (1, 2, 1.0), (2, 0, 1.0), (3, 4, 1.0)]
    assert (flow(edges, [0, 3]).value >= flow(edges, [0]).value - 1e-9).all()


def test_trust_is_one_from_a_share_of_the_usual_attention_on() -> None:
    value = np.array([0.0, 0.05, 0.1, 10.0, 10.0])
    assert trust(value, 0.01) == pytest.approx([0.0, 0.5, 1.0, 1.0, 1.0], rel=0.02)
    assert trust(np.zeros(3), 0.01).tolist() == [0.0, 0.0, 0.0]


def test_a_crowd_that_hardly_any_attention_reaches_does_not_lower_what_is_usual() -> None:
    honest = np.array([1.0, 2.0, 0.02])
    crowded = np.concatenate([honest, np.full(1000, 1e-6)])
    assert trust(crowded, 0.03)[:3] == pytest.approx(trust(honest, 0.03), rel=1e-3)
