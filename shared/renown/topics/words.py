"""Words of names, tags and texts, brought to one form: case, diacritics, possessives and plurals do not matter."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import Final

LANGUAGES: Final = ("en", "ar", "de", "es", "fr", "it")
"""The languages that names come in; English first: names of people and things are often left in it."""

_WORD: Final = re.compile(
    r"[^\W_]+(?:\+\+|#(?!\w))?"  # a word, or C++, or C#
    r"|[\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]"  # an emoji is a word of its own
)
_CAMEL: Final = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_POSSESSIVE: Final = re.compile(r"(?<=\w)['’]s\b", re.IGNORECASE)
_HASHTAG: Final = re.compile(r"(?<![\w&/#])#([\w\u2190-\u2bff\U0001f000-\U0001faff\u200d\ufe0f]{1,100})")
# The Arabic article, with what is written together with it: as the light stemming of Larkey et al. (2007) has it.
_ARTICLE: Final = re.compile(r"^(?:[وفبك]?ال|لل)(?=\w{3})")
_DROPPED: Final = frozenset({"Mn", "Me", "Cf"})
_SIGNS: Final = frozenset("\u0640\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")  # stretched letters; skin


def words(text: str) -> list[str]:
    """The words of `text` in their one form.

    >>> words("Women's Rights"), words("Économies"), words("C++ and C#")
    (['women', 'right'], ['economy'], ['c++', 'and', 'c#'])
    """
    return list(map(singular, bare_words(text)))


def bare_words(text: str) -> list[str]:
    """The words of a text, in order, without case and diacritics; a hashtag is the words that its capitals show.

    >>> bare_words("#CraftBeers, ou l'été à Köln")
    ['craft', 'beers', 'ou', 'l', 'ete', 'a', 'koln']
    """
    plain = _POSSESSIVE.sub("", _HASHTAG.sub(lambda match: f" {split(match[1])} ", text))
    return [_ARTICLE.sub("", word) for word in _WORD.findall(_bare(plain))]


def hashtags(text: str) -> list[str]:
    """The hashtags of a text, without the `#`; emoji are hashtags, too."""
    return _HASHTAG.findall(text)


def split(tag: str) -> str:
    """A tag in CamelCase as words.

    >>> split("MachineLearning"), split("NASAMissions")
    ('Machine Learning', 'NASA Missions')
    """
    return _CAMEL.sub(" ", tag)


def joined(text: str) -> str:
    """A name or tag without spaces and hyphens, as hashtags write it; the same for all ways to write it.

    >>> joined("#MachineLearning") == joined("machine-learning") == joined("Machine Learning")
    True
    """
    return singular("".join(bare_words(text)))


def singular(word: str) -> str:
    """A word without the regular plural of English; what may be no plural stays as it is.

    >>> [singular(word) for word in ("beers", "breweries", "churches", "boss", "lens", "paris")]
    ['beer', 'brewery', 'church', 'boss', 'len', 'paris']
    """
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is", "as", "os")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    return word[:-1]


def _bare(text: str) -> str:
    """A text without case and diacritics: compatibility forms made one (NFKC), marks and invisible signs dropped."""
    if text.isascii():
        return text.casefold()
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    kept = "".join(char for char in apart if unicodedata.category(char) not in _DROPPED and char not in _SIGNS)
    return unicodedata.normalize("NFC", kept)


@cache
def stop_words(language: str) -> frozenset[str]:
    """The words of a language that say nothing by themselves, in their one form."""
    from stop_words import get_stop_words

    return frozenset(form for word in get_stop_words(language) for form in words(word))


def language_of(text: Iterable[str]) -> str | None:
    """The language of a text of words in the singular: the one whose stop words, or letters, are most of its words.

    A tie is decided against English: its list has words of other languages, too. None where two others, or none, are.
    """
    often = Counter(text)
    said = {known: sum(often[word] for word in stop_words(known) & often.keys()) for known in LANGUAGES}
    said["ar"] = sum(number for word, number in often.items() if "\u0600" <= word[0] <= "\u06ff")
    counts = sorted((number, known != "en", known) for known, number in said.items() if number)
    if not counts or counts[-1][:2] in [each[:2] for each in counts[:-1]]:
        return None
    return counts[-1][2]
