"""Reading a Stack Exchange dump."""

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import py7zr
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.activity import Activity, Observation, Reject
from renown.errors import BadInput, NotOfFormat
from renown.formats import Batch, sevenzip, stackexchange_stage, xml_rows
from renown.formats.stackexchange import FORMAT, StackExchangeFormat, site
from renown.formats.stackexchange_stage import folded, mentioned
from tests.unit.formats.made_stackexchange import (
    ROOTS,
    answer,
    comment,
    day,
    dump,
    question,
    user,
    vote,
    xml,
)

LATEST = 1_600_000_000
FIRST = 1_577_836_800  # 2020-01-01T00:00:00Z
NOON = 43_200
DAY = 86_400


def at(number: int) -> int:
    """Noon of that day of January 2020."""
    return FIRST + (number - 1) * DAY + NOON


def read(path: Path, start: int = 0) -> Batch:
    """All batches behind `start` as one."""
    whole = Batch(start, 0.0)
    for batch in FORMAT.read(path, latest=LATEST, start=start):
        assert batch.position >= whole.position
        assert 1 >= batch.done >= whole.done
        whole.position, whole.done = batch.position, batch.done
        whole.activity += batch.activity
        whole.observations += batch.observations
        whole.rejects += batch.rejects
    assert whole.done == 1
    return whole


def did(path: Path) -> list[tuple[str, str, str]]:
    """Verb, actor and author, without what is the same in all."""
    prefix = f"stackexchange:{site(path)}/"
    short = [(one.verb, one.actor, one.author or "") for one in read(path).activity]
    return [(verb, actor.removeprefix(prefix), author.removeprefix(prefix)) for verb, actor, author in short]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "ale.stackexchange.com"


def test_a_small_dump_word_by_word(folder: Path) -> None:
    dump(
        folder,
        posts=[
            question(1, owner=1, AcceptedAnswerId=2, ViewCount=70),
            answer(2, parent=1, owner=2),
            {"Id": 3, "PostTypeId": 5, "CreationDate": day(3), "OwnerUserId": 1},
        ],
        comments=[comment(9, post=2, person=3, text="@ada is right")],
        votes=[vote(1, 2, 1), vote(2, 2, 2), vote(3, 2, 2), vote(4, 1, 3), vote(5, 1, 5), vote(6, 3, 2)],
        users=[user(1, "Ada Byron"), user(2, "Grace"), user(3, "Edith")],
    )

    def made(native: str, verb: str, people: tuple[int, int], post: int, when: int, url: str) -> Activity:
        actor, author = (f"stackexchange:ale/{number}" for number in people)
        about = f"stackexchange:ale/posts/{post}"
        address = f"https://ale.stackexchange.com/{url}"
        key = f"stackexchange:ale/{native}"
        return Activity(key, "stackexchange", verb, actor, author, about, when, when, ("ale", "hops"), address)

    def counted(post: int, kind: str, owner: int, number: int) -> Observation:
        about = f"stackexchange:ale/posts/{post}"
        key, who = f"{about}:{kind}:{at(20)}", f"stackexchange:ale/{owner}"
        return Observation(key, "stackexchange", kind, who, about, number, at(20), at(20))

    found = read(folder)
    assert found.activity == [
        made("posts/1:Create", "Create", (1, 1), 1, at(1), "q/1"),
        made("posts/2:Create", "Create", (2, 2), 2, at(2), "a/2"),
        made("posts/2:Reply", "Reply", (2, 1), 1, at(2), "a/2"),
        made("posts/2:Accept", "Accept", (1, 2), 2, at(15) - NOON, "a/2"),
        made("comments/9:Reply", "Reply", (3, 2), 2, at(20), "posts/comments/9"),
        made("comments/9:Mention:1", "Mention", (3, 1), 2, at(20), "posts/comments/9"),
    ]
    assert found.observations == [
        counted(1, "downvotes", 1, 1),
        counted(1, "views", 1, 70),
        counted(2, "upvotes", 2, 2),
    ]
    assert found.rejects == []


