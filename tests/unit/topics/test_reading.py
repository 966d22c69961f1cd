"""Reading ontologies: Klout's three tables, one table, JSON; and everything that is neither."""

import gzip
import json
from pathlib import Path

import pytest

from renown.errors import BadInput, RenownError
from renown.lake import FolderLake
from renown.topics import store
from renown.topics.klout import EDGES, NAMES, NODES
from renown.topics.reading import MAX_ROWS, File, as_json, read, sha256
from tests.unit.topics.made import BIG, drinks, klout, table

BOM = b"\xef\xbb\xbf"


def one(data: bytes | str, name: str = "made.csv") -> list[File]:
    return [File(name, data.encode() if isinstance(data, str) else data)]


def test_klout_with_its_two_defects() -> None:
    found = read(drinks())
    topics = found.ontology.topics
    assert {slug: topics[slug].parents for slug in topics} == {
        "drinks-super": (),
        "cold-drinks": ("drinks-super",),
        "tea": ("drinks-super",),
        "iced-tea": ("tea", "cold-drinks"),
    }
    assert topics["iced-tea"].names == {"de": "Eistee", "en": "Iced Tea"}
    assert topics["tea"].names == {"ar": "شاي", "de": "Tee"}
    assert topics["cold-drinks"].native == str(BIG + 1)
    assert found.passed_over == (
        "edges.csv: 1 edge from the root to itself",
        "nodes.csv: 1 topic without a row, taken from edges and names: tea",
    )
    assert "CC BY 3.0" in str(found.ontology.attribution)
    assert [source.sha256 for source in found.ontology.sources] == [sha256(file.data) for file in drinks()]


def test_klout_without_defects_passes_nothing_over() -> None:
    assert read(klout({1: "tea", 2: "iced-tea"}, [(0, 1), (1, 2)])).passed_over == ()


def test_a_table_of_ones_own() -> None:
    text = (
        "slug,name,parents,name_fr\ndrinks,Drinks,,Boissons\ntea,Tea,drinks,\nice,Ice,,\niced-tea,Iced Tea,tea|ice,\n\n"
    )
    found = read(one(text)).ontology
    assert found.topics["iced-tea"].parents == ("tea", "ice")
    assert found.topics["drinks"].names == {"en": "Drinks", "fr": "Boissons"}
    assert found.topics["tea"].names == {"en": "Tea"}


def test_json_of_ones_own_is_what_the_lake_holds() -> None:
    made = {"attribution": "A. Gardener, CC0", "topics": [{"slug": "tea", "names": {"en": "Tea", "ar": "شاي"}}]}
    found = read(one(json.dumps(made), "made.json")).ontology
    assert found.attribution == "A. Gardener, CC0"
    again = read(one(json.dumps(as_json(found)), "again.json")).ontology
    assert again.topics == found.topics


def test_a_byte_order_mark_is_passed_over_and_said() -> None:
    found = read(one(BOM + b"slug,name\ntea,Tea\n"))
    assert list(found.ontology.topics) == ["tea"]
    assert found.passed_over == ("made.csv: a byte order mark",)


