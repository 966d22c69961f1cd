"""Numbers of profiles: always the same, small enough for JavaScript, and nobody's twice."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown import numbers
from renown.table import Item, SqliteTable

HANDLES = st.from_regex(r"\A[a-z0-9][a-z0-9_-]{0,38}\Z")


def test_a_number_follows_from_the_handle_and_stays() -> None:
    assert numbers.candidates("ada")[:2] == ["3475496316081121", "7599423106585021"]


@given(st.sets(HANDLES, max_size=30))
def test_everybody_has_one_that_javascript_can_hold(handles: set[str]) -> None:
    items = list(numbers.items(handles, 7))
    assert {item.doc["handle"] for item in items} == handles
    assert len({item.pk for item in items}) == len(handles)
    assert all(0 <= int(item.pk.removeprefix("number#")) < 2**53 for item in items)


def test_who_would_have_the_same_number_takes_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbers, "BITS", 6)
    first = next(
        (one, other)
        for one in (f"p{n:03d}" for n in range(100))
        for other in (f"q{n:03d}" for n in range(100))
        if numbers.candidates(one)[0] == numbers.candidates(other)[0] != numbers.candidates(other)[1]
    )
    one, other = first
    made = list(numbers.items([other, one], 7))
    assert made == list(numbers.items([one, other], 7))
    table = SqliteTable(tmp_path / "table.sqlite")
    table.put_many(made)
    assert numbers.number_of(table, one) == numbers.candidates(one)[0]
    assert numbers.number_of(table, other) == numbers.candidates(other)[1]
    assert [numbers.handle_of(table, str(numbers.number_of(table, each))) for each in (one, other)] == [one, other]
    table.delete_many([numbers.number_key(numbers.candidates(one)[0])])
    assert numbers.number_of(table, one) is None
    assert numbers.number_of(table, other) == numbers.candidates(other)[1]  # whoever else is gone
    table.close()


def test_what_is_no_number_is_nobodys(tmp_path: Path) -> None:
    table = SqliteTable(tmp_path / "table.sqlite")
    table.put_many([Item(*numbers.number_key("9" * 30), {"handle": "ada"})])
    assert numbers.handle_of(table, "9" * 30) is None  # DynamoDB refuses long keys
    assert numbers.number_of(table, "ada") is None
    table.close()