@pytest.mark.parametrize("tags", ["<ale><dry-hops>", "|ale|dry-hops|", "<dry-hops><ALE>"])
def test_tags_of_old_and_new_dumps_are_topics(folder: Path, tags: str) -> None:
    dump(folder, posts=[question(1, Tags=tags), answer(2, 1)], comments=[comment(1, 2)])
    assert {one.topics for one in read(folder).activity} == {("ale", "dry-hops")}


def test_topics_are_found_in_the_text_without_markup(folder: Path) -> None:
    texts: list[tuple[str, list[str]]] = []

    def find(text: str, tags: Sequence[str]) -> list[str]:
        texts.append((text, list(tags)))
        return [f"found-{len(texts)}"]

    asked = question(1, Title="Which?", Body="<p>Tea &amp; <a href='x'>cake</a>", Tags="|ale|")
    dump(folder, posts=[asked, answer(2, 1, Body="<p>" * 40_000)], comments=[comment(1, 2)])
    (batch, *_) = [b for b in StackExchangeFormat(find).read(folder, latest=LATEST) if b.activity]
    assert {one.object: one.topics for one in batch.activity if one.verb == "Create"} == {
        "stackexchange:ale/posts/1": ("ale", "found-1"),
        "stackexchange:ale/posts/2": ("ale", "found-1", "found-2"),
    }
    assert [(" ".join(text.split()), tags) for text, tags in texts] == [("Which? Tea & cake", ["ale"]), ("<p", [])]


def test_a_question_without_tags_has_no_topics(folder: Path) -> None:
    dump(folder, posts=[question(1, Tags=None)])
    assert [one.topics for one in read(folder).activity] == [()]


@pytest.mark.parametrize(
    ("votes", "expected"),
    [
        ([], at(2)),
        ([vote(1, 2, 1, day(9, "00:00:00.000"))], at(9) - NOON),
        ([vote(1, 2, 1, day(2, "00:00:00.000"))], at(2)),
        ([vote(1, 2, 1, day(5)), vote(2, 2, 1, day(7)), vote(3, 1, 1, day(9))], at(7)),
        ([vote(1, 2, 2, day(9))], at(2)),
    ],
)
def test_an_answer_is_accepted_when_the_vote_says_but_not_before_it_was_written(
    folder: Path, votes: list[Any], expected: int
) -> None:
    dump(folder, posts=[question(1, AcceptedAnswerId=2), answer(2, 1), answer(3, 1)], votes=votes)
    assert [(one.object, one.at) for one in read(folder).activity if one.verb == "Accept"] == [
        ("stackexchange:ale/posts/2", expected)
    ]


def test_the_deleted_and_the_site_itself_are_nobody(folder: Path) -> None:
    dump(
        folder,
        posts=[
            question(1, owner=None, AcceptedAnswerId=2, OwnerDisplayName="user7"),
            answer(2, 1, owner=2),
            question(3, owner=-1, AcceptedAnswerId=4),
            answer(4, 3, owner=None),
            answer(5, 99, owner=2),
        ],
        comments=[
            comment(1, 1, person=3),
            comment(2, 4, person=3),
            comment(3, 2, person=None),
            comment(4, 2, person=-1),
            comment(5, 77, person=3),
        ],
        votes=[vote(1, 1, 2)],
    )
    assert did(folder) == [("Create", "2", "2"), ("Create", "2", "2")]
    assert [(count.kind, count.account) for count in read(folder).observations] == [("upvotes", None)]


def test_votes_never_have_an_actor(folder: Path) -> None:
    dump(folder, posts=[question(1)], votes=[{**vote(1, 1, 5), "UserId": 8}, {**vote(2, 1, 2), "UserId": 9}])
    found = read(folder)
    assert did(folder) == [("Create", "1", "1")]
    assert [(count.kind, count.account, count.total) for count in found.observations] == [
        ("upvotes", "stackexchange:ale/1", 1)
    ]


