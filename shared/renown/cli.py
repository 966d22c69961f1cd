"""The command line: `renown ...`."""

import secrets
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.table import Table as Grid

from . import runs
from .app import Settings, lake, settings, table
from .cli_checks import receipts, relationships, replay, segments, shadow
from .cli_collect import collect, collecting, list_networks, say_collected, score_me
from .cli_operator import cost, rebuild_table
from .cli_people import erase
from .cli_people import group as people
from .cli_topics import group as topics
from .errors import BadInput, RenownError
from .runs import Population
from .scoring.formula import DAY
from .terminal import AsJson, err, failed, interrupted, out, print_json, safe, stopping

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="An influence score that people can check. Everything is kept in RENOWN_HOME (default: ./.renown).",
)
for command in (collect, score_me, receipts, relationships, segments, replay, shadow, erase, rebuild_table, cost):
    cli.command()(command)
cli.command("networks")(list_networks)
cli.add_typer(people, name="people")
cli.add_typer(topics, name="topics")

Pick = Annotated[
    Population | None, typer.Option(help="Whom to score: every account, or only the profiles that opted in.")
]
By = Annotated[str | None, typer.Option(help="A version of the formula, or a file (.toml); default: RENOWN_FORMULA.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")]

FORMAT_NAMES: Final = "activitystreams, gharchive, git, higgs, stackexchange or table."

PEOPLE: Final = 400
DAYS: Final = 180
SEED: Final = 7


def main() -> None:
    """Runs the command line. Exit code 0, or 1: it failed, 2: the input is wrong, 130: interrupted."""
    try:
        cli()
    except BadInput as error:
        sys.exit(failed(str(error), 2))
    except RenownError as error:
        sys.exit(failed(str(error), 1))


