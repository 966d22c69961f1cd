"""Topics: the same as counting by hand; a claim needs proof; what people say of theirs is respected."""

import gzip
import json
import math
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.activity import Activity
from renown.scoring.engine import Heading, Outcome, Sources, score, scorecards
from renown.scoring.formula import DAY, load
from renown.scoring.told import tell
from renown.scoring.topical import Terms, find
from renown.scoring.voices import topics, write_topics, write_voices
from tests.unit.scoring.test_engine import NOW, examples, part, reaction, trusted

OWNERS = {"net:a": "@ann", "other:a": "@ann", "net:b": "@bob"}
ABOVE = {"stout": {"beer", "drinks"}, "beer": {"drinks"}, "tea": {"drinks"}, "icedtea": {"tea", "drinks"}}
TERMS = Terms(
    topic=lambda tag: {"beers": "beer"}.get(tag, tag), above=lambda topic: ABOVE.get(topic, ()), name=str.title
)
RULES = load().topics
KEYS = count()

Row = dict[str, Any]


def post(author: str, name: str, *tags: str, days: float = 5) -> Activity:
    made = reaction(author, author, "Create", days, name)
    return made._replace(object=f"https://net.example/{author}/{name}", topics=tuple(sorted(tags)))


def like(actor: str, of: Activity, days: float = 4, verb: str = "Like", **more: Any) -> Activity:
    return reaction(actor, of.actor, verb, days, f"{of.object}{next(KEYS)}", object=of.object, **more)


def people(number: int, prefix: str = "r") -> list[str]:
    return [f"net:{prefix}{each}" for each in range(number)]


def proof(author: str, *tags: str, posts: int = 3, by: int = 5, prefix: str = "") -> list[Activity]:
    """So many posts with these tags, and as many people who react to each of them."""
    made = [post(author, f"{prefix}{'-'.join(tags)}{n}", *tags, days=20 + n) for n in range(posts)]
    return [*made, *(like(who, each) for each in made for who in people(by))]


@contextmanager
def claimed(rows: Sequence[Activity], terms: Terms = TERMS, seeds: Sequence[str] = ("net:seed",)) -> Iterator[Outcome]:
    with tempfile.TemporaryDirectory() as folder:
        parts = part(Path(folder), rows) if rows else []
        with (outcome := score(Sources(parts, False, OWNERS, seeds), load(), NOW)).tables:
            find(outcome, load(), NOW, terms)
            yield outcome


def claims(rows: Sequence[Activity], terms: Terms = TERMS, seeds: Sequence[str] = ("net:seed",)) -> list[Row]:
    with claimed(rows, terms, seeds) as outcome:
        result = outcome.tables.execute("FROM claims ORDER BY author, topic")
        names = [column[0] for column in result.description or []]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def of(rows: Sequence[Row], author: str, topic: str) -> Row:
    return next(row for row in rows if (row["author"], row["topic"]) == (author, topic))


def made(rows: Sequence[Activity], terms: Terms = TERMS) -> set[tuple[str, str]]:
    return {(row["author"], row["topic"]) for row in claims(rows, terms) if row["claimed"]}


def document(rows: Sequence[Activity], name: str = "@ann", terms: Terms = TERMS) -> dict[str, Any]:
    with claimed(rows, terms) as outcome:
        tell(outcome, [name])
        return topics(outcome, load())


def who(name: str) -> str:
    return OWNERS.get(name, name)


def rolled(tags: Sequence[str]) -> set[str]:
    named = {TERMS.topic(tag) for tag in tags}
    return named.union(*(ABOVE.get(topic, set()) for topic in named))