def test_to_answer_and_comment_oneself_is_activity_like_any_other(folder: Path) -> None:
    dump(folder, posts=[question(1, owner=1), answer(2, 1, owner=1)], comments=[comment(1, 1, person=1)])
    assert [verb for verb, *_ in did(folder)] == ["Create", "Create", "Reply", "Reply"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@Grace what do you say?", [5]),
        ("what do you say, @grace?", [5]),
        ("@GRA: hm", [5]),
        ("@AdaByron and @grace.", [4, 5]),
        ("@Ada Byron", [4]),
        ("@Ada's point", [4]),
        ("@Adam", []),
        ("@Ed", []),
        ("@Edith", [6]),
        ("@Edi", []),
        ("@Edithb", [7]),
        ("me@grace.example", []),
        ("https://example.org/@grace", []),
        ("@grace @Grace", [5]),
        ("@Asker, thanks", []),
        ("@Commenter says so", []),
        ("@Answerer", [2]),
        ("@Latecomer", []),
        ("@Stranger", []),
        ("@Twin", [9]),
    ],
)
def test_whom_a_name_in_a_comment_means(folder: Path, text: str, expected: list[int]) -> None:
    names = {
        1: "Asker",
        2: "Answerer",
        3: "Commenter",
        4: "Ada  Byron",
        5: "Grace",
        6: "Edith",
        7: "Edith B",
        8: "Latecomer",
        9: "Twin",
        10: "Twin",
        11: "Stranger",
    }
    early = {"CreationDate": day(10)}
    dump(
        folder,
        posts=[question(1, owner=1), answer(2, 1, owner=2), question(5, owner=11)],
        comments=[
            *(comment(n, 1, person=n, **early) for n in (4, 5, 6, 7, 9)),
            comment(10, 2, person=10, **early),
            comment(11, 1, person=3, text=text),
            comment(12, 1, person=8, CreationDate=day(21)),
        ],
        users=[user(number, name) for number, name in names.items()],
    )
    mentions = [one for one in read(folder).activity if one.verb == "Mention"]
    assert [one.author for one in mentions] == [f"stackexchange:ale/{number}" for number in expected]
    assert {one.actor for one in mentions} <= {"stackexchange:ale/3"}


@given(st.text())
def test_mentioned_names_are_folded_and_long_enough(text: str) -> None:
    found = mentioned(f"{text} @{text} @Grace")
    assert found[-1] == "grace" or "grace" in found
    assert all(len(name) >= 3 and folded(name) == name for name in found)
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("name", "expected", "address"),
    [
        ("ale", "ale", "https://ale.stackexchange.com/q/1"),
        ("ale.stackexchange.com", "ale", "https://ale.stackexchange.com/q/1"),
        ("bicycles.meta.stackexchange.com", "bicycles.meta", "https://bicycles.meta.stackexchange.com/q/1"),
        ("stackoverflow.com", "stackoverflow", "https://stackoverflow.com/q/1"),
        ("es.stackoverflow.com", "es.stackoverflow", "https://es.stackoverflow.com/q/1"),
        ("mathoverflow.net", "mathoverflow", "https://mathoverflow.net/q/1"),
        ("Ale.StackExchange.com", "ale", "https://ale.stackexchange.com/q/1"),
    ],
)
def test_the_site_is_the_name_of_the_folder(tmp_path: Path, name: str, expected: str, address: str) -> None:
    path = dump(tmp_path / name, posts=[question(1)])
    (created,) = read(path).activity
    assert created.actor == f"stackexchange:{expected}/1"
    assert created.url == address
    assert site(tmp_path / f"{name}.7z") == expected


@pytest.mark.parametrize("name", ["my dump", "dump_2024", "...", "stackoverflow.com-Posts"])
def test_a_folder_that_is_no_site_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="name it after the site"):
        FORMAT.sources(dump(tmp_path / name, posts=[question(1)]))


def test_a_folder_of_dumps_is_several_sources(tmp_path: Path) -> None:
    ale = dump(tmp_path / "ale", posts=[question(1)])
    tea = packed(dump(tmp_path / "all" / "tea", posts=[question(1)]), tmp_path / "tea.stackexchange.com.7z")
    (tmp_path / "notes.txt").write_text("x")
    assert FORMAT.sources(tmp_path) == [ale, tea]
    assert FORMAT.sources(ale) == [ale]
    assert FORMAT.sources(tea) == [tea]


