"""Segments: the same as counting by hand, the same bytes every time, and nobody is named who did not opt in."""

import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.activity import Activity
from renown.scoring import segments as scoring
from renown.scoring.engine import Outcome, Sources, score
from renown.scoring.formula import load
from renown.scoring.segments import FEWEST, HARDLY, NEEDED, segments, write
from renown.scoring.told import tell
from tests.unit.scoring.test_engine import NOW, examples, part, reaction, reactors

OWNERS = {"net:a": "@ann", "net:b": "@bob", "net:c": "@cleo"}
EVERYBODY = [*OWNERS, *reactors(5)]
SPAN = round(load().freshness.horizon)
LISTS = ("communities", "topics", "unreached")


def scored(folder: Path, rows: Sequence[Activity], topics: Mapping[str, Sequence[str]]) -> Outcome:
    """A pass over `rows`; every reaction to an author of `topics` is to a post on these topics."""
    outcome = score(Sources(part(folder, rows), False, OWNERS, ["net:seed"]), load(), NOW)
    outcome.tables.execute(
        "CREATE TEMP TABLE topic_edges AS SELECT author, '' AS topic, * EXCLUDE author FROM edges LIMIT 0"
    )
    for author, names in topics.items():
        for name in names:
            query = "INSERT INTO topic_edges SELECT author, $name, * EXCLUDE author FROM edges WHERE author = $author"
            outcome.tables.execute(query, {"name": name, "author": author})
    return outcome


def found(
    rows: Sequence[Activity], name: str = "@ann", topics: Mapping[str, Sequence[str]] | None = None
) -> tuple[dict[str, Any], dict[str, int]]:
    """The segments of `name`, and everybody's community."""
    with tempfile.TemporaryDirectory() as folder, (outcome := scored(Path(folder), rows, topics or {})).tables:
        doc = segments(outcome, load(), NOW, name)
        return doc, dict(outcome.tables.execute("FROM membership").fetchall())


def circle(name: str, author: str, size: int, days: float = 1) -> list[Activity]:
    """`size` people who react to each other, and to `author`."""
    people = reactors(size, name)
    rows = [reaction(one, other, days=days) for one in people for other in people if one < other]
    return [*rows, *(reaction(one, author, days=days) for one in people)]


def planted() -> list[Activity]:
    """Two circles, around ann and bob, with few ties between them: six of bob's people react to ann, as bob does."""
    rows = [*circle("x", "net:a", 25), *circle("y", "net:b", 30, days=40), *circle("z", "net:c", 22)]
    return [*rows, *(reaction(f"net:y{n}", "net:a", days=40) for n in range(6)), reaction("net:b", "net:a")]


def test_a_planted_audience_is_found() -> None:
    topics = {"@ann": ["all"], "@bob": ["all", "brewing", "hops"], "@cleo": ["all", "chess"]}
    doc, of = found(planted(), topics=topics)
    assert len({of[f"net:x{n}"] for n in range(25)}) == len({of[f"net:y{n}"] for n in range(30)}) == 1
    own, bobs = doc["communities"]
    assert (doc["audience"], doc["others"], doc["needed"]) == (32, 0, NEEDED)
    assert (own["size"], own["people"], own["lately"], own["before"]) == (25, 25, 25, 0)
    assert (bobs["size"], bobs["people"], bobs["lately"], bobs["before"]) == (7, 31, 1, 6)
    assert (own["share"], own["lift"]) == (0.7813, round(25 / (32 * 25 / 78), 2))
    assert own["stability"] == bobs["stability"] == 1
    assert [topic["topic"] for topic in bobs["topics"]] == ["brewing", "hops"]
    assert (own["topics"], own["voices"], bobs["voices"]) == ([], [], ["@bob"])
    # Bob leads on to 24 who do not react to ann yet; four of his six (y2 to y5) lead on to some of these.
    assert bobs["bridges"] == {"people": 5, "named": [{"who": "@bob", "beyond": 24}]}
    assert {topic["segment"]: topic["size"] for topic in doc["topics"]} == {"all": 32, "brewing": 6, "hops": 6}
    (cleos,) = doc["unreached"]
    assert (cleos["people"], cleos["size"], cleos["voices"]) == (22, None, ["@cleo"])
    assert cleos["bridges"] == {"people": 0, "named": []}


