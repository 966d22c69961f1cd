"""Who was erased: hashes of accounts and profiles that may not come back, and not one name.

The salt stands beside the hashes: whoever has the lake can ask whether a name that they know was erased, and cannot
list who was.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Final

from pydantic import BaseModel, ConfigDict

from .lake import Lake

KEY: Final = "people/erased.json"


class Erased(BaseModel):
    """The tombstones: SHA-256 of the salt and a name (`network:id`, or `@handle`), as hex digits."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    salt: str = ""
    hashes: frozenset[str] = frozenset()

    def __contains__(self, name: object) -> bool:
        return bool(self.hashes) and self.hash(str(name)) in self.hashes

    def hash(self, name: str) -> str:
        """What stands for `name`; in SQL `sha256(salt || name)`."""
        return hashlib.sha256(f"{self.salt}{name}".encode()).hexdigest()


def load(lake: Lake) -> Erased:
    """The tombstones in the lake."""
    return _parsed(lake.read(KEY))


def add(lake: Lake, names: Iterable[str], salt: str) -> Erased:
    """Adds tombstones for `names` and returns all there are; `salt` is used if they are the first."""

    def made(data: bytes | None) -> bytes:
        known = _parsed(data) if data else Erased(salt=salt)
        hashes = sorted(known.hashes | set(map(known.hash, names)))
        return (json.dumps({"salt": known.salt, "hashes": hashes}, indent=1) + "\n").encode()

    return _parsed(lake.change(KEY, made))


def _parsed(data: bytes | None) -> Erased:
    return Erased.model_validate_json(data) if data else Erased()
