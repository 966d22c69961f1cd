"""Receipts: they sum to the score, whatever the activity, and name nobody who did not opt in."""

import gzip
import json
import math
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from renown.activity import Activity
from renown.published import split
from renown.scoring.engine import Outcome, Sources, score
from renown.scoring.formula import Formula, load, parse
from renown.scoring.receipts import receipts, write
from renown.scoring.told import LONGEST, tell
from tests.unit.scoring.test_engine import NOW, part, reaction, reactors, trusted
from tests.unit.scoring.test_formula import TEXT

Outcomes = Callable[..., Outcome]
OWNERS = {"net:a": "@ann", "other:a": "@ann", "net:b": "@bob", "net:c": "@bob", "net:z": "@zed"}


def formula(**more: str) -> Formula:
    """The current formula with these values in its file instead; without a floor, so that everybody has a score."""
    text = TEXT
    for name, value in {"floor": "1", "least": "0.0", **more}.items():
        start = text.index(f"\n{name} = ") + 1
        text = text[:start] + f"{name} = {value}" + text[text.index("\n", start) :]
    return parse(text, "formula")


def scored(
    folder: Path, *rows: Sequence[Activity], owners: dict[str, str] | None = None, by: Formula | None = None
) -> Outcome:
    """A finished pass over parts that hold `rows`; they have to stay where they are."""
    files = [path for number, some in enumerate(rows) for path in part(folder / str(number), some)]
    return score(Sources(files, len(rows) > 1, owners or {}, ["net:seed"]), by or formula(), NOW)


def all_of(outcome: Outcome) -> dict[str, tuple[float, int, list[dict[str, Any]]]]:
    """Everybody with a score: their score, how many reactions they got, and their receipts from pages of 7."""
    rows = outcome.tables.execute("SELECT id, CAST(score AS DOUBLE), reactions FROM accounts").fetchall()
    found: dict[str, list[dict[str, Any]]] = {name: [] for name, points, _ in rows if points is not None}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "pages.gz")
        tell(outcome, list(found))
        write(outcome, list(found), path, 7)
        for page in map(json.loads, gzip.decompress(path.read_bytes()).splitlines()):
            assert len(found[page["id"]]) == 7 * page["page"]
            found[page["id"]] += page["entries"]
    return {name: (points, number, found[name]) for name, points, number in rows if points is not None}


def shares(outcome: Outcome, by: Formula) -> dict[str, dict[str, float]]:
    """Each reactor's share of everybody's audience, by the words of the design; they sum to what the pass says."""
    weighed: dict[str, list[tuple[str, float, float]]] = {}
    for name, *rest in outcome.tables.execute("SELECT author, reactor, strong, trust FROM weighed").fetchall():
        weighed.setdefault(name, []).append((rest[0], rest[1], rest[2]))
    found = {}
    for name, response in outcome.tables.execute("SELECT id, response FROM accounts").fetchall():
        trusted_part = sum(strong * trust for _, strong, trust in weighed[name])
        others = sum(strong * (1 - trust) for _, strong, trust in weighed[name])
        capped = outcome.counts["defended"] and trusted_part and others
        let_in = min(1.0, by.trust.stranger_share * trusted_part / others) if capped else 1.0
        found[name] = {who: strong * (trust + (1 - trust) * let_in) for who, strong, trust in weighed[name]}
        if response:  # who is forgotten has none, and a score that is shared all the same
            assert sum(found[name].values()) == pytest.approx(float(response), abs=1e-6)
    return found


people = st.sampled_from([f"net:{letter}" for letter in "abcdefghz"] + ["other:a"])
activity = st.lists(
    st.builds(
        reaction,
        people,
        people,
        st.sampled_from(["Like", "Announce", "Reply", "Follow", "Mention", "Create", "Delete"]),
        st.floats(0, 400),
        st.text("xyz", max_size=3),
        object=st.sampled_from([None, "post", "https://net/post"]),
    ),
    max_size=60,
    unique_by=lambda row: row.id,
)
formulas = st.sampled_from(
    [
        formula(),
        formula(defended_from="0.0"),
        formula(defended_from="1.0"),
        formula(defended_from="0.0", voucher_share="0.9", stranger_share="0.0"),
        formula(defended_from="0.0", voucher_share="0.9", stranger_share="1.0"),
        formula(ceiling="1.0"),
        formula(most="1000.0", floor="3", least="2.0"),
        parse(TEXT.replace("floor = 5", "floor = 1").replace("weight = 1.0", "weight = 0.0"), "formula"),
        parse(TEXT.replace("floor = 5", "floor = 1").replace("weight = 1.0", "weight = 0.1"), "formula"),
    ]
)
NODS = [reaction(name, author, "Mention") for name in reactors(9) for author in ("net:a", "other:a")]