def test_voices_are_those_first_whom_most_react_to() -> None:
    with patch.dict(OWNERS, {"net:y9": "@abe"}):  # the last of bob's circle: all others of it react to them
        assert found(planted())[0]["communities"][1]["voices"] == ["@bob", "@abe"]


@pytest.mark.parametrize(("days", "lately", "before"), [(27.9, 20, 0), (28, 0, 20), (55.9, 0, 20), (56, 0, 0)])
def test_growth_is_counted_in_horizons(days: float, lately: int, before: int) -> None:
    (whole,) = found(circle("x", "net:a", 20, days))[0]["communities"]
    assert (whole["lately"], whole["before"]) == (lately, before)


def test_nobody_is_named_who_did_not_opt_in() -> None:
    doc, _ = found(planted(), topics={"@bob": ["brewing"]})
    assert "net:" not in json.dumps(doc)
    assert "@ann" not in json.dumps({name: doc[name] for name in LISTS})


def test_fewer_than_five_are_summed_up() -> None:
    rows = [*circle("x", "net:a", 25), *circle("y", "net:b", 30)]
    for several, shown in ((FEWEST - 1, 1), (FEWEST, 2)):
        doc, _ = found([*rows, *(reaction(f"net:y{n}", "net:a") for n in range(several))])
        assert len(doc["communities"]) == shown
        assert doc["others"] == 25 + several - sum(each["size"] for each in doc["communities"])
        (missed,) = doc["unreached"] or [None]
        assert (missed is None) is (shown == 2)


def test_a_small_audience_is_not_split() -> None:
    doc, of = found(circle("x", "net:a", NEEDED - 1))
    assert (doc["audience"], doc["others"], [doc[name] for name in LISTS], of) == (NEEDED - 1, None, [[], [], []], {})
    assert len(found(circle("x", "net:a", NEEDED))[0]["communities"]) == 1


def test_the_longest_document_is_far_from_the_tables_limit() -> None:
    """Forty-five communities around five profiles each, all with the longest names and topics that there are."""
    authors = {f"net:p{n}": f"@{'x' * 35}{n:04}" for n in range(225)}
    rows = [reaction("net:a", author) for author in authors]
    topics: dict[str, list[str]] = {}
    for number in range(45):
        fans, around = reactors(22, f"q{number}-"), list(authors)[5 * number : 5 * number + 5]
        rows += [reaction(fan, author) for fan in fans for author in around]
        rows += [reaction(fan, "net:a") for fan in fans[: 6 if number < 25 else 0]]
        topics |= {authors[author]: [str(number).ljust(99, "\U0001f600") + end for end in "abc"] for author in around}
    with patch.dict(OWNERS, authors):
        doc, _ = found(rows, topics=topics)
    assert [len(doc[name]) for name in LISTS] == [20, 10, 10]
    assert all(len(each["bridges"]["named"]) == 5 for name in LISTS for each in doc[name])
    assert len(json.dumps(doc, ensure_ascii=False).encode()) < 100_000


def test_everybody_gets_a_line_also_without_any_activity(tmp_path: Path) -> None:
    for number, rows in enumerate(([], [reaction("net:x", "net:a")])):
        with (outcome := scored(tmp_path / str(number), rows, {})).tables:
            tell(outcome, ["@ann", "@bob"])
            write(outcome, load(), NOW, tmp_path / "lines.gz")
        lines = [json.loads(line) for line in gzip.decompress((tmp_path / "lines.gz").read_bytes()).splitlines()]
        assert [(line["id"], line["audience"]) for line in lines] == [("@ann", number), ("@bob", 0)]


