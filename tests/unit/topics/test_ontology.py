"""What stands above what: points are counted once, however many ways lead up."""

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.errors import BadInput, NotFound
from renown.topics.ontology import MAX_TEXT, Ontology, Topic, checked
from tests.unit.topics.made import kitchen, ontology, topic

KITCHEN = kitchen()


@st.composite
def dags(draw: st.DrawFn) -> Ontology:
    """Topics t0, t1 ...; each may stand under any of those before it."""
    size = draw(st.integers(1, 12))
    parents = [draw(st.sets(st.integers(0, n - 1), max_size=4)) if n else set() for n in range(size)]
    return ontology(*(topic(f"t{n}", *(f"t{p}" for p in sorted(above))) for n, above in enumerate(parents)))


@given(dags())
def test_ancestors_are_those_of_the_graph(made: Ontology) -> None:
    graph = nx.DiGraph((parent, slug) for slug, one in made.topics.items() for parent in one.parents)
    graph.add_nodes_from(made.topics)
    for slug in made.topics:
        assert made.ancestors(slug) == nx.ancestors(graph, slug)
        rows = list(made.below(slug))
        assert {row.slug for row in rows} == nx.descendants(graph, slug) | {slug}
        assert len({row.slug for row in rows if not row.again}) == sum(not row.again for row in rows)
    assert {row.slug: row.below for row in made.roots_counted()} == {
        slug: len(nx.descendants(graph, slug)) for slug in made.topics if not made.topics[slug].parents
    }


@given(dags(), st.lists(st.tuples(st.integers(1, 9), st.sets(st.integers(0, 14), max_size=4)), max_size=8))
def test_points_roll_up_without_being_counted_twice(made: Ontology, posts: list[tuple[int, set[int]]]) -> None:
    """A topic has the points of the posts that are on it or on anything below it: each post once."""
    points: dict[str, int] = {}
    for worth, on in posts:
        for slug in made.rolled_up(f"t{n}" for n in on):
            points[slug] = points.get(slug, 0) + worth
    for slug in made.topics:
        below = {row.slug for row in made.below(slug)}
        assert points.get(slug, 0) == sum(worth for worth, on in posts if below & {f"t{n}" for n in on})
    for n in range(len(made), 15):  # tags that name no topic stand for themselves
        assert points.get(f"t{n}", 0) == sum(worth for worth, on in posts if n in on)


def test_without_an_ontology_tags_stand_for_themselves() -> None:
    assert Ontology().rolled_up(["tea", "cake"]) == {"tea", "cake"}
    assert Ontology().of_tag("tea") is None
    assert Ontology().ancestors("tea") == frozenset()


@pytest.mark.parametrize(
    ("tag", "slug"),
    [
        ("beer", "beer"),
        ("#Beers", "beer"),
        ("CraftBeer", "craft-beer"),
        ("craft beer", "craft-beer"),
        ("Bière artisanale", "craft-beer"),
        ("جعة", "beer"),
        ("🍻", "cheers"),
        ("Mercury", None),  # two are called so
        ("mercury-metal", "mercury-metal"),
        ("IT", "information-technology"),  # English comes before Michigan's name in Italian
        ("", None),
        ("#", None),
    ],
)
def test_a_tag_that_names_a_topic_is_that_topic(tag: str, slug: str | None) -> None:
    assert KITCHEN.of_tag(tag) == slug


def test_finding_topics_by_beginnings_of_words_in_any_language() -> None:
    assert [one.slug for one in KITCHEN.find("bee")] == ["beer", "craft-beer"]
    assert [one.slug for one in KITCHEN.find("bière arti")] == ["craft-beer"]
    assert [one.slug for one in KITCHEN.find("gartenbau")] == []
    assert KITCHEN.find(" ") == []
    assert KITCHEN.get("CraftBeer").slug == "craft-beer"
    with pytest.raises(NotFound, match="topics find"):
        KITCHEN.get("gartenbau")


def test_slugs_are_made_as_activity_writes_topics() -> None:
    made = ontology(topic("Hot Drinks"), topic("TEA", "hot drinks"))
    assert made.topics["tea"].parents == ("hot-drinks",)


@pytest.mark.parametrize(
    ("topics", "said"),
    [
        ([], "no topics"),
        ([topic("tea"), topic("Tea")], "'tea' stands there twice"),
        ([topic("tea", "drinks")], "parent 'drinks' of 'tea' is no topic"),
        ([topic("tea", "tea")], "above themselves: 'tea' > 'tea';"),
        ([topic("a", "b"), topic("b", "c"), topic("c", "a")], "above themselves"),
        ([topic(f"t{n}", f"t{(n + 1) % 9}") for n in range(9)], r"> \.\.\.;"),
        ([topic("--")], "slug '--'"),
        ([topic("x" * (MAX_TEXT + 1))], "slug 'xxx"),
        ([Topic("tea", {"en": " \n"})], "name ' "),
        ([Topic("tea", {"en": "x" * (MAX_TEXT + 1)})], "name 'xxx"),
    ],
)
def test_what_is_no_ontology_is_refused_in_one_line(topics: list[Topic], said: str) -> None:
    with pytest.raises(BadInput, match=said) as refused:
        checked(topics, None, (), "made")
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 300
