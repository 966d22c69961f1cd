"""SNAP's Higgs activity."""

import gzip
import os
from pathlib import Path

import pytest

from renown.activity import Activity
from renown.formats import Batch
from renown.formats.higgs import FORMAT

LATEST = 1_400_000_000
DATA = Path(os.environ.get("RENOWN_DATA", "../shared/data")) / "higgs/higgs-activity_time.txt.gz"


def _read(path: Path, content: bytes, start: int = 0) -> Batch:
    path.write_bytes(content)
    (batch,) = FORMAT.read(path, latest=LATEST, start=start)
    return batch


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "activity.txt"


@pytest.mark.parametrize(("kind", "verb"), [("RT", "Announce"), ("MT", "Mention"), ("RE", "Reply")])
def test_a_line_is_a_reaction(path: Path, kind: str, verb: str) -> None:
    at = 1_341_100_972
    assert _read(path, f"12 7 {at} {kind}\n".encode()).activity == [
        Activity(f"higgs:12:7:{at}:{kind}", "higgs", verb, "higgs:12", "higgs:7", None, at, at)
    ]


def test_bad_lines_are_rejected_with_their_number(path: Path) -> None:
    batch = _read(
        path,
        b"1 2 1341100972 RT\n"
        b"1 2 1341100972 XX\n"
        b"1 2 1341100972\n"
        b"1 -2 1341100972 RT\n"
        b"1 2 NaN RT\n"
        b"1 2 99999999999999999999 RT\n"
        b"1 2 1400000001 RT\n"
        b"1 2 0 RT\n"
        b"1\x002 2 1341100972 RT\n"
        b"1 2 1341100972 RT RT\n"
        b"\xd9\xa1 2 1341100972 RT\n"
        b"2 1 1341100973\tMT\r\n",
    )
    assert [activity.id for activity in batch.activity] == ["higgs:1:2:1341100972:RT", "higgs:2:1:1341100973:MT"]
    reasons = {reject.line: reject.reason for reject in batch.rejects}
    assert list(reasons) == list(range(2, 12))
    assert reasons[2] == "not 'actor author unix_time RT|MT|RE': '1 2 1341100972 XX'"
    assert reasons[7] == "time 1400000001 is in the future"
    assert reasons[8] == "time 0 is before 1990"


def test_gzip_that_breaks_off_keeps_what_was_before(path: Path) -> None:
    packed = gzip.compress(b"".join(b"%d 7 1341100972 RT\n" % (number**3) for number in range(1, 2000)), mtime=0)
    batch = _read(path, packed[: len(packed) // 2])
    assert len(batch.activity) > 100
    assert [reject.line for reject in batch.rejects] == [len(batch.activity) + 1]


def test_sources_are_text_files(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt.gz", "c.csv"):
        (tmp_path / name).write_bytes(b"")
    assert FORMAT.sources(tmp_path) == [tmp_path / "a.txt.gz", tmp_path / "b.txt"]


@pytest.mark.skipif(not DATA.exists(), reason="RENOWN_DATA is not there")
def test_the_real_file_is_read_whole() -> None:
    ids: set[str] = set()
    rejects = 0
    for batch in FORMAT.read(DATA, latest=LATEST):
        ids.update(activity.id for activity in batch.activity)
        rejects += len(batch.rejects)
    assert (len(ids), rejects) == (563_069, 0)
