"""JSON from strangers."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.errors import NotOfFormat
from renown.formats import jsontext
from renown.formats.jsontext import Elements, inside, parse, text

KEYS = frozenset(("items", "orderedItems"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "document.json"


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("", "not JSON"),
        ('{"a":', "not JSON"),
        ('{"a": NaN}', "NaN is not a JSON number"),
        ("[-Infinity]", "-Infinity is not a JSON number"),
        ("9" * 5000, "not JSON: Exceeds the limit"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ('"\x00"', "Invalid control character"),
    ],
)
def test_what_is_no_json_is_refused(bad: str, why: str) -> None:
    with pytest.raises(NotOfFormat, match=why):
        parse(bad)


def test_looking_inside_never_fails() -> None:
    doc = parse('{"a": {"b": "c", "n": 1, "e": ""}, "l": [1]}')
    assert text(doc, "a", "b") == "c"
    assert [text(doc, *keys) for keys in (("a",), ("a", "n"), ("a", "e"), ("l", "x"), ("a", "b", "c"), ("z",))] == [
        None
    ] * 6
    assert inside(doc, "a", "n") == 1
    assert inside(None, "a") is None


def _read(path: Path, start: int = 0) -> tuple[list[str], list[tuple[int, str]]]:
    with Elements(path, KEYS, start) as elements:
        found = list(elements)
        return found, [(reject.line, reject.reason) for reject in elements.take_rejects()]


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(['"', "\\", "],[", "items", "é😀"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "items", "x,y"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(
    values=st.lists(_VALUES, max_size=6),
    indent=st.sampled_from([None, 1]),
    in_ascii=st.booleans(),
    around=st.sampled_from([None, "items", "orderedItems"]),
    chunk=st.integers(min_value=1, max_value=30),
)
def test_the_elements_are_those_of_the_document(
    tmp_path_factory: pytest.TempPathFactory,
    values: list[Any],
    indent: int | None,
    in_ascii: bool,
    around: str | None,
    chunk: int,
) -> None:
    path = tmp_path_factory.mktemp("json") / "document.json"
    document = {"type": "items", "first": {"items": [1]}, around: values, "after": [2]} if around else values
    path.write_text(json.dumps(document, indent=indent, ensure_ascii=in_ascii), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("renown.formats.files._CHUNK", chunk)
        found, rejects = _read(path)
        assert [json.loads(element) for element in found] == values
        assert rejects == []
        assert _read(path, start=2)[0] == found[2:]


def test_a_document_without_such_an_array_is_one_element(path: Path) -> None:
    path.write_bytes(b'\xef\xbb\xbf\n {"type": "Like", "tag": ["items"]}\n')
    assert _read(path) == (['{"type": "Like", "tag": ["items"]}'], [])


def test_an_element_that_is_not_utf_8_is_rejected_where_it_stands(path: Path) -> None:
    path.write_bytes(b'{"items": [\n{"a": 1},\n{"a": "\xff"},\n{"a": 3}]}')
    assert _read(path) == (['{"a": 1}', "", '{"a": 3}'], [(3, "element 2: not UTF-8")])


def test_an_element_that_is_too_long_is_rejected_and_never_held(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsontext, "MAX_LINE", 100)
    monkeypatch.setattr("renown.formats.files._CHUNK", 10)
    long = [{"a": number} for number in range(50)]
    path.write_text(json.dumps({"before": long, "items": [1, long, 3], "after": long}))
    found, rejects = _read(path)
    assert found == ["1", "", "3"]
    assert [reason for _, reason in rejects] == ["element 2: longer than 100 characters"]


def test_a_text_that_is_too_long_ends_the_document(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsontext, "MAX_LINE", 100)
    monkeypatch.setattr("renown.formats.files._CHUNK", 10)
    path.write_text(json.dumps([1, "x" * 1000, 3]))
    found, rejects = _read(path)
    assert found == ["1"]
    assert [reason for _, reason in rejects] == [
        "element 2: the document breaks off here: a text is longer than 100 characters"
    ]
    assert _read(path, start=2) == ([], [])


def test_a_document_that_is_nested_without_end_is_not_followed(path: Path) -> None:
    path.write_text('{"items": [1, ' + "[" * 100_000 + "]" * 100_000 + ", 3]}")
    found, rejects = _read(path)
    assert found == ["1"]
    assert rejects == [(1, "element 2: the document breaks off here: it is nested too deeply")]


@pytest.mark.parametrize("document", ['{"items": [1, 2, {"a": ', '[1, 2, {"a": "b', '{"items": [1, 2, '])
def test_a_document_that_breaks_off_gives_what_it_held(path: Path, document: str) -> None:
    path.write_text(document)
    assert _read(path) == (
        ["1", "2"],
        [(1, "element 3: the document breaks off here: it ends before its last bracket")],
    )
    assert _read(path, start=3) == ([], [])


def test_gzip_that_breaks_off_gives_what_it_held(path: Path) -> None:
    packed = gzip.compress(json.dumps([number**9 for number in range(1000)]).encode(), mtime=0)
    path.write_bytes(packed[:-100])
    found, rejects = _read(path)
    assert [json.loads(element) for element in found] == [number**9 for number in range(len(found))]
    assert 0 < len(found) < 1000
    assert "breaks off here: Compressed file ended" in rejects[0][1]
