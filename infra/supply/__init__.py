"""What others wrote and we ship: the locks, and what they ship with."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]

FUNCTIONS: Final[Mapping[str, Path]] = {
    "every function": ROOT / "shared/requirements.txt",
    "visit": ROOT / "functions/visit/requirements.txt",
    "collect": ROOT / "functions/collect/requirements.txt",
    "score": ROOT / "functions/score/requirements.txt",
    "review": ROOT / "functions/review/requirements.txt",
    "erase": ROOT / "functions/erase/requirements.txt",
}
"""The locks of what is deployed, by what carries it."""

LAPTOP: Final = ROOT / "requirements.lock"
"""The lock of what a laptop installs by itself; we ship none of it."""


@dataclass(frozen=True, order=True)
class Pin:
    """One version of a package, and the SHA-256 of every file of it that a lock allows."""

    name: str
    version: str
    hashes: tuple[str, ...]


def pins(lock: Path) -> list[Pin]:
    """What a lock allows, by name; one for each version where markers choose between several."""
    found = []
    for text in re.split(r"\n(?! )", lock.read_text("utf-8").strip()):
        named = re.match(r"([a-z0-9.-]+)==([^ ;\\]+)", text)
        if named is None:
            raise ValueError(f"{lock}: this is no pinned package: {text[:80]!r}")
        found.append(Pin(named[1], named[2], tuple(sorted(re.findall("--hash=sha256:([0-9a-f]{64})", text)))))
    return sorted(found)
