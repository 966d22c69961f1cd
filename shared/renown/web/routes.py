"""The read-only API. Pages are in `pages`."""

import base64
import json
import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response

from .. import changes
from ..activity import account, topic
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
    segments,
    split,
    topic_list,
    topics,
    voices,
    why,
    whys,
)
from ..table import Doc, Table
from . import badge, feeds, klout, pages, unfurl
from .address import base
from .problem import NothingPublished
from .site import Event, Site, parameter, prefix

MOST: Final = 100
"""Entries of a list in one answer."""

USUAL: Final = 50

BIGGEST: Final = 10
"""Receipts on the page of a scorecard."""

LONGEST_ID: Final = 2000
"""Bytes of an id that is looked up: DynamoDB refuses a key of more than 2,048, with what stands before the id."""


def build(table: Table, public: str | None = None) -> Site:
    """The whole site over what is published in `table`; `public` is its address, where the operator named one."""
    site = Site(pages.error)

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
        start = _position(parameter(site.event, "cursor"), pointer.run, pointer.scored)
        entries = leaderboard(table, pointer.run, start, limit)
        body = {"run": pointer.run, "at": pointer.at, "entries": entries}
        return _listed(body, f"{prefix(site.event)}/v1/leaderboard", start, limit, pointer.scored)

    @site.get("/")
    def home() -> Response[str]:
        pointer = published(table)
        return pages.home(site.event, pointer, leaderboard(table, pointer.run, 0, USUAL))

    @site.get("/<at_handle>")
    def of_profile(at_handle: str) -> Response[str]:
        return _at_root(table, site.event, unquote(at_handle), public)

    @site.get("/accounts/<network>/<native_id>")
    def account_page(network: str, native_id: str) -> Response[str]:
        return _page(table, site.event, find(table, account(unquote(network), unquote(native_id))), public)

    _add_topics(site, table)
    _add_audience(site, table)
    _add_why(site, table)
    _add_method(site, table)
    _add_for_elsewhere(site, table, public)
    return site


def _add_topics(site: Site, table: Table) -> None:
    @site.get("/v1/topics", "limit", "cursor")
    def all_topics() -> Response[str]:
        pointer = published(table)
        limit = _limit(parameter(site.event, "limit"))
        start = _position(parameter(site.event, "cursor"), pointer.run, pointer.topics)
        entries = topic_list(table, pointer.run, start, limit)
        body = {"run": pointer.run, "at": pointer.at, "topics": pointer.topics, "entries": entries}
        return _listed(body, f"{prefix(site.event)}/v1/topics", start, limit, pointer.topics)

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


def _add_audience(site: Site, table: Table) -> None:
    @site.get("/v1/profiles/<handle>/relationships")
    def of_relationships(handle: str) -> Response[str]:
        return _json(_known(relationships, table, find(table, f"@{unquote(handle)}")))

    @site.get("/v1/profiles/<handle>/topics")
    def of_topics(handle: str) -> Response[str]:
        return _json(_known(topics, table, find(table, f"@{unquote(handle)}")))

    @site.get("/v1/profiles/<handle>/segments")
    def of_segments(handle: str) -> Response[str]:
        return _json(_known(segments, table, find(table, f"@{unquote(handle)}")))


def _add_why(site: Site, table: Table) -> None:
    @site.get("/v1/profiles/<handle>/why", "from", "to")
    def why_it_changed(handle: str) -> Response[str]:
        since, run = (_run(site.event, name) for name in ("from", "to"))
        return _json(changes.in_words(find_change(table, f"@{unquote(handle)}", since, run)))


def _add_method(site: Site, table: Table) -> None:
    @site.get("/v1/method")
    def how() -> Response[str]:
        return _json(method(table, published(table).run))

    @site.get("/method")
    def in_words() -> Response[str]:
        return pages.method(site.event, method(table, published(table).run))


def _add_for_elsewhere(site: Site, table: Table, public: str | None) -> None:
    badge.add(site, table, find)
    feeds.add(site, table, find, public)
    klout.add(site, table, find, public)
    unfurl.add(site, table, find, public)


def published(table: Table) -> Pointer:
    """What readers see; raises NothingPublished before the first run."""
    found = current(table)
    if found is None:
        raise NothingPublished("no run is published yet: the operator starts one with `renown run`")
    return found[0]


