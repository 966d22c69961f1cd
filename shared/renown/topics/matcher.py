"""Which topics a text is about: those whose names stand in it, by rules that the ontology and the text decide.

A name counts by itself only where it can hardly mean anything else (see `_Name` and `Matcher._found`). Any other needs
support: a topic near it in the ontology that the same text names beyond doubt, or that an explicit tag names.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import ahocorasick

from . import words
from .ontology import Ontology, Topic

SHORT: Final = 3
"""Letters up to which a single word is no evidence: "it", "mi" and "ale" are words of many languages."""

MAX_TEXT: Final = 50_000
"""Characters of a text that are read."""


class _Name(NamedTuple):
    """A name: of how many words, and the topics called so, by language; whether it says something by itself.

    It does if two of its words are stop words of no language; or if one is, has more than SHORT letters, and is an
    ordinary word: the topic is called otherwise in another language. What is called the same everywhere is a person, a
    firm or a place, and such names (Apple, Shell, The Edge) are words, too.
    """

    length: int
    topics: dict[str, set[str]]
    telling: bool


class _Found(NamedTuple):
    """A topic that a text names: at which word, and whether that counts by itself."""

    topic: str
    at: int
    sure: bool


class Matcher:
    """Finds the topics of an ontology in texts. Making one takes seconds for 8,000 topics: it is for many texts."""

    def __init__(self, ontology: Ontology) -> None:
        self._ontology = ontology
        self._automaton = ahocorasick.Automaton()
        for key, name in _names(ontology).items():
            self._automaton.add_word(f" {key} ", name)
        self._automaton.make_automaton()

    def topics(self, text: str, tags: Sequence[str] = ()) -> tuple[str, ...]:
        """The slugs of the topics that `tags` name, then of those that `text` is about: what it names most often first.

        Tags that name no topic are left out; a hashtag in the text is an explicit tag.
        """
        text = text[:MAX_TEXT]
        named = (self._ontology.of_tag(tag) for tag in (*tags, *words.hashtags(text)))
        explicit = tuple(dict.fromkeys(slug for slug in named if slug))
        found = list(self._found(words.words_of_text(text)))
        sure = {each.topic for each in found if each.sure}.union(explicit)
        supported = {slug for one in sure for slug in self._near(one)}
        kept = [each for each in found if each.topic in sure or each.topic in supported]
        often = Counter(each.topic for each in kept)
        first = {each.topic: each.at for each in reversed(kept)}
        return tuple(dict.fromkeys((*explicit, *sorted(often, key=lambda slug: (-often[slug], first[slug], slug)))))

    def _found(self, text: list[str]) -> Iterator[_Found]:
        """The topics that a text names; of names that overlap the longest counts, then the first.

        A name counts by itself if it is telling, is one topic's only, and is English or of the text's language.
        """
        languages = {"en", words.language_of(text)}
        taken: set[int] = set()
        for at, name in sorted(self._hits(text), key=lambda hit: (-hit[1].length, hit[0])):
            place = range(at, at + name.length)
            if taken.isdisjoint(place):
                taken.update(place)
                spoken = set().union(*(name.topics[each] for each in name.topics.keys() & languages))
                topics = spoken or set().union(*name.topics.values())
                for topic in topics:
                    yield _Found(topic, at, name.telling and len(spoken) == 1)

    def _hits(self, text: list[str]) -> Iterator[tuple[int, _Name]]:
        """Every name in a text, and the number of the word that it begins at."""
        if not text or not len(self._automaton):
            return
        ends, place = {}, 0
        for number, word in enumerate(text):
            place += len(word) + 1
            ends[place] = number
        for end, name in self._automaton.iter(f" {' '.join(text)} "):
            yield ends[end] - name.length + 1, name

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


def _names(ontology: Ontology) -> dict[str, _Name]:
    """The names of all topics, by their words in one form."""
    found: dict[str, _Name] = {}
    stop = frozenset().union(*map(words.stop_words, words.LANGUAGES))
    for slug, topic in ontology.topics.items():
        for language, text in topic.names.items():
            parts = words.words(text)
            if not parts:
                continue
            telling = [part for part in parts if part not in stop]
            alone = len(telling) == 1 and len(telling[0]) > SHORT and _is_translated(topic)
            key = " ".join(parts)
            name = found.setdefault(key, _Name(len(parts), defaultdict(set), len(telling) > 1 or alone))
            name.topics[language].add(slug)
            if alone < name.telling and len(telling) < 2:
                found[key] = name._replace(telling=False)
    return found


def _is_translated(topic: Topic) -> bool:
    """Whether a topic is called otherwise in another language that is written in the same letters."""
    return len({" ".join(words.words(name)) for language, name in topic.names.items() if language != "ar"}) > 1
