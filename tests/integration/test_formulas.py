"""Formulas by name: shipped, in the lake, or a file; what is wrong with one is said in one line."""

from pathlib import Path

import pytest

from renown import formulas
from renown.errors import BadInput
from renown.lake import FolderLake
from renown.scoring.formula import CURRENT, load, parse
from tests.unit.scoring.test_formula import TEXT

MINE = TEXT.replace(f'version = "{CURRENT}"', 'version = "2027-01"').replace("floor = 5 ", "floor = 3 ")


@pytest.fixture
def lake(tmp_path: Path) -> FolderLake:
    return FolderLake(tmp_path / "lake")


def test_a_formula_is_found_where_it_is(lake: FolderLake, tmp_path: Path) -> None:
    path = tmp_path / "draft.toml"
    path.write_bytes(b"\xef\xbb\xbf" + MINE.encode())
    mine = parse(MINE, "mine")
    assert formulas.find(lake, CURRENT) == load()
    assert formulas.find(lake, str(path)) == mine
    lake.write("formulas/2027-01.toml", MINE.encode())
    lake.write(f"formulas/{CURRENT}.toml", b"# a remark\n" + TEXT.encode())  # the same formula as the shipped one
    assert formulas.find(lake, "2027-01") == formulas.find(lake, str(path)) == mine
    assert formulas.find(lake, CURRENT) == load()


@pytest.mark.parametrize("name", ["2028-01", "", "../people/people", "x\n" * 100, "\0", "2027-01/../x"])
def test_an_unknown_one_lists_those_there_are(lake: FolderLake, name: str) -> None:
    lake.write("formulas/2027-01.toml", MINE.encode())
    with pytest.raises(BadInput, match=rf"^formula .*: there are {CURRENT}, 2027-01; or name a file") as caught:
        formulas.find(lake, name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (TEXT.replace("floor = 5 ", "floor = 3 "), f"version: {CURRENT} is another formula already; give this one"),
        (
            MINE.replace("weight = 0.5", "weight = -1"),
            "verbs.Follow.weight: Input should be greater than or equal to 0",
        ),
        (MINE.replace("[verbs.Follow]", "[verbs.Poke]"), "verbs.Poke: unknown verb"),
        (MINE.replace('version = "2027-01"', ""), "version: Field required"),
        ("[evidence", "not TOML"),
        ("x = " + "[" * 50_000, "not TOML"),
        ("#" * 200_000, "larger than 100,000 bytes"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
@pytest.mark.parametrize("in_lake", [False, True])
def test_what_is_wrong_with_a_file(
    lake: FolderLake, tmp_path: Path, content: str | bytes, said: str, in_lake: bool
) -> None:
    data = content if isinstance(content, bytes) else content.encode()
    name = CURRENT if "another formula" in said else "2027-01"
    if in_lake:
        lake.write(f"formulas/{name}.toml", data)
        said = said.replace("another formula already; give this one", "shipped with other content; give yours")
    else:
        (tmp_path / "mine.toml").write_bytes(data)
    with pytest.raises(BadInput, match=f"formulas/{name}.toml" if in_lake else r"mine\.toml") as caught:
        formulas.find(lake, name if in_lake else str(tmp_path / "mine.toml"))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_version_stands_for_one_formula(lake: FolderLake, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(MINE)
    lake.write("formulas/2027-01.toml", MINE.replace("floor = 3 ", "floor = 4 ").encode())
    with pytest.raises(BadInput, match="version: 2027-01 is another formula already"):
        formulas.find(lake, str(path))
    lake.write("formulas/2027-02.toml", MINE.encode())
    with pytest.raises(BadInput, match=r"formulas/2027-02\.toml in the lake: version: it is 2027-01; name the file"):
        formulas.find(lake, "2027-02")


@pytest.mark.parametrize("name", ["nowhere.toml", "folder.toml", "nul\0.toml"])
def test_a_file_that_cannot_be_read(lake: FolderLake, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(BadInput, match=r"\.toml: cannot be read: "):
        formulas.find(lake, str(tmp_path / name))