def test_what_holds_no_dump_is_refused(tmp_path: Path) -> None:
    (tmp_path / "Users.xml").write_bytes(xml("users", []))
    for path in (tmp_path, tmp_path / "Users.xml"):
        with pytest.raises(
            NotOfFormat, match=r"neither a \.7z of the Stack Exchange dump nor a folder with its Posts\.xml"
        ):
            FORMAT.sources(path)
    with pytest.raises(BadInput, match="no such file or folder"):
        FORMAT.sources(tmp_path / "missing")


def test_only_posts_are_needed_and_old_dumps_write_small_letters(folder: Path) -> None:
    folder.mkdir()
    (folder / "posts.xml").write_bytes(xml("posts", [question(1), answer(2, 1)]))
    assert FORMAT.sources(folder) == [folder]
    assert [verb for verb, *_ in did(folder)] == ["Create", "Create", "Reply"]


def test_the_fingerprint_is_that_of_content_and_site(tmp_path: Path) -> None:
    one, other = (dump(tmp_path / name / "ale", posts=[question(1)]) for name in "ab")
    assert FORMAT.fingerprint(one) == FORMAT.fingerprint(other)
    assert FORMAT.fingerprint(one) != FORMAT.fingerprint(dump(tmp_path / "tea", posts=[question(1)]))
    (other / "Badges.xml").write_text("not read")
    assert FORMAT.fingerprint(one) == FORMAT.fingerprint(other)
    dump(other, posts=[question(1)], users=[user(1, "Ada")])
    assert FORMAT.fingerprint(one) != FORMAT.fingerprint(other)


# What is wrong with files


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
)
EXTERNAL = '<!DOCTYPE posts [<!ENTITY secret SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize("name", ROOTS)
@pytest.mark.parametrize("head", [BOMB + "]>", EXTERNAL, "<!DOCTYPE posts SYSTEM 'https://example.org/x.dtd'>"])
def test_entity_bombs_and_external_entities_are_refused_before_anything_is_read(
    folder: Path, name: str, head: str
) -> None:
    dump(folder, posts=[question(1)])
    row = {"Id": 1, "DisplayName": "&j;", "Text": "&secret;"}
    content = xml(ROOTS[name], [row], head=head).replace(b"&amp;", b"&")
    (folder / name).write_bytes(content)
    batches = FORMAT.read(folder, latest=LATEST)
    with pytest.raises(NotOfFormat, match="declares a document type") as error:
        next(batches)
    assert str(folder / name) in str(error.value)
    assert "\n" not in str(error.value)


def test_an_entity_that_nobody_declared_spoils_its_row_only(folder: Path) -> None:
    dump(folder, posts=[question(1, Title="&x;"), question(2)])
    content = (folder / "Posts.xml").read_bytes().replace(b"&amp;x;", b"&x;")
    (folder / "Posts.xml").write_bytes(content)
    found = read(folder)
    assert [one.object for one in found.activity] == ["stackexchange:ale/posts/2"]
    assert found.rejects == [Reject(str(folder / "Posts.xml"), 3, "undefined entity")]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "line 1: no element found"),
        (b"PK\x03\x04 something else", "line 1: not well-formed"),
        (b'{"json": true}', "line 1: not well-formed"),
        (b"<html><row Id='1'/></html>", "begins with <html>"),
        (b"<users><row Id='1'/></users>", "begins with <users>"),
        (b"<row Id='1'/>", "begins with <row>"),
        (b'<?xml version="1.0"?>\n\n', "no element found"),
    ],
)
def test_a_file_that_is_not_of_the_dump_is_refused(folder: Path, content: bytes, why: str) -> None:
    dump(folder)
    (folder / "Posts.xml").write_bytes(content)
    with pytest.raises(NotOfFormat, match=re.escape(why)) as error:
        next(FORMAT.read(folder, latest=LATEST))
    assert "\n" not in str(error.value)


def test_a_dump_without_rows_is_empty_and_not_wrong(folder: Path) -> None:
    found = read(dump(folder))
    assert (found.activity, found.observations, found.rejects, found.position) == ([], [], [], 0)


