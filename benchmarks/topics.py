"""Topics found in text, against the tags that authors chose themselves: the matcher, a plain keyword search, TF-IDF.

Reads RENOWN_DATA (default ../shared/data), which is not part of the project: the Stack Exchange sets, and Klout's
ontology. A question's tags are hidden, and those that name topics of the ontology are what is to be found from title
and body. Questions without such a tag say nothing and are left out.

A topic that no tag of the site names cannot be right, as authors could not choose it, so methods choose among the
others. P@k is the share of the first k topics given that are right (of fewer, where fewer are given), over the
questions that a method gives an answer to: `answered` says how many they are. Recall is over all questions. *Above*
counts a topic as right, too, that is above a tag's in the ontology: points on the tag count for it.
"""

import math
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from renown.formats.html_text import bare_text
from renown.formats.stackexchange_stage import tags_in
from renown.formats.xml_rows import XmlRows
from renown.topics import words
from renown.topics.matcher import Matcher
from renown.topics.ontology import Ontology
from renown.topics.reading import File, read

DATA: Final = Path(os.environ.get("RENOWN_DATA") or "../shared/data").resolve()
SITES: Final = ("beer", "bicycles.meta", "conlang.meta", "french.meta")

Method = Callable[[str], Sequence[str]]


class Question(NamedTuple):
    """The text of a question, and the topics that its tags name."""

    text: str
    topics: frozenset[str]


def main() -> int:
    """Prints a table; 0 whatever it says: it is a measurement, not a test."""
    if not DATA.is_dir():
        print(f"{DATA}: no data there; RENOWN_DATA names the folder", file=sys.stderr)
        return 2
    ontology = read([File(path.name, path.read_bytes()) for path in (DATA / "klout_topics").glob("*.csv")]).ontology
    matcher = Matcher(ontology)
    print(f"{'':14} {'':22} answered   P@1   P@3  recall  above: P@1   P@3")
    for site in SITES:
        questions = list(_questions(DATA / "stackexchange" / site / "Posts.xml"))
        texts = [text for text, _ in questions]
        tagged = [Question(text, frozenset(filter(None, map(ontology.of_tag, tags)))) for text, tags in questions]
        known = [question for question in tagged if question.topics]
        allowed = frozenset[str]().union(*(question.topics for question in known))
        tags = len({tag for _, each in questions for tag in each})
        print(f"{site}: {len(known):,} of {len(questions):,} questions; {len(allowed)} topics for {tags} tags")
        methods: dict[str, Method] = {
            "matcher": matcher.topics,
            "keywords": _keywords(ontology, allowed),
            "TF-IDF": _tfidf(ontology, allowed, texts),
        }
        for name, method in methods.items():
            _line(name, known, [[t for t in method(q.text) if t in allowed] for q in known], ontology)
        _line("matcher, any topic", known, [matcher.topics(q.text) for q in known], ontology)
    return 0


def _questions(posts: Path) -> Iterable[tuple[str, list[str]]]:
    for _, row in XmlRows(posts, "posts", posts):
        if not isinstance(row, str) and row.get("PostTypeId") == "1":
            yield f"{row.get('Title', '')}\n{bare_text(row.get('Body', ''))}", tags_in(row.get("Tags", ""))


def _keywords(ontology: Ontology, allowed: frozenset[str]) -> Method:
    """Every topic whose English name stands in the text, whole words of any case, the most frequent first."""
    names = {slug: re.compile(rf"\b{re.escape(ontology.topics[slug].name)}\b", re.IGNORECASE) for slug in allowed}

    def find(text: str) -> list[str]:
        counts = Counter({slug: len(pattern.findall(text)) for slug, pattern in sorted(names.items())})
        return [slug for slug, number in counts.most_common() if number]

    return find


def _tfidf(ontology: Ontology, allowed: frozenset[str], texts: Sequence[str]) -> Method:
    """The topics that the text's ten terms of one or two words name that stand out most in it: tf x log(N / df)."""
    frequency = Counter(term for text in texts for term in set(_terms(text)))

    def find(text: str) -> list[str]:
        counts = Counter(_terms(text))
        best = sorted(counts, key=lambda term: (-counts[term] * math.log(len(texts) / frequency[term]), term))[:10]
        return list(dict.fromkeys(slug for term in best if (slug := ontology.of_tag(term)) in allowed and slug))

    return find


def _terms(text: str) -> list[str]:
    found = words.words(text)
    return found + [" ".join(pair) for pair in pairwise(found)]


def _line(name: str, questions: Sequence[Question], given: Sequence[Sequence[str]], ontology: Ontology) -> None:
    strict = [(g, q.topics) for g, q in zip(given, questions, strict=True)]
    above = [(g, ontology.rolled_up(right)) for g, right in strict]
    answered = sum(bool(g) for g in given)
    found = sum(len(right.intersection(g)) for g, right in strict) / sum(len(right) for _, right in strict)
    values = (_precision(strict, 1), _precision(strict, 3), found, _precision(above, 1), _precision(above, 3))
    print("{:14} {:22} {:5,}    {:.3f} {:.3f}  {:.3f}       {:.3f} {:.3f}".format("", name, answered, *values))


def _precision(pairs: Sequence[tuple[Sequence[str], frozenset[str]]], k: int) -> float:
    """The mean of the shares that are right of the first `k`, over those that have any."""
    shares = [len(right.intersection(given[:k])) / len(given[:k]) for given, right in pairs if given]
    return sum(shares) / len(shares) if shares else float("nan")


if __name__ == "__main__":
    sys.exit(main())
