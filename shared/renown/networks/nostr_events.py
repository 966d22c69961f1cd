"""Nostr's events and keys, checked: an event counts once its id and its signature are right (NIP-01)."""

import hashlib
import json
import re
from functools import lru_cache
from typing import Any, Final, NamedTuple

from ..errors import NotOfFormat
from ..formats.jsontext import Doc, parse

_HEX: Final = re.compile(r"[0-9a-f]{64}")
_CHARSET: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


class Event(NamedTuple):
    """An event that its author has signed; `tags` are those with a name and a value."""

    id: str
    author: str
    at: int
    kind: int
    tags: list[list[str]]
    content: str

    def values(self, name: str) -> list[str]:
        """The values of the tags of a name."""
        return [tag[1] for tag in self.tags if tag[0] == name]

    def keys(self, name: str) -> list[str]:
        """Those of them that are ids or public keys."""
        return [value for value in self.values(name) if is_key(value)]

    def doc(self) -> Doc:
        """The JSON object that the content is; an empty one where it is none."""
        try:
            found = parse(self.content)
        except NotOfFormat:
            return {}
        return found if isinstance(found, dict) else {}


def is_key(text: Any) -> bool:
    """Whether this is an id or a public key: 32 bytes in lower-case hexadecimal digits."""
    return isinstance(text, str) and bool(_HEX.fullmatch(text))


def read_event(doc: Any) -> Event | None:
    """The event that a JSON object is; None where it is none, or nobody has signed it."""
    if not isinstance(doc, dict):
        return None
    author, at, kind, tags, content = (doc.get(name) for name in ("pubkey", "created_at", "kind", "tags", "content"))
    is_event = is_key(author) and type(at) is int and type(kind) is int and isinstance(content, str)
    if not is_event or not isinstance(tags, list) or not all(map(_is_tag, tags)):
        return None
    said = json.dumps([0, author, at, kind, tags, content], separators=(",", ":"), ensure_ascii=False)
    try:
        digest = hashlib.sha256(said.encode())
    except UnicodeEncodeError:
        return None
    if doc.get("id") != digest.hexdigest() or not _is_signed(str(author), digest.digest(), doc.get("sig")):
        return None
    return Event(
        doc["id"], str(author), int(str(at)), int(str(kind)), [tag for tag in tags if len(tag) > 1], str(content)
    )


def _is_tag(tag: Any) -> bool:
    return isinstance(tag, list) and all(isinstance(part, str) for part in tag)


def _is_signed(author: str, digest: bytes, signature: Any) -> bool:
    from coincurve import PublicKeyXOnly

    if not isinstance(signature, str) or not re.fullmatch(r"[0-9a-f]{128}", signature):
        return False
    try:
        return bool(PublicKeyXOnly(bytes.fromhex(author)).verify(bytes.fromhex(signature), digest))
    except ValueError:  # no point of the curve
        return False


@lru_cache(maxsize=1024)
def key_of(npub: str) -> str | None:
    """The public key that an npub stands for (NIP-19, bech32 of BIP 173); None where it is none."""
    if not re.fullmatch(r"npub1[a-z0-9]{58}", npub) or not set(npub[5:]) <= set(_CHARSET):
        return None
    values = [_CHARSET.index(letter) for letter in npub[5:]]
    number = 0
    for value in values[:-6]:
        number = number << 5 | value
    return f"{number >> 4:064x}" if _checksum(values) == 1 and not number & 15 else None


def npub_of(key: str) -> str:
    """The npub that stands for a public key."""
    number = int(key, 16) << 4
    values = [number >> 5 * place & 31 for place in reversed(range(52))]
    check = _checksum([*values, 0, 0, 0, 0, 0, 0]) ^ 1
    return "npub1" + "".join(_CHARSET[value] for value in (*values, *(check >> 5 * n & 31 for n in reversed(range(6)))))


def _checksum(values: list[int]) -> int:
    check = 1
    for value in [*(ord(letter) >> 5 for letter in "npub"), 0, *(ord(letter) & 31 for letter in "npub"), *values]:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATOR):
            check ^= generator if top >> bit & 1 else 0
    return check
