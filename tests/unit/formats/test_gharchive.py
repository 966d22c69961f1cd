"""GH Archive: events of 2015 and of today, made up."""

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.activity import VERBS, Activity
from renown.errors import NotOfFormat
from renown.formats import Batch
from renown.formats.gharchive import _DEEDS, FORMAT

LATEST = 1_800_000_000
SITE = "https://github.com/"
DATA = Path(os.environ.get("RENOWN_DATA", "../shared/data")) / "gharchive/2015-01-01-0.json.gz"

PULL = {"number": 4, "html_url": SITE + "Eva/garden/pull/4", "user": {"login": "Ben"}}
"""A pull request as of 2015."""

TRIMMED = {
    "id": 1,
    "number": 4,
    "url": "https://api.github.com/repos/Eva/garden/pulls/4",
    "head": {"ref": "x", "repo": {"id": 2, "url": "https://api.github.com/repos/Ben/garden", "name": "garden"}},
    "base": {"ref": "main", "repo": {"id": 1, "url": "https://api.github.com/repos/Eva/garden", "name": "garden"}},
}
"""A pull request as of today, from a fork."""

OWN_BRANCH = {**TRIMMED, "head": {"ref": "x", "repo": {"id": 1, "url": "https://api.github.com/repos/Eva/garden"}}}


def _event(kind: str, payload: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": "42",
        "type": kind,
        "actor": {"login": "Ada"},
        "repo": {"name": "Eva/garden"},
        "payload": payload,
        "created_at": "2015-01-01T00:00:05Z",
        **more,
    }


def _read(folder: Path, *lines: dict[str, Any] | str) -> Batch:
    path = folder / "hour.json"
    texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_text("".join(text + "\n" for text in texts))
    (batch,) = FORMAT.read(path, latest=LATEST)
    return batch


def _deeds(folder: Path, *events: dict[str, Any]) -> list[tuple[str, str, str | None, str | None]]:
    batch = _read(folder, *events)
    assert batch.rejects == []
    return [(a.verb, a.actor.removeprefix("github:"), a.author, a.object) for a in batch.activity]


def test_a_star_is_a_like_of_the_owners_repository(tmp_path: Path) -> None:
    assert _read(tmp_path, _event("WatchEvent", {"action": "started"})).activity == [
        Activity(
            "github:42:Like",
            "github",
            "Like",
            "github:ada",
            "github:eva",
            "github:repo/eva/garden",
            1_420_070_405,
            1_420_070_405,
            (),
            SITE + "Eva/garden",
        )
    ]


def test_a_fork_announces_and_has_the_topics_of_the_repository(tmp_path: Path) -> None:
    forkee = {"html_url": SITE + "ada/garden", "language": "C++", "topics": ["Soil", 7, "soil"]}
    (fork,) = _read(tmp_path, _event("ForkEvent", {"forkee": forkee})).activity
    assert (fork.verb, fork.author, fork.url) == ("Announce", "github:eva", SITE + "ada/garden")
    assert fork.topics == ("c++", "soil")


@pytest.mark.parametrize(
    ("kind", "payload", "deed"),
    [
        (
            "IssueCommentEvent",
            {
                "action": "created",
                "issue": {"number": 3, "html_url": SITE + "Eva/garden/issues/3", "user": {"login": "Cleo"}},
            },
            ("Reply", "ada", "github:cleo", SITE + "Eva/garden/issues/3"),
        ),
        (
            "IssueCommentEvent",
            {"action": "created", "issue": {"number": 3}},
            ("Reply", "ada", "github:eva", SITE + "Eva/garden/issues/3"),
        ),
        (
            "IssuesEvent",
            {"action": "opened", "issue": {"number": 3}},
            ("Create", "ada", "github:ada", SITE + "Eva/garden/issues/3"),
        ),
        (
            "PullRequestEvent",
            {"action": "opened", "pull_request": PULL},
            ("Create", "ada", "github:ada", SITE + "Eva/garden/pull/4"),
        ),
        (
            "PullRequestEvent",
            {"action": "closed", "pull_request": {**PULL, "merged": True}},
            ("Accept", "ada", "github:ben", SITE + "Eva/garden/pull/4"),
        ),
        (
            "PullRequestEvent",
            {"action": "merged", "number": 4, "pull_request": TRIMMED},
            ("Accept", "ada", "github:ben", SITE + "Eva/garden/pull/4"),
        ),
        (
            "PullRequestReviewEvent",
            {"action": "created", "pull_request": TRIMMED},
            ("Reply", "ada", "github:ben", SITE + "Eva/garden/pull/4"),
        ),
        (
            "PullRequestReviewEvent",
            {"action": "created", "pull_request": OWN_BRANCH},
            ("Reply", "ada", "github:eva", SITE + "Eva/garden/pull/4"),
        ),
        (
            "PullRequestReviewCommentEvent",
            {"action": "created", "pull_request": PULL},
            ("Reply", "ada", "github:ben", SITE + "Eva/garden/pull/4"),
        ),
        (
            "CommitCommentEvent",
            {"comment": {"commit_id": "abc"}},
            ("Reply", "ada", "github:eva", SITE + "Eva/garden/commit/abc"),
        ),
        (
            "ReleaseEvent",
            {"action": "published", "release": {"html_url": SITE + "Eva/garden/releases/1"}},
            ("Create", "ada", "github:ada", SITE + "Eva/garden/releases/1"),
        ),
        (
            "DiscussionEvent",
            {"action": "created", "discussion": {"html_url": SITE + "Eva/garden/discussions/1"}},
            ("Create", "ada", "github:ada", SITE + "Eva/garden/discussions/1"),
        ),
    ],
)
def test_what_an_event_says(
    tmp_path: Path, kind: str, payload: dict[str, Any], deed: tuple[str, str, str, str]
) -> None:
    assert _deeds(tmp_path, _event(kind, payload)) == [deed]


