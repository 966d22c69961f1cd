"""Which topics a text is about: those whose names stand in it, by rules that the ontology and the text decide.

A name counts by itself only where it can hardly mean anything else (see `_Name` and `Matcher._found`). Any other needs
support: a topic near it in the ontology that the same text names beyond doubt, or that an explicit tag names. And what
is named only in passing is not what a text is about (see SHARE).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import ahocorasick

from . import words
from .ontology import Ontology, Topic

SHORT: Final = 3
"""Letters up to which a single word is no evidence: "it", "mi" and "ale" are words of many languages."""

SHARE: Final = 0.03
"""Share of a text's words that name what it is about, unless its heading does: of up to 33 words, one is enough.

On questions about beer that is precision .85 instead of .72, at a recall of .38 instead of .51 (benchmarks/topics.py).
"""

MAX_TEXT: Final = 50_000
"""Characters of a text that are read."""


class _Name(NamedTuple):
    """A name: its words as they are written, the topics called so by language, and whether it says something by itself.

    It does if two of its words are stop words of no language; or if one is, has more than SHORT letters, and is an
    ordinary word: the topic is called otherwise in another language. What is called the same everywhere is a person, a
    firm or a place, and such names (Apple, Shell, The Edge) are words, too.
    """

    written: set[tuple[str, ...]]
    topics: dict[str, set[str]]
    telling: bool


class _Found(NamedTuple):
    """A topic that a text names: at which word, by how many words, and whether that counts by itself."""

    topic: str
    at: int
    length: int
    sure: bool


class Matcher:
    """Finds the topics of an ontology in texts. Making one takes a second for 8,000 topics: it is for many texts."""

    def __init__(self, ontology: Ontology) -> None:
        self._ontology = ontology
        self._automaton = ahocorasick.Automaton()
        for key, name in _names(ontology).items():
            self._automaton.add_word(f" {key} ", name)
        self._automaton.make_automaton()

    def topics(self, text: str, tags: Sequence[str] = ()) -> tuple[str, ...]:
        """The slugs of the topics that `tags` name, then of those that `text` is about.

        These are what its heading names (the first of several lines), then the others, what is named most often first.
        Tags that name no topic are left out; a hashtag in the text is an explicit tag.
        """
        text = text[:MAX_TEXT].strip()
        named = (self._ontology.of_tag(tag) for tag in (*tags, *words.hashtags(text)))
        explicit = tuple(dict.fromkeys(slug for slug in named if slug))
        read = words.bare_words(text)
        found = list(self._found(read))
        sure = {each.topic for each in found if each.sure}.union(explicit)
        known = sure.union(*map(self._near, sure))
        first, often, said = _counted(each for each in found if each.topic in known)
        heading, newline, _ = text.partition("\n")
        behind = len(words.bare_words(heading)) if newline else 0
        about = [slug for slug in first if first[slug] < behind or said[slug] >= SHARE * len(read)]
        about.sort(key=lambda slug: (first[slug] >= behind, -often[slug], first[slug], slug))
        return tuple(dict.fromkeys((*explicit, *about)))

    def _found(self, text: list[str]) -> Iterator[_Found]:
        """The topics that a text names; of names that overlap the longest counts, then the first.

        A name counts by itself if it is telling, is one topic's only, is English or of the text's language, and is no
        singular of one word in the plural: to drink is not Drinks.
        """
        singular = list(map(words.singular, text))
        languages = {"en", words.language_of(singular)}
        taken: set[int] = set()
        for at, end, name in sorted(self._hits(singular), key=lambda hit: (hit[0] - hit[1], hit[0])):
            if taken.isdisjoint(range(at, end)):
                taken.update(range(at, end))
                spoken = set[str]().union(*(name.topics[each] for each in name.topics.keys() & languages))
                fits = end - at > 1 or (text[at],) in name.written or text[at] != singular[at]
                sure = name.telling and fits and len(spoken) == 1
                for topic in spoken or set[str]().union(*name.topics.values()):
                    yield _Found(topic, at, end - at, sure)

    def _hits(self, text: list[str]) -> Iterator[tuple[int, int, _Name]]:
        """Every name in a text of words in the singular: the number of its first word, and of the one behind it."""
        if not text or not len(self._automaton):
            return
        behind, place = {}, 0
        for number, word in enumerate(text, 1):
            place += len(word) + 1
            behind[place] = number
        for end, name in self._automaton.iter(f" {' '.join(text)} "):
            yield behind[end] - len(next(iter(name.written))), behind[end], name

    def _near(self, slug: str) -> Iterator[str]:
        """The topics near one: its parents and theirs, its children, and those that share a parent with it.

        A parent that is itself a root does not make siblings near: all of sports is under one.
        """
        topics, children = self._ontology.topics, self._ontology.children
        yield from children.get(slug, ())
        for parent in topics[slug].parents:
            yield parent
            yield from topics[parent].parents
            if topics[parent].parents:
                yield from children[parent]


def _counted(found: Iterable[_Found]) -> tuple[dict[str, int], Counter[str], Counter[str]]:
    """The first word of each topic, how often it is named, and by how many words altogether."""
    first: dict[str, int] = {}
    often: Counter[str] = Counter()
    said: Counter[str] = Counter()
    for each in found:
        first[each.topic] = min(each.at, first.get(each.topic, each.at))
        often[each.topic] += 1
        said[each.topic] += each.length
    return first, often, said


def _names(ontology: Ontology) -> dict[str, _Name]:
    """The names of all topics, by their words in the singular."""
    found: dict[str, _Name] = {}
    stop = frozenset[str]().union(*map(words.stop_words, words.LANGUAGES))
    for slug, topic in ontology.topics.items():
        ordinary = _is_ordinary(topic)
        for language, text in topic.names.items():
            written = tuple(words.bare_words(text))
            parts = [words.singular(word) for word in written]
            says = [part for part in parts if part not in stop]
            if parts:
                name = found.setdefault(" ".join(parts), _Name(set(), defaultdict(set), True))
                name.written.add(written)
                name.topics[language].add(slug)
                if not (len(says) > 1 or (ordinary and says and len(says[0]) > SHORT)):
                    found[" ".join(parts)] = name._replace(telling=False)
    return found


def _is_ordinary(topic: Topic) -> bool:
    """Whether a topic is called otherwise in another language that is written in the same letters."""
    return len({tuple(words.bare_words(name)) for language, name in topic.names.items() if language != "ar"}) > 1