def by_hand(rows: Sequence[Activity]) -> dict[tuple[str, str], tuple[int, int, bool, float]]:
    """Posts, people, whether it is proved, and the response, by the words of docs/topics.md."""
    rows = list({row.id: row for row in rows}.values())
    tags = {(who(row.actor), row.object): row.topics for row in rows if row.verb == "Create"}
    posts: dict[tuple[str, str], set[str | None]] = defaultdict(set)
    for (author, object_), given_ in tags.items():
        for topic in rolled(given_):
            posts[author, topic].add(object_)
    seen: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    heard: dict[tuple[str, str], set[str | None]] = defaultdict(set)
    for row in rows:
        author, reactor = who(str(row.author)), who(row.actor)
        if row.verb != "Create" and author != reactor:
            for topic in rolled(tags.get((author, row.object), row.topics)):
                seen[author, topic][reactor].append(row.at or 0)
                heard[author, topic].add(row.object)
    formula = load()
    span = round(formula.strength.occasion_horizons * formula.freshness.horizon)
    found = {}
    for key in posts.keys() | seen.keys():
        response = 0.0
        for moments in seen[key].values():
            occasions = len({at // span for at in moments})
            strength = min(1 + formula.strength.per_doubling * (math.log2(1 + occasions) - 1), formula.strength.most)
            response += 2 ** ((max(moments) - NOW) / formula.freshness.half_life) * strength
        proved = min(len(posts[key]), len(heard[key])) >= RULES.posts and len(seen[key]) >= RULES.reactors
        found[key] = (len(posts[key]), len(seen[key]), proved, response)
    return found


NAMES = ["net:a", "other:a", "net:b", *people(7)]
TAGS = ["stout", "beer", "beers", "tea", "icedtea", "chess"]
some_posts = st.lists(
    st.tuples(st.sampled_from(NAMES[:5]), st.lists(st.sampled_from(TAGS), unique=True, max_size=3)),
    max_size=14,
)
some_reactions = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.integers(0, 13),
        st.sampled_from(["Like", "Reply", "Mention"]),
        st.integers(0, 100),
        st.sampled_from(TAGS),
    ),
    max_size=60,
)


@examples
@given(some_posts, some_reactions)
def test_claims_are_the_same_as_counted_by_hand(written: list[Any], reacted: list[Any]) -> None:
    posts = [post(author, f"p{number}", *tags, days=100) for number, (author, tags) in enumerate(written)]
    rows = [*posts]
    for actor, number, verb, days, tag in reacted:
        key = str(next(KEYS))
        if number < len(posts):
            author, object_ = posts[number].actor, posts[number].object
        else:
            author, object_ = "net:b", f"https://net.example/unknown/{key}"
        rows.append(reaction(actor, author, verb, days, key, object=object_, topics=(tag,)))
    expected = {key: values for key, values in by_hand(rows).items() if values[0] or values[1]}
    found = claims(rows)
    assert {(row["author"], row["topic"]) for row in found} == expected.keys()
    for row in found:
        number, reactors, proved, response = expected[row["author"], row["topic"]]
        assert (row["posts"], row["reactors"], row["claimed"]) == (number, reactors, proved)
        assert float(row["audience"]) >= load().calibration.people * response - 1e-5


def test_points_are_those_of_the_response_and_each_doubling_elsewhere_adds_little() -> None:
    rows = [*proof("net:a", "chess"), *proof("net:a", "tea", by=20)]
    response = 5 * 2 ** (-4 * DAY / load().freshness.half_life)
    chess = of(claims(rows), "@ann", "chess")
    all_of_them = 20 * 2 ** (-4 * DAY / load().freshness.half_life)
    audience = load().calibration.people * (response + RULES.elsewhere * math.log2(1 + all_of_them - response))
    assert float(chess["audience"]) == pytest.approx(audience, abs=1e-5)
    assert float(chess["points"]) == pytest.approx(5 * math.log2(1 + audience), abs=1e-5)
    assert chess["fewest"] <= audience <= chess["most"]


@pytest.mark.parametrize(("posts", "by", "is_claimed"), [(3, 5, True), (2, 5, False), (3, 4, False)])
def test_a_claim_needs_three_posts_and_five_people(posts: int, by: int, is_claimed: bool) -> None:
    assert made(proof("net:a", "chess", posts=posts, by=by)) == ({("@ann", "chess")} if is_claimed else set())


def test_one_viral_post_is_never_a_topic() -> None:
    viral = post("net:a", "viral", "chess")
    rows = [viral, *(post("net:a", f"other{n}", "chess") for n in range(9)), *(like(r, viral) for r in people(200))]
    assert made(rows) == set()


def test_what_others_write_in_their_replies_is_no_topic_of_hers() -> None:
    """Klout called a blogger influential about a basketball player because others named him."""
    posts = [post("net:a", f"p{n}", "tea") for n in range(4)]
    rows = [like(r, each, verb="Reply", topics=("basketball",)) for each in posts for r in people(9)]
    mentions = [
        reaction(r, "net:a", "Mention", key=str(n), object=f"https://x.example/{r}/{n}", topics=("basketball",))
        for r in people(9)
        for n in range(3)
    ]
    assert made([*posts, *rows, *mentions]) == {("@ann", "tea"), ("@ann", "drinks")}


def test_a_post_under_two_topics_counts_once_for_what_is_above_both() -> None:
    found = claims(proof("net:a", "stout", "tea", "beers"))
    drinks = of(found, "@ann", "drinks")
    assert (drinks["posts"], drinks["reactors"]) == (3, 5)
    assert drinks["audience"] <= of(found, "@ann", "tea")["audience"]


