"""What every format promises."""

from pathlib import Path

import pytest

from renown.activity import EARLIEST, VERBS, Activity, Observation, Reject, parse_account, topics
from renown.errors import BadInput, NotOfFormat
from renown.formats import Batch
from tests.contract.format_sources import CASES, LATEST, Case

SIZE = 7


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    made: Case = request.param
    return made


@pytest.fixture
def source(case: Case, tmp_path: Path) -> Path:
    return _built(case, tmp_path / "one")


@pytest.fixture
def _small_batches(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*case.batch_size, 2)


def _built(case: Case, folder: Path, size: int = SIZE) -> Path:
    folder.mkdir(parents=True)
    (found,) = case.format.sources(case.build(folder, size))
    return found


def _all(batches: list[Batch]) -> tuple[list[Activity], list[Observation], list[Reject]]:
    return (
        [activity for batch in batches for activity in batch.activity],
        [observation for batch in batches for observation in batch.observations],
        [reject for batch in batches for reject in batch.rejects],
    )


def _read(case: Case, source: Path, latest: int = LATEST, start: int = 0) -> list[Batch]:
    return list(case.format.read(source, latest=latest, start=start))


def test_records_are_well_formed(case: Case, source: Path) -> None:
    activity, observations, rejects = _all(_read(case, source))
    assert len(activity) >= SIZE
    assert rejects == []
    ids = [record.id for record in activity] + [observation.id for observation in observations]
    assert len(set(ids)) == len(ids)
    for record in activity:
        assert record.verb in VERBS
        assert parse_account(record.actor)
        assert record.author is None or parse_account(record.author)
        assert EARLIEST <= record.seen_at <= LATEST
        assert record.at is None or EARLIEST <= record.at <= LATEST
        assert record.topics == topics(record.topics)
    assert all(observation.total >= 0 for observation in observations)


def test_reading_twice_gives_the_same(case: Case, source: Path) -> None:
    assert _all(_read(case, source)) == _all(_read(case, source))


@pytest.mark.usefixtures("_small_batches")
def test_reading_goes_on_behind_any_position(case: Case, source: Path) -> None:
    batches = _read(case, source)
    assert len(batches) >= 3
    for number, batch in enumerate(batches, start=1):
        assert _all(_read(case, source, start=batch.position)) == _all(batches[number:])


@pytest.mark.usefixtures("_small_batches")
def test_batches_show_how_far_they_are(case: Case, source: Path) -> None:
    batches = _read(case, source)
    assert [batch.position for batch in batches] == sorted(batch.position for batch in batches)
    assert [batch.done for batch in batches] == sorted(batch.done for batch in batches)
    assert 0 <= batches[0].done <= batches[-1].done == 1


def test_nothing_is_later_than_the_latest_time(case: Case, source: Path) -> None:
    times = [record.at for record in _all(_read(case, source))[0] if record.at is not None]
    middle = sorted(times)[len(times) // 2]
    earlier, _, _ = _all(_read(case, source, latest=middle))
    assert 0 < len(earlier) < len(times)
    assert all(record.at is None or record.at <= middle for record in earlier)
    assert all(record.seen_at <= middle for record in earlier)


def test_the_fingerprint_follows_the_content(case: Case, source: Path, tmp_path: Path) -> None:
    fingerprint = case.format.fingerprint(source)
    assert case.format.fingerprint(_built(case, tmp_path / "again")) == fingerprint
    assert case.format.fingerprint(_built(case, tmp_path / "other", SIZE + 1)) != fingerprint


def _refusal(case: Case, path: Path) -> str:
    with pytest.raises(NotOfFormat) as refused:
        [_read(case, source) for source in case.format.sources(path)]
    return str(refused.value)


@pytest.mark.parametrize(
    "content",
    [b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, b"Dear Ada,\n\nhow are you?\n", b"{}\n", b""],
    ids=["binary", "prose", "empty object", "empty"],
)
def test_a_file_of_no_format_is_refused_in_one_line(case: Case, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "stranger"
    path.write_bytes(content)
    message = _refusal(case, path)
    assert "\n" not in message
    assert str(path) in message


@pytest.mark.parametrize(
    ("one", "other"),
    [(one, other) for one in CASES for other in CASES if one.format.name != other.format.name],
    ids=lambda case: case.name,
)
def test_a_source_of_another_format_is_refused_in_one_line(one: Case, other: Case, tmp_path: Path) -> None:
    assert "\n" not in _refusal(one, _built(other, tmp_path / "other"))


def test_a_path_with_nothing_there_is_refused(case: Case, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file or folder"):
        case.format.sources(tmp_path / "nowhere")


def test_an_empty_folder_is_refused(case: Case, tmp_path: Path) -> None:
    assert str(tmp_path) in _refusal(case, tmp_path)
