"""Collect: one batch of the plan into the lake, and what all of them came to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .. import parts, people
from ..lake import Lake
from ..networks.base import DAY, Network
from ..networks.client import Client
from ..table import Doc, Table
from .due import due, proved
from .inbox import take_in
from .visits import Progress, Visitor, ignored, totals


@dataclass
class Collector:
    """Collects batches. `client` makes what asks the networks, `clock` gives unix seconds.

    Once `stop` is true what was found is written, and nothing more is begun.
    """

    lake: Lake
    table: Table
    networks: Mapping[str, Network]
    client: Callable[[], Client]
    clock: Callable[[], float]
    stop: Callable[[], bool]

    def collect(
        self, batch: Mapping[str, Any], so_far: Mapping[str, Any] | None = None, progress: Progress = ignored
    ) -> Doc:
        """Imports a file, {"format", "key"}, or visits the accounts of hosts that are due, {"network", "hosts"}.

        Returns what `take_in` returns, or `Visited` as a document, with what an earlier call with the same batch
        returned (`so_far`) counted in. Not `complete`: the same batch again goes on.
        """
        now = int(self.clock())
        if "key" in batch:
            return take_in(self.lake, batch["format"], batch["key"], latest=now + DAY, stop=self.stop)
        network = self.networks[batch["network"]]
        accounts = proved(people.load(self.lake), {network.name: network}).get(network.name, [])
        hosts = set(batch["hosts"])
        chosen = [each for each in due(self.table, accounts, now) if network.host(each) in hosts]
        found = self.visit(network, chosen, progress)
        return {**totals([so_far, found])[0], "complete": found["complete"]} if so_far else found

    def visit(self, network: Network, accounts: Sequence[str], progress: Progress = ignored) -> Doc:
        """Visits accounts of one network, due or not; returns `Visited` as a document."""
        visitor = Visitor(self.lake, self.table, network, self.client(), self.clock, self.stop, progress)
        return asdict(visitor.visit(accounts))


def conclude(lake: Lake, collected: Sequence[Mapping[str, Any]]) -> dict[str, list[Doc]]:
    """Joins the lake's small parts, and sums what batches came to: {"files": [...], "networks": [...]}.

    Nothing else may be collected at the same time.
    """
    visited = [result for result in collected if "network" in result]
    if collected:
        parts.join(lake)
    return {"files": [dict(each) for each in collected if "network" not in each], "networks": totals(visited)}