@pytest.mark.parametrize("cut", [b"</posts>", b" />\r\n</posts>", b"OwnerUserId"])
def test_a_cut_file_gives_what_it_held_and_says_where_it_breaks_off(folder: Path, cut: bytes) -> None:
    dump(folder, posts=[question(1), question(2), question(3)])
    content = (folder / "Posts.xml").read_bytes()
    (folder / "Posts.xml").write_bytes(content[: content.rindex(cut)])
    found = read(folder)
    whole = 3 if cut == b"</posts>" else 2
    assert [one.at for one in found.activity] == [at(n + 1) for n in range(whole)]
    (reject,) = found.rejects
    assert reject.file == str(folder / "Posts.xml")
    assert reject.line == 6 - (whole == 2)
    assert "breaks off here" in reject.reason


BAD: list[tuple[dict[str, object], str]] = [
    ({"Id": "x"}, "Id is 'x', not a number"),
    ({"Id": None}, "no Id"),
    ({"Id": "9" * 30}, "not a number"),
    ({"OwnerUserId": "1.5"}, "OwnerUserId is '1.5', not a number"),
    ({"CreationDate": None}, "no CreationDate"),
    ({"CreationDate": "yesterday"}, "time 'yesterday"),
    ({"CreationDate": "2020-02-30T00:00:00.000"}, "there is no such day"),
    ({"CreationDate": "1970-01-01T00:00:00.000"}, "is before 1990"),
    ({"CreationDate": "2999-01-01T00:00:00.000"}, "is in the future"),
    ({"PostTypeId": None}, "no PostTypeId"),
]


@pytest.mark.parametrize(("wrong", "why"), BAD)
def test_a_bad_row_is_rejected_with_its_line_and_the_rest_is_read(
    folder: Path, wrong: dict[str, object], why: str
) -> None:
    dump(folder, posts=[question(1), {**question(2), **wrong}, question(3)])
    found = read(folder)
    assert [one.at for one in found.activity] == [at(1), at(3)]
    (reject,) = found.rejects
    assert (reject.file, reject.line) == (str(folder / "Posts.xml"), 4)
    assert why in reject.reason


def test_bad_rows_of_every_file_are_rejected(folder: Path) -> None:
    dump(
        folder,
        posts=[question(1)],
        comments=[comment(1, 1, CreationDate="never")],
        votes=[vote(1, 1, 2, "never")],
        users=[{"DisplayName": "Nobody"}],
    )
    found = read(folder)
    assert [(Path(reject.file).name, reject.line) for reject in found.rejects] == [
        ("Comments.xml", 3),
        ("Users.xml", 3),
        ("Votes.xml", 3),
    ]
    assert len(found.activity) == 1


@pytest.mark.parametrize("spoiled", [b"\xff\xfe", b"\x00", b"<", b"&#1;"])
def test_a_row_that_is_no_xml_is_passed_over(folder: Path, spoiled: bytes) -> None:
    dump(folder, posts=[question(1), question(2, Title="SPOILED"), question(3), question(4)])
    content = (folder / "Posts.xml").read_bytes()
    (folder / "Posts.xml").write_bytes(content.replace(b"SPOILED", spoiled))
    found = read(folder)
    assert [one.at for one in found.activity] == [at(1), at(3), at(4)]
    assert [reject.line for reject in found.rejects] == [4]


def test_a_row_may_stand_on_several_lines_or_all_on_one(folder: Path) -> None:
    dump(folder, posts=[question(1), question(2)])
    content = (folder / "Posts.xml").read_bytes()
    for other in (content.replace(b" OwnerUserId", b"\n\n OwnerUserId"), content.replace(b"\r\n", b"")):
        (folder / "Posts.xml").write_bytes(other)
        assert [one.at for one in read(folder).activity] == [at(1), at(2)]


