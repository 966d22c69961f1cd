"""GitHub: stars and forks of a person's repositories, answers to their issues and pull requests, merges, followers.

One GraphQL query gets nearly all of it, and asks for no texts but titles; what the person did elsewhere comes from
their public events. A token is needed (any, without rights: 5,000 points an hour). What only its owner may see is
passed over. Bots are no people.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from ..activity import Activity, parse_account
from ..errors import BadInput, FatalError, Gone, Renamed, RetriableError
from ..formats import gharchive
from ..formats.jsontext import Doc, inside, text
from .base import (
    BACKFILL,
    DAY,
    MOST_PAGES,
    MOST_POSTS,
    REFETCH,
    Batch,
    Cursor,
    Found,
    Proof,
    Secret,
    bearer,
    links_in,
    newest,
    objects,
    pages,
)
from .budget import Rate
from .client import Client
from .window import FRESH, is_complete, look_up, note_totals, walk_followers

HOST: Final = "api.github.com"
RATE: Final = Rate(1.0, 5)  # GitHub asks for one request after the other
QUERIES: Final = Path(__file__).with_name("github.graphql").read_text("utf-8")

_HEADERS: Final = {"accept": "application/vnd.github+json", "x-github-api-version": "2026-03-10"}
_SITE: Final = "https://github.com"
_LOGIN: Final = re.compile(r"@?([a-z0-9](?:[a-z0-9-]{0,38}))", re.IGNORECASE)
_REPOSITORY: Final = re.compile(r"[a-z0-9-]{1,39}/[a-z0-9._-]{1,100}")
_REPOSITORIES: Final = 50
_TOTALS: Final = ("followers", "following", "repositories")
_CROWDS: Final = {
    "stargazers": ("Like", "Stars", "edges", "starredAt", "node"),
    "forks": ("Announce", "Forks", "nodes", "createdAt", "owner"),
}
"""What people do to a repository: the verb, the query for more of them, and under which keys they, when and who are."""

_EVENTS: Final = 100
_EVENT_PAGES: Final = 3


@dataclass(frozen=True)
class _Visit:
    """What a visit has at hand."""

    me: str
    state: Cursor
    found: Found
    client: Client

    @property
    def since(self) -> int:
        """How far back to look."""
        before: int = self.state["since"]
        return before - REFETCH if before else self.found.now - BACKFILL

    def reaction(self, verb: str, item: Doc, who: str, post: Doc, *, native: str | None = None) -> None:
        """Adds what a person did to a post since the last visit; `who` says under which key the person is."""
        actor, at = _person(item.get(who)), text(item, "createdAt")
        if actor and actor != self.me and at and (self.found.time(at) or 0) > self.since:
            url = text(item, "url") or post["url"]
            native = f"{native}:{verb}" if native else None
            self.found.deed(verb, actor, self.me, post["uri"], at=at, native=native, tags=post["tags"], url=url)

    def crowd(self, kind: str, connection: Any, post: Doc, since: int) -> str | None:
        """Adds a page of stars or forks; the token of the next page, if there may be more of them since then."""
        verb, _, items, time, who = _CROWDS[kind]
        oldest = self.found.now
        for item in objects(inside(connection, items)):
            actor, at = _person(item.get(who)), self.found.time(text(item, time))
            oldest = min(oldest, at or oldest)
            if actor and actor != self.me and at is not None and at > since:
                url = text(item, "url") or post["url"]
                self.found.deed(verb, actor, self.me, post["uri"], at=at, tags=post["tags"], url=url)
        return _next(connection) if oldest > since else None

    def event(self, event: Doc) -> None:
        """Adds what an event says, under the id that it has where it is seen from the other side."""
        try:
            activity = gharchive.activity_of(event, self.found.now + DAY)
        except BadInput as error:
            self.found.rejects.append(f"event {_number(event)}: {error}")
            return
        if activity is None or activity.actor != f"github:{self.me}" or activity.author is None:
            return
        self.found.deed(
            activity.verb,
            self.me,
            activity.author.removeprefix("github:"),
            activity.object,
            at=activity.at,
            native=_native(activity),
            tags=activity.topics,
            url=activity.url,
        )


class GitHub:
    """GitHub's connector; an account is `github:<login>` in lower case."""

    name = "github"
    collects = "stars, forks, comments, reviews, merges, followers, and the person's public events"
    secret: Secret | None = Secret(HOST, bearer)

    def host(self, account: str) -> str:
        """The API's."""
        return HOST

    def resolve(self, given: str, client: Client) -> str:
        """The account, if there is such a user."""
        return f"{self.name}:{_profile(_login(given), client)['login'].lower()}"

    def proof(self, account: str, client: Client) -> Proof:
        """The website, the social accounts and the addresses in the user's own words."""
        login = _login(account)
        doc = _profile(login, client)
        listed = [text(each, "url") for each in objects(inside(doc, "socialAccounts", "nodes"))]
        links = [link for link in (text(doc, "websiteUrl"), *listed, *links_in(text(doc, "bio") or "")) if link]
        return Proof(account, f"{_SITE}/{login}", tuple(dict.fromkeys(links)))

    def collect(self, account: str, cursor: Cursor | None, client: Client, now: int) -> Iterator[Batch]:
        """Everything new on the first pages, then further stars, a repository at a time, then the followers."""
        me = _login(account)
        state: Cursor = {**FRESH, "id": None, "event": 0, "poll_after": 0, **(cursor or {})}
        visit = _Visit(me, state, Found(self.name, now, client.find), client)
        user = _user(visit)
        _look_at_repositories(user, visit)
        _look_at_discussions(user, visit)
        _look_at_events(visit)
        state["since"] = max(state["since"], now)
        yield visit.found.batch(state, complete=is_complete(state))
        yield from look_up(state, visit.found, partial(_look_for_more, visit))
        yield from walk_followers(state, visit.found, me, partial(_followers, visit))


