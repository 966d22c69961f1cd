"""renown topics, and what an ontology makes of imported texts."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from renown import cli_topics
from renown.app import Settings
from renown.errors import BadInput
from renown.formats.registry import by_name
from renown.lake import FolderLake
from renown.networks.client import Client
from renown.steps.imports import import_source
from renown.steps.topics import finder, install
from renown.table import Table
from renown.topics import store
from renown.topics.reading import sha256
from tests.contract.fakes.visits import Clock, client
from tests.unit.formats.made_stackexchange import answer, dump, question
from tests.unit.topics.made import BIG, drinks

Run = Callable[..., tuple[int, str, str]]

TABLE = (
    "slug,name,parents,name_de\ndrinks,Drinks,,Getränke\nbrewing,Brewing,drinks,Brauen\n"
    "pour-over,Pour Over Coffee,brewing,\napple,Apple,brewing,Apple\n"
)


def written(folder: Path) -> list[Path]:
    """Klout's three files, made up."""
    for file in drinks():
        (folder / file.name).write_bytes(file.data)
    return [folder / file.name for file in drinks()]


def test_install_and_look(renown: Run, tmp_path: Path) -> None:
    files = written(tmp_path)
    sums = [sha256(path.read_bytes()) for path in files]
    code, _, said = renown("topics", "tree")
    assert (code, "no ontology is installed" in said) == (1, True)
    code, out, _ = renown(
        "topics", "install", *files, *(word for each in reversed(sums) for word in ("--sha256", each))
    )
    assert code == 0
    assert "4 topics, 1 of them at the top" in out
    assert all(each in out for each in sums)
    assert "1 edge from the root to itself" in out
    assert "taken from edges and names: tea" in out
    assert "CC BY 3.0" in out
    assert "Drinks Super (drinks-super, 3 below)" in renown("topics", "tree")[1]
    out = renown("topics", "tree", "drinks-super")[1]
    assert out.count("Iced Tea (iced-tea)") == 2
    assert "CC BY 3.0" in out
    rows = json.loads(renown("topics", "tree", "drinks-super", "--json")[1])
    assert [(row["slug"], row["depth"], row["again"]) for row in rows] == [
        ("drinks-super", 0, False),
        ("cold-drinks", 1, False),
        ("iced-tea", 2, False),
        ("tea", 1, False),
        ("iced-tea", 2, True),
    ]
    assert [each["slug"] for each in json.loads(renown("topics", "find", "eist", "--json")[1])] == ["iced-tea"]
    assert [each["slug"] for each in json.loads(renown("topics", "find", "شاي", "--json")[1])] == ["tea"]
    shown = json.loads(renown("topics", "show", "IcedTea", "--json")[1])
    assert shown["ancestors"] == ["cold-drinks", "drinks-super", "tea"]
    assert shown["parents"] == ["tea", "cold-drinks"]
    assert json.loads(renown("topics", "show", "cold-drinks", "--json")[1])["native"] == str(BIG + 1)
    out = renown("topics", "show", "tea")[1]
    assert "شاي" in out
    assert "CC BY 3.0" in out
    assert renown("topics", "show", "no-such")[0] == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("slug,name,parents\ntea,Tea,cake\ncake,Cake,tea\n", "above themselves"),
        ("slug,name,parents\ntea,Tea,milk\n", "'milk'"),
        ("slug,name\ntea,Tea\nTEA,Tea\n", "twice"),
        ("topic;label\ntea;Tea\n", "topic;label"),
        ("slug,name\n" + "".join(f"t{n},T\n" for n in range(1000)) + "tea\n", "line 1002"),
    ],
)
def test_a_bad_ontology_is_one_line_and_changes_nothing(renown: Run, tmp_path: Path, text: str, said: str) -> None:
    renown("topics", "install", *written(tmp_path))
    lake = FolderLake(tmp_path / "home" / "lake")
    before = {key: lake.read(key) for key in lake.keys("")}
    bad = tmp_path / "bad.csv"
    bad.write_text(text)
    code, out, err = renown("topics", "install", bad)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
    assert {key: lake.read(key) for key in lake.keys("")} == before


def test_files_that_are_not_there_or_not_what_was_promised(renown: Run, tmp_path: Path) -> None:
    files = written(tmp_path)
    for arguments, said in (
        ([tmp_path / "none.csv"], "cannot be read"),
        ([tmp_path], "cannot be read"),
        ([*files, "--sha256", "0" * 64], "1 checksums for 3 files"),
        ([*files, *["--sha256", "0" * 64] * 3], "none of those given"),
        (["http://example.org/topics.csv"], "only https://"),
        (["file:///etc/passwd"], "only https://"),
        (["https://example.org/topics.csv"], "RENOWN_CONTACT"),
    ):
        code, out, err = renown("topics", "install", *arguments)
        assert (code, out) == (2, ""), arguments
        assert said in err
    assert not (tmp_path / "home" / "lake" / store.KEY).exists()


