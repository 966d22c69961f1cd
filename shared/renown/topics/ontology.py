"""An ontology of topics: a DAG, in which a topic may have several parents, and its names in several languages."""

import graphlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

from .. import activity
from ..errors import BadInput, NotFound
from . import words

MAX_TOPICS: Final = 250_000
"""Topics, edges or names in one ontology; Klout's has 8,033 topics and 47,931 names."""

MAX_TEXT: Final = 200
"""Characters of a slug or a name."""

MOST_SHOWN: Final = 5


@dataclass(frozen=True)
class Topic:
    """A topic: `slug` is how activity names it, `names` are by language; `native` is its id where it comes from."""

    slug: str
    names: Mapping[str, str]
    parents: tuple[str, ...] = ()
    native: str | None = None
    wikidata: str | None = None

    @property
    def name(self) -> str:
        """The name to show: the English one, else any, else the slug."""
        return self.names.get("en") or next(iter(self.names.values()), self.slug)


class Row(NamedTuple):
    """A topic in a tree: how deep it stands, how many topics are below it where counted, and whether it came before."""

    slug: str
    name: str
    depth: int
    below: int | None
    again: bool


@dataclass(frozen=True)
class Source:
    """A file that an ontology was made of, and its SHA-256."""

    file: str
    sha256: str


@dataclass(frozen=True)
class Ontology:
    """Topics by slug, made by `checked`; `attribution` is whom to thank, `sources` are the files it was made of."""

    topics: Mapping[str, Topic] = field(default_factory=dict)
    attribution: str | None = None
    sources: tuple[Source, ...] = ()

    def __len__(self) -> int:
        return len(self.topics)

    def get(self, slug: str) -> Topic:
        """The topic that a slug, or a name as a tag, means; raises NotFound where there is none."""
        found = self.of_tag(slug)
        if found is None:
            raise NotFound(f"topic {slug[:80]!r}: there is none; `renown topics find {slug[:80]}` looks for it")
        return self.topics[found]

    def of_tag(self, tag: str) -> str | None:
        """The slug of the topic that a tag names: by slug, else by a name in English, else in any language.

        None where no topic is called so, or several are.
        """
        slug = activity.topic(tag)
        if slug in self.topics:
            return slug
        key = words.joined(tag)
        for named in self._by_key:
            if found := named.get(key):
                return next(iter(found)) if len(found) == 1 else None
        return None

    def ancestors(self, slug: str) -> frozenset[str]:
        """Every topic above a topic, each once, however many ways lead there; none above what is no topic."""
        above: set[str] = set()
        todo = [slug]
        while todo:
            topic = self.topics.get(todo.pop())
            new = [parent for parent in topic.parents if parent not in above] if topic else []
            above.update(new)
            todo += new
        return frozenset(above)

    def rolled_up(self, slugs: Iterable[str]) -> frozenset[str]:
        """What points on a post with the topics `slugs` count for: these and all above them, each once.

        A tag that names no topic stands for itself.
        """
        own = frozenset(slugs)
        return own.union(*map(self.ancestors, own))

    @cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """The topics right under each topic, sorted."""
        under: dict[str, list[str]] = defaultdict(list)
        for slug in sorted(self.topics):
            for parent in self.topics[slug].parents:
                under[parent].append(slug)
        return {slug: tuple(found) for slug, found in under.items()}

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """The topics that have nothing above them, sorted."""
        return tuple(sorted(slug for slug, topic in self.topics.items() if not topic.parents))

    def roots_counted(self) -> list[Row]:
        """The roots, and how many topics are below each."""
        return [self._row(root, 0, sum(1 for row in self.below(root) if not row.again) - 1) for root in self.roots]

    def below(self, slug: str) -> Iterator[Row]:
        """A topic and everything below it, each behind what it is under; what comes again is not unfolded again."""
        seen: set[str] = set()
        todo = [(slug, 0)]
        while todo:
            topic, depth = todo.pop()
            again = topic in seen
            yield self._row(topic, depth, again=again)
            if not again:
                seen.add(topic)
                todo += [(child, depth + 1) for child in reversed(self.children.get(topic, ()))]

    def _row(self, slug: str, depth: int, below: int | None = None, *, again: bool = False) -> Row:
        return Row(slug, self.topics[slug].name, depth, below, again)

    def find(self, text: str) -> list[Topic]:
        """The topics that have all words of `text`, as the beginnings of words, in their slug or one name; by slug.

        Where the words name a topic it comes first.
        """
        wanted = words.words(text)
        if not wanted:
            return []
        found = [slug for slug in sorted(self.topics) if _has(self.topics[slug], wanted)]
        best = self.of_tag(text)
        return [self.topics[slug] for slug in sorted(found, key=lambda slug: slug != best)]

    @cached_property
    def _by_key(self) -> tuple[Mapping[str, set[str]], ...]:
        """Topics by how a tag would write their slug or English name, and by their names in other languages."""
        first: dict[str, set[str]] = defaultdict(set)
        other: dict[str, set[str]] = defaultdict(set)
        for slug, topic in self.topics.items():
            first[words.joined(slug)].add(slug)
            for language, name in topic.names.items():
                if key := words.joined(name):
                    (first if language == "en" else other)[key].add(slug)
        return first, other