@cli.command("import")
def import_(
    format_name: Annotated[str, typer.Argument(metavar="FORMAT", help=FORMAT_NAMES)],
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files or folders of that format.")],
    network: Annotated[str | None, typer.Option(help="For `table`: the network of names without a prefix.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read people's real activity into the lake. Importing the same thing twice changes nothing."""
    from .formats.registry import by_name
    from .progress import importing
    from .steps.imports import import_source
    from .steps.topics import finder

    files = lake(settings())
    known = by_name(format_name, network, finder(files))
    sources = [source for path in paths for source in known.sources(path)]
    reports = []
    with stopping() as stop, importing(err, len(sources)) as watch:
        for source in sources:
            with watch(source) as progress:
                report = import_source(
                    files, known, source, latest=int(time.time()) + DAY, stop=stop, progress=progress
                )
            reports.append(report)
            if not report.complete:
                break
    if as_json:
        print_json([vars(report) for report in reports])
    else:
        for report in reports:
            _say_imported(report)
    if not all(report.complete for report in reports):
        raise interrupted()


@cli.command()
def simulate(
    how_many: Annotated[int, typer.Option("--people", help="How many people.")] = PEOPLE,
    days: Annotated[int, typer.Option(help="How many days they are active.")] = DAYS,
    seed: Annotated[int, typer.Option(help="The same seed makes the same community.")] = SEED,
) -> None:
    """Make up a lively community in the lake, with known true influence (truth.csv beside the lake)."""
    chosen = settings()
    out.print(_simulate(chosen, how_many, days, seed), highlight=False)


@cli.command()
def score(
    at: Annotated[
        str | None,
        typer.Option(help="Score as of this moment (2026-11-22T00:00:00Z); default: when the last was seen."),
    ] = None,
    population: Pick = None,
    formula: By = None,
    as_json: AsJson = False,
) -> None:
    """Score what is in the lake. The same lake and formula always give the same scores."""
    from .steps.score import score as step
    from .steps.why import keep

    chosen = settings()
    version = formula or chosen.formula
    report, made = step(lake(chosen), at=_moment(at), population=population or chosen.population, version=version)
    keep(lake(chosen), table(chosen), report)
    if as_json:
        print_json(report.model_dump())
    else:
        _say_scored(report, made=made)


@cli.command()
def publish(
    run: Annotated[str | None, typer.Argument(help="The run to publish; default: the one scored last.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Even if it is very unlike the last one.")] = False,
) -> None:
    """Show a run to readers: all of it at once."""
    from .steps.publish import publish as step

    chosen = settings()
    made: dict[str, Any] = {"now": int(time.time()), "secret": secrets.token_hex(32)}
    pointer = step(lake(chosen), table(chosen), run, force=force, **made)
    out.print(f"Readers see run {pointer.run}: {pointer.scorecards:,} scorecards.", highlight=False)


@cli.command()
def run(
    serve_it: Annotated[bool, typer.Option("--serve", help="Then serve the API and the pages.")] = False,
    port: Port = 8000,
    population: Pick = None,
) -> None:
    """The main job: collect what is due, score, publish. An empty lake gets a made-up community first."""
    from .steps.publish import publish as publish_step
    from .steps.score import score as score_step
    from .steps.why import keep

    chosen = settings()
    files, items = lake(chosen), table(chosen)
    collected = collecting(chosen, files, items)
    say_collected(collected)
    if not collected["complete"]:
        raise interrupted()
    if not files.keys("activity/"):
        out.print(f"The lake {files} is empty.", highlight=False)
        out.print(_simulate(chosen, PEOPLE, DAYS, SEED), highlight=False)
    report, made = score_step(files, population=population or chosen.population, version=chosen.formula)
    keep(files, items, report)
    _say_scored(report, made=made)
    pointer = publish_step(files, items, report.run, now=int(time.time()), secret=secrets.token_hex(32))
    out.print(f"Published: {pointer.scorecards:,} scorecards.", highlight=False)
    if serve_it:
        _serve(chosen, "127.0.0.1", port)


@cli.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Port = 8000,
) -> None:
    """Serve the read-only API and the pages of what is published."""
    _serve(settings(), host, port)


@cli.command()
def show(
    account: Annotated[str, typer.Argument(help="network:id, or @handle of a profile.")],
    as_json: AsJson = False,
) -> None:
    """One scorecard of the last run, in words."""
    from .steps.look import look

    card = look(lake(settings()), account)
    if as_json:
        print_json(card)
        return
    grid = Grid(title=f"{safe(card['account'])}   {card['at']}   formula {card['formula']}", show_header=False)
    if card["score"] is None:
        grid.add_row("score", f"none: {card['missing']}")
    else:
        for name in ("score", "reach", "amplification", "network", "audience"):
            grid.add_row(name, f"{card[name]:.1f}")
        if card["fewest"] is not None:
            grid.add_row("80% of the time", f"{card['fewest']:,} to {card['most']:,} people")
    grid.add_row("evidence", f"{card['reactors']:,} people reacted {card['reactions']:,} times in the last year")
    out.print(grid)


@cli.command()
def why(
    account: Annotated[str, typer.Argument(help="network:id, or @handle of a profile.")],
    since: Annotated[str | None, typer.Option("--from", help="The earlier run; default: the one before.")] = None,
    run: Annotated[str | None, typer.Option("--to", help="The later run; default: the one scored last.")] = None,
    as_json: AsJson = False,
) -> None:
    """Why a score changed from one run to another: parts that sum to the difference."""
    from .changes import telling
    from .steps.why import why as step

    change = step(lake(settings()), account, since, run)
    if as_json:
        print_json(change)
        return
    out.print(f"{account}   {change['from']['at']} to {change['to']['at']}", markup=False, highlight=False)
    for said in (change, *telling(change["parts"])):
        out.print(f"  {said['text']}", markup=False, highlight=False)


@cli.command()
def top(
    limit: Annotated[int, typer.Option(min=0, help="How many; 0 for all.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Who scores highest in the last run. On a terminal 20 unless told otherwise, as JSON everybody."""
    from .steps.look import ranking

    entries = ranking(lake(settings()), limit=limit or (None if as_json else 20))
    if as_json:
        print_json(entries)
        return
    grid = Grid("", "account", "score", "reach", "amplification", "network", "people")
    for number, entry in enumerate(entries, 1):
        values = (entry[name] for name in ("score", "reach", "amplification", "network"))
        points = ("-" if value is None else f"{value:.1f}" for value in values)
        grid.add_row(str(number), safe(entry["account"]), *points, f"{entry['reactors']:,}")
    for column in (grid.columns[0], *grid.columns[2:]):
        column.justify = "right"
    grid.columns[1].overflow = "fold"
    out.print(grid)


@cli.command()
def backtest(
    horizon: Annotated[str | None, typer.Option(help="How far to look ahead, as 28d; default: the formula's.")] = None,
    cutoffs: Annotated[
        str | None, typer.Option(help="Moments to freeze at, separated by commas; default: the last three horizons.")
    ] = None,
    formula: By = None,
    as_json: AsJson = False,
) -> None:
    """Grade the formula: what it said at moments in the past, against what happened next and simpler methods."""
    from .steps.backtest import backtest as step

    moments = [at for text in (cutoffs or "").split(",") if (at := _moment(text.strip() or None)) is not None]
    chosen = settings()
    result = step(lake(chosen), horizon_days=_days(horizon), cutoffs=moments, version=formula or chosen.formula)
    if as_json:
        print_json(result)
        return
    for record in result["cutoffs"]:
        grid = Grid("method", "Spearman", "Kendall", "NDCG@100", title=f"{record['cutoff']}   {record['n']:,} accounts")
        for name, values in record["methods"].items():
            grid.add_row(name, *(f"{value:.3f}" for value in values.values()))
        out.print(grid)
        out.print(_graded(record), highlight=False)


@cli.command()
def calibrate(
    version: Annotated[str, typer.Argument(help="What the new formula is to be called, as 2026-12.")],
    formula: Annotated[str | None, typer.Option(help="The formula to start from; default: RENOWN_FORMULA.")] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="LAKE=DAYS", help="Learn from this lake over this horizon, too; repeatable."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Fit the unit and the intervals to what happened, and keep them in the lake as a new version of the formula."""
    from .formulas import find
    from .steps.calibrate import Community
    from .steps.calibrate import calibrate as step

    chosen = settings()
    here = lake(chosen)
    base = find(here, formula or chosen.formula)
    known = []
    for text in sets or []:
        name, _, days = text.rpartition("=")
        other = lake(replace(chosen, lake=name))
        if not name or not other.keys("activity/"):
            raise BadInput(
                f"--set {text}: write the folder of a lake that holds activity, =, and days, as her/lake=28d"
            )
        known.append(Community(name, other, _days(days, "--set") or 0.0))
    result = step(here, base, version, known or [Community("this lake", here, base.freshness.horizon_days)])
    if as_json:
        print_json(result)
        return
    grid = Grid("set", "accounts", "happened", "said before", "says now", "held before", "holds now")
    for entry in result["sets"]:
        values = (entry["happened"], entry["old"]["said"], entry["new"]["said"])
        held = (entry["old"]["coverage80"], entry["new"]["coverage80"])
        shown = ["-" if value is None else f"{value:.2f}" for value in values]
        shown += ["-" if value is None else f"{value:.0%}" for value in held]
        grid.add_row(entry["set"], f"{entry['n']:,}", *shown)
    out.print(grid)
    if result["defended"]:
        out.print("Attention vouches for people here: from now on no flood of accounts can switch trust off.")
    out.print(
        f"Formula {version}: {result['people']:.3f} people for each fresh reactor. It is in the lake and not switched"
        f" on: `renown score --formula {version}` scores with it.",
        highlight=False,
    )


@cli.command()
def redteam(
    horizon: Annotated[str | None, typer.Option(help="The audience of how many days, as 28d.")] = None,
    formula: Annotated[str | None, typer.Option(help="The formula; default: RENOWN_FORMULA.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Chooses the honest accounts that sell reactions.")] = SEED,
    as_json: AsJson = False,
) -> None:
    """What gaming would cost: the points that made-up attackers gain for the median account of the lake."""
    from .cli_redteam import show as show_redteam
    from .steps.redteam import redteam as step

    chosen = settings()
    result = step(lake(chosen), horizon_days=_days(horizon), version=formula or chosen.formula, seed=seed)
    if as_json:
        print_json(result)
    else:
        show_redteam(result, out)


@cli.command()
def judge(
    pairs: Annotated[Path, typer.Argument(help="CSV of people's judgements of pairs: Choice, A_... and B_... counts.")],
    test: Annotated[Path | None, typer.Option(help="Fit on PAIRS, report on this file.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed splits the people the same way.")] = SEED,
    as_json: AsJson = False,
) -> None:
    """How well a readable formula agrees with people's own judgement of who is influential, on people it never saw."""
    from .steps.judge import judge as step

    result = step(pairs, test, seed=seed)
    if as_json:
        print_json(result)
        return
    grid = Grid("counts", "weight", "share", title=f"{result['n']:,} pairs of {result['people']:,} people")
    for feature in result["coefficients"]:
        grid.add_row(feature["meaning"], f"{feature['weight']:.3f}", f"{feature['share']:.0%}")
    out.print(grid)
    others = ", ".join(f"{name} alone {value:.3f}" for name, value in result["baselines"].items())
    out.print(f"AUC {result['auc']:.3f} (standard error {result['se']:.3f}); {others}", highlight=False)
    unseen = result.get("unseen")
    if unseen and unseen["auc"] is not None:
        out.print(
            f"of pairs with nobody from {pairs}: AUC {unseen['auc']:.3f} ({unseen['n']:,} pairs)", highlight=False
        )


@cli.command()
def export(
    path: Annotated[Path, typer.Argument(help="The file to write: .jsonl or .jsonl.gz.")],
) -> None:
    """Write the lake's activity as ActivityStreams 2.0 JSON Lines, which `renown import activitystreams` reads."""
    from .steps.export import export as step

    out.print(f"{step(lake(settings()), path):,} activities written to {path}", highlight=False)


def _moment(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"--at {text}: write a moment as 2026-11-22 or 2026-11-22T06:00:00Z") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _days(text: str | None, option: str = "--horizon") -> float | None:
    if text is None:
        return None
    try:
        days = float(text.strip().removesuffix("d"))
    except ValueError:
        days = 0.0
    if not 0 < days <= 3660:
        raise BadInput(f"{option} {text}: write a number of days, as 28d")
    return days


def _graded(record: dict[str, Any]) -> str:
    lines = [
        f"{measure}: {found['difference']:+.3f} against {found['best']}, the best of the others"
        f" (95%: {found['low']:+.3f} to {found['high']:+.3f})"
        for measure, found in record["against"].items()
    ]
    if "coverage80" in record:
        lines.append(
            f"people: said {record['said']:.2f}, happened {record['happened']:.2f} on average;"
            f" the 80% interval held {record['coverage80']:.0%} of {record['scored']:,}"
        )
    return "\n".join(lines) + "\n"


def _simulate(chosen: Settings, how_many: int, days: int, seed: int) -> str:
    from .progress import working
    from .steps.simulate import simulate as step

    truth = Path(chosen.lake).parent / "truth.csv"
    with working(err, f"making up {how_many:,} people and {days:,} days") as progress:
        number = step(lake(chosen), truth, how_many, days, seed, progress=progress)
    made = f"{number:,} activities" if number else "nothing new: they are in the lake already"
    return f"A made-up community of {how_many:,} people over {days:,} days (seed {seed}): {made}. Truth in {truth}."


def _serve(chosen: Settings, host: str, port: int) -> None:
    from .web.held import HeldPointer
    from .web.routes import build
    from .web.serve import serve as start

    def ready(url: str) -> None:
        out.print(f"Serving {url} (Ctrl-C ends it)", highlight=False)

    start(build(HeldPointer(table(chosen), time.monotonic), chosen.site), host, port, ready)


def _say_imported(report: Any) -> None:
    if report.already:
        out.print(f"{report.file}: imported already, nothing changed", highlight=False)
        return
    text = f"{report.file}: {report.read:,} records, {report.new:,} new activities,"
    text += f" {report.observations:,} observations"
    if report.rejected:
        text += f", {report.rejected:,} rejected (why: {report.rejects_key} in the lake)"
    out.print(text, highlight=False)


def _say_scored(report: runs.Report, *, made: bool) -> None:
    out.print(
        f"{'Scored' if made else 'Already scored'}: {report.scored:,} of {report.accounts:,} accounts have a score"
        f" ({report.reactions:,} reactions, run {report.run}).",
        highlight=False,
    )
    if report.made_up:
        out.print("All of these people are made up.", highlight=False)
    if report.accounts and not report.defended:
        out.print(
            "Undefended: most people who react here are never reacted to themselves, so attention cannot vouch for"
            " them and bought reactions count.",
            highlight=False,
        )
