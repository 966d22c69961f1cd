"""A host is asked as often as all processes together may ask it."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from renown.errors import HostResting, RetriableError
from renown.networks.budget import Budget, Rate
from renown.table import SqliteTable
from tests.contract.fakes.visits import Clock

HOST = "example.com"


@pytest.fixture
def table(tmp_path: Path) -> Iterator[SqliteTable]:
    made = SqliteTable(tmp_path / "table.sqlite")
    yield made
    made.close()


def test_requests_are_spaced_behind_a_burst(table: SqliteTable) -> None:
    budget = Budget(table, clock := Clock(1000.0))
    rate = Rate(2.0, 3)
    assert [budget.take(HOST, rate, 60) for _ in range(5)] == [0, 0, 0, 0.5, 1.0]
    assert budget.take("other.example", rate, 60) == 0
    clock.now += 100
    assert [budget.take(HOST, rate, 60) for _ in range(4)] == [0, 0, 0, 0.5]


def test_two_processes_share_a_budget(table: SqliteTable) -> None:
    clock = Clock(1000.0)
    one, two = Budget(table, clock), Budget(table, clock)
    rate = Rate(1.0)
    waits = [budget.take(HOST, rate, 60) for _ in range(5) for budget in (one, two)]
    assert waits == list(range(10))


def test_many_threads_take_every_slot_once(table: SqliteTable) -> None:
    clock = Clock(1000.0)
    waits: list[float] = []
    budgets = [Budget(table, clock) for _ in range(4)]

    def work(budget: Budget) -> None:
        waits.extend(budget.take(HOST, Rate(1.0), 1000) for _ in range(10))

    threads = [threading.Thread(target=work, args=(budget,)) for budget in budgets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == list(range(40))


def test_who_will_not_wait_takes_nothing(table: SqliteTable) -> None:
    budget = Budget(table, Clock(1000.0))
    for _ in range(3):
        budget.take(HOST, Rate(0.1), 60)
    for _ in range(5):
        with pytest.raises(HostResting) as raised:
            budget.take(HOST, Rate(0.1), 20)
        assert raised.value.until == 1030
    assert budget.take(HOST, Rate(0.1), 30) == 30


def test_a_host_that_rests_rests_for_everybody(table: SqliteTable) -> None:
    clock = Clock(1000.0)
    one, two = Budget(table, clock), Budget(table, clock)
    assert one.take(HOST, Rate(1.0, 10), 60) == 0
    assert two.take(HOST, Rate(1.0, 10), 60) == 0
    assert one.rest(HOST, 1500.0) == 1500
    assert two.rest(HOST, 1200.0) == 1500
    with pytest.raises(HostResting) as raised:
        two.take(HOST, Rate(1.0, 10), 60)
    assert (raised.value.until, raised.value.host) == (1500, HOST)
    clock.now = 1490
    assert two.take(HOST, Rate(1.0, 10), 60) == 10


def test_a_host_that_does_not_say_rests_for_longer_each_time(table: SqliteTable) -> None:
    budget = Budget(table, clock := Clock(1000.0))
    rests = []
    for _ in range(8):
        until = budget.rest(HOST)
        rests.append(until - clock.now)
        clock.now = until + 1
    assert rests == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    clock.now += 3601
    assert budget.rest(HOST) - clock.now == 60


def test_a_budget_expires(table: SqliteTable) -> None:
    Budget(table, Clock(1000.0)).take(HOST, Rate(1.0), 60)
    table.expire(1000 + 8 * 86_400)
    assert table.query(f"host#{HOST}") == []


def test_a_table_that_never_agrees(table: SqliteTable, monkeypatch: pytest.MonkeyPatch) -> None:
    Budget(table, Clock(1000.0)).take(HOST, Rate(1.0), 60)
    monkeypatch.setattr(table, "get", lambda pk, sk: None)
    with pytest.raises(RetriableError, match="too many at once"):
        Budget(table, Clock(1000.0)).take(HOST, Rate(1.0), 60)
