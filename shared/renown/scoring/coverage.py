"""Who together reach the most different people: the greedy answer to maximum coverage.

Everybody reaches each of their people with a chance; what is to be largest is the number of different people that are
expected to be reached. That is monotone and submodular, so choosing one after the other whoever adds most reaches at
least 1 - 1/e (63%) of what the best set of that size does (Nemhauser, Wolsey, Fisher 1978); whoever added less than
somebody else's present gain need not be looked at again (Minoux 1978).
"""

import heapq
from collections.abc import Mapping, Sequence

Chances = Mapping[str, Mapping[str, float]]
"""Of each candidate: the chance with which they reach each person."""


def together(chances: Chances, size: int) -> list[tuple[str, float]]:
    """At most `size` candidates, and how many more people are expected with each than with those before; ties by name.

    >>> together({"a": {"x": 1, "y": 1}, "b": {"x": 1, "y": 1}, "c": {"z": 1}}, 2)
    [('a', 2.0), ('c', 1.0)]
    """
    missed: dict[str, float] = {}
    heap = [(-_gain(people, missed), name) for name, people in chances.items()]
    heapq.heapify(heap)
    chosen: list[tuple[str, float]] = []
    while heap and len(chosen) < size:
        _, name = heapq.heappop(heap)
        gain = _gain(chances[name], missed)
        if heap and (-gain, name) > heap[0]:
            heapq.heappush(heap, (-gain, name))
        else:
            chosen.append((name, gain))
            for person, chance in chances[name].items():
                missed[person] = missed.get(person, 1.0) * (1 - chance)
    return chosen


def expected(chances: Chances, names: Sequence[str]) -> float:
    """How many different people `names` are expected to reach together."""
    missed: dict[str, float] = {}
    total = 0.0
    for name in names:
        total += _gain(chances[name], missed)
        for person, chance in chances[name].items():
            missed[person] = missed.get(person, 1.0) * (1 - chance)
    return total


def _gain(people: Mapping[str, float], missed: Mapping[str, float]) -> float:
    return float(sum(chance * missed.get(person, 1.0) for person, chance in people.items()))
