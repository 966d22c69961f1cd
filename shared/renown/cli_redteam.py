"""What `renown redteam` prints."""

from typing import Any

from rich.console import Console
from rich.table import Table as Grid


def show(result: dict[str, Any], out: Console) -> None:
    """Prints the price of gaming, as `steps.redteam` returns it, as a table and a few sentences."""
    target = result["target"]
    grid = Grid("attack", "sybils", "bought", "by the score", "by distinct people", "by PageRank")
    grid.title = f"points gained by {target['account']}, the median account: {target['score']:.1f} points before"
    for column in grid.columns[1:]:
        column.justify = "right"
    for attack in result["attacks"]:
        gains = (f"{attack[name]:+.1f}" for name in ("gain", "by_count", "by_pagerank"))
        name = attack["kind"] if attack["defended"] == result["defended"] else f"{attack['kind']} (trust is off)"
        grid.add_row(name, f"{attack['sybils']:,}", f"{attack['bought']:,}", *gains)
    out.print(grid)
    for line in _lines(result):
        out.print(line, highlight=False, markup=False)


def _lines(result: dict[str, Any]) -> list[str]:
    seeds, honest = result["seeds"], result["honest"]
    lines = [
        f"Trust starts at {seeds['count']:,} {seeds['from']} seeds, the same before and after an attack.",
        f"Attention reaches {result['vouched']:.1%} of the people who react; trust is applied from"
        f" {result['threshold']:.1%} on: {_defence(result)}",
        f"Kendall's tau between scores with trust and without is {result['tau']:.3f}"
        f" ({honest['n']:,} honest accounts: {honest['who']}).",
    ]
    if result["ten_more"] is not None:
        lines.append(f"Ten more points would take the median account about {result['ten_more']:,} genuine people.")
    caught = [capture for capture in result["capture"] if capture["seeds"]]
    if caught:
        least = caught[0]
        lines.append(
            f"Name your seeds: automatic ones, picked again, can be captured. {least['sybils']:,} accounts that react"
            f" to each other for a whole window take {least['seeds']:,} of them and gain {least['gain']:+.1f} points."
        )
    return lines


def _defence(result: dict[str, Any]) -> str:
    if not result["defended"]:
        return "this run is undefended."
    if result["off"] is None:
        return "always."
    return f"{result['off']:,} accounts more that react would switch it off."
