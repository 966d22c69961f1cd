"""Where a list goes on: an opaque token that only who published the list can make.

A cursor names the list, the run and the position, and is signed (HMAC-SHA256, of which 128 bits are kept) with the
secret that stands in the table beside the pointer: nothing more is read for it, and no secret is in the code.
"""

import base64
import hmac
import json
from typing import Final

from ..errors import BadInput

SIGNED: Final = 16
"""Bytes of the signature."""

LONGEST: Final = 1000
"""Characters of a token; lists are named after handles, which are short, and runs."""


def cursor(secret: str, of: str, run: str, position: int) -> str:
    """The token of `position` (from 0) in the list `of` as it is in `run`."""
    content = json.dumps([of, run, position], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_signature(secret, content) + content).decode().rstrip("=")


def position(token: str | None, secret: str, of: str, run: str, size: int) -> int:
    """Where the list `of`, which has `size` entries in `run`, goes on; without a token at its beginning.

    Raises BadInput for a token that was not made here for this list and this run.
    """
    if token is None:
        return 0
    token = token if len(token) <= LONGEST else ""
    try:
        data = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        data = b""
    content = data[SIGNED:]
    if not hmac.compare_digest(data[:SIGNED], _signature(secret, content)):
        raise BadInput("parameter 'cursor': take it from the `next` of an answer")
    of_list, of_run, found = json.loads(content)
    if of_list != of:
        raise BadInput("parameter 'cursor': it belongs to another list")
    if of_run != run:
        raise BadInput("parameter 'cursor': it belongs to an earlier run; begin again without it")
    if not 0 <= found < size:
        raise BadInput(f"parameter 'cursor': the list has {size:,} entries; begin again without it")
    return int(found)


def _signature(secret: str, content: bytes) -> bytes:
    return hmac.digest(secret.encode(), content, "sha256")[:SIGNED]
