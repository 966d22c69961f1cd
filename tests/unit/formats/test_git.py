"""Reading a git repository's history."""

from pathlib import Path

import pytest

from renown.activity import Activity, Reject, fingerprint
from renown.errors import BadInput, NotOfFormat
from renown.formats import Batch
from renown.formats import git as format_
from renown.formats.git import FORMAT
from tests.unit.formats.made_git import MINUTE, START, Commit, git, made

LATEST = START + 10_000_000


@pytest.fixture(autouse=True)
def _nobodys_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


def read(path: Path, start: int = 0, latest: int = LATEST) -> list[Batch]:
    return list(FORMAT.read(path, latest=latest, start=start))


def activity(path: Path) -> list[Activity]:
    return [one for batch in read(path) for one in batch.activity]


def did(path: Path) -> list[tuple[str, str, str | None]]:
    return [(one.verb, one.actor, one.author) for one in activity(path)]


def trailers(*lines: str) -> str:
    return "Change something\n\nBecause of something.\n\n" + "\n".join(lines) + "\n"


def test_a_commit_is_a_post_about_the_top_level_folders_it_touches(tmp_path: Path) -> None:
    path = made(
        tmp_path / "clone",
        [
            Commit(files={"README": "a", "docs/a/b.txt": "b", "src/Deep Down/x.c": "c"}),
            Commit(author="Grace <grace@example.org>", files={"README": "d"}),
            Commit(files={"src/Deep Down/y.c": "e"}),
            Commit(),
        ],
    )
    hashes = git(path, "rev-list", "--reverse", "main").split()
    first = activity(path)[0]
    assert first == Activity(
        f"git:{hashes[0]}:Create",
        "git",
        "Create",
        "git:Ada Byron",
        "git:Ada Byron",
        hashes[0],
        START + 1,
        START + 1,
        ("docs", "src"),
        None,
    )
    assert [one.object for one in activity(path)] == hashes
    assert [one.topics for one in activity(path)] == [("docs", "src"), (), ("src",), ()]
    assert activity(path)[1].actor == "git:Grace"


@pytest.mark.parametrize(
    ("trailer", "verb"),
    [
        ("Acked-by", "Like"),
        ("Reviewed-by", "Reply"),
        ("TESTED-BY", "Reply"),
        ("Reported-by", "Reply"),
        ("Suggested-By", "Reply"),
        ("Helped-by", "Reply"),
        ("Co-authored-by", "Announce"),
    ],
)
def test_a_trailer_is_a_reaction_to_the_author(tmp_path: Path, trailer: str, verb: str) -> None:
    message = trailers(f"{trailer}: Grace Hopper <grace@example.org>", "Signed-off-by: Keeper <keeper@example.org>")
    path = made(tmp_path / "clone", [Commit(message=message, files={"src/x": "1"})])
    commit = git(path, "rev-parse", "HEAD")
    assert activity(path)[1:] == [
        Activity(
            f"git:{commit}:{verb}:{fingerprint('git:Grace Hopper')}",
            "git",
            verb,
            "git:Grace Hopper",
            "git:Ada Byron",
            commit,
            START + 1,
            START + 1,
            ("src",),
        )
    ]


def test_what_says_nothing_of_influence_is_left_out(tmp_path: Path) -> None:
    message = trailers(
        "Signed-off-by: Keeper <keeper@example.org>",
        "Cc: Everybody <all@example.org>",
        "Reviewed-by: renovate[bot] <bot@example.org>",
        "Acked-by: grace@example.org",
        "Acked-by: <grace@example.org>",
        "Tested-by:",
        "Fixes: something",
    )
    bot = Commit(author="Dependabot[bot] <bot@example.org>", message=trailers("Acked-by: Grace <grace@example.org>"))
    path = made(tmp_path / "clone", [Commit(message=message), bot])
    assert did(path) == [("Create", "git:Ada Byron", "git:Ada Byron")]
    assert read(path)[-1].rejects == []


def test_trailers_stand_in_the_last_paragraph_only(tmp_path: Path) -> None:
    message = "Quote a mail\n\nReviewed-by: Grace <grace@example.org>\n\nIt said so there.\n"
    assert len(did(made(tmp_path / "clone", [Commit(message=message)]))) == 1


