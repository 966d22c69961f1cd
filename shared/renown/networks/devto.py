"""Dev.to: a person's articles, and who commented on them. Who reacted is not told: reactions are counts.

An article is called by its number: its address changes with its title and its author's name.
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from ..activity import parse_account
from ..errors import BadInput, Gone, Renamed
from ..formats.jsontext import Doc, inside, text
from .answer import Answer
from .base import Batch, Cursor, Found, Proof, Secret, is_count, links_in, objects, pages
from .budget import Rate
from .client import Client, Params
from .window import FRESH, Page, forget, is_complete, look_up, walk_posts

HOST: Final = "dev.to"
RATE: Final = Rate(1.0, 2)  # of 3 a second for each address

_HEADERS: Final = {"accept": "application/vnd.forem.api-v1+json"}
_USER: Final = re.compile(r"[a-z0-9_-]{1,60}")
_CODE: Final = re.compile(r"[a-z0-9]{1,20}")
_COUNTS: Final = {"likes": "public_reactions_count", "replies": "comments_count"}
_ARTICLES: Final = 30
_COMMENTS: Final = 100
_FEWEST: Final = 50
"""Comments on a full page, if the server does not give as many at a time as it is asked for."""


class DevTo:
    """Dev.to's connector; an account is `devto:<user>` in lower case."""

    name = "devto"
    collects = "articles with counts, who commented"
    secret: Secret | None = None

    def host(self, account: str) -> str:
        """It is one for all."""
        return HOST

    def resolve(self, given: str, client: Client) -> str:
        """The account, if there is such a user."""
        person = _Person(given, {}, client)
        person.known(person.profile())
        return f"{self.name}:{person.user}"

    def proof(self, account: str, client: Client) -> Proof:
        """The profile's website, its account at GitHub, and what the person says."""
        person = _Person(account, {}, client)
        doc = person.known(person.profile())
        github = text(doc, "github_username")
        said = f"{text(doc, 'website_url') or ''} {f'https://github.com/{github}' if github else ''}"
        links = links_in(f"{said} {text(doc, 'summary') or ''}")
        return Proof(f"{self.name}:{person.user}", f"https://{HOST}/{person.user}", links)

    def collect(self, account: str, cursor: Cursor | None, client: Client, now: int) -> Iterator[Batch]:
        """The articles, then the comments on one at a time."""
        state: Cursor = {**FRESH, **(cursor or {})}
        person, found = _Person(account, state, client), Found(self.name, now, client.find)
        answer = person.profile()
        if not answer.unchanged:
            state.update(id=person.known(answer)["id"], profile=answer.validators)
        _look_at_articles(person, found)
        yield found.batch(state, complete=is_complete(state))
        yield from look_up(state, found, partial(_look_for_comments, person, found))


class _Person:
    """An account, and what a visit has at hand."""

    def __init__(self, account: str, state: Cursor, client: Client) -> None:
        self.user = parse_account(account.strip().lower())[1].removeprefix("@")
        if not account.strip().lower().startswith("devto:") or not _USER.fullmatch(self.user):
            raise BadInput(f"account {account[:80]!r}: write it as devto:ada")
        self.state, self.client = state, client

    def get(self, path: str, params: Params | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer of the API; of status 404 where there is nothing."""
        headers = {**_HEADERS, **(headers or {})}
        return self.client.get(f"https://{HOST}/api/{path}", params, headers=headers, rate=RATE, allow={404})

    def profile(self) -> Answer:
        """The profile, or that it has not changed."""
        return self.get("users/by_username", {"url": self.user}, self.state["profile"] if self.state else None)

    def known(self, answer: Answer) -> Doc:
        """What a profile shows, if it is this person's: a name that was given up may be another one's."""
        doc: Any = answer.json() if answer.status == 200 else None
        known = self.state.get("id")
        if _user(doc) == self.user and is_count(inside(doc, "id")) and known in (None, doc["id"]):
            return dict(doc)
        now = self.get(f"users/{known}") if known is not None else answer
        name = _user(now.json()) if now.status == 200 else None
        if known is not None and name and name != self.user:
            raise Renamed(f"devto:{self.user}", f"devto:{name}")
        raise Gone(f"devto:{self.user}: there is no such user")


def _user(doc: Any) -> str | None:
    """The name of a user; of deleted ones there is none."""
    name = (text(doc, "username") or "").lower()
    return name if _USER.fullmatch(name) and ("id" in doc or "user_id" in doc) else None


def _look_at_articles(person: _Person, found: Found) -> None:
    page = 1

    def ask(token: str | None, headers: Mapping[str, str]) -> Answer:
        return person.get("articles", {"username": person.user, "page": token or "1"}, headers)

    def read(answer: Answer) -> Page:
        nonlocal page
        given, page = objects(answer.json()) if answer.status == 200 else [], page + 1
        posts: dict[str, Doc] = {}
        oldest = found.now
        for article in given:
            at, number = found.time(text(article, "published_at")), article.get("id")
            if at is not None and is_count(number) and (text(article, "user", "username") or "").lower() == person.user:
                oldest = min(oldest, at)
                posts[str(number)] = _article(person, found, article, at)
        return Page(posts, oldest, str(page) if len(given) >= _ARTICLES else None)

    for key in walk_posts(person.state, found, person.user, ask, read):
        if person.get(f"articles/{key}").status == 404:
            forget(person.state, key, found, person.user)


def _article(person: _Person, found: Found, article: Doc, at: int) -> Doc:
    """Adds an article; what is remembered of it."""
    native, url, given = f"articles/{article['id']}", text(article, "url"), article.get("tag_list")
    tags = [tag for tag in given if isinstance(tag, str)][:20] if isinstance(given, list) else []
    tags = found.about(tags, text(article, "title"), text(article, "description"))
    found.post(person.user, f"devto:{native}", native=native, at=at, tags=tags, url=url)
    counts = {kind: article[name] for kind, name in _COUNTS.items() if is_count(article.get(name))}
    return {"at": at, "uri": f"devto:{native}", "url": url, "tags": tags, "counts": counts}


def _look_for_comments(person: _Person, found: Found, key: str, post: Doc) -> Doc:
    """Adds who commented on an article, answered the author below it, or was answered there."""
    if not post["owed"].get("replies"):
        return {}

    def fetch(token: str | None) -> tuple[list[Doc], str | None]:
        page = int(token or 1)
        answer = person.get("comments", {"a_id": key, "page": page, "per_page": _COMMENTS})
        given = objects(answer.json()) if answer.status == 200 else []
        return given, str(page + 1) if len(given) >= _FEWEST else None

    for page in pages(fetch):
        left: list[tuple[Doc, str | None, str]] = [(comment, person.user, post["uri"]) for comment in page]
        while left:
            comment, to, about = left.pop()
            who, code = _user(inside(comment, "user")), text(comment, "id_code") or ""
            if not _CODE.fullmatch(code):
                continue
            if who and to and who != to and person.user in (who, to):
                at, url = found.time(text(comment, "created_at")), f"https://{HOST}/{who}/comment/{code}"
                if at is not None:
                    native = f"comments/{code}:Reply"
                    found.deed("Reply", who, to, about, at=at, native=native, tags=post["tags"], url=url)
            left += [(below, who, f"devto:comments/{code}") for below in objects(comment.get("children"))]
    return {}
