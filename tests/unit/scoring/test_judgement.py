"""The formula for people's judgement: made-up pairs from a known formula, and the real ones where they are."""

import csv
import gzip
import io
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.errors import BadInput
from renown.scoring import judgement
from renown.scoring.judgement import COUNTS, FEATURES, RIDGE, Floats, Pairs, auc, fit, parse, splits, unseen
from renown.steps.judge import judge

DATA = Path(os.environ.get("RENOWN_DATA", "../shared/data")) / "influence_pairs/pairs.csv"
TRUE = np.array([0.5, 0.0, 0.4, 0.3, 0.0])
HEADER = ["Choice", *(f"{side}_{count}" for side in "AB" for count in COUNTS)]
ROW = ["1", *(str(number) for number in range(22))]


def made_up(pairs: int, people: int, seed: int) -> tuple[Pairs, Floats]:
    """Pairs judged by the formula with the weights TRUE, and by how much A truly leads."""
    rng = np.random.default_rng(seed)
    counts = np.unique(np.round(2 ** rng.normal(6, 3, (people, len(COUNTS))), 3), axis=0)
    a = rng.integers(0, len(counts), pairs)
    b = (a + rng.integers(1, len(counts), pairs)) % len(counts)
    undecided = Pairs(counts, a, b, np.zeros(pairs))
    leads: Floats = undecided.differences() @ TRUE
    return Pairs(counts, a, b, (rng.random(pairs) < 1 / (1 + np.exp(-leads))).astype(float)), leads


def swapped(pairs: Pairs) -> Pairs:
    return Pairs(pairs.people, pairs.b, pairs.a, 1 - pairs.chose_a)


def text(*rows: list[str], header: list[str] = HEADER) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    return out.getvalue()


def as_csv(pairs: Pairs) -> str:
    sides = np.column_stack((pairs.people[pairs.a], pairs.people[pairs.b])).tolist()
    return text(*([str(int(c)), *map(repr, side)] for c, side in zip(pairs.chose_a.tolist(), sides, strict=True)))


def lines(content: str) -> list[str]:
    return content.splitlines(keepends=True)


def with_cell(column: str, value: str) -> list[str]:
    row = list(ROW)
    row[HEADER.index(column)] = value
    return row


def test_unseen_people_are_judged_nearly_as_well_as_the_truth_could() -> None:
    pairs, leads = made_up(2500, 300, seed=1)
    found, converged = unseen(pairs, 10, np.random.default_rng(2))
    optimum = auc(pairs.chose_a, leads)
    assert converged
    assert 0.8 < optimum < 0.97
    assert auc(pairs.chose_a, found) == pytest.approx(optimum, abs=0.01)


def test_the_known_weights_are_found() -> None:
    pairs, _ = made_up(20_000, 2_000, seed=3)
    found = fit(pairs.differences(), pairs.chose_a)
    assert found.weights == pytest.approx(TRUE, abs=0.06)  # the ridge takes a tenth
    assert found.shares.sum() == pytest.approx(1)


def test_answers_against_every_feature_give_zeros_rather_than_negative_weights() -> None:
    differences = np.abs(np.random.default_rng(4).normal(size=(200, 5)))
    found = fit(differences, np.zeros(200))
    assert found.converged
    assert found.weights.tolist() == [0.0] * 5


@given(st.integers(0, 10_000), st.integers(0, 80), st.floats(0.01, 1e4))
def test_weights_are_a_non_negative_minimum(seed: int, count: int, spread: float) -> None:
    rng = np.random.default_rng(seed)
    differences = rng.normal(size=(count, 4)) @ rng.normal(size=(4, 5)) * spread  # five features that depend
    chose_a = rng.integers(0, 2, count).astype(float)
    found = fit(differences, chose_a)
    assert found.converged
    assert (found.weights >= 0).all()
    scale = np.sqrt((differences**2).mean(axis=0)) if count else np.ones(5)

    def loss(weights: Floats) -> float:
        signed = differences * (2 * chose_a - 1)[:, None]
        return float(np.logaddexp(0, -signed @ weights).sum() + RIDGE / 2 * ((weights * scale) ** 2).sum())

    for feature in range(5):
        for move in (-0.01, 0.01):
            other = found.weights.copy()
            other[feature] = max(other[feature] + move / scale[feature], 0)
            assert loss(found.weights) <= loss(other) + 1e-9


