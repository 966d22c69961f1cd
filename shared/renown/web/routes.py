"""The read-only API. Pages are in `pages`."""

import json
import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response

from .. import changes, history, searching
from ..activity import account, topic
from ..errors import BadInput, NotFound
from ..published import (
    Pointer,
    card,
    current,
    leaderboard,
    method,
    moment,
    moved,
    receipts,
    relationships,
    segments,
    split,
    topic_list,
    topics,
    voices,
    why,
    whys,
)
from ..table import Doc, Reader
from . import badge, feeds, klout, pages, several, unfurl
from .address import base
from .cursors import cursor, position
from .described import described
from .problem import NothingPublished
from .site import Event, Site, parameter, prefix

MOST: Final = 100
"""Entries of a list in one answer."""

USUAL: Final = 50

ALIKE: Final = 5
"""People who are called like somebody that there is not."""

BIGGEST: Final = 10
"""Receipts on the page of a scorecard."""

SOON, LATE = 60, 3600
"""Seconds for which an answer may be kept: until the next run is expected, but no shorter, and no longer: after an
erasure, or when an earlier run is shown again, nobody should see for long what was there before."""


def build(table: Reader, public: str | None = None) -> Site:
    """The whole site over what is published in `table`; `public` is its address, where the operator named one."""
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
        return pages.home(site.event, pointer, leaderboard(table, pointer.run, 0, USUAL), moved(table, pointer.run))

    @site.get("/<at_handle>")
    def of_profile(at_handle: str) -> Response[str]:
        return _at_root(table, site.event, unquote(at_handle), public)

    @site.get("/accounts/<network>/<native_id>")
    def account_page(network: str, native_id: str) -> Response[str]:
        return _page(table, site.event, find(table, account(unquote(network), unquote(native_id))), public)

    _add_topics(site, table)
    _add_people(site, table)
    _add_audience(site, table)
    _add_overviews(site, table)
    _add_why(site, table)
    _add_method(site, table)
    _add_for_elsewhere(site, table, public)
    return site


def _add_topics(site: Site, table: Reader) -> None:
    @site.get("/v1/topics", "limit", "cursor")
    def all_topics() -> Response[str]:
        pointer = published(table)
        limit = _limit(parameter(site.event, "limit"))
        known = ("topics", pointer.run)
        start = position(parameter(site.event, "cursor"), pointer.secret, *known, pointer.topics)
        entries = topic_list(table, pointer.run, start, limit)
        body = {"run": pointer.run, "at": pointer.at, "topics": pointer.topics, "entries": entries}
        on = cursor(pointer.secret, *known, start + limit) if start + limit < pointer.topics else None
        return _listed(body, f"{prefix(site.event)}/v1/topics", limit, on)

    @site.get("/v1/topics/<name>")
    def of_topic(name: str) -> Response[str]:
        pointer = published(table)
        return _json({"run": pointer.run, "at": pointer.at, **find_topic(table, pointer, unquote(name))})

    @site.get("/topics")
    def topics_page() -> Response[str]:
        pointer = published(table)
        return pages.topics(site.event, pointer, topic_list(table, pointer.run, 0, MOST))

    @site.get("/topics/<name>")
    def topic_page(name: str) -> Response[str]:
        pointer = published(table)
        return pages.topic(site.event, pointer, find_topic(table, pointer, unquote(name)))


def _add_people(site: Site, table: Reader) -> None:
    @site.get("/v1/search", "q")
    def searched() -> Response[str]:
        pointer = published(table)
        found = searching.find(table, pointer.run, _words(site.event), MOST)
        return _json({"run": pointer.run, "at": pointer.at, "entries": found})

    @site.get("/search", "q")
    def search_page() -> Response[str]:
        text = _words(site.event)
        return pages.search(site.event, text, searching.find(table, published(table).run, text, USUAL))

    @site.get("/compare", "handles")
    def compare_page() -> Response[str]:
        named = parameter(site.event, "handles")
        doc = several.comparison(table, published(table), named) if named else None
        return pages.compare(site.event, doc)


def _add_audience(site: Site, table: Reader) -> None:
    @site.get("/v1/profiles/<handle>/relationships")
    def of_relationships(handle: str) -> Response[str]:
        return _json(_known(relationships, table, find(table, f"@{unquote(handle)}")))

    @site.get("/v1/profiles/<handle>/topics")
    def of_topics(handle: str) -> Response[str]:
        return _json(_known(topics, table, find(table, f"@{unquote(handle)}")))

    @site.get("/v1/profiles/<handle>/segments")
    def of_segments(handle: str) -> Response[str]:
        return _json(_known(segments, table, find(table, f"@{unquote(handle)}")))


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


def _add_for_elsewhere(site: Site, table: Reader, public: str | None) -> None:
    badge.add(site, table, find)
    feeds.add(site, table, find, public)
    klout.add(site, table, find, public)
    unfurl.add(site, table, find, public)


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


def find_topic(table: Reader, pointer: Pointer, name: str) -> dict[str, Any]:
    """Who is heard on the topic `name`, in any spelling of a tag; raises NotFound, saying what that may mean."""
    slug = topic(name)
    found = voices(table, pointer.run, slug)
    if found is None:
        raise NotFound(
            f"nobody can claim the topic {name[:100]!r} yet: that takes 3 posts on it and 5 people who react"
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


def _at_root(table: Reader, event: Event, name: str, public: str | None) -> Response[str]:
    """What stands at /<name>: a profile's page, and the files that pages need."""
    if name in pages.FILES:
        return pages.file(name)
    if not name.startswith("@"):
        raise NotFound(f"there is nothing at /{name[:80]}; a profile's page is /@handle")
    run = published(table).run
    try:
        of = find(table, name)
    except NotFound as error:
        return pages.unknown(event, name[1:], str(error), searching.find(table, run, name, ALIKE))
    return _page(table, event, of, public)


def _page(table: Reader, event: Event, of: dict[str, Any], public: str | None) -> Response[str]:
    """The page of the scorecard `of`; for a profile with all else that is known."""
    if not of["handle"]:
        return pages.scorecard(event, of)
    run, name = of["run"], of["id"]
    some = receipts(table, run, name, 0, BIGGEST)
    ties, on, audience = (read(table, run, name) for read in (relationships, topics, segments))
    unfold = unfurl.addresses(of, base(event, public))
    points = history.history(table, published(table), name)
    return pages.scorecard(event, of, pages.Known(why(table, run, name), some, ties, on, audience, unfold, points))


def _known(read: Callable[[Reader, str, str], Doc | None], table: Reader, of: Doc) -> Doc:
    """What `read` (relationships, topics or segments) finds of the profile whose scorecard is `of`."""
    found = read(table, of["run"], of["id"])
    if found is None:
        raise NotFound(f"{of['id']}: run {of['run']} was made without {read.__name__}; the next one has them")
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


def _words(event: Event) -> str:
    """What is searched for."""
    text = parameter(event, "q") or ""
    if len(text) > searching.LONGEST_TEXT:
        raise BadInput(f"parameter 'q': {len(text):,} characters; {searching.LONGEST_TEXT} at most")
    return text


def _limit(text: str | None) -> int:
    if text is None:
        return USUAL
    limit = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(MOST)) else 0
    if not 1 <= limit <= MOST:
        raise BadInput(f"parameter 'limit': {text[:20]!r} is not a whole number from 1 to {MOST}")
    return limit
