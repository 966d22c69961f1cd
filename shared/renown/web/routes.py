"""The read-only API. Pages are in `pages`."""

import json
import re
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response

from .. import changes, history
from ..activity import account
from ..errors import BadInput, NotFound
from ..published import (
    Pointer,
    card,
    current,
    leaderboard,
    method,
    moment,
    receipts,
    relationships,
    split,
    why,
    whys,
)
from ..table import Reader
from . import pages, several
from .cursors import cursor, position
from .described import described
from .problem import NothingPublished
from .site import Event, Site, parameter, prefix

MOST: Final = 100
"""Entries of a list in one answer."""

USUAL: Final = 50

BIGGEST: Final = 10
"""Receipts on the page of a scorecard."""

SOON, LATE = 60, 3600
"""Seconds for which an answer may be kept: until the next run is expected, but no shorter, and no longer: after an
erasure, or when an earlier run is shown again, nobody should see for long what was there before."""


def build(table: Reader) -> Site:
    """The whole site over what is published in `table`."""
    site = Site(pages.error, lambda now: _lasting(current(table), now))

    @site.get("/v1/health")
    def health() -> Response[str]:
        return _json({"status": "ok", "run": published(table).run})

    @site.get("/v1/profiles/<handle>")
    def profile(handle: str) -> Response[str]:
        return _json(find(table, f"@{unquote(handle)}"))

    @site.get("/v1/profiles/<handle>/receipts", "limit", "cursor")
    def of_receipts(handle: str) -> Response[str]:
        return _receipts(table, site.event, find(table, f"@{unquote(handle)}"))

    @site.get("/v1/profiles/<handle>/relationships")
    def of_relationships(handle: str) -> Response[str]:
        return _json(_ties(table, find(table, f"@{unquote(handle)}")))

    @site.get("/v1/accounts/<network>/<native_id>")
    def of_account(network: str, native_id: str) -> Response[str]:
        return _json(find(table, account(unquote(network), unquote(native_id))))

    @site.get("/v1/leaderboard", "limit", "cursor")
    def top() -> Response[str]:
        pointer = published(table)
        limit = _limit(parameter(site.event, "limit"))
        known = ("leaderboard", pointer.run)
        start = position(parameter(site.event, "cursor"), pointer.secret, *known, pointer.scored)
        entries = leaderboard(table, pointer.run, start, limit)
        body = {"run": pointer.run, "at": pointer.at, "entries": entries}
        on = cursor(pointer.secret, *known, start + limit) if start + limit < pointer.scored else None
        return _listed(body, f"{prefix(site.event)}/v1/leaderboard", limit, on)

    @site.get("/")
    def home() -> Response[str]:
        pointer = published(table)
        return pages.home(site.event, pointer, leaderboard(table, pointer.run, 0, USUAL))

    @site.get("/<at_handle>")
    def of_profile(at_handle: str) -> Response[str]:
        return _at_root(table, site.event, unquote(at_handle))

    @site.get("/accounts/<network>/<native_id>")
    def account_page(network: str, native_id: str) -> Response[str]:
        return _page(table, site.event, find(table, account(unquote(network), unquote(native_id))))

    _add_overviews(site, table)
    _add_why(site, table)
    _add_method(site, table)
    return site


def _add_overviews(site: Site, table: Reader) -> None:
    @site.get("/v1/runs/current")
    def run() -> Response[str]:
        return _json({name: value for name, value in asdict(published(table)).items() if name != "secret"})

    @site.get("/v1/profiles", "ids")
    def profiles() -> Response[str]:
        return _json(several.profiles(table, published(table), parameter(site.event, "ids")))

    @site.get("/v1/compare", "handles")
    def comparison() -> Response[str]:
        return _json(several.comparison(table, published(table), parameter(site.event, "handles")))

    @site.get("/v1/profiles/<handle>/history")
    def of_history(handle: str) -> Response[str]:
        of = find(table, f"@{unquote(handle)}")
        points = history.history(table, published(table), of["id"])
        return _json({name: of[name] for name in ("id", "run", "at", "formula")} | {"points": points})

    @site.get("/openapi.json")
    def openapi() -> Response[str]:
        return _json(described(prefix(site.event) or "/"), {"Cache-Control": f"public, max-age={LATE}"})


def _add_why(site: Site, table: Reader) -> None:
    @site.get("/v1/profiles/<handle>/why", "from", "to")
    def why_it_changed(handle: str) -> Response[str]:
        since, run = (_run(site.event, name) for name in ("from", "to"))
        return _json(changes.in_words(find_change(table, f"@{unquote(handle)}", since, run)))


def _add_method(site: Site, table: Reader) -> None:
    @site.get("/v1/method")
    def how() -> Response[str]:
        return _json(method(table, published(table).run))

    @site.get("/method")
    def in_words() -> Response[str]:
        return pages.method(site.event, method(table, published(table).run))


def published(table: Reader) -> Pointer:
    """What readers see; raises NothingPublished before the first run."""
    found = current(table)
    if found is None:
        raise NothingPublished("no run is published yet: the operator starts one with `renown run`")
    return found[0]


