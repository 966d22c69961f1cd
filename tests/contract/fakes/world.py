"""A made-up person on a made-up network: what happened there, and the answers of a server that knows it."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs

import httpx

from renown.networks.base import Network

NOW = 1_795_000_000
"""2026-11-18, when the first visit happens."""

DAY = 86_400
SECRET = "these words are the person's own and stay where they are"  # the text of every post
Doc = dict[str, Any]
Deed = tuple[str, str, str, str | None]
"""(verb, actor, author, object)"""


def stamp(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@dataclass
class Reaction:
    verb: str
    who: int
    at: int
    number: int


@dataclass
class Post:
    number: int
    at: int
    tags: tuple[str, ...]
    reactions: list[Reaction] = field(default_factory=list)
    uncounted: int = 0  # people who are counted, and not shown


class Fake:
    """A server with one person on it; each network says how it shows what there is."""

    network: ClassVar[Network]
    verbs: ClassVar[tuple[str, ...]] = ("Like", "Announce", "Reply")
    """What people do here that can be seen."""

    anonymous: ClassVar[bool] = False
    """Whether nobody is named who does so: they are counted only."""

    page: ClassVar[int]
    """Posts on a page; 0 where all are on one."""

    quiet: ClassVar[tuple[int, int]]
    """The requests of a visit when nothing is new, and how many of them are answered "unchanged"."""

    account: str
    renamed: ClassVar[str | None] = None
    """The account's name after `rename`; None where names do not change or do not matter."""

    def __init__(self) -> None:
        self.now = NOW
        self.posts: list[Post] = []
        self.followers: list[int] = []
        self.closed = self.moved = self.hidden = False
        self.hostile: str | None = None
        self.bots: set[int] = set()
        self.requests: list[httpx.Request] = []
        self._number = 0

    # what happens

    def number(self) -> int:
        self._number += 1
        return self._number

    def write(self, at: int, *tags: str) -> Post:
        post = Post(self.number(), at, tags)
        self.posts.append(post)
        return post

    def react(self, post: Post, verb: str, who: int, at: int | None = None) -> None:
        post.reactions.append(Reaction(verb, who, at or post.at + 60 * len(post.reactions) + 60, self.number()))

    # what is expected of it

    def name(self, who: int) -> str:
        """The native id of a person; 0 is whose the account is."""
        raise NotImplementedError

    def uri(self, post: Post) -> str:
        raise NotImplementedError

    def deeds(self) -> set[Deed]:
        """Everything that can be found about the account at the moment."""
        me = self.network.name
        own = self.account
        found: set[Deed] = set()
        for post in self.posts:
            found.add(("Create", own, own, self.uri(post)))
            for each in post.reactions:
                if each.who not in self.bots and each.who != 0 and not self.anonymous:
                    found.add((each.verb, f"{me}:{self.name(each.who)}", own, self.uri(post)))
        if self.shows_followers:
            found |= {("Follow", f"{me}:{self.name(who)}", own, None) for who in self.followers}
        return found

    shows_followers: ClassVar[bool] = True

    # how it answers

    def route(self, request: httpx.Request, query: dict[str, str]) -> Any:
        """The JSON document of an answer, or an httpx.Response."""
        raise NotImplementedError

    def answer(self, request: httpx.Request) -> httpx.Response:
        query = {key: values[-1] for key, values in parse_qs(request.url.query.decode()).items()}
        doc = self.route(request, query)
        if isinstance(doc, httpx.Response):
            return doc
        headers = {}
        if isinstance(doc, tuple):
            doc, headers = doc
        body = json.dumps(doc).encode()
        tag = f'W/"{hashlib.sha256(body).hexdigest()[:16]}"'
        if self.has_tags(request):
            headers["etag"] = tag
            if request.headers.get("if-none-match") == tag:
                return httpx.Response(304, headers=headers)
        return httpx.Response(200, content=body, headers={"content-type": "application/json; charset=utf-8", **headers})

    def has_tags(self, request: httpx.Request) -> bool:
        return request.method == "GET"


class Server(httpx.BaseTransport):
    """Carries requests to a fake; `faults` are tried first, each takes a request's number and may answer itself."""

    def __init__(self, fake: Fake, fault: Callable[[int, httpx.Request], httpx.Response | None] | None = None) -> None:
        self.fake = fake
        self.fault = fault
        self.seen: list[httpx.Request] = []
        self.unchanged = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        answer = self.fault(len(self.seen), request) if self.fault else None
        answer = answer or self.fake.answer(request)
        self.unchanged += answer.status_code == 304
        return answer


def newest_first(posts: list[Post]) -> list[Post]:
    return sorted(posts, key=lambda post: (-post.at, -post.number))


def paged(items: list[Any], size: int, token: str | None) -> tuple[list[Any], str | None]:
    """A page of the items, and the token of the next one."""
    start = int(token or 0)
    following = start + size
    return items[start:following], str(following) if following < len(items) else None


def people(reactions: list[Reaction], verb: str) -> Iterator[Reaction]:
    return (each for each in reversed(reactions) if each.verb == verb)
