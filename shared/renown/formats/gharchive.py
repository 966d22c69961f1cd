"""GH Archive: one hour of GitHub's public events as JSON Lines, gzip.

Read are the events of 2015 and those of today, whose payloads GitHub trimmed in October 2025: a pull request
there has neither its user nor `merged`, and `merged` is an action. Where the payload no longer says whose pull
request it is, the owner of the fork it comes from is its author; a review of one from the same repository counts
for the repository's owner, and its merge counts for nobody, since nothing is invented. Bots are no people.
Pushes, branches, wiki pages and memberships are passed over.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from ..activity import Activity, account, check_time, clean, topics
from ..errors import BadInput, NotOfFormat
from . import Batch, files
from .batches import batches
from .jsontext import Doc, inside, parse, text
from .lines import Lines
from .times import seconds

_TYPE: Final = re.compile(r'\{"id":"\d{1,20}","type":"(\w+)"', re.ASCII)
_NUMBER: Final = re.compile(r"\d{1,20}", re.ASCII)
_REPOSITORY: Final = re.compile(r"[^/\s]+/[^/\s]+")
_SITE: Final = "https://github.com/"


class _Event(NamedTuple):
    repo: str
    payload: Doc

    @property
    def owner(self) -> str:
        return self.repo.partition("/")[0]

    @property
    def action(self) -> str | None:
        return text(self.payload, "action")


class _Deed(NamedTuple):
    """What an event says: `author` is a login, None for the actor, "" for somebody who is not counted."""

    verb: str
    author: str | None
    object: str
    url: str | None
    about: Doc | None = None  # the repository whose language and topics the payload has


def _login(user: object) -> str | None:
    """A user's login, "" for a bot, None where the payload has none."""
    return "" if text(user, "type") == "Bot" else text(user, "login")


def _repository(event: _Event) -> str:
    return f"github:repo/{event.repo.lower()}"


def _star(event: _Event) -> _Deed | None:
    return _Deed("Like", event.owner, _repository(event), _SITE + event.repo)


def _fork(event: _Event) -> _Deed | None:
    forkee = inside(event.payload, "forkee")
    return _Deed("Announce", event.owner, _repository(event), text(forkee, "html_url"), forkee)


def _page(event: _Event, kind: str, path: str) -> str:
    """The address of the issue or pull request that stands under `kind`: the object of what is said about it."""
    number = inside(event.payload, kind, "number") or inside(event.payload, "number")
    given = text(event.payload, kind, "html_url")
    if not given and not isinstance(number, int):
        raise BadInput(f"payload.{kind}: neither html_url nor number")
    return given or f"{_SITE}{event.repo}/{path}/{number}"


def _issue(event: _Event) -> _Deed | None:
    page = _page(event, "issue", "issues")
    return _Deed("Create", None, page, page) if event.action == "opened" else None


def _issue_comment(event: _Event) -> _Deed | None:
    if event.action != "created":
        return None
    author = _login(inside(event.payload, "issue", "user"))
    comment = text(event.payload, "comment", "html_url")
    return _Deed("Reply", event.owner if author is None else author, _page(event, "issue", "issues"), comment)


def _base(event: _Event) -> Doc | None:
    base = inside(event.payload, "pull_request", "base", "repo")
    return base if isinstance(base, dict) else None


def _pull_request_author(event: _Event) -> str | None:
    author = _login(inside(event.payload, "pull_request", "user"))
    if author is not None:
        return author
    head = inside(event.payload, "pull_request", "head", "repo")
    if head is None or inside(head, "id") == inside(_base(event), "id"):
        return None
    return (text(head, "url") or "").rpartition("/repos/")[2].partition("/")[0] or None


def _pull_request(event: _Event) -> _Deed | None:
    page = _page(event, "pull_request", "pull")
    if event.action == "opened":
        return _Deed("Create", None, page, page, _base(event))
    was_merged = inside(event.payload, "pull_request", "merged") is True
    if event.action == "merged" or (event.action == "closed" and was_merged):
        return _Deed("Accept", _pull_request_author(event) or "", page, page, _base(event))
    return None


