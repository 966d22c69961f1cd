"""Klout's topic ontology of 2018: three tables, of topics, of edges, and of names in six languages.

It has two defects, which are passed over and counted: the root is its own child, and has no row (nor is it a topic: it
is left out); and a topic that edges and names know has no row, so it is taken from them.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from ..errors import BadInput
from .ontology import Topic
from .words import LANGUAGES

NODES: Final = ("topicId", "topicSlug", "topicDisplayName", "wikiItemId", "freebaseMachineId")
EDGES: Final = ("parentTopicId", "parrentTopicSlug", "childTopicId", "childTopicSlug")
NAMES: Final = ("topicId", "language", "topicDisplayName")

ATTRIBUTION: Final = (
    "Klout Topics by Lithium Technologies | Klout (github.com/klout/opendata), used under CC BY 3.0"
    " (creativecommons.org/licenses/by/3.0), brought into another form"
)
_ITEM: Final = re.compile(r"Q\d{1,12}")
_ROOT: Final = "_ROOT_"

Table = tuple[str, Iterator[tuple[int, list[str]]]]
"""The name of a file, and its rows with their lines, behind the header."""


def klout(tables: Mapping[tuple[str, ...], Table]) -> tuple[list[Topic], tuple[str, ...], str]:
    """The topics in Klout's three tables, by their columns; what was passed over, in words; and whom to thank.

    Ids are texts: they are larger than 64 bits. Raises BadInput for every defect but those two.
    """
    slugs, english, wikidata = _nodes(*tables[NODES])
    names = _names(*tables[NAMES])
    parents, from_edges, loops = _edges(*tables[EDGES], slugs)
    restored = [native for native in from_edges if native in names]
    for native, slug in from_edges.items():
        if native not in names:
            raise BadInput(
                f"{tables[EDGES][0]}: {slug[:40]!a} ({native[:40]}) is no topic of {tables[NODES][0]}; add it"
            )
    unknown = next((native for native in names if native not in slugs and native not in from_edges), None)
    if unknown is not None:
        raise BadInput(f"{tables[NAMES][0]}: names of {unknown[:40]!a}, which is no topic of {tables[NODES][0]}")
    known = slugs | from_edges
    topics = [
        Topic(
            slug,
            {"en": english[native], **names[native]} if native in english else names[native],
            tuple(known[parent] for parent in parents[native]),
            native,
            wikidata.get(native),
        )
        for native, slug in known.items()
    ]
    notes = []
    if loops:
        notes.append(f"{tables[EDGES][0]}: {loops} edge from the root to itself")
    if restored:
        shown = ", ".join(ascii(from_edges[native])[1:-1] for native in restored[:5])
        notes.append(f"{tables[NODES][0]}: {len(restored)} topic without a row, taken from edges and names: {shown}")
    return topics, tuple(notes), ATTRIBUTION


def _nodes(file: str, rows: Iterator[tuple[int, list[str]]]) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Slug, English name and Wikidata item of each topic."""
    slugs, english, wikidata = {}, {}, {}
    for line, (native, slug, name, item, _) in rows:
        if native in slugs:
            raise BadInput(f"{file}, line {line}: the id {native[:40]!a} stands there twice")
        slugs[native], english[native] = slug, name
        if _ITEM.fullmatch(item):
            wikidata[native] = item
    return slugs, english, wikidata


def _names(file: str, rows: Iterator[tuple[int, list[str]]]) -> dict[str, dict[str, str]]:
    """The names of each topic, by language."""
    names: dict[str, dict[str, str]] = defaultdict(dict)
    for line, (native, language, name) in rows:
        if language not in LANGUAGES:
            raise BadInput(f"{file}, line {line}: {language[:40]!a}: names can be in {', '.join(LANGUAGES)}")
        if language in names[native]:
            raise BadInput(f"{file}, line {line}: topic {native[:40]!a} has two names in {language}; leave one")
        names[native][language] = name
    return names


def _edges(
    file: str, rows: Iterator[tuple[int, list[str]]], slugs: Mapping[str, str]
) -> tuple[dict[str, list[str]], dict[str, str], int]:
    """The parents of each topic; the topics that have no row, by id; and how often the root is its own child."""
    parents: dict[str, list[str]] = defaultdict(list)
    without_row: dict[str, str] = {}
    loops = 0
    for line, (parent, parent_slug, child, child_slug) in rows:
        for native, slug in ((parent, parent_slug), (child, child_slug)):
            if slug != _ROOT and slugs.get(native, without_row.setdefault(native, slug)) != slug:
                raise BadInput(f"{file}, line {line}: the id {native[:40]!a} is {slug[:40]!a} here, another elsewhere")
        if parent_slug == child_slug == _ROOT:
            loops += 1
        elif child_slug == _ROOT:
            raise BadInput(f"{file}, line {line}: the root stands under {parent_slug[:40]!a}; take the edge out")
        elif parent_slug != _ROOT:
            parents[child].append(parent)
    return parents, {native: slug for native, slug in without_row.items() if native not in slugs}, loops