def _login(account: str) -> str:
    match = _LOGIN.fullmatch(parse_account(account)[1])
    if not match:
        raise BadInput(f"account {account[:80]!r}: a login of GitHub has at most 39 letters, digits and hyphens")
    return match[1].lower()


def _query(operation: str, variables: dict[str, str | None], client: Client) -> Doc:
    """The data of an answer; a part that is not there, or not to be seen, is null in it."""
    if not client.opens(HOST):
        raise FatalError("github: there is no token; make one without any rights and set it")
    asked = {"query": QUERIES, "operationName": operation, "variables": variables}
    answer = client.post(f"https://{HOST}/graphql", asked, rate=RATE).json()
    data, failures = inside(answer, "data"), {text(error, "type") for error in objects(inside(answer, "errors"))}
    if not isinstance(data, dict) or failures - {"NOT_FOUND", "FORBIDDEN"}:
        raise RetriableError(
            f"https://{HOST}/graphql: {operation} was not answered: {sorted(map(str, failures))}"[:200]
        )
    return data


def _profile(login: str, client: Client) -> Doc:
    user = _query("Profile", {"login": login}, client).get("user")
    if not text(user, "login"):
        raise Gone(f"github:{login}: there is no such user")
    return dict(user or {})


def _user(visit: _Visit) -> Doc:
    """The user whom the cursor is about."""
    me, state, client = visit.me, visit.state, visit.client
    user = _query("Visit", {"login": me}, client).get("user")
    id_ = text(user, "id")
    if id_ and state["id"] in (None, id_):
        state["id"] = id_
        return dict(user or {})
    now_called = state["id"] and text(_query("Name", {"id": state["id"]}, client), "node", "login")
    if now_called:
        raise Renamed(f"github:{me}", f"github:{now_called.lower()}")
    raise Gone(f"github:{me}: there is no such user" + (" any more: the name is somebody else's" if id_ else ""))


def _person(user: Any) -> str | None:
    """The login of a person; None for bots, organisations and those who are gone."""
    login = text(user, "login")
    return login.lower() if login and text(user, "__typename") == "User" and not login.endswith("[bot]") else None


def _topics(repository: Any) -> list[str]:
    named = [text(node, "topic", "name") for node in objects(inside(repository, "repositoryTopics", "nodes"))]
    return [name for name in (*named, text(repository, "primaryLanguage", "name")) if name]


def _look_at_repositories(user: Doc, visit: _Visit) -> None:
    me, state, found = visit.me, visit.state, visit.found
    note_totals(state, found, me, {kind: inside(user, kind, "totalCount") for kind in _TOTALS})
    known, posts = state["posts"], {}
    since = max(visit.since, state["since"] - DAY)  # the times of stars and forks can be relied on
    for repository in objects(inside(user, "repositories", "nodes")):
        name, at = (text(repository, "nameWithOwner") or "").lower(), found.time(text(repository, "createdAt"))
        if not _REPOSITORY.fullmatch(name) or at is None:
            continue
        uri = f"github:repo/{name}"
        counts = {"stars": inside(repository, "stargazers", "totalCount"), "forks": repository.get("forkCount")}
        if counts != inside(known, name, "counts"):
            found.counts(me, uri, counts)
        tags = found.about(_topics(repository), text(repository, "description"))
        post = {"at": at, "uri": uri, "url": text(repository, "url"), "tags": tags, "counts": counts}
        owed = dict(inside(known, name, "owed") or {})
        for kind in _CROWDS:
            after = visit.crowd(kind, repository.get(kind), post, since)
            if after:
                owed[kind] = [after, min(since, owed.get(kind, [None, since])[1])]
        posts[name] = {**post, "owed": owed}
    state["posts"] = newest({**{name: post for name, post in known.items() if post["owed"]}, **posts})
    if len(posts) < _REPOSITORIES:  # else what is not on the list may be further down
        for name in [name for name in known if name not in posts][:MOST_POSTS]:
            _look_whether_gone(name, known[name], visit)


