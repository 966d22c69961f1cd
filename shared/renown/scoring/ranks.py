"""PageRank as an audience: what it would say of an account, before and after an attack."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .attacks import Reactions
from .trust import pagerank


class Ranks:
    """PageRank over who reacts to whom, in the honest graph and after any attack on it."""

    def __init__(self, pairs: Mapping[str, Any], owners: Mapping[str, str], total: float) -> None:
        """Ranks the honest accounts of `pairs`, whose audiences are to sum to `total`."""
        names, codes = np.unique(np.concatenate([pairs["reactor"], pairs["author"]]), return_inverse=True)
        self._codes = {str(name): code for code, name in enumerate(names)}
        self._owners = owners
        self._reactor, self._author = codes.reshape(2, -1)
        self._known = np.sort(self._reactor << 32 | self._author)
        values = pagerank(self._reactor, self._author, len(names))
        self._scale = total / float(values[np.unique(self._author)].sum())
        self._values = {b"": values}

    def audience(self, account: str, reactions: Sequence[Reactions] = ()) -> float:
        """The audience of `account` after `reactions`."""
        codes = dict(self._codes)
        new = [np.empty(0, dtype=np.int64)]
        for some in reactions:
            reactor, author = (
                np.array([codes.setdefault(self._owners.get(name, name), len(codes)) for name in names], np.int64)
                for names in (some.actor, some.author)
            )
            new.append(reactor << 32 | author)
        pairs = np.setdiff1d(np.concatenate(new), self._known)
        graph = pairs.tobytes()
        if graph not in self._values:  # attacks that differ in time only are the same graph
            reactor = np.concatenate([self._reactor, pairs >> 32])
            author = np.concatenate([self._author, pairs & 0xFFFFFFFF])
            self._values[graph] = pagerank(reactor, author, len(codes))
        return float(self._values[graph][codes[account]]) * self._scale