def test_one_persons_several_trailers_of_a_verb_are_one_reaction(tmp_path: Path) -> None:
    message = trailers(
        "Reviewed-by: Grace <g@example.org>", "Tested-by: Grace <grace@example.org>", "Acked-by: Grace <g@x.y>"
    )
    assert [verb for verb, *_ in did(made(tmp_path / "clone", [Commit(message=message)]))] == [
        "Create",
        "Reply",
        "Like",
    ]


def test_people_are_known_by_their_name_as_the_mailmap_has_it(tmp_path: Path) -> None:
    mailmap = "Ada Byron <ada@example.org> <old@example.org>\nGrace Hopper <grace@example.org> gh <gh@example.org>\n"
    path = made(
        tmp_path / "clone",
        [
            Commit(author="countess <old@example.org>", message=trailers("Acked-by: gh <gh@example.org> # twice")),
            Commit(
                author="Zo\u0065\u0308   de  la Cruz <z@example.org>",
                message=trailers('Acked-by: "Ada  Byron" <a@b.c>'),
            ),
            Commit(files={".mailmap": mailmap}),
        ],
    )
    git(path, "checkout", "--quiet", "main")
    expected = [
        ("Create", "git:Ada Byron", "git:Ada Byron"),
        ("Like", "git:Grace Hopper", "git:Ada Byron"),
        ("Create", "git:Zo\u00eb de la Cruz", "git:Zo\u00eb de la Cruz"),
        ("Like", "git:Ada Byron", "git:Zo\u00eb de la Cruz"),
        ("Create", "git:Ada Byron", "git:Ada Byron"),
    ]
    assert did(path) == expected
    git(tmp_path, "clone", "--quiet", "--bare", str(path), "bare.git")
    assert did(tmp_path / "bare.git") == expected


def test_a_name_that_is_not_utf8_is_kept_as_far_as_it_can_be_read(tmp_path: Path) -> None:
    path = made(
        tmp_path / "clone", [Commit(author=b"Zo\xeb <zoe@example.org>", message=b"x\n\nAcked-by: \xff\xfe <a@b.c>\n")]
    )
    assert did(path) == [("Create", "git:Zo\ufffd", "git:Zo\ufffd"), ("Like", "git:\ufffd\ufffd", "git:Zo\ufffd")]


def test_merges_are_left_out(tmp_path: Path) -> None:
    merge = Commit(
        message=trailers("Reviewed-by: Grace <grace@example.org>"), merges=0, author="Keeper <k@example.org>"
    )
    path = made(tmp_path / "clone", [Commit(), Commit(files={"a/b": "1"}), merge])
    assert len(git(path, "rev-list", "main").split()) == 3
    assert did(path) == [("Create", "git:Ada Byron", "git:Ada Byron")] * 2


def test_a_bare_clone_and_a_folder_inside_hold_the_same(tmp_path: Path) -> None:
    path = made(tmp_path / "clone", [Commit(files={"src/deep/x": "1", "docs/y": "2"}), Commit(files={"docs/z": "3"})])
    git(path, "checkout", "--quiet", "main")
    bare = tmp_path / "bare.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(path), str(bare))
    for other in (bare, path / "src" / "deep"):
        assert FORMAT.sources(other) == [other]
        assert FORMAT.fingerprint(other) == FORMAT.fingerprint(path)
        assert activity(other) == activity(path)


def test_a_commit_more_is_another_history(tmp_path: Path) -> None:
    path = made(tmp_path / "clone", [Commit()])
    before = FORMAT.fingerprint(path)
    assert before == FORMAT.fingerprint(made(tmp_path / "same", [Commit()]))
    assert before != FORMAT.fingerprint(made(tmp_path / "more", [Commit(), Commit()]))


def test_a_commit_with_an_absurd_date_is_rejected(tmp_path: Path) -> None:
    acked = trailers("Acked-by: Grace <grace@example.org>")
    path = made(
        tmp_path / "clone", [Commit(), Commit(committed=0, message=acked), Commit(committed=LATEST + 1), Commit()]
    )
    hashes = git(path, "rev-list", "--reverse", "main").split()
    (batch,) = read(path)
    assert [one.object for one in batch.activity] == [hashes[0], hashes[3]]
    assert batch.rejects == [
        Reject(str(path), 2, f"commit {hashes[1]}: time 0 is before 1990"),
        Reject(str(path), 3, f"commit {hashes[2]}: time {LATEST + 1} is in the future"),
    ]


