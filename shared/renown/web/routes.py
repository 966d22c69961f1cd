"""The read-only API. Pages are in `pages`."""

import base64
import json
from typing import Any, Final
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response

from ..activity import account
from ..errors import BadInput, NotFound
from ..published import Pointer, card, current, leaderboard
from ..table import Table
from . import pages
from .problem import NothingPublished
from .site import Site, parameter, prefix

MOST: Final = 100
"""Entries of a list in one answer."""

USUAL: Final = 50

LONGEST_ID: Final = 2000
"""Bytes of an id that is looked up: DynamoDB refuses a key of more than 2,048, with what stands before the id."""


def build(table: Table) -> Site:
    """The whole site over what is published in `table`."""
    site = Site(pages.error)

    @site.get("/v1/health")
    def health() -> Response[str]:
        return _json({"status": "ok", "run": published(table).run})

    @site.get("/v1/profiles/<handle>")
    def profile(handle: str) -> Response[str]:
        return _json(find(table, f"@{unquote(handle)}"))

    @site.get("/v1/accounts/<network>/<native_id>")
    def of_account(network: str, native_id: str) -> Response[str]:
        return _json(find(table, account(unquote(network), unquote(native_id))))

    @site.get("/v1/leaderboard", "limit", "cursor")
    def top() -> Response[str]:
        pointer = published(table)
        limit = _limit(parameter(site.event, "limit"))
        start = _position(parameter(site.event, "cursor"), pointer)
        entries = leaderboard(table, pointer.run, start, limit)
        more = start + limit < pointer.scored
        link = f"{prefix(site.event)}/v1/leaderboard?limit={limit}&cursor={_cursor(pointer.run, start + limit)}"
        body = {"run": pointer.run, "at": pointer.at, "entries": entries, "next": link if more else None}
        return _json(body, {"Link": f'<{link}>; rel="next"'} if more else {})

    @site.get("/")
    def home() -> Response[str]:
        pointer = published(table)
        return pages.home(site.event, pointer, leaderboard(table, pointer.run, 0, USUAL))

    @site.get("/<at_handle>")
    def of_profile(at_handle: str) -> Response[str]:
        name = unquote(at_handle)
        if name == "style.css":
            return pages.style()
        if not name.startswith("@"):
            raise NotFound(f"there is nothing at /{name[:80]}; a profile's page is /@handle")
        return pages.scorecard(site.event, find(table, name))

    @site.get("/accounts/<network>/<native_id>")
    def account_page(network: str, native_id: str) -> Response[str]:
        return pages.scorecard(site.event, find(table, account(unquote(network), unquote(native_id))))

    return site


def published(table: Table) -> Pointer:
    """What readers see; raises NothingPublished before the first run."""
    found = current(table)
    if found is None:
        raise NothingPublished("no run is published yet: the operator starts one with `renown run`")
    return found[0]


def find(table: Table, card_id: str) -> dict[str, Any]:
    """The published scorecard of `@handle` or `network:id`; raises NotFound, saying what that may mean."""
    run = published(table).run
    found = card(table, run, card_id) if len(card_id.encode()) <= LONGEST_ID else None
    if found is None:
        raise NotFound(
            f"{card_id[:200]} has no scorecard: either nobody by that name has opted in, or too few people reacted"
        )
    return found


def _json(body: dict[str, Any], headers: dict[str, str] | None = None) -> Response[str]:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(200, "application/json; charset=utf-8", text, {**(headers or {})})


def _limit(text: str | None) -> int:
    if text is None:
        return USUAL
    limit = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(MOST)) else 0
    if not 1 <= limit <= MOST:
        raise BadInput(f"parameter 'limit': {text[:20]!r} is not a whole number from 1 to {MOST}")
    return limit


def _cursor(run: str, position: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([run, position]).encode()).decode().rstrip("=")


def _position(cursor: str | None, pointer: Pointer) -> int:
    if cursor is None:
        return 0
    try:
        of_run, position = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError, RecursionError):
        of_run = position = None
    if type(of_run) is not str or type(position) is not int:  # bool is an int, and 1.5 and Infinity are JSON here
        raise BadInput("parameter 'cursor': take it from the `next` of an answer")
    if of_run != pointer.run:
        raise BadInput("parameter 'cursor': it belongs to an earlier run; begin again without it")
    if not 0 <= position < pointer.scored:
        raise BadInput(f"parameter 'cursor': the list has {pointer.scored:,} entries; begin again without it")
    return position
