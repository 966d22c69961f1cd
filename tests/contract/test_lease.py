"""One run at a time, over every table."""

from typing import Any

import pytest

from renown import lease
from renown.errors import Conflict
from renown.table import Item, Table

from . import test_table as tables

table = tables.table

NOW = 1_790_000_000


def test_while_one_run_holds_the_lease_another_is_told_which(table: Table) -> None:
    assert lease.take(table, "first", NOW) is None
    assert lease.take(table, "second", NOW + 1) == "first"
    assert lease.take(table, "first", NOW + 2) is None  # the same start, sent twice
    lease.give_back(table, "second", NOW + 3)
    assert lease.take(table, "second", NOW + 4) == "first"
    lease.give_back(table, "first", NOW + 5)
    lease.give_back(table, "first", NOW + 6)
    assert lease.take(table, "second", NOW + 7) is None


def test_a_run_that_died_stands_in_the_way_until_its_lease_expires(table: Table) -> None:
    assert lease.take(table, "dead", NOW) is None
    assert lease.take(table, "next", NOW + lease.LONGEST - 1) == "dead"
    assert lease.take(table, "next", NOW + lease.LONGEST) is None
    lease.give_back(table, "dead", NOW + lease.LONGEST + 1)
    assert lease.take(table, "third", NOW + lease.LONGEST + 2) == "next"


@pytest.mark.parametrize("before", [False, True])
def test_of_two_that_start_at_once_one_wins(table: Table, monkeypatch: pytest.MonkeyPatch, before: bool) -> None:
    if before:
        lease.take(table, "yesterday", NOW - lease.LONGEST)
    replace = table.replace

    def second(item: Item, *, expected: int | None) -> Any:
        monkeypatch.setattr(table, "replace", replace)
        assert lease.take(table, "quicker", NOW) is None
        return replace(item, expected=expected)

    monkeypatch.setattr(table, "replace", second)
    assert lease.take(table, "slower", NOW) == "quicker"


def test_whoever_never_gets_it_is_told_so(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(item: Item, *, expected: int | None) -> None:
        raise Conflict("somebody else was first")

    monkeypatch.setattr(table, "replace", refused)
    assert lease.take(table, "unlucky", NOW) == "another run"
