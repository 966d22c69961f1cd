"""Words in one form."""

import doctest

import pytest

from renown.topics import words


def test_the_examples_in_the_code() -> None:
    assert doctest.testmod(words) == (0, doctest.testmod(words).attempted)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ｂｅｅｒ", "beer"),
        ("STRASSE", "Straße"),
        ("São Paulo", "sao paulo"),
        ("cafe\u0301", "café"),
        ("churches", "church"),
        ("Parties", "party"),
        ("الكتاب", "كتاب"),
        ("والكتاب", "كتاب"),
        ("كِتَاب", "كتاب"),
        ("كتـــاب", "كتاب"),
        ("rock'n'roll", "Rock 'n' Roll"),
        ("rock-climbing", "rock_climbing"),
        ("Ada’s tea", "ada tea"),
        ("❤️", "❤"),
    ],
)
def test_the_same_words(one: str, other: str) -> None:
    assert words.words(one) == words.words(other) != []


@pytest.mark.parametrize(("one", "other"), [("C", "C++"), ("C", "C#"), ("bus", "bu"), ("boss", "bos"), ("🍺", "🍻")])
def test_different_words(one: str, other: str) -> None:
    assert words.words(one) != words.words(other)


@pytest.mark.parametrize("tag", ["#CraftBeers", "craft-beer", "Craft Beer", "craft_beer", "CRAFTBEER", "craftbeers"])
def test_a_tag_is_the_same_however_it_is_written(tag: str) -> None:
    assert words.joined(tag) == "craftbeer"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("this is what we have been looking for", "en"),
        ("wir haben das nicht gesehen und sind da", "de"),
        ("nous avons une maison dans les montagnes", "fr"),
        ("questo non è quello che abbiamo", "it"),
        ("نحن نحب هذا", "ar"),
        ("كتاب", "ar"),
        ("xyzzy", None),
        ("", None),
    ],
)
def test_the_language_of_a_text(text: str, language: str | None) -> None:
    assert words.language_of(words.words(text)) == language