def swapped(place: int, data: bytes) -> list[File]:
    files = klout({1: "tea", 2: "cake"}, [(0, 1), (0, 2)], [(1, "de", "Tee")])
    files[place] = File(files[place].name, data)
    return files


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (one(""), "empty"),
        (one("slug\ntea\n"), r"\['name'\] lacks"),
        (one("slug,name,colour\ntea,Tea,red\n"), "'colour'"),
        (one("slug,name,name_xx\ntea,Tea,x\n"), "'xx'"),
        (one("slug,name,name\ntea,Tea,x\n"), "each once"),
        (one("slug,name\ntea,Tea,x\n"), "line 2: 3 fields where the header has 2"),
        (one('slug,name\ntea,"Tea\n'), "line 2: not CSV"),
        (one("slug,name\ntea,Tea\ntea,Tea\n"), "'tea' stands there twice"),
        (one("slug,name,parents\ntea,Tea,drinks\n"), "'drinks' of 'tea' is no topic"),
        (one("slug,name,parents\ntea,Tea,cake\ncake,Cake,tea\n"), "above themselves"),
        (one("slug,name\ntea,Tea\n".encode("utf-16")), "not UTF-8"),
        (one("slug,name\n" + "".join(f"t{n},T\n" for n in range(10**6))), f"more than {MAX_ROWS:,} rows"),
        (one("slug,name\ntea," + "x" * 200_000), "not CSV: field larger"),
        (one("{"), "made.csv"),
        (one('{"topics": [{"slug": "tea"}]}'), r"topics\.0\.names"),
        (one('{"topics": [{"slug": "tea", "names": {"xx": "T"}}]}'), "'xx'"),
        (one('{"topics": [], "colour": 1}'), "colour"),
        (one("[" * 100_000), "made.csv"),
        (klout({1: "tea"}, [(0, 1)])[:2], "give all three"),
        ([*one("slug,name\n"), File("b.csv", b"slug,name\n")], "any other is one file"),
        ([*one("slug,name\n"), *one("slug,name\n")], "same name"),
        (klout({1: "tea", 2: "tea"}, []), "'tea' stands there twice"),
        (klout({1: "tea", 2: "cake"}, [(1, 2), (2, 1)]), "above themselves"),
        (swapped(0, table(NAMES, [(1, "de", "Tee"), (1, "de", "Tee")])), "two names in de"),
        (swapped(0, table(NAMES, [(1, "xx", "Tee")])), "'xx'"),
        (swapped(0, table(NAMES, [(3, "de", "Tee")])), "names of '3'"),
        (swapped(1, table(EDGES, [(0, "_ROOT_", 9, "milk")])), "'milk' .9. is no topic"),
        (swapped(1, table(EDGES, [(0, "_ROOT_", 1, "milk")])), "line 2: the id '1' is 'milk' here"),
        (swapped(1, table(EDGES, [(1, "tea", 0, "_ROOT_")])), "the root stands under 'tea'"),
        (swapped(2, table(NODES, [(1, "tea", "Tea", "", ""), (1, "cake", "Cake", "", "")])), "line 3: the id '1'"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(files: list[File], said: str) -> None:
    with pytest.raises(BadInput, match=said) as refused:
        read(files)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 400


def test_what_could_not_be_read_again_is_not_written(tmp_path: Path) -> None:
    files = klout({1: "tea"}, [(0, 1)])
    row = ("9" * 300, "tea", "Tea", "no item", "m")
    found = read(
        [
            files[0],
            File("edges.csv", table(EDGES, [(0, "_ROOT_", "9" * 300, "tea")])),
            File("n.csv", table(NODES, [row])),
        ]
    )
    assert found.ontology.topics["tea"].wikidata is None
    with pytest.raises(BadInput, match="native"):
        store.write(FolderLake(tmp_path), found.ontology)
    assert FolderLake(tmp_path).keys("") == []


def test_the_lake_holds_the_ontology_and_keeps_it_for_runs_that_were_made_with_it(tmp_path: Path) -> None:
    lake = FolderLake(tmp_path)
    assert store.installed(lake) is None
    made = read(drinks()).ontology
    store.write(lake, made)
    assert store.installed(lake) == made
    digest = store.digest(lake)
    assert lake.keys("") == [f"topics/ontology-{digest}.json.gz", store.KEY]
    assert digest
    assert store.of(lake, digest) == made
    before = lake.read(store.KEY)
    store.write(lake, made)
    assert lake.read(store.KEY) == before


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        gzip.compress(b"{}", mtime=0),
        gzip.compress(b'{"sources": [{}], "topics": []}', mtime=0),
        gzip.compress(b"[]" * 9, mtime=0)[:-9],
        b"\x1f\x8b" + b"x" * 30,
    ],
)
def test_a_damaged_file_in_the_lake_is_said_to_be(tmp_path: Path, data: bytes) -> None:
    lake = FolderLake(tmp_path)
    lake.write(store.KEY, data)
    with pytest.raises(RenownError, match="install the ontology again"):
        store.installed(lake)
