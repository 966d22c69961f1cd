"""`renown rebuild-table` and `renown cost`: for whoever runs Renown."""

import secrets
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table as Grid

from .app import lake, settings, table
from .terminal import AsJson, out, print_json


def rebuild_table(as_json: AsJson = False) -> None:
    """Write the table anew from the lake alone: what readers see, and the history of two years."""
    from .steps.rebuild import rebuild

    chosen = settings()
    done = rebuild(lake(chosen), table(chosen), secret=secrets.token_hex(32))
    if as_json:
        print_json(vars(done))
        return
    out.print(f"Readers see run {done.run} again: {done.runs:,} runs whole, {done.points:,} days of history.")
    if done.supposed:
        out.print(
            f"{done.supposed:,} of them were shown before that was written down: the last run of each day was taken."
        )
    for run in done.lost:
        out.print(f"Not in the lake as this version reads it: run {run}", style="yellow")
    out.print("Cursors come back with the next `renown collect`, which begins anew and writes nothing twice.")


def cost(
    profiles: Annotated[int, typer.Option(help="How many people opted in.")],
    reactions: Annotated[int, typer.Option(help="Reactions of a year that are scored.")],
    accounts: Annotated[float, typer.Option(help="Accounts of each profile that are visited.")] = 2.0,
    requests: Annotated[float, typer.Option(help="Requests to the API for each profile a month.")] = 30.0,
    as_json: AsJson = False,
) -> None:
    """What a deployment on AWS costs a month, from what was measured and the list prices of us-east-1."""
    from .costs import Size, bill

    found = bill(Size(profiles, reactions, accounts, requests))
    if as_json:
        print_json({**asdict(found), "prices": str(found.prices), "measured": str(found.measured)})
        return
    grid = Grid("part", "of what", "a month", "dollars")
    for line in found.lines:
        grid.add_row(line.part, line.price, f"{line.amount:,.2f}", f"{line.dollars:,.2f}")
    grid.add_row("all", "", "", f"{found.dollars:,.2f}")
    for column in grid.columns[2:]:
        column.justify = "right"
    out.print(grid)
    out.print(f"Less what every account has for nothing: {found.after_free:,.2f}.", highlight=False)
    for note in found.notes:
        out.print(note, highlight=False)
    out.print(f"Prices as of {found.prices}, measured {found.measured}; taxes are not in it.", highlight=False)