def find(table: Table, card_id: str, run: str | None = None) -> dict[str, Any]:
    """The scorecard of `@handle` or `network:id` in `run`, by default the one that readers see.

    Raises NotFound, saying what that may mean.
    """
    of = run or published(table).run
    found = card(table, of, card_id) if len(card_id.encode()) <= LONGEST_ID else None
    if found is None:
        raise NotFound(
            f"{card_id[:200]} has no scorecard{f' in run {run}' if run else ''}: either nobody by that name has opted"
            f" in, or too few people reacted{', or no such run was published in the last 90 days' if run else ''}"
        )
    return found


def find_topic(table: Table, pointer: Pointer, name: str) -> dict[str, Any]:
    """Who is heard on the topic `name`, in any spelling of a tag; raises NotFound, saying what that may mean."""
    slug = topic(name)
    found = voices(table, pointer.run, slug)
    if found is None:
        raise NotFound(
            f"nobody can claim the topic {name[:100]!r} yet: that takes 3 posts on it and 5 people who react"
        )
    return found


def find_change(table: Table, card_id: str, since: str | None, run: str | None) -> dict[str, Any]:
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


def _at_root(table: Table, event: Event, name: str, public: str | None) -> Response[str]:
    """What stands at /<name>: a profile's page, and the style sheet."""
    if name == "style.css":
        return pages.style()
    if not name.startswith("@"):
        raise NotFound(f"there is nothing at /{name[:80]}; a profile's page is /@handle")
    return _page(table, event, find(table, name), public)


def _page(table: Table, event: Event, of: dict[str, Any], public: str | None) -> Response[str]:
    """The page of the scorecard `of`; for a profile with all else that is known."""
    if not of["handle"]:
        return pages.scorecard(event, of)
    run, name = of["run"], of["id"]
    some = receipts(table, run, name, 0, BIGGEST)
    ties, on, audience = (read(table, run, name) for read in (relationships, topics, segments))
    unfold = unfurl.addresses(of, base(event, public))
    return pages.scorecard(event, of, pages.Known(why(table, run, name), some, ties, on, audience, unfold))


def _known(read: Callable[[Table, str, str], Doc | None], table: Table, of: Doc) -> Doc:
    """What `read` (relationships, topics or segments) finds of the profile whose scorecard is `of`."""
    found = read(table, of["run"], of["id"])
    if found is None:
        raise NotFound(f"{of['id']}: run {of['run']} was made without {read.__name__}; the next one has them")
    return {name: of[name] for name in ("id", "run", "at", "formula")} | found


def _receipts(table: Table, event: Event, of: dict[str, Any]) -> Response[str]:
    """Some receipts of the scorecard `of`; none where it has no score."""
    size = 0 if of["score"] is None else of["evidence"]["reactions"]
    limit = _limit(parameter(event, "limit"))
    start = _position(parameter(event, "cursor"), of["run"], size)
    some = receipts(table, of["run"], of["id"], start, limit)
    if some is None and size:
        raise NotFound(f"{of['id']}: run {of['run']} was made without receipts; the next one has them")
    body = {name: of[name] for name in ("id", "run", "at", "formula", "score", "missing")}
    body |= some or {**split(0.0, 0.0, [], 0, 0), "entries": []}
    return _listed(body, f"{prefix(event)}{pages.data(of['id'])}/receipts", start, limit, size)


def _listed(body: dict[str, Any], address: str, start: int, limit: int, size: int) -> Response[str]:
    """The answer with some of a list of `size`, and where under `address` the list goes on behind `start + limit`."""
    if start + limit >= size:
        return _json({**body, "next": None})
    link = f"{address}?limit={limit}&cursor={_cursor(body['run'], start + limit)}"
    return _json({**body, "next": link}, {"Link": f'<{link}>; rel="next"'})


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


def _cursor(run: str, position: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([run, position]).encode()).decode().rstrip("=")


def _position(cursor: str | None, run: str, size: int) -> int:
    if cursor is None:
        return 0
    try:
        of_run, position = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError, RecursionError):
        of_run = position = None
    if type(of_run) is not str or type(position) is not int:  # bool is an int, and 1.5 and Infinity are JSON here
        raise BadInput("parameter 'cursor': take it from the `next` of an answer")
    if of_run != run:
        raise BadInput("parameter 'cursor': it belongs to an earlier run; begin again without it")
    if not 0 <= position < size:
        raise BadInput(f"parameter 'cursor': the list has {size:,} entries; begin again without it")
    return position
