"""The commands that ask the networks: collect and score-me."""

import time
from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table as Grid

from . import runs
from .activity import fingerprint
from .app import Settings, client, collected, lake, networks, settings, table
from .errors import BadInput, FatalError, NotFound, RetriableError, SkippableError
from .terminal import AsJson, err, interrupted, out, print_json, safe, stopping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .lake import Lake
    from .networks.client import Access, Client
    from .table import Doc, Table


def collect(as_json: AsJson = False) -> None:
    """Collect what is due: files of the lake's inbox, and the accounts of everybody who opted in."""
    chosen = settings()
    collected = collecting(chosen, lake(chosen), table(chosen))
    if as_json:
        print_json(collected)
    else:
        say_collected(collected)
    if not collected["complete"]:
        raise interrupted()


def collecting(chosen: Settings, files: "Lake", items: "Table") -> "Doc":
    """Collects every batch that is due; what they came to, and whether all were collected before Ctrl-C."""
    from .progress import visiting
    from .steps.collect import Collector, conclude
    from .steps.plan import plan

    @cache
    def asking() -> "Client":
        return client(chosen, items)

    known = collected(chosen)
    results = []
    with stopping() as stop, visiting(err, asking) as progress:
        collector = Collector(files, items, known, asking, time.time, stop)
        for batch in plan(files, items, known, int(time.time()))["batches"]:
            results.append(collector.collect(batch, progress=progress))
            if not results[-1]["complete"]:
                break
    complete = all(result["complete"] for result in results)
    return {**conclude(files, results), "complete": complete}


def say_collected(collected: "Doc") -> None:
    """Says what collecting came to; nothing where nothing was due."""
    for result in collected["files"]:
        if result["refused"]:
            said = f"Refused {result['refused']}"
        else:
            said = f"Collected {result['key']}: {result['new']:,} new activities, {result['rejected']:,} rejected"
        out.print(said, markup=False, highlight=False)
    if not collected["networks"]:
        return
    names = ("accounts", "requests", "unchanged", "activity", "observations", "rejected", "waits")
    grid = Grid("network", "accounts", "requests", "304", "new activity", "counts", "unreadable", "waits", "left out")
    for found in collected["networks"]:
        skipped = ", ".join(f"{number:,} {why}" for why, number in sorted(found["skipped"].items()))
        grid.add_row(found["network"], *(f"{found[name]:,}" for name in names), skipped)
    for column in grid.columns[1:8]:
        column.justify = "right"
    out.print(grid)


def list_networks(as_json: AsJson = False) -> None:
    """The networks: what is collected from each, what it needs, and what that is tested against."""
    from .access import accesses
    from .networks.catalogue import listed
    from .networks.registry import NETWORKS

    opened = accesses(settings().secrets, NETWORKS)
    found = [{**each, "on": _is_on(each["name"], opened)} for each in listed()]
    if as_json:
        print_json(found)
        return
    grid = Grid("network", "class", "secret", "on", "collected", "tested against")
    for each in found:
        on = "yes" if each["on"] else "no"
        grid.add_row(each["name"], each["class"], each["secret"], on, each["collects"], each["tested"])
    out.print(grid)
    missing = [each["name"] for each in found if not each["on"]]
    if missing:
        variables = ", ".join(f"RENOWN_SECRET_{name.upper()}" for name in missing)
        out.print(f"Off until there is a secret: {variables}.", highlight=False)


def _is_on(name: str, opened: "Mapping[str, Access]") -> bool:
    from .networks.registry import NETWORKS

    secret = NETWORKS[name].secret
    return secret is None or not secret.needed or secret.host in opened


def score_me(
    accounts: Annotated[
        list[str], typer.Argument(metavar="ACCOUNT...", help="Your accounts, as mastodon:ada@example.social github:ada")
    ],
    as_json: AsJson = False,
) -> None:
    """Collect, score and explain one person's accounts, in a lake of their own on this machine."""
    from .progress import visiting
    from .steps.collect import Collector
    from .steps.look import look
    from .steps.receipts import receipts
    from .steps.score_me import account_of
    from .steps.score_me import score_me as step
    from .topics.store import installed, write

    chosen = settings()
    asking = client(chosen, table(chosen))
    with stopping() as stop, visiting(err, lambda: asking) as progress:
        resolving = Collector(lake(chosen), table(chosen), networks(chosen), lambda: asking, time.time, stop)
        mine, refused = [], []
        for given in dict.fromkeys(accounts):
            try:
                mine.append(account_of(given, resolving))
            except (SkippableError, RetriableError, FatalError) as error:
                refused.append({"account": given, "outcome": "not found", "said": str(error)})
        if not mine:
            raise BadInput("; ".join(f"{each['account']}: {each['said']}" for each in refused))
        home = chosen.home / "me" / fingerprint(*sorted(mine))[:16]
        own = replace(chosen, lake=str(home / "lake"), table=str(home / "table.sqlite"))
        files = lake(own)
        if ontology := installed(resolving.lake):
            write(files, ontology)
        collector = Collector(files, table(own), networks(chosen), lambda: asking, time.time, stop)
        report, outcomes = step(collector, mine, chosen.formula, progress)
    outcomes += refused
    card: Any = None
    best: list[Any] = []
    topics: list[Any] = []
    if report:
        topics = next(runs.topics(files, report))["claims"]
        with suppress(NotFound):  # nobody reacted
            card = look(files, "@me")
        if card and card["score"] is not None:
            best = receipts(files, "@me", size=5)["entries"]
    if as_json:
        print_json({"accounts": outcomes, "score": card, "topics": topics, "receipts": best, "lake": str(files)})
    else:
        _say_me(outcomes, card, topics, best, str(files))
    if stop():
        raise interrupted()


def _say_me(outcomes: "list[Doc]", card: Any, topics: list[Any], best: list[Any], where: str) -> None:
    for each in outcomes:
        said = f": {each['said']}" if each["said"] else ""
        out.print(f"{each['account']}: {each['outcome']}{said}", markup=False, highlight=False)
    if card is None:
        out.print("Nobody was found who reacted in the last year, so there is no score.", highlight=False)
        return
    reacted = f"{card['reactors']:,} people reacted {card['reactions']:,} times in the last year"
    if card["score"] is None:
        out.print(f"No score: {card['missing']}; {reacted}.", highlight=False)
        return
    pillars = ", ".join(f"{name} {card[name]:.1f}" for name in ("reach", "amplification", "network"))
    out.print(f"\nScore {card['score']:.1f}: {pillars}. {reacted}.", highlight=False)
    if card["fewest"] is not None:
        out.print(
            f"In the next weeks {card['audience']:.0f} people are expected to react; in 80% of such cases it was"
            f" {card['fewest']:,} to {card['most']:,}. Five points more is twice the audience.",
            highlight=False,
        )
    if topics:
        said = ", ".join(f"{topic['name']} ({topic['posts']:,} posts, {topic['reach']:,} people)" for topic in topics)
        out.print(f"Heard on: {said}.", markup=False, highlight=False)
    grid = Grid("points", "what", "when", "where", title="What counts most")
    for entry in best:
        place = entry["url"] or entry["object"] or ""
        grid.add_row(f"{entry['points']:.2f}", entry["verb"], entry["at"], safe(place))
    out.print(grid)
    out.print(f"Everything is in {where}: RENOWN_LAKE={where} renown receipts @me", markup=False, highlight=False)
