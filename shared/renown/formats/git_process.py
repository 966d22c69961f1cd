"""Runs git on a stranger's repository: no shell, pager, prompt or network, and no program that it configures."""

import os
import subprocess
from pathlib import Path
from typing import IO, Final

from ..errors import BadInput, NotOfFormat

_SAFE: Final = (
    "--no-pager",
    "--no-replace-objects",
    "-c", "core.fsmonitor=",
    "-c", "core.hooksPath=/dev/null",
    "-c", "protocol.allow=never",
    "-c", "i18n.logOutputEncoding=UTF-8",
)  # fmt: skip


def git(path: Path, *arguments: str, given: bytes = b"", output: IO[bytes] | None = None) -> bytes:
    """What `git <arguments>` prints in the folder `path`, given `given`; nothing where it prints into `output`.

    Raises NotOfFormat where `path` lies in no repository, BadInput where git is not there or refuses.
    """
    try:
        done = subprocess.run(  # noqa: S603  # a list of arguments, of which none comes from the repository
            ["git", "-C", str(path.resolve()), *_SAFE, *arguments],  # noqa: S607  # the user's own git
            input=given,
            stdout=output or subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
            check=False,
        )
    except FileNotFoundError:
        raise BadInput("git is not installed: `renown import git` runs it") from None
    if done.returncode != 0:
        raise _refusal(path, done.stderr.decode(errors="replace"))
    return done.stdout or b""


def _environment() -> dict[str, str]:
    """The user's environment and git configuration, without what points git elsewhere, as inside a hook."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") or k.startswith("GIT_CONFIG")}
    return kept | {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1"}


def _refusal(path: Path, said: str) -> BadInput:
    if not path.exists():
        return BadInput(f"{path}: there is no such file or folder")
    if "dubious ownership" in said:
        return BadInput(
            f"{path}: the repository belongs to somebody else; if you trust it, run"
            f" `git config --global --add safe.directory {path.resolve()}`"
        )
    if not path.is_dir() or "not a git repository" in said:
        return NotOfFormat(f"{path}: not a git repository")
    return BadInput(f"{path}: git could not read the repository: {' '.join(said.split())[:300]}")