def test_what_is_above_a_topic_is_listed_only_where_it_says_more() -> None:
    one = document(proof("net:a", "stout"))
    assert [claim["topic"] for claim in one["claims"]] == ["stout"]
    two = document([*proof("net:a", "stout"), *proof("net:a", "tea", by=6)])
    assert {claim["topic"] for claim in two["claims"]} == {"stout", "tea", "drinks"}


def test_people_whom_nobody_trusts_prove_nothing_where_trust_is_applied() -> None:
    bought = proof("net:a", "chess", by=50)
    honest = proof("net:b", "tea", by=5)
    vouched = [*trusted(*people(5)), *(like(f"net:v{n}", honest[0]) for n in range(3))]
    bought = [row._replace(actor=row.actor.replace("net:r", "net:bot")) for row in bought]
    found = claims([*bought, *honest, *vouched, *trusted(*(f"net:v{n}" for n in range(3)))])
    assert {(row["author"], row["topic"]) for row in found if row["claimed"]} == {("@bob", "tea"), ("@bob", "drinks")}
    assert of(found, "@ann", "chess")["reactors"] == 0


def test_who_disputes_a_topic_has_nothing_under_it_and_nothing_above_it_because_of_it() -> None:
    rows = [*proof("net:a", "stout"), *proof("net:a", "chess"), *proof("net:b", "stout", prefix="b")]
    disputed = replace(TERMS, disputed={"@ann": ["stout"]})
    assert made(rows, disputed) == {("@ann", "chess"), *(("@bob", topic) for topic in ("stout", "beer", "drinks"))}
    above = replace(TERMS, disputed={"@ann": ["drinks"]})
    assert {topic for who_, topic in made(rows, above) if who_ == "@ann"} == {"stout", "beer", "chess"}
    assert document(rows, terms=disputed)["disputed"] == 1


def test_what_is_hidden_is_counted_and_shown_nowhere(tmp_path: Path) -> None:
    rows = [*proof("net:a", "chess"), *proof("net:b", "chess", prefix="b")]
    hidden = replace(TERMS, hidden={"@ann": ["chess"]})
    found = document(rows, terms=hidden)
    assert (found["hidden"], found["claims"], found["improve"]) == (1, [], [])
    with claimed(rows, hidden) as outcome:
        scorecards(outcome, Heading("r", "2026-11-22T00:00:00Z", load()), [], tmp_path / "cards.gz", everybody=True)
        assert write_voices(outcome, load(), tmp_path / "voices.gz") == 1
    (line,) = gzip.decompress((tmp_path / "voices.gz").read_bytes()).splitlines()
    assert b"@ann" not in line
    cards = {
        card["id"]: card
        for card in map(json.loads, gzip.decompress((tmp_path / "cards.gz").read_bytes()).split(b"\n")[:-1])
    }
    assert cards["@ann"]["topics"] == []
    assert [each["topic"] for each in cards["@bob"]["topics"]] == ["chess"]


def test_a_voice_is_legitimate_where_more_is_heard_than_said() -> None:
    rows = [*proof("net:a", "chess", posts=4, by=30), *(post("net:a", f"tea{n}", "tea") for n in range(40))]
    rows += [like(r, rows[-1]) for r in people(4)]
    found = claims(rows)
    assert of(found, "@ann", "chess")["word"] == "legitimate"
    assert of(found, "@ann", "tea")["word"] == "could improve"
    assert of(claims(proof("net:a", "chess")), "@ann", "chess")["word"] == "steady"
    chess = of(found, "@ann", "chess")
    assert not chess["against_others"]
    assert float(chess["posted_share"]) == pytest.approx(4 / 44, abs=1e-6)
    assert chess["low"] > 1


def test_where_others_post_on_a_topic_a_voice_is_measured_against_theirs() -> None:
    rows = [post(f"net:o{n}", f"p{k}", "chess") for n in range(6) for k in range(20)]
    rows += [like(r, rows[n]) for n, r in enumerate(people(20))]
    rows += proof("net:a", "chess", posts=10, by=20)
    chess = of(claims(rows), "@ann", "chess")
    assert chess["against_others"]
    assert float(chess["posted_share"]) == pytest.approx(10 / 130, abs=1e-6)
    assert float(chess["heard_share"]) == pytest.approx(
        10 / 11, abs=1e-6
    )  # each of 20 likes 10 of hers, 1 of another's
    assert chess["word"] == "legitimate"


