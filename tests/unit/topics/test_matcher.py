"""Which topics a text is about: what names mean by themselves, and what they mean in company."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.topics.matcher import MAX_TEXT, Matcher
from renown.topics.ontology import Ontology
from tests.unit.topics.made import kitchen, ontology, topic

KITCHEN = kitchen()
MATCHER = Matcher(KITCHEN)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("We made craft beer", ["craft-beer"]),  # the longest name, and not beer besides
        ("BEERS", ["beer"]),
        ("beer's best", ["beer"]),
        ("the beer, and gardening", ["beer", "gardening"]),
        ("gardening, beer; beer", ["beer", "gardening"]),  # most often first
        ("beery beerx xbeer", []),
        ("Je bois de la bière et de l'eau", ["beer"]),
        ("je bois de la BIERE avec des amis", ["beer"]),
        ("Ich trinke das Bier und lese", ["beer"]),
        ("the bier is a frame for the dead", []),  # German only, in an English text
        ("أنا أحب البستنة", ["gardening"]),
        ("women’s rights are human", ["womens-rights"]),
        ("WOMENS RIGHTS", ["womens-rights"]),
        ("#MachineLearning", ["machine-learning"]),
        ("#machinelearning", ["machine-learning"]),
        ("#ILoveBeer", ["beer"]),
        ("#🍻", ["cheers"]),
        ("#أبل", ["apple"]),
        ("#IT", ["information-technology"]),
        ("🍻", []),  # too short to say it by itself
        ("it is mi casa", []),
        ("IT", []),
        ("Ale", []),
        ("I ate an apple", []),
        ("Apple", []),  # called so everywhere, so a name that is a word, too
        ("a tablet computer of Apple", ["tablet-computers", "apple"]),
        ("my Apple #TabletComputer", ["tablet-computers", "apple"]),
        ("I went to France", ["france"]),
        ("Francy and Fran went", []),
        ("Mercury", []),  # two topics are called so
        ("who are they, the who", []),
        ("I drink", []),  # no singular of Drinks
        ("I drink beer", ["drinks", "beer"]),
        ("Drinks", ["drinks"]),
        ("", []),
        ("#", []),
        ("\x00\ud800 beer \u202e", ["beer"]),
    ],
)
def test_what_a_text_is_about(text: str, found: list[str]) -> None:
    assert list(MATCHER.topics(text)) == found


@pytest.mark.parametrize(
    ("text", "tag", "found"),
    [
        ("I ate an apple", "tablet-computers", ["tablet-computers", "apple"]),
        ("I ate an apple", "craft-beer", ["craft-beer"]),
        ("the technology of it", "gardening", ["gardening", "technology", "information-technology"]),
        ("nothing", "apple", ["apple"]),
        ("nothing", "Apples", ["apple"]),
        ("nothing", "Bière", ["beer"]),
        ("nothing", "C++", ["c-plus-plus"]),
        ("nothing", "no-such-topic", []),
        ("a beer", "beer", ["beer"]),
    ],
)
def test_a_tag_is_a_topic_and_supports_others(text: str, tag: str, found: list[str]) -> None:
    assert list(MATCHER.topics(text, [tag])) == found


def test_what_is_named_in_passing_is_not_what_a_text_is_about() -> None:
    passing = "We sat down. " * 20 + "There was beer. " + "Then we went home. " * 20
    assert MATCHER.topics(passing) == ()
    assert MATCHER.topics(passing, ["beer"]) == ("beer",)
    assert MATCHER.topics(f"On beer\n{passing}") == ("beer",)
    assert MATCHER.topics(f"On gardening\n{passing}" + "Beer. " * 9) == ("gardening", "beer")


def test_siblings_under_a_root_are_not_near_and_others_are() -> None:
    topics = [
        topic("sports", de="Sport"),
        topic("tennis", "sports", de="Rasentennis"),
        topic("ajax", "sports"),
        topic("clubs", "sports", de="Vereine"),
        topic("spurs", "clubs"),
        topic("old-club", "clubs", de="Alter Verein"),
    ]
    found = Matcher(ontology(*topics)).topics
    assert found("tennis and ajax") == ("tennis",)
    assert found("the spurs and an old club") == ("spurs", "old-club")
    assert found("ajax, in sports") == ("ajax", "sports")


def test_a_name_in_one_language_alone_is_no_evidence_until_two_words_of_it_say_something() -> None:
    found = Matcher(ontology(topic("tulips"), topic("black-tulips"))).topics
    assert found("tulips") == ()
    assert found("tulips", ["tulips"]) == ("tulips",)
    assert found("black tulips") == ("black-tulips",)


def test_an_empty_ontology_finds_nothing() -> None:
    assert Matcher(Ontology()).topics("beer #beer", ["beer"]) == ()


def test_what_is_behind_the_longest_text_that_is_read_does_not_count() -> None:
    assert MATCHER.topics(" " * 9 + "x" * MAX_TEXT + " beer\n") == ()


@given(st.text(max_size=80), st.lists(st.text(max_size=12), max_size=3))
def test_any_text_has_topics_of_the_ontology_each_once_whatever_its_case(text: str, tags: list[str]) -> None:
    found = MATCHER.topics(text, tags)
    assert len(set(found)) == len(found)
    assert set(found) <= KITCHEN.topics.keys()
    if "#" not in text:  # there, capitals say where words begin
        assert MATCHER.topics(unicodedata.normalize("NFD", text), tags) == found


@given(st.sampled_from(sorted(KITCHEN.topics)), st.text(alphabet="abc .\n", max_size=40))
def test_an_explicit_tag_comes_first(slug: str, text: str) -> None:
    assert MATCHER.topics(text, [slug])[0] == slug
