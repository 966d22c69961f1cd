"""Why scores changed: known answers, and what must hold for any activity."""

import gzip
import json
import math
import random
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renown import bulk
from renown.activity import Activity
from renown.changes import PARTS, in_words, telling, total
from renown.scoring.engine import Sources, score
from renown.scoring.formula import CURRENT, DAY, Formula, load
from renown.scoring.why import Explained, Run, explain
from tests.unit.scoring.test_engine import NOW, ONE_FLOOR, reaction, reactors, trusted
from tests.unit.scoring.test_engine import points as score_of

COLUMNS = {
    **dict.fromkeys(("id", "network", "verb", "actor", "author", "object"), "VARCHAR"),
    **{"at": "BIGINT", "seen_at": "BIGINT", "topics": "VARCHAR[]", "url": "VARCHAR"},
}
BEFORE = NOW - 14 * DAY
SEED = ("net:seed",)


class Lab:
    """Runs over rows, and why they differ."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.number = 0

    def new(self, name: str) -> Path:
        self.number += 1
        return self.folder / f"{self.number}-{name}"

    def lake(self, rows: Sequence[Activity]) -> Sources:
        """Rows as a part; one file, where the lake would have one for each month."""
        path = self.new("part.parquet")
        with duckdb.connect() as con:
            bulk.view(con, "arrived", COLUMNS, rows)
            con.execute(f"COPY arrived TO '{path}' (FORMAT parquet)")
        return Sources([path], False)

    def run(
        self,
        rows: Sequence[Activity],
        at: int,
        *,
        owners: Mapping[str, str] | None = None,
        seeds: Sequence[str] = SEED,
        formula: Formula | None = None,
    ) -> Run:
        formula = formula or load()
        outcome = score(replace(self.lake(rows), owners=owners or {}, seeds=seeds), formula, at)
        files = (self.new("accounts.parquet"), self.new("trust.parquet"))
        for table, path in zip(("accounts", "trust"), files, strict=True):
            outcome.tables.execute(f"COPY {table} TO '{path}' (FORMAT parquet)")
        outcome.tables.close()
        return Run(f"run-{at}", at, str(at), formula, owners or {}, seeds, outcome.counts, *files)

    def why(
        self, rows: Sequence[Activity], before: Run, after: Run, ids: Sequence[str] = ("net:a",)
    ) -> dict[str, dict[str, Any]]:
        """The changes by id; all of them exact."""
        path = self.new("changes.gz")
        explained = explain(self.lake(rows), before, after, ids, path)
        with gzip.open(path, "rt") as file:
            lines = [json.loads(line) for line in file]
        assert explained == Explained(len(lines), 0)
        return {line["id"]: line for line in lines}

    def changed(self, rows: Sequence[Activity], **later: Any) -> dict[str, Any]:
        """Why the score of net:a changed over the fortnight before NOW, in which `rows` happened or became known."""
        doc = self.why(rows, self.run(known(rows, BEFORE), BEFORE), self.run(rows, NOW, **later))["net:a"]
        assert_sums(doc)
        return doc


def known(rows: Sequence[Activity], at: int) -> list[Activity]:
    """What a lake holds at a moment: a run made then could not know more."""
    return [row for row in rows if row.seen_at <= at]


def assert_sums(doc: dict[str, Any]) -> None:
    if doc["change"] is None:
        assert None in (doc["from"]["score"], doc["to"]["score"])
        assert {doc["parts"][name]["points"] for name in PARTS} == {None}
        return
    points = [Decimal(str(doc["parts"][name]["points"])) for name in PARTS]
    difference = Decimal(str(doc["to"]["score"])) - Decimal(str(doc["from"]["score"]))
    assert sum(points) == difference == Decimal(str(doc["change"]))


def points(doc: dict[str, Any]) -> dict[str, float]:
    return {name: doc["parts"][name]["points"] for name in PARTS}


def sentences(doc: dict[str, Any]) -> list[str]:
    return [part["text"] for part in telling(in_words(doc)["parts"])]


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


def old(number: int = 10, **more: Any) -> list[Activity]:
    """Reactions to net:a of people who are all fully trusted, 20 days before NOW."""
    people = reactors(number)
    return [reaction(name, "net:a", days=20, **more) for name in people] + vouched("net:a", *people)


def vouched(*names: str) -> list[Activity]:
    return [row._replace(at=NOW - 20 * DAY, seen_at=NOW - 20 * DAY) for row in trusted(*names)]


def test_ageing_by_hand(lab: Lab) -> None:
    doc = lab.changed(old())
    fresh = 11  # with the seed's own
    was, now = (score_of(fresh * 2 ** (-days / 35)) for days in (6, 20))
    assert doc["parts"]["ageing"] == {"points": pytest.approx(now - was, abs=2e-6), "seconds": 14 * DAY, "expired": 0}
    assert points(doc) == {**dict.fromkeys(PARTS, 0), "ageing": doc["change"]}
    assert sentences(doc) == [f"Reactions got 14 days older: −{was - now:.2f}."]
    assert in_words(doc)["text"] == f"From {was:.2f} to {now:.2f}: −{was - now:.2f}."


def test_what_is_too_old_to_count_is_counted(lab: Lab) -> None:
    gone = [reaction(name, "net:a", days=370) for name in reactors(3, "gone")]
    doc = lab.changed([*old(), *gone])
    assert doc["parts"]["ageing"]["expired"] == 3
    assert sentences(doc)[0].startswith("Reactions got 14 days older, 3 of them too old to count: −")


def test_new_reactions_by_hand(lab: Lab) -> None:
    people = reactors(4, "new")
    rows = [*old(), *(reaction(name, "net:a", days=1) for name in people), *vouched(*people)]
    rows.append(reaction("net:r0", "net:a", days=2))
    doc = lab.changed(rows)
    aged, new = 11 * 2 ** (-20 / 35), 4 * 2 ** (-1 / 35)
    again = 2 ** (-2 / 35) * (1 + 0.5 * math.log2(3 / 2)) - 2 ** (-20 / 35)
    gain = score_of(aged + new + again) - score_of(aged)
    part = {"points": pytest.approx(gain, abs=2e-6), "people": 4, "again": 1, "reactions": 5}
    assert doc["parts"]["reactions"] == part
    assert sentences(doc)[1] == f"4 people reacted who had not before, 1 reacted again: +{gain:.2f}."


def test_a_deletion_is_a_correction_also_of_what_was_deleted_before_it_was_seen(lab: Lab) -> None:
    rows = old(object="post")
    gone = [reaction(f"net:r{n}", f"net:r{n}", "Delete", days=3, object=rows[n].id) for n in range(2)]
    doc = lab.changed([*rows, *gone])
    aged = score_of(9 * 2 ** (-6 / 35)) - score_of(11 * 2 ** (-6 / 35))
    assert doc["parts"]["corrections"] == {"points": pytest.approx(aged, abs=2e-6), "deleted": 2, "late": 0, "moved": 0}
    assert sentences(doc)[0] == f"2 reactions from before were deleted: −{-aged:.2f}."
    assert points(doc)["reactions"] == 0
    post = reaction("net:a", "net:a", "Delete", days=3, object="post")
    assert lab.changed([*rows, post])["parts"]["corrections"]["deleted"] == 10


def test_what_came_in_late_is_a_correction(lab: Lab) -> None:
    late = [reaction(name, "net:a", days=20, seen_at=NOW - DAY) for name in reactors(3, "late")]
    doc = lab.changed([*old(), *late, *vouched(*reactors(3, "late"))])
    assert points(doc)["corrections"] > 0
    assert sentences(doc)[0].startswith("3 reactions from before came in late: +")


def test_what_was_imported_afterwards_is_a_correction_too(lab: Lab) -> None:
    rows = old(6)
    before = lab.run(rows, BEFORE)
    everything = old(8)
    doc = lab.why(everything, before, lab.run(everything, NOW))["net:a"]
    assert_sums(doc)
    assert doc["parts"]["corrections"]["late"] == 2
    assert points(doc)["reactions"] == 0


def test_linked_accounts_are_a_correction(lab: Lab) -> None:
    rows = [*old(), *(reaction(name, "other:a", days=30) for name in reactors(7, "o")), *vouched(*reactors(7, "o"))]
    before = lab.run(rows, BEFORE, owners={"net:a": "@ann"})
    after = lab.run(rows, NOW, owners={"net:a": "@ann", "other:a": "@ann"})
    doc = lab.why(rows, before, after, ["@ann"])["@ann"]
    assert_sums(doc)
    assert doc["parts"]["corrections"]["moved"] == 7
    assert points(doc)["corrections"] > 2
    assert sentences(doc)[0].startswith("Accounts were linked or unlinked (7 reactions): +")
    unlinked = lab.why(rows, before, lab.run(rows, NOW), ["net:a", "@ann"])
    assert in_words(unlinked["net:a"])["text"] == "There was no score: 0 of 5 people needed."
    assert in_words(unlinked["@ann"])["text"] == "There is no score: no account is linked."


def test_a_reactor_who_links_an_account_brings_its_trust_along(lab: Lab) -> None:
    rows = old()
    after = lab.run(rows, NOW, owners={"net:r0": "@bob", "net:r1": "@bob"})
    doc = lab.why(rows, lab.run(rows, BEFORE), after)["net:a"]
    assert_sums(doc)
    loss = score_of(10 * 2 ** (-6 / 35)) - score_of(11 * 2 ** (-6 / 35))  # two are one, on one occasion
    assert points(doc)["corrections"] == pytest.approx(loss, abs=2e-6)
    assert doc["parts"]["corrections"]["moved"] == 2


def test_another_formula_is_a_part_of_its_own(lab: Lab) -> None:
    rows = [*old(), *(reaction(f"net:r{n}", "net:a", "Reply", days=40) for n in range(10))]
    new = load().model_copy(update={"version": "2027-01", "strength": load().strength.model_copy(update={"most": 1.0})})
    doc = lab.changed(rows, formula=new)
    assert points(doc)["formula"] < -1
    assert points(doc)["corrections"] == points(doc)["reactions"] == points(doc)["trust"] == 0
    assert sentences(doc)[0] == f"Formula 2027-01 instead of {CURRENT}: −{-points(doc)['formula']:.2f}."


def test_more_trust_in_those_who_react(lab: Lab) -> None:
    strangers = [reaction(name, "net:a", days=20) for name in reactors(6, "s")]
    rows = [*old(), *strangers, *(reaction("net:seed", name, days=1) for name in reactors(6, "s"))]
    doc = lab.changed(rows)
    assert points(doc)["trust"] > 1
    assert doc["parts"]["trust"]["more"] == 6
    assert points(doc)["reactions"] == points(doc)["corrections"] == 0
    assert "6 of the people who react are trusted more, 0 less: +" in sentences(doc)[-1]


def test_a_new_reactor_comes_with_the_later_runs_trust(lab: Lab) -> None:
    newcomers = reactors(5, "new")
    rows = [*old(), *(reaction("net:r1", name, days=2) for name in newcomers)]
    rows += [reaction(name, "net:a", days=1) for name in newcomers]
    doc = lab.changed(rows)
    assert abs(points(doc)["trust"]) < 0.1 < points(doc)["reactions"]


def test_where_attention_can_vouch_no_longer_it_is_said(lab: Lab) -> None:
    fans = [reaction(name, "net:a", days=1) for name in reactors(200, "fan")]
    fans += [reaction(name, author, days=1) for author in reactors(10) for name in reactors(50, "fan")]
    doc = lab.changed([*old(), *fans])
    assert (doc["from"]["defended"], doc["to"]["defended"]) == (True, False)
    assert sentences(doc)[-1].startswith("Attention cannot vouch for people any more: +")


def test_without_a_score_it_says_what_was_missing_and_what_happened(lab: Lab) -> None:
    rows = [*old(3), *(reaction(name, "net:a", days=1) for name in reactors(3, "new"))]
    doc = lab.changed(rows)
    words = in_words(doc)
    assert (doc["from"]["score"], doc["change"]) == (None, None)
    assert words["text"] == "There was no score: 4 of 5 people needed."
    assert "3 people reacted who had not before." in sentences(doc)
    back = lab.why(rows, lab.run(rows, NOW - 14 * DAY), lab.run(rows[:4], NOW))
    assert in_words(back["net:a"])["text"] == "There was no score: 4 of 5 people needed."
    assert "nobody" not in lab.why(rows, lab.run(rows, BEFORE), lab.run(rows, NOW), ["net:a", "net:nobody"])


def test_a_lake_that_has_changed_since_is_found_out(lab: Lab, tmp_path: Path) -> None:
    rows = old()
    before, after = lab.run(rows, BEFORE), lab.run(rows, NOW)
    assert explain(lab.lake(rows[1:]), before, after, ["net:a"], tmp_path / "c.gz") == Explained(0, 1)
    assert gzip.decompress((tmp_path / "c.gz").read_bytes()) == b""


def test_changes_of_runs_that_follow_each_other_add_up(lab: Lab) -> None:
    rows = [*old(), *(reaction(name, "net:a", days=n) for n, name in enumerate(reactors(12, "new")))]
    runs = [lab.run(known(rows, at), at) for at in (BEFORE, NOW - 5 * DAY, NOW)]
    one, two = (lab.why(rows, *pair)["net:a"] for pair in ((runs[0], runs[1]), (runs[1], runs[2])))
    whole = total([one, two])
    assert_sums(whole)
    assert (whole["from"], whole["to"]) == (one["from"], two["to"])
    assert whole["parts"]["ageing"]["seconds"] == 14 * DAY
    assert whole["parts"]["reactions"]["people"] == 12
    unknown = {**two, "change": None, "parts": {n: {**p, "points": None} for n, p in two["parts"].items()}}
    assert total([one, unknown])["change"] is None
    assert in_words(total([one, unknown]))["text"] == "There was no score in between."


names = st.sampled_from([f"net:{letter}" for letter in "abcdef"])
NAMES = [f"net:{letter}" for letter in "abcdef"]


@st.composite
def lakes(draw: st.DrawFn) -> list[Activity]:
    """A small lake: reactions of a year, some seen late, some deleted."""
    some = st.builds(
        reaction,
        names,
        names,
        st.sampled_from(["Like", "Announce", "Follow"]),
        st.one_of(st.floats(0, 30), st.floats(0, 400)),
        st.text("xyz", max_size=2),
    )
    rows: list[Activity] = draw(st.lists(some, min_size=5, max_size=40, unique_by=lambda row: row.id))
    late = draw(st.sets(st.integers(0, len(rows) - 1), max_size=5))
    rows = [row._replace(seen_at=row.seen_at + 10 * DAY) if n in late else row for n, row in enumerate(rows)]
    gone = draw(st.sets(st.integers(0, len(rows) - 1), max_size=4))
    days = draw(st.floats(0, 20))
    return rows + [
        reaction(rows[n].actor, rows[n].actor, "Delete", days, str(n), object=rows[n].id) for n in sorted(gone)
    ]


examples = settings(
    max_examples=settings().max_examples // 10, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@examples
@given(lakes(), st.dictionaries(names, st.sampled_from(["@x", "@y"]), max_size=3), st.booleans())
def test_parts_sum_to_the_difference_exactly(
    tmp_path: Path, rows: list[Activity], owners: dict[str, str], other_formula: bool
) -> None:
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        lab = Lab(Path(folder))
        formula = ONE_FLOOR.over(14).model_copy(update={"version": "2027-01"}) if other_formula else ONE_FLOOR
        before = lab.run(known(rows, BEFORE), BEFORE, formula=ONE_FLOOR, seeds=NAMES[:2])
        after = lab.run(rows, NOW, owners=owners, formula=formula, seeds=NAMES[1:3])
        for doc in lab.why(rows, before, after, [*NAMES, "@x", "@y"]).values():
            assert_sums(doc)
            if not other_formula:
                assert points(doc)["formula"] in (0, None)


@examples
@given(lakes(), st.randoms(use_true_random=False))
def test_neither_order_nor_whom_else_is_asked_for_matters(
    tmp_path: Path, rows: list[Activity], shuffler: random.Random
) -> None:
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        lab = Lab(Path(folder))
        before, after = lab.run(known(rows, BEFORE), BEFORE, formula=ONE_FLOOR), lab.run(rows, NOW, formula=ONE_FLOOR)
        everybody = lab.why(rows, before, after, NAMES)
        shuffled = rows[:]
        shuffler.shuffle(shuffled)
        assert lab.why(shuffled, before, after, NAMES[::-1]) == everybody
        assert lab.why(rows, before, after, NAMES[:1]).items() <= everybody.items()


@examples
@given(lakes())
def test_a_run_against_itself_has_no_parts(tmp_path: Path, rows: list[Activity]) -> None:
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        lab = Lab(Path(folder))
        run = lab.run(rows, NOW, formula=ONE_FLOOR)
        for doc in lab.why(rows, run, run, NAMES).values():
            assert set(points(doc).values()) == {0}
            assert telling(in_words(doc)["parts"]) == []


@examples
@given(st.lists(st.tuples(names, names, st.floats(14, 340)), min_size=8, max_size=40), st.integers(1, 60))
def test_a_fortnight_of_silence_is_ageing_and_costs_two_points_at_most(
    tmp_path: Path, others: list[tuple[str, str, float]], audience: int
) -> None:
    rows = [reaction(actor, author, "Announce", days, str(n)) for n, (actor, author, days) in enumerate(others)]
    rows += [reaction(name, "net:a", "Like", 14 + 3 * n % 200) for n, name in enumerate(reactors(audience))]
    rows += [reaction(name, "net:f", "Like", 3) for name in NAMES[1:5]]  # the others go on
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        lab = Lab(Path(folder))
        shipped = load()
        formula = shipped.model_copy(update={"evidence": shipped.evidence.model_copy(update={"floor": 1})})
        before = lab.run(known(rows, BEFORE), BEFORE, formula=formula)
        doc = lab.why(rows, before, lab.run(rows, NOW, formula=formula))["net:a"]
    parts = points(doc)
    assert parts["corrections"] == parts["formula"] == parts["reactions"] == 0
    assert -2.0001 <= parts["ageing"] <= 0
    assert_sums(doc)


elsewhere = st.lists(
    st.tuples(st.sampled_from(["net:o1", "net:o2", "net:o3"]), st.sampled_from(NAMES[1:]), st.floats(0, 13)),
    min_size=1,
    max_size=12,
)


@examples
@given(lakes(), elsewhere)
def test_what_others_do_elsewhere_shows_in_trust_alone(
    tmp_path: Path, rows: list[Activity], elsewhere: list[tuple[str, str, float]]
) -> None:
    rows += [reaction(f"net:{name}", f"net:{name}", days=1) for name in ("o1", "o2")]
    rows += [reaction("net:seed", name, days=100) for name in ("net:o1", "net:o2", "net:o3", *NAMES)]
    more = [reaction(actor, author, "Announce", days, f"else{n}") for n, (actor, author, days) in enumerate(elsewhere)]
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        lab = Lab(Path(folder))
        before = lab.run(known(rows, BEFORE), BEFORE, formula=ONE_FLOOR)
        without, with_it = (
            lab.why(some, before, lab.run(some, NOW, formula=ONE_FLOOR)).get("net:a") for some in (rows, [*rows, *more])
        )
        assert without is not None
        assert with_it is not None
        if None in (without["change"], with_it["change"]):
            return
        assert {**points(without), "trust": 0} == {**points(with_it), "trust": 0}
        fall = Decimal(str(with_it["to"]["score"])) - Decimal(str(without["to"]["score"]))
        assert fall == Decimal(str(points(with_it)["trust"])) - Decimal(str(points(without)["trust"]))


@examples
@given(lakes(), elsewhere, st.sampled_from([{"typical": 1e-6}, {"defended_from": 2.0}]))
def test_where_everybody_is_trusted_or_nothing_defended_others_change_nothing(
    tmp_path: Path, rows: list[Activity], elsewhere: list[tuple[str, str, float]], rules: dict[str, float]
) -> None:
    more = [reaction(actor, author, "Announce", days, f"else{n}") for n, (actor, author, days) in enumerate(elsewhere)]
    formula = ONE_FLOOR.model_copy(update={"trust": ONE_FLOOR.trust.model_copy(update=rules)})
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        lab = Lab(Path(folder))
        seeds = [*NAMES, "net:o1", "net:o2", "net:o3"]
        before = lab.run(known(rows, BEFORE), BEFORE, formula=formula, seeds=seeds)
        docs = [
            lab.why(some, before, lab.run(some, NOW, formula=formula, seeds=seeds)).get("net:a")
            for some in (rows, [*rows, *more])
        ]
        assert docs[0] == docs[1]