def test_what_everybody_writes_about_is_nobodys_own_topic() -> None:
    crowd = [post(f"net:o{n}", f"p{k}", "chess") for n in range(25) for k in range(4)]
    rows = [*crowd, *proof("net:a", "chess", posts=6), *proof("net:a", "tea", posts=6)]
    found = claims(rows)
    assert not of(found, "@ann", "tea")["common"]
    assert of(found, "@ann", "tea")["claimed"]
    lone = [row for row in rows if not row.actor.startswith("net:o")]
    assert not of(claims(lone), "@ann", "chess")["common"]  # with too few others it cannot be told
    often = [*crowd, *proof("net:a", "chess", posts=6), *(post("net:a", f"x{n}", "tea") for n in range(2))]
    assert of(claims(often), "@ann", "chess")["common"]


def test_untried_is_what_her_people_respond_to_from_others() -> None:
    rows = [*proof("net:a", "chess", by=6)]
    theirs = [post("net:b", f"tea{n}", "icedtea") for n in range(3)]
    rows += [*theirs, *(like(r, each) for each in theirs for r in people(6))]
    rows += [like(f"net:far{n}", post("net:c", "c", "chess")) for n in range(30)]
    found = document(rows)
    assert {each["topic"] for each in found["untried"]} == {"icedtea", "tea", "drinks"}
    assert (found["untried"][0]["people"], found["untried"][0]["of"]) == (6, 6)
    assert document([*rows, *proof("net:a", "icedtea", by=0)])["untried"] == []


def test_a_proof_names_nobody_who_did_not_opt_in_and_links_only_addresses() -> None:
    rows = proof("net:a", "chess", by=9)
    rows += [like("net:b", row) for row in rows[:3]]
    bad = rows[0]._replace(object="javascript:alert(1)", url="javascript:alert(1)")
    rows[0] = bad
    rows += [like(r, bad) for r in people(12)]
    found = document(rows)
    (claim,) = found["claims"]
    assert claim["reactors"] == ["@bob"]
    assert "net:r" not in json.dumps(found)
    assert [each["url"] for each in claim["best"]] == [None] * 3  # these posts came without an address
    assert claim["since"] < "2026-09-22"


def test_resonance_is_how_long_and_how_far() -> None:
    posts = [post("net:a", f"p{n}", "chess", days=30 - 10 * n) for n in range(3)]
    rows = [*posts]
    for number, each in enumerate(posts):
        rows += [
            like(r, each, days=(30 - 10 * number) - hours / 24)
            for r, hours in zip(people(5), (1, 2, 3, 4, 50), strict=True)
        ]
    chess = of(claims(rows), "@ann", "chess")
    assert chess["half_life"] == 3 * 3600
    assert float(chess["beyond"]) == pytest.approx(1 / 3, abs=1e-6)  # everybody's first of three reactions


def test_without_activity_there_are_no_topics(tmp_path: Path) -> None:
    with claimed([]) as outcome:
        tell(outcome, ["@ann"])
        write_topics(outcome, load(), tmp_path / "topics.gz")
        scorecards(outcome, Heading("r", "2026-11-22T00:00:00Z", load()), [], tmp_path / "cards.gz", everybody=True)
        assert write_voices(outcome, load(), tmp_path / "voices.gz") == 0
    (line,) = gzip.decompress((tmp_path / "topics.gz").read_bytes()).splitlines()
    assert json.loads(line) == {"id": "@ann", "claims": [], "improve": [], "untried": [], "hidden": 0, "disputed": 0}


def test_tags_in_any_letters_and_emoji_are_topics() -> None:
    assert made([*proof("net:a", "شاي"), *proof("net:a", "🍵", by=7)], Terms()) == {("@ann", "شاي"), ("@ann", "🍵")}


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    rows = [*proof("net:a", "stout", "tea"), *proof("net:b", "chess", prefix="b"), *proof("net:c", "tea", prefix="c")]
    made_ = []
    for number, order in enumerate((rows, rows[::-1])):
        with claimed(order) as outcome:
            tell(outcome, ["@ann", "@bob"])
            write_topics(outcome, load(), tmp_path / f"t{number}")
            heading = Heading("r", "2026-11-22T00:00:00Z", load())
            scorecards(outcome, heading, [], tmp_path / f"c{number}", everybody=True)
            write_voices(outcome, load(), tmp_path / f"v{number}")
        made_.append([(tmp_path / f"{name}{number}").read_bytes() for name in "tcv"])
    assert made_[0] == made_[1]
