"""Formula files: what is wrong with one is said in one line."""

from importlib import resources

import pytest

from renown.errors import BadInput
from renown.scoring.formula import CURRENT, load, parse

TEXT = (resources.files("renown.scoring") / "formulas" / f"{CURRENT}.toml").read_text("utf-8")


def test_the_current_formula_loads() -> None:
    formula = load()
    assert formula.version == CURRENT
    assert formula.freshness.half_life == pytest.approx(35 * 86_400)
    assert formula.verbs["Like"].weight == 1.0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (f'version = "{CURRENT}"', "", "version: Field required"),
        ("[verbs.Like]\nweight = 1.0", "[verbs.Like]\nweight = -1.0", "verbs.Like.weight: Input should be greater"),
        ("[verbs.Like]", "[verbs.Poke]", "verbs.Poke: unknown verb; reactions are Like, Announce"),
        ("[verbs.Like]", "[verbs.Create]", "verbs.Create: unknown verb"),
        ("floor = 5", "floor = 0", "evidence.floor"),
        ("bounds = [1, 2,", "bounds = [1,", "low and high need one number more than bounds"),
        ("bounds = [1, 2,", "bounds = [2, 1,", "bounds must rise"),
        ("restart = 0.6", "restart = 1.5", "trust.restart"),
        ("ceiling = 100.0", "ceiling = nan", "score.ceiling"),
        ("ceiling = 100.0", "ceiling = 100.0\nbonus = 3", "score.bonus: Extra inputs"),
        ("[evidence]", "[evidence", "not TOML"),
    ],
)
def test_a_wrong_formula_is_refused_in_one_line(old: str, new: str, said: str) -> None:
    assert old in TEXT
    with pytest.raises(BadInput, match=r"^mine\.toml: ") as caught:
        parse(TEXT.replace(old, new, 1), "mine.toml")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_shipped_version_loads() -> None:
    folder = resources.files("renown.scoring") / "formulas"
    versions = [entry.name.removesuffix(".toml") for entry in folder.iterdir()]
    assert CURRENT in versions
    assert sorted(load(version).version for version in versions) == sorted(versions)


def test_an_unknown_version_lists_the_known_ones() -> None:
    with pytest.raises(BadInput, match=f"there are .*{CURRENT}"):
        load("1999-01")
