"""A host is asked as often as all processes together may ask it."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.errors import HostResting, RetriableError
from renown.networks.budget import Budget, Rate
from renown.table import SqliteTable
from tests.contract.fakes.visits import Clock, MemoryTable

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


# money

DAY = 86_400
MIDNIGHT = 20_000 * DAY


def test_no_more_is_spent_in_a_day_than_is_allowed(table: SqliteTable) -> None:
    clock = Clock(MIDNIGHT + 100.0)
    one, two = Budget(table, clock), Budget(table, clock)
    assert one.spend(HOST, 60, 100) == 20_000
    for _ in range(2):
        with pytest.raises(HostResting) as raised:
            two.spend(HOST, 41, 100)
        assert (raised.value.host, raised.value.until) == (HOST, MIDNIGHT + DAY)
    assert two.spend(HOST, 40, 100) == 20_000
    assert two.spend("other.example", 100, 100) == 20_000
    clock.now = MIDNIGHT + DAY - 1
    with pytest.raises(HostResting):
        one.spend(HOST, 1, 100)
    clock.now += 1
    assert one.spend(HOST, 100, 100) == 20_001


def test_nothing_is_spent_where_nothing_is_allowed(table: SqliteTable) -> None:
    with pytest.raises(HostResting):
        Budget(table, Clock(MIDNIGHT)).spend(HOST, 1, 0)


def test_money_is_counted_beside_the_slots_and_rests(table: SqliteTable) -> None:
    budget = Budget(table, Clock(MIDNIGHT))
    budget.spend(HOST, 70, 100)
    budget.take(HOST, Rate(1.0), 60)
    budget.rest(HOST, MIDNIGHT + 50.0)
    with pytest.raises(HostResting) as raised:
        budget.spend(HOST, 31, 100)
    assert raised.value.until == MIDNIGHT + DAY
    assert budget.take(HOST, Rate(1.0), 60) == 50


def test_what_is_given_back_counts_for_its_own_day_only(table: SqliteTable) -> None:
    clock = Clock(MIDNIGHT + 100.0)
    budget = Budget(table, clock)
    day = budget.spend(HOST, 100, 100)
    budget.give_back(HOST, 70, day)
    assert budget.spend(HOST, 70, 100) == day
    clock.now += DAY
    budget.spend(HOST, 100, 100)
    budget.give_back(HOST, 100, day)
    with pytest.raises(HostResting):
        budget.spend(HOST, 1, 100)


def test_a_clock_that_is_behind_does_not_begin_a_day_anew(table: SqliteTable) -> None:
    ahead, behind = Clock(MIDNIGHT + 1.0), Clock(MIDNIGHT - 1.0)
    Budget(table, ahead).spend(HOST, 100, 100)
    with pytest.raises(HostResting) as raised:
        Budget(table, behind).spend(HOST, 1, 100)
    assert raised.value.until == MIDNIGHT + DAY


@given(
    allowance=st.integers(0, 300),
    calls=st.lists(
        st.tuples(st.integers(0, 2), st.integers(1, 120), st.integers(0, 120), st.integers(0, DAY), st.booleans())
    ),
)
def test_whoever_spends_and_dies_no_day_costs_more_than_allowed(
    allowance: int, calls: list[tuple[int, int, int, int, bool]]
) -> None:
    """Three processes; each call is counted for the most it could cost, costs less, and its process may die then."""
    clock, table = Clock(MIDNIGHT), MemoryTable()
    budgets = [Budget(table, clock) for _ in range(3)]
    counted: dict[int, int] = {}
    for who, most, cost, later, dies in calls:
        clock.now += later // 4
        today = int(clock.now // DAY)
        try:
            day = budgets[who].spend(HOST, most, allowance)
        except HostResting:
            assert counted.get(today, 0) + most > allowance
            continue
        assert day == today
        counted[day] = counted.get(day, 0) + most
        if dies:
            budgets[who] = Budget(table, clock)
        else:
            unspent = most - min(cost, most)
            budgets[who].give_back(HOST, unspent, day)
            counted[day] -= unspent
        assert counted[day] <= allowance


def test_many_threads_never_spend_more_than_is_allowed(table: SqliteTable) -> None:
    clock, spent = Clock(MIDNIGHT), []
    budgets = [Budget(table, clock) for _ in range(4)]

    def work(budget: Budget) -> None:
        for _ in range(10):
            try:
                day = budget.spend(HOST, 10, 105)
            except HostResting:
                return
            budget.give_back(HOST, 5, day)
            spent.append(5)

    threads = [threading.Thread(target=work, args=(budget,)) for budget in budgets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 85 <= sum(spent) <= 105
    left = 105 - sum(spent)
    with pytest.raises(HostResting):
        Budget(table, clock).spend(HOST, left + 1, 105)
    Budget(table, clock).spend(HOST, left, 105)