def test_a_row_without_end_is_not_held_in_memory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_rows, "MAX_ROW", 3 << 20)
    dump(folder, posts=[question(1), question(2, Body="x" * (8 << 20)), question(3)])
    found = read(folder)
    assert [one.at for one in found.activity] == [at(1)]
    assert [(reject.line, reject.reason) for reject in found.rejects] == [
        (4, "no row within 3,145,728 bytes; the rest of the file is not read")
    ]


def community(folder: Path) -> Path:
    """A dump with something of everything."""
    return dump(
        folder,
        posts=[
            *(question(n, owner=n, AcceptedAnswerId=n + 10, ViewCount=n) for n in range(1, 8)),
            question(9, owner="x"),  # type: ignore[arg-type]  # a bad row
            *(answer(n + 10, n, owner=n + 1) for n in range(1, 8)),
        ],
        comments=[comment(n, n % 7 + 1, person=n % 5 + 1, text=f"@user{n % 4}") for n in range(1, 30)],
        votes=[vote(n, n % 7 + 1, n % 3 + 1) for n in range(40)],
        users=[user(n, f"User {n}") for n in range(12)],
    )


def test_reading_goes_on_behind_every_position(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stackexchange_stage, "_FETCHED", 4)
    monkeypatch.setattr(stackexchange_stage, "_STAGED", 6)
    community(folder)
    batches = list(FORMAT.read(folder, latest=LATEST))
    assert len([batch for batch in batches if batch.activity]) > 8
    assert sum(not batch.activity for batch in batches) > 8  # while the dump is staged
    whole = read(folder)
    assert [len(found) for found in (whole.rejects, whole.observations)] == [1, 21]
    for position in sorted({batch.position for batch in batches} | {1, whole.position, whole.position + 5}):
        before = [batch for batch in batches if batch.position <= position]
        if position and before[-1].position != position:
            continue
        rest = read(folder, position)
        assert [one for batch in before for one in batch.activity] + rest.activity == whole.activity
        assert [one for batch in before for one in batch.observations] + rest.observations == whole.observations
        assert [one for batch in before for one in batch.rejects] + rest.rejects == whole.rejects


def test_reading_twice_gives_the_same(tmp_path: Path) -> None:
    assert read(community(tmp_path / "a" / "ale")).activity == read(community(tmp_path / "b" / "ale")).activity


def test_nothing_stays_behind_in_the_folder_for_temporary_files(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    batches = FORMAT.read(packed(community(folder), tmp_path / "ale.7z"), latest=LATEST)
    next(batches)
    assert list(temporary.iterdir())
    del batches
    assert not list(temporary.iterdir())


# Archives


def packed(folder: Path, archive: Path, names: Callable[[str], str] = str) -> Path:
    """The files of `folder` in an archive, called as `names` says."""
    with py7zr.SevenZipFile(archive, "w") as file:
        for path in sorted(folder.iterdir()):
            file.writestr(path.read_bytes(), "checked")
            file.header.files_info.files[-1]["filename"] = names(path.name)  # py7zr writes no name that leads outside
    return archive


def test_an_archive_holds_what_its_folder_does(folder: Path, tmp_path: Path) -> None:
    community(folder)
    archive = packed(folder, tmp_path / "ale.stackexchange.com.7z")
    unpacked, found = read(folder), read(archive)
    assert found.activity == unpacked.activity
    assert found.observations == unpacked.observations
    assert found.rejects == [one._replace(file=str(archive / "Posts.xml")) for one in unpacked.rejects]
    assert FORMAT.fingerprint(archive) == FORMAT.fingerprint(archive)


def test_other_files_of_an_archive_are_not_unpacked(folder: Path, tmp_path: Path) -> None:
    (community(folder) / "PostHistory.xml").write_bytes(b"x" * 1000)
    out = tmp_path / "out"
    out.mkdir()
    found = sevenzip.unpack(packed(folder, tmp_path / "ale.7z"), ["Posts.xml", "Tags.xml"], out)
    assert list(found) == ["Posts.xml"]
    assert list(out.iterdir()) == [found["Posts.xml"]]
    assert found["Posts.xml"].read_bytes() == (folder / "Posts.xml").read_bytes()


@pytest.mark.parametrize("prefix", ["../", "/", "../../etc/"])
def test_a_name_in_an_archive_never_becomes_a_path(folder: Path, tmp_path: Path, prefix: str) -> None:
    archive = packed(community(folder), tmp_path / "ale.7z", lambda name: prefix + name)
    with py7zr.SevenZipFile(archive) as opened:
        assert f"{prefix}Posts.xml" in opened.namelist()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(NotOfFormat, match=r"holds no Posts\.xml"):
        read(archive)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_link_in_an_archive_is_only_bytes(folder: Path, tmp_path: Path) -> None:
    community(folder)
    (tmp_path / "secret.xml").write_bytes((folder / "Posts.xml").read_bytes())
    (folder / "Posts.xml").unlink()
    (folder / "Posts.xml").symlink_to("../secret.xml")
    archive = tmp_path / "ale.7z"
    with py7zr.SevenZipFile(archive, "w") as file:
        file.write(folder / "Posts.xml", "Posts.xml")
    with pytest.raises(NotOfFormat, match=r"Posts\.xml: not a <posts> file"):
        read(archive)


@pytest.mark.parametrize("bomb", ["Posts.xml", "PostHistory.xml"])
def test_an_archive_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bomb: str
) -> None:
    """Also where a file that is not wanted stands before one that is: it has to be unpacked on the way."""
    monkeypatch.setattr(sevenzip, "ROOM", 1000)
    files = {"Posts.xml": xml("posts", [question(1)])} | {bomb: b" " * 2_000_000}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    archive = packed(tmp_path, tmp_path.parent / "ale.7z")
    assert archive.stat().st_size < 2000
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(BadInput, match=r"unpacks to more than .* refused") as error:
        sevenzip.unpack(archive, ["Posts.xml", "Users.xml"], out)
    assert not isinstance(error.value, NotOfFormat)
    assert sum(path.stat().st_size for path in out.iterdir()) < 400_000


