"""Visits of a fake by its connector: the clock, the client, and what a visit came to."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from renown.activity import Activity, Observation
from renown.errors import Conflict
from renown.formats import Find
from renown.networks.budget import Budget
from renown.networks.client import Client
from renown.networks.registry import NETWORKS
from renown.table import Doc, Item
from tests.contract.fakes.world import Deed, Fake, Server

ACCESS = {
    secret.host: secret.opens("made-up")
    for network in NETWORKS.values()
    if (secret := network.secret) and secret.needed
}
ALLOWANCES = {"api.x.com": 1_000_000_000}

Fault = Callable[[int, httpx.Request], httpx.Response | None]


class Clock:
    """Time that passes only when somebody waits."""

    def __init__(self, now: float) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class MemoryTable:
    """Only what a budget needs of a table, without a file for every example of a property."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Item] = {}

    def get(self, pk: str, sk: str) -> Item | None:
        return self.items.get((pk, sk))

    def replace(self, item: Item, *, expected: int | None) -> None:
        stored = self.items.get((item.pk, item.sk))
        if (stored.version if stored else None) != expected:
            raise Conflict(f"{item.pk} is no longer version {expected}")
        self.items[item.pk, item.sk] = item

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a budget has no use for {name}")


def client(transport: httpx.BaseTransport, clock: Clock, find: Find | None = None) -> Client:
    return Client(
        transport,
        Budget(MemoryTable(), clock),
        contact="https://renown.example/contact",
        clock=clock,
        sleep=clock.sleep,
        access=ACCESS,
        allowances=ALLOWANCES,
        find=find,
    )


@dataclass
class Visits:
    """Visits of one account, each from the cursor of the one before, as the collect step makes them."""

    fake: Fake
    cursor: Doc | None = None
    activity: dict[str, Activity] = field(default_factory=dict)
    observations: dict[str, Observation] = field(default_factory=dict)
    rejects: list[str] = field(default_factory=list)
    complete: bool = False
    requests: int = 0
    unchanged: int = 0
    cost: int = 0
    seen: list[httpx.Request] = field(default_factory=list)
    clock: Clock = field(default_factory=lambda: Clock(0.0))
    cursors: list[Doc] = field(default_factory=list)
    find: Find | None = None

    def visit(self, fault: Fault | None = None) -> int:
        """One visit, which an error ends; the number of records that were not known before."""
        before = len(self.activity) + len(self.observations)
        server = Server(self.fake, fault)
        self.clock.now = max(self.clock.now, float(self.fake.now))
        with_client = client(server, self.clock, self.find)
        try:
            for batch in self.fake.network.collect(self.fake.account, self.cursor, with_client, self.fake.now):
                self.cursor = json.loads(json.dumps(batch.cursor))  # as it is kept in the table
                self.cursors.append(dict(batch.cursor))
                self.rejects += batch.rejects
                self.complete = batch.complete
                for activity in batch.activity:
                    self.activity.setdefault(activity.id, activity)
                for observation in batch.observations:
                    self.observations.setdefault(observation.id, observation)
        finally:
            self.cost = with_client.spent.cost
            self.requests, self.unchanged, self.seen = len(server.seen), server.unchanged, server.seen
        return len(self.activity) + len(self.observations) - before

    def until_complete(self) -> "Visits":
        """Visits until nothing is owed."""
        for _ in range(20):
            self.visit()
            if self.complete:
                return self
        raise AssertionError("visits do not come to an end")

    def deeds(self) -> set[Deed]:
        return {(each.verb, each.actor, each.author or "", each.object) for each in self.activity.values()}