def test_another_process_with_another_hash_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.unit.scoring import test_segments as t;"
        "from renown.scoring.told import tell; from renown.scoring.segments import write; folder = Path(sys.argv[1]);"
        "outcome = t.scored(folder, t.planted(), {'@bob': ['brewing', 'hops'], '@ann': ['hops']});"
        "tell(outcome, ['@ann', '@bob', '@cleo']); write(outcome, t.load(), t.NOW, folder / 'lines.gz')"
    )
    written = []
    for seed in ("1", "2"):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / seed)],
            check=True,
            env=environment,
            cwd=Path(__file__).parents[3],
        )
        written.append((tmp_path / seed / "lines.gz").read_bytes())
    assert written[0] == written[1]
    assert len(gzip.decompress(written[0]).splitlines()) == 3


def who(name: str) -> str:
    return OWNERS.get(name, name)


def by_hand(
    rows: Sequence[Activity], of: Mapping[str, int], topics: Mapping[str, Sequence[str]]
) -> dict[str, list[dict[str, Any]]]:
    """What `segments` says of @ann's audience, by its words; without names of communities and lifts."""
    moments: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in rows:
        if who(row.actor) != who(str(row.author)):
            moments[who(str(row.author)), who(row.actor)].append(row.at or 0)
    everybody = {reactor for _, reactor in moments}
    fans = {reactor for author, reactor in moments if author == "@ann"}
    around = fans | {author for author, reactor in moments if reactor == "@ann"}
    heard = {("communities", str(of[reactor] + 1), author, reactor) for author, reactor in moments}
    heard |= {("topics", name, author, reactor) for author, reactor in moments for name in topics.get(author, ())}
    docs: dict[str, list[dict[str, Any]]] = {name: [] for name in LISTS}
    for kind, segment in {each[:2] for each in heard}:
        people = {each[3] for each in heard if each[:2] == (kind, segment)}
        mine = people & fans
        times = [moments["@ann", person] for person in mine]
        lead = {
            other: len({each[3] for each in heard if each[:3] == (kind, segment, other)} - fans - {"@ann"})
            for other in around
        }
        named = sorted((-count, other) for other, count in lead.items() if count and other.startswith("@"))
        doc = {
            "segment": segment,
            "people": len(people),
            "size": len(mine) or None,
            "lately": sum(max(each) > NOW - SPAN for each in times) if mine else None,
            "before": sum(any(NOW - 2 * SPAN < at <= NOW - SPAN for at in each) for each in times) if mine else None,
            "bridges": {
                "people": sum(count > 0 for count in lead.values()),
                "named": [{"who": other, "beyond": -count} for count, other in named],
            },
        }
        if mine:
            docs[kind].append(doc)
        expected = len(fans) * len(people) / len(everybody)
        if kind == "communities" and len(people) > 1 and len(mine) < max(1, HARDLY * expected):
            docs["unreached"].append(doc)
    return docs


reactions = st.builds(
    lambda actor, author, days: reaction(actor, author, days=days),
    st.sampled_from(EVERYBODY),
    st.sampled_from(EVERYBODY),
    st.sampled_from([0, 5, 27, 28, 29, 55, 56, 57, 200]),
)

some_topics = st.dictionaries(
    st.sampled_from(["@ann", "@bob", "net:r1", "net:r2"]), st.lists(st.sampled_from("pqr"), unique=True), max_size=3
)


@examples
@given(st.lists(reactions, max_size=40, unique=True), some_topics)
def test_they_are_the_same_as_counted_by_hand(rows: list[Activity], topics: dict[str, list[str]]) -> None:
    with patch.multiple(scoring, NEEDED=2, FEWEST=1):
        doc, of = found(rows, topics=topics)
    if doc["audience"] < 2:
        return
    expected = by_hand(rows, of, topics)
    for kind in LISTS:
        told = [
            {name: each[name] for name in ("segment", "people", "size", "lately", "before", "bridges")}
            for each in doc[kind]
        ]
        assert sorted(told, key=str) == sorted(expected[kind], key=str)
    assert doc["others"] == 0
    assert sum(each["share"] for each in doc["communities"]) == pytest.approx(1, abs=0.001)
