"""What the made-up servers of Facebook, Instagram and Threads have in common: errors, pages and times of Graph's."""

import base64
from typing import Any

import httpx

from tests.contract.fakes.world import Doc, stamp

MISSING = (100, 33)
"""The error of an object that is not there."""


Headers = dict[str, str]


def refusal(code: int, subcode: int | None = None, status: int = 400, headers: Headers | None = None) -> httpx.Response:
    """An answer as the API refuses; its message holds what no log may have."""
    error: Doc = {
        "message": "Malformed access token made-up",
        "type": "OAuthException",
        "code": code,
        "fbtrace_id": "A",
    }
    error |= {} if subcode is None else {"error_subcode": subcode}
    return httpx.Response(status, json={"error": error}, headers=headers)


def time(at: int) -> str:
    return stamp(at).replace(".000Z", "+0000")


def edge(items: list[Any], size: int, after: str | None, *, is_linked: bool = True) -> Doc:
    """A page of a list; the link to the next one holds the token, and must not be followed."""
    start = int(base64.urlsafe_b64decode(after)) if after else 0
    cursors = {"before": cursor(start), "after": cursor(start + size)}
    doc: Doc = {"data": items[start : start + size]}
    if doc["data"]:
        doc["paging"] = {"cursors": cursors}
        if is_linked and start + size < len(items):
            doc["paging"]["next"] = "https://elsewhere.example/?access_token=made-up"
    return doc


def cursor(start: int) -> str:
    return base64.urlsafe_b64encode(str(start).encode()).decode()