counts_of_one = st.lists(st.floats(0, 1e9), min_size=len(COUNTS), max_size=len(COUNTS))


@given(st.lists(st.tuples(counts_of_one, counts_of_one), min_size=1, max_size=5))
def test_swapping_a_and_b_flips_every_answer_exactly(people: list[tuple[list[float], list[float]]]) -> None:
    sides = np.array(people)
    weights = np.array([0.128, 0.154, 0.181, 0.077, 0.073])
    a, b = judgement.features(sides[:, 0]), judgement.features(sides[:, 1])
    assert ((a - b) @ weights).tolist() == (-((b - a) @ weights)).tolist()


def test_which_of_two_is_called_a_changes_nothing_of_what_is_found() -> None:
    pairs, _ = made_up(300, 60, seed=5)
    other = swapped(pairs)
    found, again = fit(pairs.differences(), pairs.chose_a), fit(other.differences(), other.chose_a)
    assert found.weights.tolist() == again.weights.tolist()
    leads, _ = unseen(pairs, 5, np.random.default_rng(6))
    flipped, _ = unseen(other, 5, np.random.default_rng(6))
    assert leads.tolist() == (-flipped).tolist()
    assert auc(pairs.chose_a, leads) == pytest.approx(auc(other.chose_a, flipped), abs=1e-12)


def test_who_is_called_a_in_a_file_does_not_change_how_people_are_numbered() -> None:
    pairs, _ = made_up(100, 40, seed=7)
    read, other = parse(lines(as_csv(pairs)), "x"), parse(lines(as_csv(swapped(pairs))), "x")
    assert read.people.tolist() == other.people.tolist()
    assert read.a.tolist() == other.b.tolist()
    assert (read.people[read.a] == pairs.people[pairs.a]).all()


@given(st.integers(0, 1000), st.integers(2, 8))
def test_nobody_is_on_both_sides_and_every_pair_is_judged_once(seed: int, folds: int) -> None:
    pairs, _ = made_up(120, 30, seed)
    judged_times = np.zeros(120)
    for fitted, judged in splits(pairs, folds, np.random.default_rng(seed)):
        known = set(pairs.a[fitted]) | set(pairs.b[fitted])
        assert not known & (set(pairs.a[judged]) | set(pairs.b[judged]))
        judged_times += judged
    assert (judged_times == 1).all()


def test_what_cannot_be_learned_about_unseen_people_is_not_claimed() -> None:
    """The answers depend on who it is and on nothing in the counts: only a leak could make them predictable."""
    pairs, _ = made_up(1500, 30, seed=8)
    fame = np.random.default_rng(9).permutation(len(pairs.people))
    chose_a = (fame[pairs.a] > fame[pairs.b]).astype(float)
    by_fame = Pairs(pairs.people, pairs.a, pairs.b, chose_a)
    leads, _ = unseen(by_fame, 10, np.random.default_rng(10))
    assert auc(chose_a, by_fame.differences() @ fit(by_fame.differences(), chose_a).weights) > 0.64
    assert auc(chose_a, leads) < 0.55


