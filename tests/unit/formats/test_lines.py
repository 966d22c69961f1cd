"""Lines of text files from strangers, the batches made of them, and the files themselves."""

import gzip
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.activity import Reject
from renown.errors import BadInput, NotOfFormat
from renown.formats import Batch, batches, files, lines
from renown.formats.lines import Lines


def _read(path: Path, start: int = 0) -> tuple[list[str], list[Reject], int]:
    with Lines(path, start) as opened:
        texts = list(opened)
        return texts, opened.take_rejects(), opened.position


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "text"


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_lines_are_given_with_their_numbers(path: Path, pack: type[bytes]) -> None:
    path.write_bytes(pack("one\nzwö\r\n\n \t\nlast".encode()))
    assert _read(path) == (["one\n", "zwö\r\n", "", "", "last"], [], 5)
    assert _read(path, start=4) == (["last"], [], 5)
    assert _read(path, start=5) == ([], [], 5)


def test_an_empty_file_has_no_lines(path: Path) -> None:
    path.write_bytes(b"")
    assert _read(path) == ([], [], 0)


def test_a_byte_order_mark_is_no_text(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbfone\n")
    assert _read(path)[0] == ["one\n"]


def test_utf_16_is_refused_by_its_name(path: Path) -> None:
    path.write_bytes("one\n".encode("utf-16"))
    with pytest.raises(NotOfFormat, match="UTF-16; save it as UTF-8"):
        _read(path)


def test_a_line_that_is_not_utf_8_is_rejected(path: Path) -> None:
    path.write_bytes(b"one\n\xff\xfe\nthree\n")
    assert _read(path) == (["one\n", "", "three\n"], [Reject(str(path), 2, "the line is not UTF-8")], 3)


def test_nul_bytes_are_left_to_the_format(path: Path) -> None:
    path.write_bytes(b"o\0ne\n")
    assert _read(path)[0] == ["o\0ne\n"]


@pytest.mark.parametrize("length", [11, 22, 23, 1000])
def test_a_line_that_is_too_long_is_rejected_and_never_held(
    path: Path, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    monkeypatch.setattr(lines, "MAX_LINE", 10)
    path.write_bytes(b"one\n" + b"x" * length + b"\nthree\n")
    texts, rejects, position = _read(path)
    assert texts == ["one\n", "", "three\n"]
    assert [(reject.line, reject.reason) for reject in rejects] == [(2, "the line is longer than 10 bytes")]
    assert position == 3
    assert _read(path, start=1)[0] == ["", "three\n"]


@given(cut=st.integers(min_value=0, max_value=400))
def test_gzip_that_breaks_off_gives_the_lines_before_the_cut(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    whole = [f"line {number} {number**7}\n" for number in range(200)]
    packed = gzip.compress("".join(whole).encode(), mtime=0)[: -1 - cut]
    path = tmp_path_factory.mktemp("cut") / "text.gz"
    path.write_bytes(packed)
    texts, rejects, position = _read(path)
    assert texts == whole[: zlib.decompressobj(wbits=31).decompress(packed).count(b"\n")]
    assert [reject.line for reject in rejects] == [len(texts) + 1]
    assert rejects[0].reason.startswith("the file breaks off here: ")
    assert _read(path, start=position) == ([], [], position)


def test_damaged_gzip_says_where_it_broke(path: Path) -> None:
    packed = bytearray(gzip.compress(b"".join(b"%d\n" % number**9 for number in range(5000)), mtime=0))
    packed[len(packed) // 2] ^= 0xFF
    path.write_bytes(packed)
    texts, rejects, _ = _read(path)
    assert texts[:3] == ["0\n", "1\n", "512\n"]
    assert "breaks off here" in rejects[-1].reason


def _numbers(text: str, batch: Batch) -> None:
    """A little format of its own: a line is a number; those above 99 are bad."""
    if not text.strip().isdecimal():
        raise NotOfFormat(f"not a number: {text.strip()!r}")
    if int(text) > 99:
        raise BadInput(f"{int(text)} is too high")


def _batches(path: Path, start: int = 0) -> list[Batch]:
    with Lines(path, start) as opened:
        return list(batches.batches(opened, opened, _numbers, "numbers", recognised=start > 0))


def test_a_batch_ends_after_so_many_records(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "RECORDS", 2)
    path.write_text("1\n2\n3\n4\n5\n")
    assert [batch.position for batch in _batches(path)] == [2, 4, 5]


def test_a_batch_ends_after_so_many_bytes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "_BYTES", 4)
    path.write_text("1\n2\n3\n4\n5\n")
    assert [batch.position for batch in _batches(path)] == [2, 4, 5]


def test_bad_records_stand_in_the_batch_they_came_up_in(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "RECORDS", 3)
    path.write_bytes(b"1\nx\n100\n4\n\xff\n")
    assert [batch.rejects for batch in _batches(path)] == [
        [Reject(str(path), 2, "not a number: 'x'"), Reject(str(path), 3, "100 is too high")],
        [Reject(str(path), 5, "the line is not UTF-8")],
    ]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (b"x\ny\n", "not of the format numbers: line 1: not a number: 'x'"),
        (b"\xff\n" * 500, "not of the format numbers: line 1: the line is not UTF-8"),
        (b"\x1f\x8b", "not of the format numbers: line 1: the file breaks off here: "),
        (b"x\n" * 100 + b"1\n", "not of the format numbers: line 1: not a number: 'x'"),
    ],
)
def test_a_file_of_another_format_is_refused(path: Path, content: bytes, why: str) -> None:
    path.write_bytes(content)
    with pytest.raises(NotOfFormat) as refused:
        _batches(path)
    assert str(refused.value).startswith(f"{path}: {why}")


def test_bad_lines_at_the_beginning_do_not_refuse_a_file(path: Path) -> None:
    path.write_text("x\n" * 99 + "1\n")
    (batch,) = _batches(path)
    assert len(batch.rejects) == 99


def test_records_that_are_bad_but_of_the_format_do_not_refuse_a_file(path: Path) -> None:
    path.write_text("100\n" * 200)
    (batch,) = _batches(path)
    assert len(batch.rejects) == 200


def test_what_is_left_may_be_all_bad(path: Path) -> None:
    path.write_text("1\nx\n")
    (batch,) = _batches(path, start=1)
    assert [reject.line for reject in batch.rejects] == [2]


def test_the_files_of_a_folder_are_sorted_and_hidden_ones_left_out(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.TXT", "a/.hidden.txt", ".git/x.txt", "c.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "folder.txt").mkdir()
    assert files.find(tmp_path, "text", (".txt",)) == [tmp_path / "a/z.TXT", tmp_path / "b.txt"]
    assert files.find(tmp_path / "c.md", "text", (".txt",)) == [tmp_path / "c.md"]


def test_a_folder_without_such_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotOfFormat, match=r"holds no file of the format text \(\.txt\)"):
        files.find(tmp_path, "text", (".txt",))


def test_what_cannot_be_opened_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read: Is a directory"):
        Lines(tmp_path)


def test_a_fingerprint_depends_on_more_than_the_content(path: Path) -> None:
    path.write_bytes(b"x")
    assert len({files.fingerprint(path), files.fingerprint(path, None), files.fingerprint(path, "forum")}) == 3
    assert files.fingerprint(path, "forum") == files.fingerprint(path, "forum")
