"""Cursors: whatever was not made here is refused, and nothing of them can be changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.errors import BadInput
from renown.web.cursors import LONGEST, cursor, position

SECRET = "5ec1e7"
lists = st.text(max_size=50)
TOKEN = cursor(SECRET, "leaderboard", "r1", 50)


@given(lists, st.text(max_size=40), st.integers(0, 10**9))
def test_a_cursor_leads_back(of: str, run: str, start: int) -> None:
    token = cursor(SECRET, of, run, start)
    assert position(token, SECRET, of, run, 10**9 + 1) == start
    assert token.isascii()
    assert set(token) & set("+/=&?#%") == set()


def test_without_a_cursor_a_list_begins() -> None:
    assert position(None, SECRET, "leaderboard", "r1", 0) == 0


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from("ABCxyz019-_"))
def test_a_changed_cursor_is_refused(where: int, by: str) -> None:
    changed = TOKEN[:where] + by + TOKEN[where + 1 :]
    if changed != TOKEN:
        with pytest.raises(BadInput, match="'cursor'"):
            position(changed, SECRET, "leaderboard", "r1", 100)


@given(st.text(max_size=100))
def test_whatever_a_stranger_sends_is_refused(token: str) -> None:
    with pytest.raises(BadInput, match="take it from the `next`"):
        position(token, SECRET, "leaderboard", "r1", 100)


@pytest.mark.parametrize(
    ("token", "said"),
    [
        (cursor("other", "leaderboard", "r1", 50), "take it from the `next`"),
        (cursor("", "leaderboard", "r1", 50), "take it from the `next`"),
        (cursor(SECRET, "x" * LONGEST, "r1", 50), "take it from the `next`"),
        (cursor(SECRET, "receipts @ada", "r1", 50), "another list"),
        (cursor(SECRET, "leaderboard", "r0", 50), "earlier run"),
        (cursor(SECRET, "leaderboard", "r1", 100), "the list has 100 entries"),
    ],
)
def test_one_of_something_else_says_so(token: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        position(token, SECRET, "leaderboard", "r1", 100)
