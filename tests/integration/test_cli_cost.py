"""`renown cost` as people and programs call it."""

import json

import pytest

from renown.costs import Size, bill
from tests.integration.conftest import Run


def test_for_people(renown: Run) -> None:
    code, shown, _ = renown("cost", "--profiles", 50_000, "--reactions", 5_000_000)
    found = bill(Size(50_000, 5_000_000))
    assert code == 0
    assert f"{found.dollars:,.2f}" in shown
    assert f"nothing: {found.after_free:,.2f}." in shown
    assert found.notes[0] in shown


def test_for_programs(renown: Run) -> None:
    _, shown, _ = renown("cost", "--profiles", 7, "--reactions", 0, "--accounts", 0, "--requests", 0, "--json")
    found = json.loads(shown)
    assert found["dollars"] == bill(Size(7, 0, 0, 0)).dollars
    assert {line["part"] for line in found["lines"]} == {"score", "publish", "kept", "erase", "review", "run", "watch"}


@pytest.mark.parametrize("name", ["--profiles", "--reactions"])
def test_less_than_nothing(renown: Run, name: str) -> None:
    sizes = {"--profiles": 1, "--reactions": 1, name: -1}
    code, _, said = renown("cost", *(part for pair in sizes.items() for part in pair))
    assert (code, said.strip()) == (
        2,
        "renown: --profiles, --reactions, --accounts and --requests: none can be below 0",
    )