def test_an_archive_that_is_cut_or_something_else_is_refused(folder: Path, tmp_path: Path) -> None:
    archive = packed(community(folder), tmp_path / "ale.7z")
    content = archive.read_bytes()
    damaged = bytearray(content)
    damaged[60] ^= 0xFF
    for bad in (b"", b"7z", content[:-1], content[: len(content) // 2], b"x" * 500, bytes(damaged)):
        archive.write_bytes(bad)
        with pytest.raises(NotOfFormat, match="not a whole 7z archive") as error:
            read(archive)
        assert "\n" not in str(error.value)


def test_an_archive_with_a_password_is_bad_input(folder: Path, tmp_path: Path) -> None:
    archive = tmp_path / "ale.7z"
    with py7zr.SevenZipFile(archive, "w", password="hidden") as file:
        file.writestr((dump(folder) / "Posts.xml").read_bytes(), "Posts.xml")
    with pytest.raises(BadInput, match="needs a password"):
        read(archive)


# Real data

REAL = Path(os.environ.get("RENOWN_DATA", "../shared/data"), "stackexchange", "beer")


@pytest.mark.skipif(not REAL.is_dir(), reason=f"{REAL} is not there; set RENOWN_DATA")
def test_a_real_dump_agrees_with_what_can_be_counted_in_it() -> None:
    posts = (REAL / "Posts.xml").read_text("utf-8-sig")
    people = re.findall(r'<row Id="(\d+)" PostTypeId="[12]".* OwnerUserId="(\d+)"', posts)
    found = read(REAL)
    assert found.rejects == []
    created = [one for one in found.activity if one.verb == "Create"]
    assert [(one.object, one.actor) for one in created] == [
        (f"stackexchange:beer/posts/{post}", f"stackexchange:beer/{owner}") for post, owner in people
    ]
    ups = re.findall(r'PostId="(\d+)" VoteTypeId="2"', (REAL / "Votes.xml").read_text("utf-8-sig"))
    known = set(re.findall(r'<row Id="(\d+)" PostTypeId="[12]"', posts))
    assert sum(one.total for one in found.observations if one.kind == "upvotes") == sum(post in known for post in ups)
    assert len({one.id for one in found.activity}) == len(found.activity)