@settings(max_examples=settings().max_examples // 6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(activity, formulas, st.sampled_from([{}, OWNERS]))
@example(NODS, parse(TEXT.replace("weight = 1.0", "weight = 0.0"), "formula"), {})
def test_they_sum_to_the_score(tmp_path: Path, rows: list[Activity], by: Formula, owners: dict[str, str]) -> None:
    rows = rows + trusted("net:a", "net:d", "net:e")
    with tempfile.TemporaryDirectory(dir=tmp_path) as place:
        middle = len(rows) // 2
        outcome = scored(Path(place), rows[:middle], rows[middle // 2 :], owners=owners, by=by)
        share = shares(outcome, by)
        for name, (points, number, found) in all_of(outcome).items():
            assert math.fsum(receipt["points"] for receipt in found) == pytest.approx(points, abs=1e-9)
            assert len(found) == number
            assert [r["points"] for r in found] == sorted((r["points"] for r in found), reverse=True)
            assert all(receipt["points"] >= 0 for receipt in found)
            for who in {receipt["reactor"] for receipt in found} - {None}:
                theirs = math.fsum(receipt["points"] for receipt in found if receipt["reactor"] == who)
                assert theirs * sum(share[name].values()) == pytest.approx(points * share[name][who], abs=1e-9)
            assert {receipt["reactor"] for receipt in found} <= {None, *owners.values()}


def test_by_hand_where_strangers_are_capped(tmp_path: Path) -> None:
    honest, crowd = reactors(10), reactors(80, "sybil")
    rows = [reaction(name, "net:a") for name in honest] + trusted("net:a", *honest)
    rows += [reaction(a, b) for a in honest for b in honest if a != b]
    rows += [reaction("net:r0", "net:a", "Announce")]
    rows += [reaction(name, "net:a") for name in crowd]
    points, _, found = all_of(scored(tmp_path, rows, by=load()))["net:a"]
    each = points / (1.15 * 11)  # ten honest people and the seed; of r0's Announce and Like the first weighs twice
    expected = [*[each] * 10, each * 2 / 3, each / 3, *[each * 0.15 * 11 / 80] * 80]
    assert [receipt["points"] for receipt in found] == pytest.approx(expected, abs=1e-9)


def test_ties_are_in_the_same_order_every_time(tmp_path: Path) -> None:
    rows = [reaction(name, "net:a", object=f"post{number}") for number, name in enumerate(reactors(50))]
    one = receipts(scored(tmp_path / "1", rows), "net:a")
    assert one == receipts(scored(tmp_path / "2", rows[::-1]), "net:a")
    assert one == receipts(scored(tmp_path / "3", rows[:30], rows[20:]), "net:a")


def test_who_has_no_score_has_no_receipts(tmp_path: Path) -> None:
    outcome = scored(tmp_path, [reaction(name, "net:a") for name in reactors(4)], by=load())
    assert receipts(outcome, "net:a") == receipts(outcome, "net:nobody") == []
    assert receipts(score(Sources([]), load(), NOW), "net:a") == []


def test_looking_at_receipts_changes_nothing_that_was_found(tmp_path: Path) -> None:
    outcome = scored(tmp_path, [reaction(name, author) for author in ("net:a", "net:b") for name in reactors(6)])
    count = "SELECT COUNT(*) FROM reactions"
    before = outcome.tables.execute(count).fetchall()
    assert receipts(outcome, "net:a")
    assert outcome.tables.execute(count).fetchall() == before


def one(tmp_path: Path, row: Activity, **owners: str) -> dict[str, Any]:
    """The receipt of `row`, a reaction to net:a."""
    posts = [
        reaction("net:a", "net:a", "Create", 2, object="post", url="https://net.example/a/post"),
        reaction("net:a", "net:a", "Create", 2, key="2", object="other", url="javascript:alert(1)"),
    ]
    outcome = scored(tmp_path, [row, *posts], owners={"net:a": "@ann", **owners})
    (found,) = receipts(outcome, "@ann")
    assert found.pop("points") > 0
    return found


PAGE = "https://git.example/eve.x/tools/pull/7"


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        (reaction("net:eve", "net:a", "Like", object="post"), ("post", "https://net.example/a/post")),
        (reaction("net:eve", "net:a", "Reply", object="post", url="https://net.example/eve/9"), ("post", "https://net.example/a/post")),
        (reaction("net:eve", "net:a", "Reply", object="https://net.example/a/1"), ("https://net.example/a/1",) * 2),
        (reaction("net:eve", "net:a", "Like", object="other"), ("other", None)),
        (reaction("net:eve", "net:a", "Mention", object="https://net.example/notes/1"), (None, None)),
        (reaction("net:eve", "net:a", "Follow", object="post"), (None, None)),
        (reaction("net:Eve.X", "net:a", "Accept", object=PAGE), (None, None)),
        (reaction("net:@eve.x@git.example", "net:a", "Accept", object=PAGE), (None, None)),
        (reaction("net:ev", "net:a", "Accept", object=PAGE), (PAGE, PAGE)),
        (reaction("net:eve", "net:a", "Like", object="https://net.example/" + "a" * LONGEST), (None, None)),
        (reaction("net:eve", "net:a", "Like"), (None, None)),
    ],
)  # fmt: skip
def test_who_did_not_opt_in_is_not_named(tmp_path: Path, row: Activity, shown: tuple[str | None, str | None]) -> None:
    found = one(tmp_path, row)
    assert found == {
        "verb": row.verb,
        "at": "2026-09-21T14:13:20Z",
        **dict(zip(("object", "url"), shown, strict=True)),
        "reactor": None,
    }


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://net.example/bob/9", "https://net.example/bob/9"),
        ("javascript:alert(1)", "https://net.example/a/post"),
        (None, "https://net.example/a/post"),
    ],
)
def test_who_opted_in_is(tmp_path: Path, url: str | None, shown: str) -> None:
    found = one(tmp_path, reaction("net:bob", "net:a", "Reply", object="post", url=url), **{"net:bob": "@bob"})
    assert (found["reactor"], found["object"], found["url"]) == ("@bob", "post", shown)


