"""Communities: who reacts to whom more than chance would have it. Found once a run, the same for everybody."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

Ints = np.ndarray[tuple[int], np.dtype[np.int64]]
Floats = np.ndarray[tuple[int], np.dtype[np.float64]]

SEEDS: Final = 5
"""How many times they are looked for; the best is taken, and the others say how stable it is."""

MOST: Final = 30_000
"""Ties that are searched, the strongest: all of them where some thousand people react. More would take minutes."""


@dataclass(frozen=True)
class Communities:
    """The community of every node, from 0, the biggest first; how stable each is; and how they were found.

    `stability` is the mean, over the other searches, of the best Jaccard match that a community has there (Hennig
    2007, Cluster-wise assessment of cluster stability): below .5 it dissolves, from .75 on it is stable. `modularity`
    is of all `ties` (Newman and Girvan 2004); `searched` of them decided.
    """

    of: Ints
    stability: Floats
    modularity: float
    ties: int
    searched: int


@dataclass(frozen=True)
class Ties:
    """Ties between nodes 0 to `size` - 1: each pair once, `one` below `other`, no loops; every node has one."""

    one: Ints
    other: Ints
    weight: Floats
    size: int


def find(ties: Ties, most: int = MOST) -> Communities:
    """The communities of highest modularity that Louvain's method finds in `SEEDS` searches (Blondel et al. 2008).

    Whoever has a single tie is folded into its other end as a loop, which leaves modularity as it is (Arenas et al.
    2007, Size reduction of complex networks preserving modularity). Of the other ties the strongest `most` are
    searched, of equal ones those whose lesser end has more. Everybody else then joins where most of their ties lead.
    """
    degree = np.bincount(ties.one, minlength=ties.size) + np.bincount(ties.other, minlength=ties.size)
    least = np.minimum(degree[ties.one], degree[ties.other])
    strongest = np.lexsort((ties.other, ties.one, -least, -ties.weight))
    inner = strongest[least[strongest] > 1]
    chosen = np.sort(inner[:most])
    found = [_everybody(ties, core) for core in _searches(ties, chosen, degree)]
    values = [modularity(ties, of) for of in found]
    best = int(np.argmax(values))
    others = [of for number, of in enumerate(found) if number != best]
    stability = np.mean([_best_match(found[best], other) for other in others], axis=0)
    folded = len(ties.weight) - len(inner)
    return Communities(found[best], stability, values[best], len(ties.weight), len(chosen) + folded)


def modularity(ties: Ties, of: Ints) -> float:
    """Ties inside communities as a share of all, above the share that chance would have (Newman and Girvan 2004)."""
    total = ties.weight.sum()
    inside = of[ties.one] == of[ties.other]
    ends = sum(np.bincount(of[end], ties.weight, int(of.max()) + 1) for end in (ties.one, ties.other))
    return float(ties.weight[inside].sum() / total - np.square(ends / (2 * total)).sum())


def _searches(ties: Ties, chosen: Ints, degree: Ints) -> list[Ints]:
    """The communities that each search finds among the `chosen` ties; -1 for those who have none of them."""
    import networkx as nx

    leaf = degree == 1
    folded = leaf[ties.one] != leaf[ties.other]
    hosts = np.where(leaf[ties.one], ties.other, ties.one)[folded]
    loops = np.bincount(hosts, ties.weight[folded], ties.size)
    nodes = np.unique(np.concatenate([ties.one[chosen], ties.other[chosen]]))
    graph: Any = nx.Graph()
    graph.add_nodes_from(nodes.tolist())
    columns = (ties.one[chosen], ties.other[chosen], ties.weight[chosen])
    graph.add_weighted_edges_from(zip(*(column.tolist() for column in columns), strict=True))
    graph.add_weighted_edges_from((node, node, loops[node].item()) for node in nodes.tolist() if loops[node])
    found = []
    for seed in range(SEEDS):
        of = np.full(ties.size, -1)
        for number, members in enumerate(nx.community.louvain_communities(graph, seed=seed) if len(nodes) else ()):
            of[list(members)] = number
        found.append(of)
    return found


def _everybody(ties: Ties, core: Ints) -> Ints:
    """Everybody's community: `core`, joined by those around it in rounds, and by itself whatever has no tie to it."""
    of = core.copy()
    here, there = np.concatenate([ties.one, ties.other]), np.concatenate([ties.other, ties.one])
    weight = np.concatenate([ties.weight, ties.weight])
    while len(joining := np.flatnonzero((of[here] < 0) & (of[there] >= 0))):
        several = int(of.max()) + 1
        pairs, place = np.unique(here[joining] * several + of[there[joining]], return_inverse=True)
        nodes, communities = np.divmod(pairs, several)
        order = np.lexsort((communities, -np.bincount(place, weight[joining]), nodes))
        first = order[np.unique(nodes[order], return_index=True)[1]]
        of[nodes[first]] = communities[first]
    apart = np.flatnonzero(of < 0)
    of[apart] = int(of.max()) + 1 + apart
    own = np.flatnonzero(np.isin(here, apart))
    while (of[there[own]] < of[here[own]]).any():
        np.minimum.at(of, here[own], of[there[own]])
    _, first, place, members = np.unique(of, return_index=True, return_inverse=True, return_counts=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.lexsort((first, -members))] = np.arange(len(first))
    return rank[place]


def _best_match(of: Ints, other: Ints) -> Floats:
    """The best Jaccard index that each community of `of` has with one of `other`."""
    several = int(other.max()) + 1
    pairs, both = np.unique(of * several + other, return_counts=True)
    mine, theirs = np.divmod(pairs, several)
    best = np.zeros(int(of.max()) + 1)
    np.maximum.at(best, mine, both / (np.bincount(of)[mine] + np.bincount(other)[theirs] - both))
    return best
