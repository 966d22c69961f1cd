"""`renown rebuild-table`: what whoever runs Renown does with the table."""

import secrets

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
    out.print(
        "Cursors come back with the next `renown collect`, which begins each account anew and reads nothing twice."
    )
