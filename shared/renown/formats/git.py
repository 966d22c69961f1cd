"""A git repository's history: who made which commits, and who reviewed, tested, reported or helped.

People are known by their names (as the repository's mailmap has them, one form of every letter, single spaces),
since that is what trailers carry; e-mail addresses are not kept. A commit that is no merge is a post (Create) of its
author at the time it was committed; its topics are the top-level folders it touches. Its trailers are reactions to
the author:

| trailer | verb | why |
|---|---|---|
| Acked-by | Like | agreement, in no more words |
| Reviewed-by, Tested-by, Reported-by, Suggested-by, Helped-by | Reply | they answered the work with their own |
| Co-authored-by | Announce | they stand for the work with their own name |

Signed-off-by and Cc say nothing of influence; commits and trailers of bots (`[bot]`) are left out.
"""

import re
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from .. import activity
from ..activity import Activity, Reject, account, check_time, topics
from ..errors import BadInput, NotOfFormat
from . import Batch
from .git_process import git

NETWORK: Final = "git"

_VERBS: Final = {
    b"acked-by": "Like",
    b"reviewed-by": "Reply",
    b"tested-by": "Reply",
    b"reported-by": "Reply",
    b"suggested-by": "Reply",
    b"helped-by": "Reply",
    b"co-authored-by": "Announce",
}

_COMMITS: Final = 5_000
"""Commits in a batch."""

_ORDER: Final = ("rev-list", "--reverse", "--topo-order", "--no-merges")
_LOG: Final = ("diff-tree", "--stdin", "--root", "--raw", "-z", "--always", "--no-renames")
"""Compares top-level folders only: twice as fast as `git log --name-only`, five times as `--dirstat`."""
_FIELDS: Final = "--format=%H%x00%ct%x00%aN%x00%(trailers:only,unfold)"
_FOLDER: Final = b"040000"


class _Commit(NamedTuple):
    hash: str
    time: bytes
    author: bytes
    reactions: list[tuple[str, bytes]]
    folders: tuple[str, ...]


class GitFormat:
    """Reads the history behind HEAD of any clone."""

    name = "git"

    def sources(self, path: Path) -> list[Path]:
        """The repository that the folder `path` is, or lies in.

        Raises NotOfFormat where there is none or it has no commits, BadInput where git refuses to read it.
        """
        _head(path)
        return [path]

    def fingerprint(self, source: Path) -> str:
        """Stands for the history behind HEAD, that is for the commit HEAD."""
        return activity.fingerprint(NETWORK, _head(source))

    def read(self, source: Path, *, latest: int, start: int = 0) -> Iterator[Batch]:
        """The commits behind number `start` of git's topological order, oldest first, and their trailers; see Format.

        Raises BadInput where git fails on the way, as in a clone that lacks objects.
        """
        head = _head(source)
        width = len(head) + 1
        with tempfile.TemporaryFile(prefix="renown-") as hashes:
            git(source, *_ORDER, head, output=hashes)
            commits = hashes.seek(0, 2) // width
            hashes.seek(start * width)
            for position in range(start, commits, _COMMITS):
                log = git(source, *_LOG, _FIELDS, given=hashes.read(_COMMITS * width))
                done = min(position + _COMMITS, commits)
                yield _batch(source, list(_parsed(log)), position, latest, Batch(done, done / commits))
        if start >= commits:
            yield Batch(start, 1.0)


def _head(source: Path) -> str:
    head = git(source, "rev-parse", "--revs-only", "HEAD").decode().strip()
    if not head:
        raise NotOfFormat(f"{source}: the repository has no commits on HEAD; check out a branch that has")
    return head


def _parsed(log: bytes) -> Iterator[_Commit]:
    """The commits in what `git diff-tree` printed: four fields, then a line and a name for all that changed."""
    fields = iter(log.split(b"\0"))
    commit = next(fields)
    while commit:
        time, author, trailers = next(fields), next(fields), next(fields)
        folders = []
        change = next(fields).lstrip(b"\n")
        while change.startswith(b":"):
            name = next(fields)
            if _FOLDER in change.split()[:2] or change.startswith(b":" + _FOLDER):
                folders.append(name.decode(errors="replace"))
            change = next(fields)
        yield _Commit(commit.decode(), time, author, list(_reactions(trailers)), tuple(folders))
        commit = change


def _reactions(trailers: bytes) -> Iterator[tuple[str, bytes]]:
    for line in trailers.splitlines():
        key, _, value = line.partition(b":")
        verb = _VERBS.get(key.strip().lower())
        if verb:
            yield verb, (value[: value.find(b">") + 1] or value).strip()  # a remark may follow the address


def _batch(source: Path, commits: list[_Commit], position: int, latest: int, batch: Batch) -> Batch:
    """Fills `batch` with what `commits`, which stand behind `position`, say."""
    names = _mailmapped(source, {who for commit in commits for _, who in commit.reactions})
    for number, commit in enumerate(commits, position + 1):
        try:
            batch.activity += _activities(commit, names, latest)
        except BadInput as error:
            batch.rejects.append(Reject(str(source), number, f"commit {commit.hash}: {error}"))
    return batch


def _mailmapped(source: Path, contacts: set[bytes]) -> dict[bytes, bytes]:
    """Each `Name <address>` as the repository's mailmap has it."""
    known = sorted(contact for contact in contacts if re.fullmatch(rb"[^<>]*<[^<>]+>", contact))
    given = b"".join(contact + b"\n" for contact in known)
    return dict(zip(known, git(source, "check-mailmap", "--stdin", given=given).splitlines(), strict=True))


def _activities(commit: _Commit, names: Mapping[bytes, bytes], latest: int) -> list[Activity]:
    """The commit and the reactions to it, each once; nothing where the author is a bot or has no name."""
    author = _person(commit.author)
    if author is None:
        return []
    at = check_time(int(commit.time or b"0"), latest)
    about = _topics(commit.folders)

    def did(verb: str, who: str, *native: str) -> Activity:
        key = ":".join((NETWORK, commit.hash, verb, *native))
        return Activity(key, NETWORK, verb, who, author, commit.hash, at, at, about)

    found = [did("Create", author)]
    for verb, contact in commit.reactions:
        who = _person(names.get(contact, contact))
        if who is not None:
            found.append(did(verb, who, activity.fingerprint(who)))
    return list({one.id: one for one in found}.values())


_topics = lru_cache(maxsize=1 << 14)(topics)


@lru_cache(maxsize=1 << 16)
def _person(contact: bytes) -> str | None:
    """The account of `Name <address>`; None for a bot, and for somebody of whom only an address is known."""
    text = contact.decode(errors="replace").partition("<")[0]
    name = " ".join(unicodedata.normalize("NFKC", activity.clean(text) or "").split()).strip("\"' ")
    if not name or "@" in name or "[bot]" in name.lower():
        return None
    return account(NETWORK, name)


FORMAT: Final = GitFormat()