@given(st.lists(st.tuples(st.booleans(), st.integers(-3, 3), st.integers(0, 3)), min_size=1, max_size=30))
def test_auc_is_the_share_of_ordered_couples_with_ties_half(given_pairs: list[tuple[bool, int, int]]) -> None:
    chose_a, leads, weights = (np.array(column, dtype=float) for column in zip(*given_pairs, strict=True))
    won = total = 0.0
    for yes, higher, often in given_pairs:
        for no, lower, times in given_pairs:
            if yes and not no:
                total += often * times
                won += often * times * (1.0 if higher > lower else 0.5 if higher == lower else 0.0)
    value = auc(chose_a, leads, weights)
    assert math.isnan(value) if total == 0 else value == pytest.approx(won / total)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "line 1: there is no header"),
        (text(), "holds no pairs"),
        (text(ROW, header=[name for name in HEADER if name != "B_posts"]), "line 1: B_posts: no such column"),
        (text(ROW, header=[*HEADER, "A_posts"]), "line 1: A_posts: is there twice"),
        (text(ROW, with_cell("Choice", "2")), "line 3: Choice: is '2'"),
        (text(ROW, with_cell("Choice", "")), "line 3: Choice: is ''"),
        (text(ROW, with_cell("A_listed_count", "many")), "line 3: A_listed_count: is 'many', not a number"),
        (text(ROW, with_cell("B_posts", "-1")), "line 3: B_posts: is '-1'; a count is 0 or more"),
        (text(ROW, with_cell("B_posts", "nan")), "line 3: B_posts: is 'nan'"),
        (text(ROW, with_cell("B_posts", "inf")), "line 3: B_posts: is 'inf'"),
        (text(ROW, ROW[:-1]), "line 3: has 22 fields; the header names 23"),
        (text(ROW, ROW), "Choice: is 1 in every line"),
        (text(ROW, with_cell("A_posts", "9" * 200_000)), "line 3: not CSV: field larger"),
    ],
)
def test_a_file_that_is_not_pairs_is_refused_in_one_line(content: str, said: str) -> None:
    with pytest.raises(BadInput, match=r"^mine\.csv: ") as caught:
        parse(lines(content), "mine.csv")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Two files of pairs judged by one formula, with nobody in both; the second is packed and has a BOM."""
    first, second = tmp_path / "first.csv", tmp_path / "second.csv.gz"
    first.write_text(as_csv(made_up(600, 150, seed=11)[0]), "utf-8")
    second.write_bytes(gzip.compress(as_csv(made_up(400, 120, seed=12)[0]).encode("utf-8-sig")))
    return first, second


def test_judging_one_file_is_repeatable_by_its_seed(files: tuple[Path, Path]) -> None:
    result = judge(files[0], seed=1)
    assert result == judge(files[0], seed=1)
    assert result["auc"] != judge(files[0], seed=2)["auc"]
    assert result["all_converged"]
    assert result["fit"]["converged"]
    assert result["auc"] > max(result["baselines"].values())
    assert 0 < result["spread"] < result["se"] < 0.1
    assert [c["name"] for c in result["coefficients"]] == [feature.name for feature in FEATURES]
    assert sum(c["share"] for c in result["coefficients"]) == pytest.approx(1)


def test_another_file_is_judged_by_what_the_first_taught(files: tuple[Path, Path]) -> None:
    result = judge(*files)
    assert (result["n"], result["fit"]["n"]) == (400, 600)
    assert result["unseen"] == {"auc": result["auc"], "n": 400, "people": 120}
    assert result["auc"] > 0.8
    itself = judge(files[0], files[0])
    assert itself["unseen"] == {"auc": None, "n": 0, "people": 0}


def test_files_that_cannot_be_read_are_refused(files: tuple[Path, Path], tmp_path: Path) -> None:
    def refusal(path: Path, test: Path | None = None) -> str:
        with pytest.raises(BadInput) as caught:
            judge(path, test)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    cut, latin, few = tmp_path / "cut.csv.gz", tmp_path / "latin.csv", tmp_path / "few.csv"
    cut.write_bytes(files[1].read_bytes()[:-20])
    latin.write_bytes("Choice,é".encode("latin-1"))
    few.write_text(text(ROW, with_cell("Choice", "0")), "utf-8")
    assert "cannot be read to its end" in refusal(cut)
    assert "not UTF-8" in refusal(latin)
    assert "2 people; at least 20" in refusal(few)
    assert "cannot be read" in refusal(tmp_path / "none.csv")
    assert refusal(files[0], cut).startswith(str(cut))


@pytest.fixture(scope="module")
def real() -> dict[str, Any]:
    if not DATA.exists():
        pytest.skip(f"{DATA} is not there; set RENOWN_DATA")
    return judge(DATA)


def test_people_agree_with_the_formula_on_people_it_never_saw(real: dict[str, Any]) -> None:
    assert real["auc"] >= 0.86
    assert real["auc"] > max(real["baselines"].values())
    assert real["all_converged"]
    assert all(coefficient["weight"] >= 0 for coefficient in real["coefficients"])
