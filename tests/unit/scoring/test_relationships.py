"""Relationships: the same as counting by hand, and nobody is named who did not opt in."""

import gzip
import json
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from renown.activity import Activity
from renown.scoring.engine import Outcome, Sources, score
from renown.scoring.formula import DAY, load
from renown.scoring.relationships import KINDS, relationships, write
from renown.scoring.told import tell
from tests.unit.scoring.test_engine import NOW, examples, part, reaction

OWNERS = {"net:a": "@ann", "net:b": "@bob", "net:c": "@cleo"}
EVERYBODY = [*OWNERS, "net:x", "net:y", "net:z"]
SPAN = load().freshness.horizon_days
OCCASION = round(load().strength.occasion_horizons * load().freshness.horizon)


def scored(folder: Path, rows: Sequence[Activity]) -> Outcome:
    return score(Sources(part(folder, rows), False, OWNERS, ["net:seed"]), load(), NOW)


def found(rows: Sequence[Activity], name: str = "@ann") -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder, (outcome := scored(Path(folder), rows)).tables:
        return relationships(outcome, load(), NOW, name)


def who(name: str) -> str:
    return OWNERS.get(name, name)


def by_hand(rows: Sequence[Activity], name: str) -> dict[str, int]:
    """The counts of DESIGN's relationships, by their words."""
    moments: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in {row.id: row for row in rows}.values():
        if row.verb != "Create" and who(row.actor) != who(str(row.author)):
            moments[who(str(row.author)), who(row.actor)].append(row.at or 0)
    span = round(SPAN * DAY)
    counts = dict.fromkeys(("people", *KINDS, "beyond"), 0)
    mine = {reactor for author, reactor in moments if author == name}
    beyond = set()
    for other in {b if a == name else a for a, b in moments if name in (a, b)}:
        they, you = moments.get((name, other), []), moments.get((other, name), [])
        occasions = len({at // OCCASION for at in they})
        lately = bool(they) and max(they) > NOW - 2 * span
        reached = {b for a, b in moments if a == other} - mine - {name} if they else set()
        beyond |= reached
        counts["people"] += 1
        counts["mutual"] += bool(they and you)
        counts["to_you"] += not you
        counts["by_you"] += not they
        counts["new"] += min(they + you) > NOW - span
        counts["lapsed"] += occasions >= 2 and not lately
        counts["unanswered"] += occasions >= 3 and lately and not you
        counts["bridges"] += bool(reached)
    return {**counts, "beyond": len(beyond)}


reactions = st.builds(
    lambda actor, author, days, verb: reaction(actor, author, verb, days),
    st.sampled_from(EVERYBODY),
    st.sampled_from(EVERYBODY),
    st.integers(0, 200),
    st.sampled_from(["Like", "Reply", "Follow"]),
)


@examples
@given(st.lists(reactions, max_size=60))
def test_they_are_the_same_as_counted_by_hand(rows: list[Activity]) -> None:
    for name in ("@ann", "@bob"):
        assert found(rows, name)["counts"] == by_hand(rows, name)


def test_who_did_not_opt_in_is_counted_and_not_named() -> None:
    rows = [reaction(name, "net:a", days=d) for name in ("net:b", "net:x") for d in (1, 11, 21)]
    rows = [row._replace(object="https://net.example/a/post", verb="Reply") for row in rows]
    doc = found(rows)
    assert doc["counts"]["unanswered"] == doc["counts"]["to_you"] == 2
    assert [person["who"] for person in doc["named"]["unanswered"]] == ["@bob"]
    assert [(each["who"], each["they"], each["url"]) for each in doc["answer"]] == [
        ("@bob", 3, "https://net.example/a/post"),
        (None, 3, "https://net.example/a/post"),
    ]
    assert "net:" not in json.dumps(doc["named"])


def test_three_people_at_most_wait_for_an_answer_those_first_who_came_most_often() -> None:
    rows = [reaction(f"net:x{n}", "net:a", days=d) for n in range(5) for d in range(1, 40, 9 - n)]
    answer = found(rows)["answer"]
    assert [entry["they"] for entry in answer] == sorted((entry["they"] for entry in answer), reverse=True)
    assert len(answer) == 3
    answered = [reaction("net:a", f"net:x{n}") for n in range(5)]
    assert found([*rows, *answered])["answer"] == []


def test_everybody_gets_a_line_also_without_any_activity(tmp_path: Path) -> None:
    for number, rows in enumerate(([], [reaction("net:x", "net:a")])):
        with (outcome := scored(tmp_path / str(number), rows)).tables:
            tell(outcome, ["@ann", "@bob"])
            write(outcome, load(), NOW, tmp_path / "lines.gz")
        lines = [json.loads(line) for line in gzip.decompress((tmp_path / "lines.gz").read_bytes()).splitlines()]
        assert [line["id"] for line in lines] == ["@ann", "@bob"]
        assert lines[1]["counts"] == dict.fromkeys(("people", *KINDS, "beyond"), 0)
        assert lines[1]["named"] == {kind: [] for kind in KINDS}
        assert lines[0]["counts"]["people"] == number
