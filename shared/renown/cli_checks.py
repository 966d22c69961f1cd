"""The commands with which a score is checked: receipts, relationships, segments, replay and shadow."""

from typing import Annotated, Any, Final

import typer
from rich.table import Table as Grid

from .app import lake, settings
from .published import called
from .terminal import AsJson, out, print_json, safe

USUAL: Final = 20
"""Rows where nothing else is said."""


def receipts(
    name: Annotated[str, typer.Argument(help="network:id, or @handle of a profile.")],
    page: Annotated[int | None, typer.Option(min=1, help="Which page; default: the first.")] = None,
    limit: Annotated[int, typer.Option(min=0, help=f"How many on a page; default: {USUAL}, as JSON all.")] = 0,
    run: Annotated[str | None, typer.Option(help="A past run; default: the one scored last.")] = None,
    as_json: AsJson = False,
) -> None:
    """The points that each reaction contributes to a score. They sum to it."""
    from .steps.receipts import receipts as step

    size = limit or (None if as_json and page is None else USUAL)
    found = step(lake(settings()), name, run=run, page=page or 1, size=size)
    if as_json:
        print_json(found)
        return
    title = f"{safe(found['id'])}   {found['score']:.6f} points   {found['at']}   formula {found['formula']}"
    grid = Grid("#", "points", "what", "when", "who", "where", title=title)
    for number, entry in enumerate(found["entries"], found["before"]["reactions"] + 1):
        who, where = entry["reactor"] or "somebody", entry["url"] or entry["object"] or ""
        grid.add_row(f"{number:,}", f"{entry['points']:.6f}", entry["verb"], entry["at"], safe(who), safe(where))
    for column in grid.columns[:2]:
        column.justify = "right"
    grid.columns[5].overflow = "fold"
    out.print(grid)
    counted = (
        f"{found[where]['points']:.6f} points of {found[where]['reactions']:,} {label}" for where, label in _SPLIT
    )
    out.print("; ".join(counted) + ".", highlight=False)


_SPLIT: Final = (("before", "reactions before these"), ("here", "shown"), ("after", "after them"))


def relationships(
    name: Annotated[str, typer.Argument(help="network:id, or @handle of a profile.")],
    run: Annotated[str | None, typer.Option(help="A past run; default: the one scored last.")] = None,
    as_json: AsJson = False,
) -> None:
    """With whom somebody has to do: who reacts to them, who waits for an answer. Who did not opt in is counted."""
    from .steps.relationships import relationships as step

    found = step(lake(settings()), name, run=run)
    if as_json:
        print_json(found)
        return
    grid = Grid("", "people", "who of them opted in", title=f"{safe(found['id'])}   {found['at']}")
    for kind, meaning in _TIES:
        named = ", ".join(person["who"] for person in found["named"][kind][:5])
        grid.add_row(meaning, f"{found['counts'][kind]:,}", safe(named))
    grid.columns[1].justify = "right"
    out.print(grid)
    for entry in found["answer"]:
        where = f" {entry['url'] or entry['object']}" if entry["url"] or entry["object"] else ""
        said = f"{entry['who'] or 'Somebody'} reacted {entry['they']:,} times, lastly {entry['last']}{where}"
        out.print(f"Worth an answer: {said}, and never heard back.", markup=False, highlight=False)


_TIES: Final = (
    ("mutual", "react to each other"),
    ("to_you", "react to them, and were never answered"),
    ("by_you", "are reacted to by them, and do not react back"),
    ("new", "new since the last horizon"),
    ("lapsed", "came back once, silent for two horizons"),
    ("unanswered", "kept reacting lately, and never heard back"),
    ("bridges", "lead on to people who do not react to them yet"),
)