def _look_whether_gone(name: str, post: Doc, visit: _Visit) -> None:
    address = f"https://{HOST}/repos/{name}"
    if visit.client.get(address, headers=_HEADERS, rate=RATE, allow={404, 451}).status >= 400:
        visit.found.deed("Delete", visit.me, visit.me, post["uri"], at=None)


def _look_at_discussions(user: Doc, visit: _Visit) -> None:
    """Issues and pull requests of the person, wherever they are, and who answered or merged."""
    for kind in ("issues", "pullRequests"):
        for page in objects(inside(user, kind, "nodes")):
            url, repository = text(page, "url") or "", inside(page, "repository")
            if inside(repository, "isPrivate") is not False or not url.startswith(f"{_SITE}/"):
                continue
            tags = visit.found.about(_topics(repository), text(page, "title"))
            post = {"uri": url, "url": url, "tags": tags}
            visit.found.deed(
                "Create", visit.me, visit.me, url, at=text(page, "createdAt"), native=url, tags=post["tags"]
            )
            for said in (*objects(inside(page, "comments", "nodes")), *objects(inside(page, "reviews", "nodes"))):
                visit.reaction("Reply", said, "author", post, native=text(said, "url"))
            merge = {"createdAt": page.get("mergedAt"), "mergedBy": page.get("mergedBy")}
            visit.reaction("Accept", merge, "mergedBy", post, native=url)


def _look_at_events(visit: _Visit) -> None:
    """What the person did in public, newest first: of the last 30 days GitHub keeps 300 events at most."""
    state, found = visit.state, visit.found
    if found.now < state["poll_after"]:
        return
    newest = state["event"]

    def fetch(token: str | None) -> tuple[list[Doc], str | None]:
        headers = {**_HEADERS, **({} if token else state["newest"])}
        address = f"https://{HOST}/users/{visit.me}/events/public"
        answer = visit.client.get(address, {"per_page": _EVENTS, "page": token or "1"}, headers=headers, rate=RATE)
        if answer.unchanged:
            return [], None
        if token is None:
            interval = answer.headers.get("x-poll-interval", "")
            state["newest"] = answer.validators
            state["poll_after"] = found.now + (int(interval) if interval.isdecimal() and len(interval) < 6 else 0)
        events = [event for event in objects(answer.json()) if _number(event) > newest]
        return events, str(int(token or "1") + 1) if len(events) == _EVENTS else None

    for events in pages(fetch, _EVENT_PAGES):
        for event in events:
            state["event"] = max(state["event"], _number(event))
            visit.event(event)


def _native(activity: Activity) -> str | None:
    """The id under which an activity is also found from the other side; None for what is done once to a thing."""
    if activity.verb in ("Like", "Announce"):
        return None
    if activity.verb == "Create":
        return activity.url or activity.object
    page = activity.object if activity.verb == "Accept" else activity.url
    return f"{page}:{activity.verb}" if page else activity.id.removeprefix("github:")


def _number(event: Doc) -> int:
    number = text(event, "id") or ""
    return int(number) if number.isdecimal() and len(number) < 20 else 0


def _look_for_more(visit: _Visit, name: str, post: Doc) -> Doc:
    """Stars and forks behind the first page of a repository's; where those that are still owed begin."""
    owner, _, repository = name.partition("/")
    still = {}
    for kind, (after, until) in post["owed"].items():
        token: str | None = after
        for _ in range(MOST_PAGES):
            asked = {"owner": owner, "name": repository, "after": token}
            crowd = inside(_query(_CROWDS[kind][1], asked, visit.client), "repository", kind)
            before, token = token, visit.crowd(kind, crowd, post, until)
            if token in (None, before):
                break
        else:
            still[kind] = [token, until]
    return still


def _followers(visit: _Visit, token: str | None) -> tuple[list[str], str | None]:
    asked = {"login": visit.me, "after": token}
    followers = inside(_query("Followers", asked, visit.client), "user", "followers")
    names = [name for node in objects(inside(followers, "nodes")) if (name := _person(node))]
    return names, _next(followers)


def _next(connection: Any) -> str | None:
    is_more = inside(connection, "pageInfo", "hasNextPage") is True
    return text(connection, "pageInfo", "endCursor") if is_more else None