def find(table: Reader, card_id: str, run: str | None = None) -> dict[str, Any]:
    """The scorecard of `@handle` or `network:id` in `run`, by default the one that readers see.

    Raises NotFound, saying what that may mean.
    """
    of = run or published(table).run
    found = card(table, of, card_id) if len(card_id.encode()) <= several.LONGEST_ID else None
    if found is None:
        raise NotFound(
            f"{card_id[:200]} has no scorecard{f' in run {run}' if run else ''}: either nobody by that name has opted"
            f" in, or too few people reacted{', or no such run was published in the last 90 days' if run else ''}"
        )
    return found


def find_change(table: Reader, card_id: str, since: str | None, run: str | None) -> dict[str, Any]:
    """Why the score of a profile changed from `since` (None: the run before) to `run` (None: the one readers see).

    Raises NotFound where the profile or a run is not published, BadInput where `since` is not the earlier one.
    """
    last = find(table, card_id, run)["run"]
    if since is None:
        found = why(table, last, card_id)
        if found is None:
            raise NotFound(
                f"{card_id}: nothing is known of a change with run {last}: no run was published before it, or nobody"
                " has reacted yet"
            )
        return found
    if since == last or moment(since) > moment(last):
        raise BadInput(f"parameter 'from': run {since} is not earlier than run {last}")
    find(table, card_id, since)
    return changes.total(whys(table, since, last, card_id))


def _at_root(table: Reader, event: Event, name: str) -> Response[str]:
    """What stands at /<name>: a profile's page, and the style sheet."""
    if name == "style.css":
        return pages.style()
    if not name.startswith("@"):
        raise NotFound(f"there is nothing at /{name[:80]}; a profile's page is /@handle")
    return _page(table, event, find(table, name))


def _page(table: Reader, event: Event, of: dict[str, Any]) -> Response[str]:
    """The page of the scorecard `of`; for a profile with why it changed, receipts, relationships."""
    if not of["handle"]:
        return pages.scorecard(event, of)
    run, name = of["run"], of["id"]
    some = receipts(table, run, name, 0, BIGGEST)
    return pages.scorecard(event, of, why(table, run, name), some, relationships(table, run, name))


def _ties(table: Reader, of: dict[str, Any]) -> dict[str, Any]:
    """The relationships of the profile whose scorecard is `of`."""
    found = relationships(table, of["run"], of["id"])
    if found is None:
        raise NotFound(f"{of['id']}: run {of['run']} was made without relationships; the next one has them")
    return {name: of[name] for name in ("id", "run", "at", "formula")} | found


def _receipts(table: Reader, event: Event, of: dict[str, Any]) -> Response[str]:
    """Some receipts of the scorecard `of`; none where it has no score."""
    size = 0 if of["score"] is None else of["evidence"]["reactions"]
    limit = _limit(parameter(event, "limit"))
    secret, known = published(table).secret, (f"receipts {of['id']}", of["run"])
    start = position(parameter(event, "cursor"), secret, *known, size)
    some = receipts(table, of["run"], of["id"], start, limit)
    if some is None and size:
        raise NotFound(f"{of['id']}: run {of['run']} was made without receipts; the next one has them")
    body = {name: of[name] for name in ("id", "run", "at", "formula", "score", "missing")}
    body |= some or {**split(0.0, 0.0, [], 0, 0), "entries": []}
    on = cursor(secret, *known, start + limit) if start + limit < size else None
    return _listed(body, f"{prefix(event)}{pages.data(of['id'])}/receipts", limit, on)


def _listed(body: dict[str, Any], address: str, limit: int, on: str | None) -> Response[str]:
    """The answer with at most `limit` entries of a list, and where under `address` it goes on: at the cursor `on`."""
    if on is None:
        return _json({**body, "next": None})
    link = f"{address}?limit={limit}&cursor={on}"
    return _json({**body, "next": link}, {"Link": f'<{link}>; rel="next"'})


def _lasting(found: tuple[Pointer, int] | None, now: float) -> int:
    """For how many seconds from `now` (unix seconds) an answer may be kept."""
    if found is None or found[0].next_at is None:
        return SOON
    left = datetime.fromisoformat(found[0].next_at).timestamp() - now
    return round(min(max(left, SOON), LATE))


def _json(body: dict[str, Any], headers: dict[str, str] | None = None) -> Response[str]:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(200, "application/json; charset=utf-8", text, {**(headers or {})})


def _run(event: Event, name: str) -> str | None:
    text = parameter(event, name)
    if text is not None and not re.fullmatch("[0-9A-Za-z.-]{1,120}", text):
        raise BadInput(f"parameter {name!r}: {text[:80]!r} is no run; take one from `run` of a scorecard")
    return text


def _limit(text: str | None) -> int:
    if text is None:
        return USUAL
    limit = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(MOST)) else 0
    if not 1 <= limit <= MOST:
        raise BadInput(f"parameter 'limit': {text[:20]!r} is not a whole number from 1 to {MOST}")
    return limit
