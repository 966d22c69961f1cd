"""Communities: known answers, networkx as the oracle, and what must hold for any ties."""

import itertools
from collections.abc import Collection

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.scoring.communities import Communities, Ties, _best_match, find, modularity
from tests.unit.scoring.test_engine import examples

Tie = tuple[int, int]


def ties(pairs: Collection[Tie], weight: float = 1.0) -> Ties:
    """Between nodes that are numbered anew: every one of them has a tie."""
    nodes = sorted({node for pair in pairs for node in pair})
    code = {node: number for number, node in enumerate(nodes)}
    columns = np.array(sorted({(code[min(pair)], code[max(pair)]) for pair in pairs})).T
    return Ties(columns[0], columns[1], np.full(len(columns[0]), weight), len(nodes))


def clique(*nodes: int) -> list[Tie]:
    return list(itertools.combinations(nodes, 2))


def members(found: Communities) -> list[list[int]]:
    return [np.flatnonzero(found.of == number).tolist() for number in range(len(found.stability))]


def graph_of(given: Ties) -> nx.Graph:
    graph = nx.Graph()
    columns = (given.one.tolist(), given.other.tolist(), given.weight.tolist())
    graph.add_weighted_edges_from(zip(*columns, strict=True))
    return graph


some_ties = st.sets(
    st.tuples(st.integers(0, 11), st.integers(12, 23)) | st.sampled_from(clique(*range(12))), min_size=1
)


def test_two_cliques_with_a_bridge_are_two_communities() -> None:
    found = find(ties([*clique(*range(8)), *clique(*range(8, 15)), (7, 8), (3, 20), (14, 21)]))
    assert members(found) == [[*range(8), 15], [*range(8, 15), 16]]
    assert found.stability.tolist() == [1.0, 1.0]
    assert (found.ties, found.searched) == (28 + 21 + 3, 28 + 21 + 3)


def test_only_the_strongest_are_searched_and_everybody_else_joins() -> None:
    noise = np.random.default_rng(1)
    whole = ties([*clique(*range(8)), *clique(*range(8, 16)), *((n, int(noise.integers(16))) for n in range(16, 60))])
    strong = (whole.other < 16) & ((whole.one < 8) == (whole.other < 8))
    given = Ties(whole.one, whole.other, np.where(strong, 3.0, 1.0), whole.size)
    found = find(given, most=56)
    assert found.searched == 56 + 44
    for node in range(16, 60):
        (host,) = given.one[given.other == node]
        assert found.of[node] == found.of[host]
    assert set(found.of[:8]) != set(found.of[8:16])
    assert set(found.of) == {0, 1}


def test_whoever_has_a_single_tie_counts_all_the_same() -> None:
    """A triangle is one community; two of its corners with thirty people around each are two."""
    leaves = [(corner, 3 + corner * 30 + n) for corner in (0, 1) for n in range(30)]
    found = find(ties([*clique(0, 1, 2), *leaves]))
    assert found.of[0] != found.of[1]
    assert all(found.of[leaf] == found.of[corner] for corner, leaf in leaves)


def test_the_strongest_are_those_of_most_occasions_and_only_then_those_of_most_ties() -> None:
    few, many = [*clique(*range(5)), *clique(*range(5, 10))], clique(*range(10, 30))
    whole = ties([*few, *many, *((n, n + 10) for n in range(10))])
    of = find(Ties(whole.one, whole.other, np.where(whole.other < 10, 9.0, 1.0), whole.size), most=len(few)).of
    assert len(set(of[:5])) == len(set(of[5:10])) == 1
    assert of[0] != of[5]


def test_chance_is_less_stable_than_structure() -> None:
    noise = np.random.default_rng(2)
    found = find(ties({(a, b) for a, b in clique(*range(80)) if noise.random() < 0.06}))
    assert len(found.stability) > 2
    assert 0 < found.stability.max() < 1


@examples
@given(some_ties, st.lists(st.integers(0, 3), min_size=24, max_size=24), st.sampled_from([1.0, 2.5]))
def test_modularity_is_what_networkx_says(pairs: set[Tie], labels: list[int], weight: float) -> None:
    given = ties(pairs, weight)
    of = np.array(labels[: given.size])
    parts = [set(np.flatnonzero(of == label).tolist()) for label in set(labels[: given.size])]
    assert modularity(given, of) == pytest.approx(nx.community.modularity(graph_of(given), parts), abs=1e-12)


@examples
@given(some_ties, st.integers(0, 30))
def test_everybody_has_one_community_among_those_they_are_connected_with(pairs: set[Tie], most: int) -> None:
    given = ties(pairs)
    found = find(given, most)
    sizes = np.bincount(found.of)
    assert len(found.of) == given.size
    assert len(sizes) == len(found.stability)
    assert sizes.tolist() == sorted(sizes, reverse=True)
    assert sizes.min() > 0
    assert ((found.stability > 0) & (found.stability <= 1)).all()
    assert found.modularity == modularity(given, found.of)
    component = {node: n for n, nodes in enumerate(nx.connected_components(graph_of(given))) for node in nodes}
    for some in members(found):
        assert len({component[node] for node in some}) == 1


def test_zacharys_karate_club() -> None:
    """The best there is has modularity .4198 in four communities (Brandes et al. 2008, On modularity clustering)."""
    found = find(ties(list(nx.karate_club_graph().edges)))
    assert 0.415 < found.modularity < 0.41980
    assert len(found.stability) == 4


@examples
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1))
def test_the_best_match_is_the_one_of_highest_jaccard_index(pairs: list[Tie]) -> None:
    one, other = ([sorted(set(labels)).index(label) for label in labels] for labels in zip(*pairs, strict=True))
    found = _best_match(np.array(one), np.array(other))
    for label, best in enumerate(found):
        mine = {n for n, each in enumerate(one) if each == label}
        theirs = [{n for n, each in enumerate(other) if each == match} for match in set(other)]
        assert best == max(len(mine & each) / len(mine | each) for each in theirs)
