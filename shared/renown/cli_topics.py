"""The commands about topics: renown topics install|tree|find|show|of|heard|hide|dispute|restore."""

import time
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.table import Table as Grid

from .app import client, lake, settings, table
from .terminal import AsJson, out, print_json, safe

if TYPE_CHECKING:
    from .networks.client import Client

group = typer.Typer(
    no_args_is_help=True,
    help="Topics: who is heard on what, with which proof, and the ontology. Without one, tags stand for themselves.",
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
        grid.add_row(*map(safe, (topic.slug, topic.name, ", ".join(topic.parents))))
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
    grid = Grid(title=safe(f"{topic.name}   {topic.slug}"), show_header=False)
    for language, name in topic.names.items():
        grid.add_row(language, safe(name))
    for label, values in (("under", topic.parents), ("counts for", above), ("above", children)):
        grid.add_row(label, safe(", ".join(values) or "-"))
    if topic.wikidata:
        grid.add_row("Wikidata", topic.wikidata)
    out.print(grid)
    _thank(ontology.attribution)


Of = Annotated[str, typer.Argument(metavar="NAME", help="network:id, or @handle of a profile.")]
Run = Annotated[str | None, typer.Option(help="A past run; default: the one scored last.")]
Handle = Annotated[str, typer.Argument(metavar="HANDLE", help="The profile, as ada.")]
Topic = Annotated[str, typer.Argument(metavar="TOPIC", help="A topic, or a tag that names one.")]


@group.command()
def of(name: Of, run: Run = None, as_json: AsJson = False) -> None:
    """The topics that somebody can claim, with the proof; those to improve on; and what their people respond to."""
    from .steps.claims import claims as step

    found = step(lake(settings()), name, run=run)
    if as_json:
        print_json(found)
        return
    grid = Grid("topic", "points", "posts", "people", "voice", "since", title=f"{safe(found['id'])}   {found['at']}")
    for claim in found["claims"]:
        voice = "as others here" if claim["common"] else _voice(claim)
        row = (claim["name"], f"{claim['points']:.1f}", f"{claim['posts']:,}", f"{claim['reach']:,}", voice)
        grid.add_row(*map(safe, row), claim["since"])
    for column in grid.columns[1:4]:
        column.justify = "right"
    out.print(grid)
    if not found["claims"]:
        _say("No topic is proved: that takes at least 3 posts that people react to, and 5 people who do.")
    for topic in found["improve"]:
        _say(
            f"Could improve on {topic['name']}: {topic['posts']:,} posts, {_share(topic['posted_share'])} of the posts"
            f" and {_share(topic['heard_share'])} of the response."
        )
    for topic in found["untried"]:
        _say(f"Untried: {topic['name']}: {topic['people']:,} of {topic['of']:,} people respond to it from others.")
    for word, text in (("hidden", "hidden"), ("disputed", "disputed")):
        if found[word]:
            _say(f"{found[word]:,} {text} by {found['id']}.")


@group.command()
def heard(
    topic: Annotated[
        str | None, typer.Argument(help="A topic, or a tag that names one; default: all, in short.")
    ] = None,
    run: Run = None,
    as_json: AsJson = False,
) -> None:
    """Who is heard on a topic, and which few of them together reach the most different people."""
    from .steps.claims import heard as every
    from .steps.claims import heard_on

    if topic is None:
        found = every(lake(settings()), run=run)
        if as_json:
            print_json(found)
            return
        if not found:
            _say("Nobody can claim a topic in this run.")
            return
        grid = Grid("topic", "people who react", "people who are heard", "most")
        for each in found:
            most = each["voices"][0]
            grid.add_row(safe(each["name"]), f"{each['people']:,}", f"{each['heard']:,}", safe(most["id"]))
        out.print(grid)
        return
    one = heard_on(lake(settings()), topic, run=run)
    if as_json:
        print_json(one)
        return
    grid = Grid("#", "who", "points", "people, 4 of 5 cases", "voice", title=safe(one["name"]))
    for rank, voice in enumerate(one["voices"], 1):
        low, likely, high = voice["people"]
        expected = f"about {likely:,.0f}" if low is None else f"{low:,.0f} to {high:,.0f}"
        row = (voice["id"], f"{voice['points']:.1f}", expected, voice["voice"] or "")
        grid.add_row(str(rank), *map(safe, row))
    for column in (grid.columns[0], grid.columns[2]):
        column.justify = "right"
    out.print(grid)
    chosen = one["together"]
    names = ", ".join(f"{person['id']} (+{person['adds']:,.1f})" for person in chosen["people"])
    _say(
        f"Together they reach the most different people: {names}. Expected in the next horizon:"
        f" {chosen['expected']:,.1f} people; the {len(chosen['people'])} with the most points, {chosen['top']:,.1f}."
    )


@group.command()
def hide(handle: Handle, topic: Topic) -> None:
    """Do not show this topic of somebody, from the next run on, because they say so."""
    _word(handle, topic, "hide")


@group.command()
def dispute(handle: Handle, topic: Topic) -> None:
    """It is none of theirs, they say: from the next run on, what they do under it counts for no topic."""
    _word(handle, topic, "dispute")


@group.command()
def restore(handle: Handle, topic: Topic) -> None:
    """Take back that somebody hides or disputes a topic."""
    _word(handle, topic, "restore")


def _word(handle: str, topic: str, word: str) -> None:
    from .steps.claims import say

    profile = say(lake(settings()), handle, topic, word, int(time.time()))
    said = profile.words[-1]
    _say(f"{profile.handle}: {said.word} {said.topic}; it holds from the next run on")


def _voice(claim: dict[str, Any]) -> str:
    low, _, high = claim["relevance"]
    return f"{claim['voice']} ({low:.1f} to {high:.1f})"


def _share(share: float | None) -> str:
    return "none" if share is None else f"{100 * share:.0f}%"


def _say(text: str) -> None:
    out.print(text, markup=False, highlight=False)


def _thank(attribution: str | None) -> None:
    if attribution:
        _say(attribution)