def test_pages_say_what_they_do_not_show(tmp_path: Path) -> None:
    rows = [reaction(name, "net:a", days=n) for n, name in enumerate(reactors(25))]
    rows += [reaction(name, "net:few") for name in reactors(2)]
    outcome = scored(tmp_path / "lake", rows, by=load())
    path = tmp_path / "receipts.jsonl.gz"
    tell(outcome, ["net:a", "net:few", "@nobody"])
    assert write(outcome, ["net:a", "net:few", "@nobody"], path, 10) == 3
    pages = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    points, number, everything = all_of(outcome)["net:a"]
    assert [(page["id"], page["page"], page["score"], page["reactions"]) for page in pages] == [
        ("net:a", n, points, number) for n in range(3)
    ]
    assert [entry for page in pages for entry in page["entries"]] == everything
    for page in pages:
        start = 10 * page["page"]
        said = split(page["score"], page["before"], page["entries"], start, page["reactions"])
        for where, some in (
            ("before", everything[:start]),
            ("here", page["entries"]),
            ("after", everything[start + 10 :]),
        ):
            assert said[where]["reactions"] == len(some)
            assert said[where]["points"] == pytest.approx(math.fsum(r["points"] for r in some), abs=1e-9)
    again = tmp_path / "again.gz"
    tell(outcome, ["net:few", "net:a"])
    write(outcome, ["net:few", "net:a"], again, 10)
    assert again.read_bytes() == path.read_bytes()
    assert write(outcome, [], again, 10) == 0
    assert gzip.decompress(again.read_bytes()) == b""
