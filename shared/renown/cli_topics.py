"""The commands about topics: renown topics install|tree|find|show."""

from functools import cache
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.markup import escape
from rich.table import Table as Grid

from .app import client, lake, settings, table
from .terminal import AsJson, out, print_json

if TYPE_CHECKING:
    from .networks.client import Client

group = typer.Typer(
    no_args_is_help=True,
    help="The ontology of topics: which there are, and what stands above what. Without one, tags stand for themselves.",
)

SHOWN: Final = 40
"""Topics that `find` shows on a terminal."""


@group.command()
def install(
    places: Annotated[
        list[str], typer.Argument(metavar="FILE-OR-URL...", help="Klout's three files, or one CSV or JSON.")
    ],
    sums: Annotated[
        list[str] | None, typer.Option("--sha256", help="What a file's checksum must be; one for each file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Install an ontology, in place of the one before. Whatever is wrong with it, nothing is changed."""
    from .steps.topics import install as step

    chosen = settings()

    @cache
    def asking() -> "Client":
        return client(chosen, table(chosen), https_only=True)

    def fetch(url: str) -> bytes:
        return asking().get(url).body

    found = step(lake(chosen), places, sums or [], fetch)
    ontology = found.ontology
    counts = {
        "topics": len(ontology),
        "roots": len(ontology.roots),
        "edges": sum(len(topic.parents) for topic in ontology.topics.values()),
        "names": sum(len(topic.names) for topic in ontology.topics.values()),
    }
    if as_json:
        sources = [{"file": source.file, "sha256": source.sha256} for source in ontology.sources]
        said = {"passed_over": list(found.passed_over), "attribution": ontology.attribution}
        print_json({**counts, "sources": sources, **said})
        return
    _say(
        "Installed {topics:,} topics, {roots:,} of them at the top, with {edges:,} edges and {names:,} names.".format(
            **counts
        )
    )
    for source in ontology.sources:
        _say(f"  {source.sha256}  {source.file}")
    for note in found.passed_over:
        _say(f"Passed over: {note}")
    _thank(ontology.attribution)


@group.command()
def tree(
    slug: Annotated[
        str | None, typer.Argument(help="Where to begin; default: the roots, and how many are below.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What stands below a topic. A topic that several ways lead to is unfolded once."""
    from .topics.store import needed

    ontology = needed(lake(settings()))
    rows = ontology.roots_counted() if slug is None else list(ontology.below(ontology.get(slug).slug))
    if as_json:
        print_json([row._asdict() for row in rows])
        return
    for row in rows:
        below = f", {row.below:,} below" if row.below else ""
        _say(f"{'  ' * row.depth}{row.name} ({row.slug}{below}){' ...' if row.again else ''}")
    _thank(ontology.attribution)


@group.command()
def find(text: Annotated[str, typer.Argument(help="Beginnings of words.")], as_json: AsJson = False) -> None:
    """Topics whose slug, or name in any language, has these words."""
    from .topics.reading import topic_as_json
    from .topics.store import needed

    found = needed(lake(settings())).find(text)
    if as_json:
        print_json([topic_as_json(topic) for topic in found])
        return
    grid = Grid("topic", "name", "under")
    for topic in found[:SHOWN]:
        grid.add_row(*map(escape, (topic.slug, topic.name, ", ".join(topic.parents))))
    out.print(grid)
    if len(found) > SHOWN:
        _say(f"{len(found) - SHOWN:,} more: --json shows all.")


@group.command()
def show(
    slug: Annotated[str, typer.Argument(help="A topic, or a tag that names one.")], as_json: AsJson = False
) -> None:
    """One topic: its names, what is right above and below it, and all that points on it count for."""
    from .topics.reading import topic_as_json
    from .topics.store import needed

    ontology = needed(lake(settings()))
    topic = ontology.get(slug)
    above, children = sorted(ontology.ancestors(topic.slug)), list(ontology.children.get(topic.slug, ()))
    if as_json:
        more = {"ancestors": above, "children": children, "attribution": ontology.attribution}
        print_json({**topic_as_json(topic), **more})
        return
    grid = Grid(title=escape(f"{topic.name}   {topic.slug}"), show_header=False)
    for language, name in topic.names.items():
        grid.add_row(language, escape(name))
    for label, values in (("under", topic.parents), ("counts for", above), ("above", children)):
        grid.add_row(label, escape(", ".join(values) or "-"))
    if topic.wikidata:
        grid.add_row("Wikidata", topic.wikidata)
    out.print(grid)
    _thank(ontology.attribution)


def _say(text: str) -> None:
    out.print(text, markup=False, highlight=False)


def _thank(attribution: str | None) -> None:
    if attribution:
        _say(attribution)
