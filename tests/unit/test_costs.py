"""The bill: every line is an amount times a price, more of anything costs more, and nothing costs next to nothing."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.costs import DAYS, Size, bill, newest
from renown.errors import BadInput

ROOT = Path(__file__).parents[2]
README_SIZES = ((100, 10_000), (10_000, 1_000_000), (1_000_000, 100_000_000))

sizes = st.builds(
    Size,
    profiles=st.integers(0, 10**7),
    reactions=st.integers(0, 10**9),
    accounts=st.floats(0, 20),
    requests=st.floats(0, 1e4),
)


@given(sizes)
def test_the_sum_is_of_its_lines_and_what_is_free_is_taken_off_each_price_once(size: Size) -> None:
    prices, found = newest("prices"), bill(size)
    assert found.dollars == pytest.approx(sum(line.amount * prices[line.price]["dollars"] for line in found.lines))
    amounts = {line.price: 0.0 for line in found.lines}
    for line in found.lines:
        assert line.amount > 0
        amounts[line.price] += line.amount
    free = sum(min(amounts[price], prices[price].get("free", 0)) * prices[price]["dollars"] for price in amounts)
    assert found.after_free == pytest.approx(found.dollars - free, abs=1e-6)


@given(sizes, sizes)
def test_more_of_everything_never_costs_less(one: Size, more: Size) -> None:
    larger = Size(*(a + b for a, b in zip(vars(one).values(), vars(more).values(), strict=True)))
    assert bill(larger).dollars >= bill(one).dollars - 1e-9


def test_publishing_by_hand() -> None:
    """A thousand profiles without reactions: 11.98 write units each, once a day, at 62.5 cents a million."""
    (line,) = (each for each in bill(Size(1000, 0)).lines if (each.part, each.price) == ("publish", "table-write"))
    assert line.amount == pytest.approx(11.98 * 1000 * DAYS)
    assert line.dollars == pytest.approx(0.2276, abs=1e-4)


def test_doing_nothing_costs_next_to_nothing() -> None:
    idle = bill(Size(0, 0))
    assert idle.after_free < 3
    assert idle.dollars - sum(line.dollars for line in idle.lines if line.part == "watch") < 0.03
    assert not idle.notes


def test_it_says_where_one_function_is_too_small() -> None:
    assert bill(Size(1_000, 100_000)).notes == ()
    assert "give the score function more memory" in bill(Size(50_000, 5_000_000)).notes[0]
    assert "more than a Lambda function has" in bill(Size(1_000_000, 100_000_000)).notes[0]
    assert "Erasing one person takes 682 hours" in bill(Size(1_000_000, 100_000_000)).notes[1]


@pytest.mark.parametrize("wrong", [Size(-1, 0), Size(0, -1), Size(1, 1, -0.5), Size(1, 1, 1, -1)])
def test_less_than_nothing_is_refused(wrong: Size) -> None:
    with pytest.raises(BadInput, match="below 0"):
        bill(wrong)


def test_every_price_says_what_it_is_for_and_where_it_stood() -> None:
    prices = newest("prices")
    assert prices.pop("region") == "us-east-1"
    assert prices.pop("date") == newest("measured")["date"]
    used = {line.price for size in (10**3, 10**6) for line in bill(Size(size, 100 * size)).lines}
    assert used == set(prices)
    for name, price in prices.items():
        assert price["dollars"] > 0, name
        assert price["per"], name
        assert price["seen"], name


def test_readme_shows_what_the_command_says() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    found = [bill(Size(*size)) for size in README_SIZES]
    for part in ("collect", "score", "publish", "kept", "erase", "review", "api", "run", "watch"):
        sums = [math.fsum(line.dollars for line in each.lines if line.part == part) for each in found]
        assert _row(part, sums) in text
    assert _row("**all**", [each.dollars for each in found]) in text
    assert _row("less what is free", [each.after_free for each in found]) in text


def _row(name: str, values: list[float]) -> str:
    return f"| {name} | " + " | ".join(f"{value:,.2f}" for value in values) + " |"
