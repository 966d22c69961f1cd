"""Made-up ontologies: of drinks and gardens, in Klout's three tables and in our own forms."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from renown.topics.klout import EDGES, NAMES, NODES
from renown.topics.ontology import Ontology, Topic, checked
from renown.topics.reading import File

BIG = 10_000_000_000_000_000_000
"""An id that does not fit into 64 bits."""


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV."""
    made = io.StringIO(newline="")
    csv.writer(made).writerows([header, *rows])
    return made.getvalue().encode()


def klout(
    nodes: Mapping[int, str], edges: Iterable[tuple[int, int]], names: Iterable[tuple[int, str, str]] = ()
) -> list[File]:
    """Klout's three files: `nodes` are slugs by id, edges go from parent to child, 0 is the root."""
    slugs = {0: "_ROOT_", **nodes}
    return [
        File("names.csv", table(NAMES, names)),
        File("edges.csv", table(EDGES, [(a, slugs[a], b, slugs[b]) for a, b in edges])),
        File("nodes.csv", table(NODES, [(n, s, s.replace("-", " ").title(), "null", "m") for n, s in nodes.items()])),
    ]


def drinks() -> list[File]:
    """A small ontology with Klout's two defects: the root's loop, and Tea (id 5), which only edges and names know."""
    files = klout(
        {BIG: "drinks-super", BIG + 1: "cold-drinks", 5: "tea", 7: "iced-tea"},
        [(0, 0), (0, BIG), (BIG, BIG + 1), (BIG, 5), (5, 7), (BIG + 1, 7)],
        [(5, "de", "Tee"), (5, "ar", "شاي"), (7, "de", "Eistee")],
    )
    rows = [row for row in files[2].data.splitlines(keepends=True) if not row.startswith(b"5,")]
    return [*files[:2], File("nodes.csv", b"".join(rows))]


def ontology(*topics: Topic) -> Ontology:
    """An ontology of these topics."""
    return checked(topics, None, (), "made")


def topic(slug: str, *parents: str, **names: str) -> Topic:
    """A topic; the English name is made of the slug where none is given."""
    return Topic(slug, {"en": slug.replace("-", " ").title(), **names}, parents)


def kitchen() -> Ontology:
    """Topics with names that mean much else."""
    return ontology(
        topic("food"),
        topic("drinks", "food", fr="Boissons", de="Getränke"),
        topic("beer", "drinks", fr="Bière", de="Bier", it="Birra", es="Cerveza", ar="جعة"),
        topic("ale", "drinks", fr="Ale", de="Ale"),
        topic("craft-beer", "beer", fr="Bière artisanale"),
        topic("technology", de="Technik", fr="Technologie"),
        topic("computers", "technology", de="Rechner", fr="Ordinateurs"),
        topic("apple", "computers", de="Apple", fr="Apple", ar="أبل"),
        topic("tablet-computers", "computers", de="Flachrechner"),
        topic("information-technology", "technology", en="IT", de="IT"),
        topic("machine-learning", "computers", de="Maschinelles Lernen"),
        topic("places", de="Orte"),
        topic("france", "places", de="Frankreich", it="Francia"),
        topic("michigan", "places", it="Mi", de="Michigan"),
        topic("gardening", fr="Jardinage", ar="البستنة"),
        topic("womens-rights", en="Women's Rights", fr="Droits des femmes"),
        topic("mercury-planet", en="Mercury", fr="Mercure"),
        topic("mercury-metal", en="Mercury", de="Quecksilber"),
        topic("cheers", en="🍻", fr="Santé"),
        topic("c-plus-plus", "computers", en="C++"),
        topic("who", "places", en="The Who", de="The Who"),
    )