def test_reading_goes_on_behind_a_position(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(format_, "_COMMITS", 2)
    path = made(tmp_path / "clone", [Commit(files={f"d{n}/x": str(n)}) for n in range(5)])
    batches = read(path)
    assert [(batch.position, round(batch.done, 1)) for batch in batches] == [(2, 0.4), (4, 0.8), (5, 1.0)]
    assert [one.at for batch in batches for one in batch.activity] == [START + 1 + n * MINUTE for n in range(5)]
    for position in range(6):
        rest = [one for batch in read(path, position) for one in batch.activity]
        assert rest == activity(path)[position:]
    assert read(path, 5) == [Batch(5, 1.0)]


def test_odd_file_names_do_not_confuse(tmp_path: Path) -> None:
    path = made(
        tmp_path / "clone",
        [Commit(files={'":040000 x/y"': "1", '"a\\nb/c"': "2", "ok/z": "3"}), Commit(files={"ok/z": "4"})],
    )
    assert [one.topics for one in activity(path)] == [(":040000-x", "ab", "ok"), ("ok",)]


def test_a_folder_that_becomes_a_file_counts_as_one(tmp_path: Path) -> None:
    path = made(tmp_path / "clone", [Commit(files={"src/x": "1"}), Commit(files={"src": "2"})])
    assert [one.topics for one in activity(path)] == [("src",), ("src",)]


def test_nothing_that_the_repository_configures_is_run(tmp_path: Path) -> None:
    path = made(
        tmp_path / "clone", [Commit(message=trailers("Acked-by: Grace <grace@example.org>"), files={"a/b": "1"})]
    )
    canary, program = tmp_path / "canary", tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {canary}\n")
    program.chmod(0o755)
    for name in ("core.fsmonitor", "core.pager", "pager.rev-list", "pager.diff-tree", "gpg.program", "diff.external"):
        git(path, "config", name, str(program))
    git(path, "config", "log.showSignature", "true")
    git(path, "config", "core.hooksPath", str(tmp_path))
    assert [verb for verb, *_ in did(path)] == ["Create", "Like"]
    assert not canary.exists()


def test_git_is_not_led_elsewhere_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made(tmp_path / "clone", [Commit()])
    other = made(tmp_path / "other", [Commit(author="Grace <grace@example.org>")])
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    assert did(path) == [("Create", "git:Ada Byron", "git:Ada Byron")]


def test_what_is_no_repository_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for path, why in ((tmp_path, "not a git repository"), (tmp_path / "file", "not a git repository")):
        with pytest.raises(NotOfFormat, match=why) as error:
            FORMAT.sources(path)
        assert "\n" not in str(error.value)
        with pytest.raises(NotOfFormat, match=why):
            read(path)
    with pytest.raises(BadInput, match="there is no such file or folder"):
        FORMAT.sources(tmp_path / "missing")


def test_a_repository_without_commits_is_refused(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "empty")
    with pytest.raises(NotOfFormat, match="no commits on HEAD"):
        FORMAT.sources(tmp_path / "empty")


def test_a_clone_that_lacks_objects_is_bad_input(tmp_path: Path) -> None:
    path = made(tmp_path / "clone", [Commit(files={"a/b": "1"}), Commit(files={"a/b": "2"})])
    tree = git(path, "rev-parse", "HEAD^{tree}")
    (path / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(BadInput, match="git could not read the repository: ") as error:
        read(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("fatal: detected dubious ownership in repository at '/x'", r"git config --global --add safe\.directory"),
        ("fatal: something\nelse", "git could not read the repository: fatal: something else"),
    ],
)
def test_what_git_refuses_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, expected: str
) -> None:
    program = tmp_path / "git"
    program.write_text(f'#!/bin/sh\necho "{said}" >&2\nexit 128\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadInput, match=expected) as error:
        FORMAT.sources(tmp_path)
    assert not isinstance(error.value, NotOfFormat)
    assert "\n" not in str(error.value)


def test_a_machine_without_git_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadInput, match="git is not installed"):
        FORMAT.sources(tmp_path)