def _review(event: _Event) -> _Deed | None:
    if event.action not in ("created", "submitted"):
        return None
    author = _pull_request_author(event)
    url = text(event.payload, "comment", "html_url") or text(event.payload, "review", "html_url")
    page = _page(event, "pull_request", "pull")
    return _Deed("Reply", event.owner if author is None else author, page, url, _base(event))


def _release(event: _Event) -> _Deed | None:
    page = text(event.payload, "release", "html_url")
    return _Deed("Create", None, page, page) if page and event.action == "published" else None


def _discussion(event: _Event) -> _Deed | None:
    page = text(event.payload, "discussion", "html_url")
    return _Deed("Create", None, page, page) if page and event.action == "created" else None


def _commit_comment(event: _Event) -> _Deed | None:
    commit = text(event.payload, "comment", "commit_id")
    object_ = f"{_SITE}{event.repo}/commit/{commit}" if commit else _repository(event)
    return _Deed("Reply", event.owner, object_, text(event.payload, "comment", "html_url"))


_DEEDS: Final[dict[str, Callable[[_Event], _Deed | None]]] = {
    "CommitCommentEvent": _commit_comment,
    "DiscussionEvent": _discussion,
    "ForkEvent": _fork,
    "IssueCommentEvent": _issue_comment,
    "IssuesEvent": _issue,
    "PullRequestEvent": _pull_request,
    "PullRequestReviewCommentEvent": _review,
    "PullRequestReviewEvent": _review,
    "ReleaseEvent": _release,
    "WatchEvent": _star,
}


def _activity(line: str, latest: int) -> Activity | None:
    kind = _TYPE.match(line)
    if kind and kind[1].endswith("Event") and kind[1] not in _DEEDS:
        return None  # most lines are pushes; they need not be parsed
    return activity_of(parse(line), latest)


def activity_of(event: Any, latest: int) -> Activity | None:
    """What an event of GitHub's says, as an activity; None for one that is passed over.

    Raises BadInput where it lacks something or is later than `latest` (unix seconds), NotOfFormat where it is none.
    """
    name, payload = text(event, "type"), inside(event, "payload")
    if not name or not name.endswith("Event") or not isinstance(payload, dict):
        raise NotOfFormat("not an event of GitHub: it has no type '...Event' with a payload")
    if name not in _DEEDS:
        return None
    number, time = str(inside(event, "id")), text(event, "created_at")
    login, repo = text(event, "actor", "login"), text(event, "repo", "name") or ""
    if not _NUMBER.fullmatch(number) or not time or not login or not _REPOSITORY.fullmatch(repo):
        raise BadInput(f"{name}: needs id, created_at, actor.login and repo.name")
    deed = _DEEDS[name](_Event(repo, payload))
    if deed is None or not _is_person(login) or not (deed.author is None or _is_person(deed.author)):
        return None
    at = check_time(seconds(time), latest)
    actor = account("github", login.lower())
    return Activity(
        f"github:{number}:{deed.verb}",
        "github",
        deed.verb,
        actor,
        actor if deed.author is None else account("github", deed.author.lower()),
        clean(deed.object),
        at,
        at,
        _topics(deed.about),
        clean(deed.url),
    )


def _is_person(login: str) -> bool:
    return login != "" and not login.endswith("[bot]")


def _topics(repository: Doc | None) -> tuple[str, ...]:
    given = inside(repository, "topics")
    named = [name for name in given if isinstance(name, str)] if isinstance(given, list) else []
    return topics([*named, text(repository, "language") or ""])


class GHArchiveFormat:
    """Reads hour files of GH Archive."""

    name = "gharchive"

    def sources(self, path: Path) -> list[Path]:
        """The file, or the `.json.gz` and `.json` files of the folder."""
        return files.find(path, self.name, (".json.gz", ".json"))

    def fingerprint(self, source: Path) -> str:
        """Stands for the file's content."""
        return files.fingerprint(source)

    def read(self, source: Path, *, latest: int, start: int = 0) -> Iterator[Batch]:
        """The activity behind line `start`; see Format."""

        def take(line: str, batch: Batch) -> None:
            activity = _activity(line, latest)
            if activity:
                batch.activity.append(activity)

        with Lines(source, start) as lines:
            yield from batches(lines, lines, take, self.name, recognised=start > 0)


FORMAT: Final = GHArchiveFormat()