def segments(
    name: Annotated[str, typer.Argument(help="network:id, or @handle of a profile.")],
    run: Annotated[str | None, typer.Option(help="A past run; default: the one scored last.")] = None,
    as_json: AsJson = False,
) -> None:
    """An audience by community and by topic: how large, whether it grows, who leads on. Nobody else is named."""
    from .steps.segments import segments as step

    found = step(lake(settings()), name, run=run)
    if as_json:
        print_json(found)
        return
    about = f"{safe(found['id'])}   audience of {found['audience']:,}   {found['at']}"
    if found["audience"] < found["needed"]:
        out.print(f"{about}; one is split from {found['needed']} people on.", highlight=False)
        return
    grid = Grid("segment", *_SEGMENT, "bridges who opted in", title=about)
    for title, kind in _SEGMENTS:
        grid.add_row(f"[bold]{title}")
        for each in found[kind]:
            cells = (each["size"], each["people"], each["lift"], each["lately"], each["before"], each["stability"])
            numbers = ("-" if cell is None else f"{cell:,}" for cell in cells)
            grid.add_row(safe(called(each)), *numbers, safe(", ".join(b["who"] for b in each["bridges"]["named"])))
    for column in grid.columns[1:-1]:
        column.justify = "right"
    out.print(grid)
    out.print(f"{found['others']:,} more people are in smaller communities, or in none.", highlight=False)


_SEGMENT: Final = ("people", "of everybody", "lift", "lately", "before", "stability")

_SEGMENTS: Final = (("communities", "communities"), ("topics", "topics"), ("hardly reached", "unreached"))


def replay(
    run: Annotated[str, typer.Argument(help="The run, as `renown score` names it.")], as_json: AsJson = False
) -> None:
    """Make a past run again from the lake and compare every byte. Exit code 1 where one differs."""
    from .steps.replay import replay as step

    result = step(lake(settings()), run)
    if as_json:
        print_json(result)
    elif result["same"]:
        out.print(f"The same bytes: {', '.join(result['files'])}.", highlight=False)
    else:
        for name, state in result["files"].items():
            out.print(f"{name}: {state}", highlight=False)
        out.print(f"Not the same: {result['why']}.", highlight=False)
    if not result["same"]:
        raise typer.Exit(1)


def shadow(
    formula: Annotated[str, typer.Argument(help="A version of the formula, or a file that ends in .toml.")],
    limit: Annotated[int, typer.Option(min=0, help=f"How many who move; default: {USUAL}, as JSON all.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Score by another formula beside the latest run: who would move, and by which pillar. Readers see none of it."""
    from .steps.shadow import shadow as step

    result = step(lake(settings()), formula, limit=limit or (None if as_json else USUAL))
    if as_json:
        print_json(result)
        return
    names = ("before", "after", "change", "reach", "amplification", "network")
    grid = Grid("account", *names, "", title=f"{result['base_formula']} → {result['formula']}   {result['at']}")
    for move in result["moves"]:
        points = (
            "-" if move[name] is None else f"{move[name]:{'.1f' if name in names[:2] else '+.1f'}}" for name in names
        )
        grid.add_row(safe(move["id"]), *points, move["evidence"] or "")
    for column in grid.columns[1:7]:
        column.justify = "right"
    grid.columns[0].overflow = "fold"
    out.print(grid)
    out.print(_summary(result), highlight=False)


def _summary(result: dict[str, Any]) -> str:
    text = f"{result['gain_a_score']:,} gain a score, {result['lose_their_score']:,} lose theirs."
    if result["scored"]:
        tau = "" if result["tau"] is None else f" Kendall's tau between the two orders: {result['tau']:.3f}."
        text = (
            f"{result['scored']:,} have a score by both: they move by {result['mean_move']:.2f} points on average, by"
            f" {result['largest_move']:.2f} at most; {result['more_than_2_up']:,} gain and"
            f" {result['more_than_2_down']:,} lose more than 2.{tau} {text}"
        )
    return f"{text}\nKept as run {result['run']}; `renown publish` with its name shows it to readers."
