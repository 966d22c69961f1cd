"""Git repositories made for tests: fixed people, dates and content, nothing of this machine's configuration."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

START = 1_600_000_000
MINUTE = 60

_ENVIRONMENT = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}


@dataclass(frozen=True)
class Commit:
    """A commit to be made: `merges` is the number (from 0) of a commit to merge, `committed` unix seconds."""

    author: str | bytes = "Ada Byron <ada@example.org>"
    message: str | bytes = "Change something"
    files: dict[str, str] = field(default_factory=dict)
    committed: int | None = None
    merges: int | None = None


def made(path: Path, commits: Sequence[Commit]) -> Path:
    """A repository in the folder `path` with `commits`, one after the other, one minute apart, on its branch."""
    git(path.parent, "init", "--quiet", "--initial-branch=main", str(path))
    stream = b"".join(_commit(number, commit) for number, commit in enumerate(commits))
    git(path, "fast-import", "--quiet", given=stream)
    return path


def git(path: Path, *arguments: str, given: bytes = b"") -> str:
    """What git prints."""
    command = ["git", "-C", str(path), *arguments]
    done = subprocess.run(command, input=given, env=_ENVIRONMENT, capture_output=True, check=True)  # ours
    return done.stdout.decode().strip()


def _commit(number: int, commit: Commit) -> bytes:
    author = commit.author if isinstance(commit.author, bytes) else commit.author.encode()
    message = commit.message if isinstance(commit.message, bytes) else commit.message.encode()
    written = START + number * MINUTE
    committed = written + 1 if commit.committed is None else commit.committed
    lines = [
        b"commit refs/heads/main",
        b"mark :%d" % (number + 1),
        b"author %s %d +0000" % (author, written),
        b"committer Keeper <keeper@example.org> %d +0000" % committed,
        b"data %d\n%s" % (len(message), message),
    ]
    if commit.merges is not None:
        lines += [b"from :%d" % number, b"merge :%d" % (commit.merges + 1)]
    for name, content in commit.files.items():
        lines.append(b"M 100644 inline %s\ndata %d\n%s" % (name.encode(), len(content.encode()), content.encode()))
    return b"\n".join(lines) + b"\n\n"