def test_the_address_of_what_was_said_is_kept(tmp_path: Path) -> None:
    comment = {"html_url": SITE + "Eva/garden/pull/4#r1"}
    repository = {"id": 1, "language": "Rust"}
    pull = {**PULL, "base": {"repo": repository}}
    payload = {"action": "created", "pull_request": pull, "comment": comment}
    (reply,) = _read(tmp_path, _event("PullRequestReviewCommentEvent", payload)).activity
    assert (reply.url, reply.topics) == (SITE + "Eva/garden/pull/4#r1", ("rust",))


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("PushEvent", {"size": 1}),
        ("MemberEvent", {"action": "added"}),
        ("SomethingNewEvent", {}),
        ("IssueCommentEvent", {"action": "deleted", "issue": {"number": 1}}),
        ("IssuesEvent", {"action": "closed", "issue": {"number": 1}}),
        ("PullRequestEvent", {"action": "closed", "pull_request": {**PULL, "merged": False}}),
        ("PullRequestEvent", {"action": "closed", "number": 4, "pull_request": TRIMMED}),
        ("PullRequestEvent", {"action": "merged", "number": 4, "pull_request": OWN_BRANCH}),
        ("PullRequestReviewEvent", {"action": "dismissed", "pull_request": TRIMMED}),
        ("ReleaseEvent", {"action": "edited", "release": {"html_url": SITE}}),
    ],
)
def test_what_is_passed_over(tmp_path: Path, kind: str, payload: dict[str, Any]) -> None:
    assert _deeds(tmp_path, _event(kind, payload)) == []


def test_bots_are_no_people(tmp_path: Path) -> None:
    star = {"action": "started"}
    merged = {"action": "closed", "pull_request": {**PULL, "merged": True, "user": {"login": "helper", "type": "Bot"}}}
    assert (
        _deeds(
            tmp_path,
            _event("WatchEvent", star, actor={"login": "helper[bot]"}),
            _event("WatchEvent", star, repo={"name": "helper[bot]/x"}),
            _event("PullRequestEvent", merged),
        )
        == []
    )


def test_bad_lines_are_rejected(tmp_path: Path) -> None:
    star = {"action": "started"}
    batch = _read(
        tmp_path,
        _event("WatchEvent", star),
        "[" * 100_000,
        '{"id": "42", "type": "WatchEvent", "payload": {"a": NaN}}',
        '{"id":"43","type":"PushEvent" and so on, which nobody reads',
        _event("WatchEvent", star, created_at="2099-01-01T00:00:00Z"),
        _event("WatchEvent", star, created_at="long ago"),
        _event("WatchEvent", star, id="4 2"),
        _event("WatchEvent", star, id=10**30),
        _event("WatchEvent", star, repo={"name": "/x"}),
        _event("WatchEvent", star, repo=None),
        _event("WatchEvent", star, actor={"login": "a\x00b"}),
        _event("WatchEvent", star, actor={"login": "\ud800"}),
        _event("IssuesEvent", {"action": "opened"}),
        {**_event("WatchEvent", star), "payload": []},
    )
    assert [activity.id for activity in batch.activity] == ["github:42:Like"]
    assert [reject.line for reject in batch.rejects] == [2, 3, *range(5, 15)]
    reasons = {reject.line: reject.reason for reject in batch.rejects}
    assert reasons[5] == "time 4070908800 is in the future"
    assert reasons[9] == reasons[10] == "WatchEvent: needs id, created_at, actor.login and repo.name"
    assert reasons[13] == "payload.issue: neither html_url nor number"


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "Ada", "created", "opened", "merged", SITE]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["login", "user", "html_url", "number", "head", "repo", "id"]), inner)
    ),
    max_leaves=6,
)


@given(
    st.sampled_from(sorted(_DEEDS)),
    st.dictionaries(st.sampled_from(["action", "issue", "pull_request", "comment", "forkee", "release"]), _ANYTHING),
    st.dictionaries(st.sampled_from(["id", "actor", "repo", "created_at", "payload"]), _ANYTHING, max_size=2),
)
def test_whatever_stands_in_an_event_it_is_read_or_rejected(
    tmp_path_factory: pytest.TempPathFactory, kind: str, payload: dict[str, Any], more: dict[str, Any]
) -> None:
    event = _event(kind, payload)
    batch = _read(tmp_path_factory.mktemp("fuzz"), _event("PushEvent", {}), event, {**event, **more})
    assert {reject.line for reject in batch.rejects} <= {2, 3}
    assert all(each.verb in VERBS and each.author for each in batch.activity)


def test_other_json_lines_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotOfFormat, match="not an event of GitHub"):
        _read(tmp_path, {"type": "Like", "actor": "https://social.example/users/ada"})


def test_only_pushes_are_an_hour_too(tmp_path: Path) -> None:
    assert _deeds(tmp_path, _event("PushEvent", {})) == []


@pytest.mark.skipif(not DATA.exists(), reason="RENOWN_DATA is not there")
def test_a_real_hour_is_read_whole() -> None:
    (batch,) = FORMAT.read(DATA, latest=LATEST)
    assert (batch.position, batch.rejects) == (7702, [])
    assert Counter(activity.verb for activity in batch.activity).keys() == {
        "Like", "Announce", "Reply", "Create", "Accept"
    }  # fmt: skip
    assert len({activity.id for activity in batch.activity}) == len(batch.activity) > 2000
