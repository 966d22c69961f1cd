"""People in files: what is written is read, and what is wrong is said in one line."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown import people_files
from renown.errors import BadInput
from renown.people_files import Given, read, write

ADA = Given(
    handle="ada",
    name="Ada: “the first” – #1",
    opted_in_at=datetime(2026, 11, 22, 10, tzinfo=UTC),
    opted_in_how="signed at the meeting",
    accounts=("mastodon:ada@example.social", "github:ada"),
)


@pytest.mark.parametrize("name", ["people.yaml", "people.yml", "people.json"])
def test_what_is_written_is_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    for people in ((ADA, ADA.model_copy(update={"handle": "b-2", "accounts": ()})), ()):
        write(path, people)
        assert read(path) == people


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=40))
def test_any_name_survives(text: str) -> None:
    import yaml

    document = yaml.safe_dump({"people": [{"name": text}]}, allow_unicode=True)
    assert people_files._parse_yaml(document) == {"people": [{"name": text}]}


@pytest.mark.parametrize(
    ("day", "moment"),
    [
        ("2026-11-22", datetime(2026, 11, 22, tzinfo=UTC)),
        ("2026-11-22T10:00:00", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("2026-11-22T10:00:00+02:00", datetime(2026, 11, 22, 8, tzinfo=UTC)),
        ("'2026-11-22'", datetime(2026, 11, 22, tzinfo=UTC)),
    ],
)
def test_days_and_moments(tmp_path: Path, day: str, moment: datetime) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(f"people: [{{handle: ada, name: Ada, opted_in_at: {day}, opted_in_how: mail}}]")
    assert read(path)[0].opted_in_at == moment


PERSON = "{handle: ada, name: Ada, opted_in_at: 2026-11-22, opted_in_how: mail}"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "people: Input should be"),
        ("people:\n- {handle: ada", "line 2: not YAML"),
        ("people:\n- !!python/object/apply:os.system [ls]", "line 2: not YAML: could not determine a constructor"),
        ("people:\n- &a [x]\n- [*a, *a]", r"line 2: references \(& and \*\) are not read"),
        ("[" * 100_000, "nested too deeply"),
        ("{a: " * 3_000, "nested too deeply"),
        ("\x00", "not YAML"),
        ("people: 3", "people: Input should be"),
        (f"people: [{PERSON}]\nmore: 1", "more: Extra inputs"),
        (f"people: [{PERSON}, {{handle: bob, name: Bob}}]", "people.2.opted_in_at: Field required"),
        (f"people: [{PERSON[:-1]}, proof: x}}]", "people.1.proof: Extra inputs"),
        (PERSON.replace("2026-11-22", "soon").join(("people: [", "]")), "people.1.opted_in_at: "),
        (PERSON.replace("2026-11-22", "2026-13-99").join(("people: [", "]")), "p.yaml: "),
        (PERSON.replace("Ada", "no").join(("people: [", "]")), "people.1.name: Input should be a valid string"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(content)
    with pytest.raises(BadInput, match=said) as raised:
        read(path)
    assert str(raised.value).startswith(str(path))
    assert "\n" not in str(raised.value)


def test_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="cannot be read: No such file"):
        read(tmp_path / "none.yaml")
    with pytest.raises(BadInput, match=r"ends in \.yaml, \.yml or \.json"):
        read(tmp_path / "people.csv")
    with pytest.raises(BadInput, match="cannot be written: No such file"):
        write(tmp_path / "none" / "p.yaml", ())
    for name, data, said in (
        ("p.json", b'{"people": [', "not JSON"),
        ("p.json", b'{"people": [{"name": NaN}]}', "NaN is not a JSON number"),
        ("p.yaml", b"people: \xff", "not UTF-8"),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(BadInput, match=said):
            read(tmp_path / name)
    monkeypatch.setattr(people_files, "LONGEST", 3)
    with pytest.raises(BadInput, match="larger than 3 bytes"):
        read(tmp_path / "p.yaml")