def _has(topic: Topic, wanted: list[str]) -> bool:
    for text in (topic.slug, *topic.names.values()):
        have = words.words(text)
        if all(any(word.startswith(each) for word in have) for each in wanted):
            return True
    return False


def checked(topics: Iterable[Topic], attribution: str | None, sources: tuple[Source, ...], where: str) -> Ontology:
    """An ontology of `topics`, with slugs made as activity writes topics.

    Raises BadInput, naming `where` they are from: a slug twice, a parent that is no topic, a cycle, a text that
    cannot be, nothing at all, too much.
    """
    found: dict[str, Topic] = {}
    for given in topics:
        slug = normal(given.slug, where)
        if slug in found:
            raise BadInput(f"{where}: the slug {slug!a} stands there twice; every topic needs its own")
        parents = tuple(dict.fromkeys(normal(parent, where) for parent in given.parents))
        names = {language: _name(name, slug, where) for language, name in sorted(given.names.items())}
        found[slug] = Topic(slug, names, parents, given.native, given.wikidata)
        if len(found) > MAX_TOPICS:
            raise BadInput(f"{where}: more than {MAX_TOPICS:,} topics; install an ontology of fewer")
    if not found:
        raise BadInput(f"{where}: it holds no topics")
    for topic in found.values():
        for parent in topic.parents:
            if parent not in found:
                raise BadInput(
                    f"{where}: the parent {parent!a} of {topic.slug!a} is no topic there; add it or leave it"
                )
    try:
        graphlib.TopologicalSorter({slug: topic.parents for slug, topic in found.items()}).prepare()
    except graphlib.CycleError as error:
        way = [*error.args[1]][::-1]
        shown = " > ".join(map(ascii, way[:MOST_SHOWN])) + (" > ..." if len(way) > MOST_SHOWN else "")
        raise BadInput(f"{where}: topics are above themselves: {shown}; take one of these edges out") from None
    return Ontology(found, attribution, sources)


def normal(slug: str, where: str) -> str:
    """A slug as activity writes topics; raises BadInput where nothing is left, or it is too long."""
    made = activity.topic(slug[: MAX_TEXT + 1])
    if not made or len(slug) > MAX_TEXT:
        raise BadInput(f"{where}: slug {slug[:40]!a}: write 1 to 100 letters, digits or hyphens")
    return made


def _name(name: str, slug: str, where: str) -> str:
    made = activity.clean(name[: MAX_TEXT + 1])
    if made is None or len(name) > MAX_TEXT:
        raise BadInput(f"{where}: topic {slug!a}: the name {name[:40]!a} must have 1 to {MAX_TEXT} characters")
    return made