def test_what_is_fetched_is_held_against_its_sum(tmp_path: Path) -> None:
    lake = FolderLake(tmp_path)
    asked = []

    def fetch(url: str) -> bytes:
        asked.append(url)
        return TABLE.encode()

    place = "https://example.org/made/topics.csv?x=1"
    with pytest.raises(BadInput, match=sha256(TABLE.encode())):
        install(lake, [place], ["0" * 64], fetch)
    assert lake.keys("") == []
    found = install(lake, [place], [sha256(TABLE.encode()).upper()], fetch)
    assert asked == [place] * 2
    assert [source.file for source in found.ontology.sources] == ["topics.csv"]


def test_an_address_is_asked_once_by_the_guarded_client(
    renown: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def answer_(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, content=TABLE.encode())

    def client_(chosen: Settings, known: Table, *, https_only: bool) -> Client:
        assert https_only
        return client(httpx.MockTransport(answer_), Clock(1_795_000_000.0))

    monkeypatch.setattr(cli_topics, "client", client_)
    code, out, _ = renown("topics", "install", "https://example.org/topics.csv", "--json")
    assert (code, asked) == (0, ["https://example.org/topics.csv"])
    assert json.loads(out)["sources"] == [{"file": "topics.csv", "sha256": sha256(TABLE.encode())}]
    assert "drinks" in renown("topics", "tree")[1]


def topics_of(lake: FolderLake) -> dict[str, set[str]]:
    """The topics of each activity in the lake, by its id without the network."""
    from renown.database import connect

    paths = [str(path) for path in lake.local(lake.keys("activity/"))]
    rows = connect().execute("SELECT id, topics FROM read_parquet(?)", [paths]).fetchall()
    return {id_.removeprefix("stackexchange:tea/"): set(topics) for id_, topics in rows}


def made_dump(folder: Path) -> Path:
    asked = question(1, Title="Pour over coffee", Body="<p>How? I ate an <b>apple</b>.</p>", Tags="<brewing><mugs>")
    answered = answer(2, 1, owner=2, Body="<p>Drinks &amp; mugs</p>")
    return dump(folder / "tea", posts=[asked, answered])


def test_texts_of_an_import_give_topics_and_nothing_else(tmp_path: Path) -> None:
    lake = FolderLake(tmp_path / "lake")
    (tmp_path / "topics.csv").write_text(TABLE)
    install(lake, [str(tmp_path / "topics.csv")], [], lambda url: b"")
    import_source(lake, by_name("stackexchange", None, finder(lake)), made_dump(tmp_path), latest=1_600_000_000)
    found = topics_of(lake)
    assert found["posts/1:Create"] == {"brewing", "mugs", "pour-over", "apple"}
    assert found["posts/2:Create"] == found["posts/2:Reply"] == {"brewing", "mugs", "pour-over", "apple", "drinks"}
    assert not any(b"ate an" in path.read_bytes() for path in (tmp_path / "lake").rglob("*") if path.is_file())


def test_without_an_ontology_tags_stand_for_themselves(tmp_path: Path) -> None:
    lake = FolderLake(tmp_path / "lake")
    import_source(lake, by_name("stackexchange", None, finder(lake)), made_dump(tmp_path), latest=1_600_000_000)
    assert topics_of(lake)["posts/2:Create"] == {"brewing", "mugs"}


DATA = Path(os.environ.get("RENOWN_DATA") or "../shared/data") / "klout_topics"


@pytest.mark.skipif(not DATA.is_dir(), reason="RENOWN_DATA: Klout's ontology is not there")
def test_klouts_own_ontology(tmp_path: Path) -> None:
    lake = FolderLake(tmp_path)
    found = install(lake, [str(path) for path in sorted(DATA.glob("*.csv"))], [], lambda url: b"")
    assert (len(found.ontology), len(found.ontology.roots), len(found.passed_over)) == (8034, 16, 2)
    assert store.installed(lake) == found.ontology


def test_names_are_shown_as_they_are(renown: Run, tmp_path: Path) -> None:
    made = {
        "attribution": "[bold]\x1b[2JA. Gardener",
        "topics": [{"slug": "[red]tea", "names": {"en": "[/]Tea\x1b[2J"}, "parents": []}],
    }
    (tmp_path / "made.json").write_text(json.dumps(made))
    for arguments in (["install", tmp_path / "made.json"], ["tree"], ["find", "tea"], ["show", "[red]tea"]):
        code, out, _ = renown("topics", *arguments)
        assert code == 0
        assert "\x1b" not in out
        assert "[/]Tea" in out or arguments[0] == "install"
