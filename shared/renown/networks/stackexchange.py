"""Stack Exchange: questions and answers of a person, who answered, commented, mentioned them, accepted their answers.

Accounts, posts and ids are those of the dump (`formats.stackexchange`): importing it and collecting give one history.
Votes are secret: they are counts, never people. Who accepted an answer is known, not when: as old as our first sight.
What the person comments elsewhere is seen from the other side. One list of up to 100 posts costs one request, but
every request counts: 300 a day for each address, 10,000 with a free key, which `Access.params` holds.
"""

import html
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from ..activity import parse_account
from ..errors import BadInput, FatalError, Gone, RetriableError, SkippableError
from ..formats.jsontext import Doc, inside, text
from ..formats.stackexchange import address
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
    is_count,
    links_in,
    newest,
    objects,
)
from .budget import Rate
from .client import TRIES, Access, Client, Params
from .window import note_totals

HOST: Final = "api.stackexchange.com"
RATE: Final = Rate(2.0, 5)  # of 30 a second for each address

_ACCOUNT: Final = re.compile(
    r"((?:[a-z0-9]{1,40}\.){0,2}?[a-z0-9]{1,40})(?:\.stackexchange\.com|\.com|\.net)?/([1-9][0-9]{0,11})"
)
_WAIT: Final = re.compile(r"available in (\d{1,6}) seconds")
_TOTALS: Final = {"reputation": "reputation", "questions": "question_count", "answers": "answer_count"}
_COUNTS: Final = {"score": "score", "views": "view_count", "answers": "answer_count"}
_LISTS: Final = {"comments": ("posts/{}/comments", "comment_id"), "answers": ("questions/{}/answers", "answer_id")}
"""Where those are who react to posts, and what identifies a reaction."""

_PAGE: Final = 100
_TAGS: Final = 20
_OPEN: Final = 30 * DAY
"""How old a post may be for its reactions to be looked up."""

_REST: Final = 3600
"""Seconds to leave the network alone once nothing remains of the day's requests."""


class StackExchange:
    """Stack Exchange's connector; an account is `stackexchange:<site>/<number>`, the site as in the dump: `beer`."""

    name = "stackexchange"
    collects = "reputation, questions and answers with score and views, who answered, commented, mentioned, accepted"
    secret: Secret | None = Secret(HOST, lambda key: Access(params={"key": key}), needed=False)

    def host(self, account: str) -> str:
        """The API's: it is one for all sites."""
        return HOST

    def resolve(self, given: str, client: Client) -> str:
        """The account, if there is such a user on the site."""
        site = _Site(given.strip().lower(), client)
        site.user()
        return f"{self.name}:{site.me}"

    def proof(self, account: str, client: Client) -> Proof:
        """The addresses in the profile, and the same person on other sites, for which the network itself stands."""
        site = _Site(account, client)
        created = site.asked("filters/create", {"base": "default", "include": "user.about_me"})
        name = next((text(each, "filter") for each in objects(inside(created, "items"))), None)
        user = site.user({"filter": name} if name and name.isascii() else {})
        named = [*links_in(text(user, "website_url") or ""), *links_in(html.unescape(text(user, "about_me") or ""))]
        others: list[str] = []
        if is_count(user.get("account_id")):
            doc = site.asked(f"users/{user['account_id']}/associated", {"pagesize": _PAGE})
            for each in objects(inside(doc, "items")):
                if is_count(each.get("user_id")):
                    others += links_in(f"{text(each, 'site_url')}/users/{each['user_id']}")
        links = tuple(dict.fromkeys((*named, *others)))
        own, shown = f"{site.address}/users/{site.number}", text(user, "link") or ""
        with_name = (shown,) if shown.startswith(f"{own}/") else ()  # as it stands in the browser
        return Proof(f"{self.name}:{site.me}", own, links, tuple(others), with_name)

    def collect(self, account: str, cursor: Cursor | None, client: Client, now: int) -> Iterator[Batch]:
        """Reputation, posts and mentions, then the reactions to 100 posts at a time."""
        state: Cursor = {"since": 0, "posts": {}, "owed": {kind: {} for kind in _LISTS}, **(cursor or {})}
        site, found = _Site(account, client), Found(self.name, now, client.find)
        since = state["since"] - REFETCH if state["since"] else now - BACKFILL
        user = site.user()
        note_totals(state, found, site.me, {kind: user.get(name) for kind, name in _TOTALS.items()})
        _look_at_posts(site, state, found, since)
        _look_for_mentions(site, state, found, since)
        state["since"] = max(state["since"], now)
        yield found.batch(state, complete=_is_complete(state))
        for _ in range(MOST_POSTS):
            if _is_complete(state):
                return
            _look_for_reactions(site, state, found)
            yield found.batch(state, complete=_is_complete(state))


def _is_complete(state: Cursor) -> bool:
    return not any(state["owed"].values())


class _Site:
    """The site of an account, as the API shows it."""

    def __init__(self, account: str, client: Client) -> None:
        match = _ACCOUNT.fullmatch(parse_account(account)[1])
        if not match or not account.startswith("stackexchange:"):
            raise BadInput(
                f"account {account[:80]!r}: write it as stackexchange:beer/12, the site and the user's number"
            )
        self.name, self.number, self.client = match[1], match[2], client
        self.me = f"{self.name}/{self.number}"
        self.address = address(self.name)

    def user(self, params: Params | None = None) -> Doc:
        """The account's profile."""
        users = self.about("users", [self.number], "user_id", params)
        if self.number not in users:
            raise Gone(f"stackexchange:{self.me}: there is no such user")
        return users[self.number]

    def about(self, what: str, ids: Iterable[str], key: str, params: Params | None = None) -> dict[str, Doc]:
        """Those of the things with these ids that are there; `key` is under what they have it."""
        wanted = list(dict.fromkeys(ids))
        there: dict[str, Doc] = {}
        for start in range(0, len(wanted), _PAGE):
            some = ";".join(wanted[start : start + _PAGE])
            doc = self.asked(f"{what}/{some}", {**self._site, "pagesize": _PAGE, **(params or {})})
            there |= {str(item[key]): item for item in objects(inside(doc, "items")) if is_count(item.get(key))}
        return there

    def listed(self, path: str, key: str, since: int, order: str) -> tuple[dict[str, Doc], bool]:
        """What a list has from a moment on, by time and id, and whether that is all: it ends after some pages."""
        there: dict[str, Doc] = {}
        for number in range(1, MOST_PAGES + 1):
            by_time: Params = {"sort": "creation", "order": order, "fromdate": since, "pagesize": _PAGE, "page": number}
            doc, known = self.asked(path, {**self._site, **by_time}), len(there)
            for item in objects(inside(doc, "items")):
                if is_count(item.get(key)) and is_count(item.get("creation_date")):
                    there[str(item[key])] = item
            if inside(doc, "has_more") is not True or len(there) == known:
                return there, True
        return there, False

    def asked(self, path: str, params: Params) -> Any:
        """The answer of the API, which says in the body how long it wants to be left alone, also with status 400."""
        for _ in range(TRIES):
            answer = self.client.get(f"https://{HOST}/2.3/{path}", params, rate=RATE, allow={400})
            doc = answer.json()
            backoff = inside(doc, "backoff")
            if is_count(backoff):
                self.client.rest(HOST, backoff)
            if inside(doc, "quota_remaining") == 0:
                self.client.rest(HOST, _REST)
            if answer.status != 400:
                return doc
            error, said = inside(doc, "error_id"), text(doc, "error_message") or ""
            if error not in (500, 502, 503):
                what = f"{answer.url}: error {error if is_count(error) else ''}: {ascii(said)[:200]}"
                raise (FatalError if "`key`" in said and self.client.opens(HOST) else SkippableError)(what)
            wait = _WAIT.search(said)
            self.client.rest(HOST, int(wait[1]) if wait else 60)
        raise RetriableError(f"{answer.url}: error {error}")

    @property
    def _site(self) -> dict[str, str]:
        return {"site": self.address.removeprefix("https://")}

    def uri(self, post: object) -> str:
        """A post, as the dump calls it."""
        return f"stackexchange:{self.name}/posts/{post}"

    def person(self, doc: Any) -> str | None:
        """Somebody other than the account; deleted users and the site's own (numbers below 1) are nobody."""
        number = inside(doc, "user_id")
        is_person = is_count(number) and number > 0 and inside(doc, "user_type") != "does_not_exist"
        return f"{self.name}/{number}" if is_person and str(number) != self.number else None


def _look_at_posts(site: _Site, state: Cursor, found: Found, since: int) -> None:
    known, waiting = state["posts"], {key for owed in state["owed"].values() for key in owed}
    given, reached = _posts(site, found, since)
    missing = [key for key in known if key not in given and known[key]["at"] > reached][:_PAGE]
    there = site.about("posts", missing, "post_id")
    for key in missing:
        if key not in there:
            found.deed("Delete", site.me, site.me, site.uri(key), at=None)
    posts = {
        key: post
        for key, post in known.items()
        if (key not in missing or key in there) and (post["at"] > found.now - _OPEN or key in waiting)
    }
    for key, post in given.items():
        before = known.get(key, {"tags": [], "accepted": False, "counts": {}})
        posts[key] = {**post, "tags": post["tags"] or before["tags"], "accepted": before["accepted"]}
        if post["counts"] != before["counts"]:
            found.counts(site.me, site.uri(key), post["counts"])
    _look_at_threads(site, found, posts)
    for key in given:
        at, tags, url = posts[key]["at"], posts[key]["tags"], _page(site, key, posts[key])
        found.deed(
            "Create", site.me, site.me, site.uri(key), at=at, native=_native(site, key, "Create"), tags=tags, url=url
        )
    state["posts"] = newest(posts)
    _owe(state, found, since)


def _posts(site: _Site, found: Found, since: int) -> tuple[dict[str, Doc], int]:
    """Questions and answers since a moment; that moment, or a later one, behind which not all were read."""
    posts: dict[str, Doc] = {}
    reached = since
    for kind in ("question", "answer"):
        given, is_all = site.listed(f"users/{site.number}/{kind}s", f"{kind}_id", since, "desc")
        for key, item in given.items():
            question = item.get("question_id") if kind == "answer" else None
            if found.time(item["creation_date"]) and (kind == "question" or is_count(question)):
                title = html.unescape(text(item, "title") or "")
                posts[key] = {
                    "at": item["creation_date"],
                    "question": None if question is None else str(question),
                    "tags": found.about(_tags(item), title) if kind == "question" else [],
                    "counts": {count: item[name] for count, name in _COUNTS.items() if is_count(item.get(name))},
                }
        if not is_all:
            reached = max(reached, min(item["creation_date"] for item in given.values()))
    return posts, reached


def _look_at_threads(site: _Site, found: Found, posts: dict[str, Doc]) -> None:
    """Adds what answers are to those who asked, who may have accepted them; answers take the tags of the question."""
    answers = {key: post for key, post in posts.items() if post["question"] and not post["accepted"]}
    threads = site.about("questions", (post["question"] for post in answers.values()), "question_id")
    for key, post in answers.items():
        if thread := threads.get(post["question"]):
            tags, url, asker = _tags(thread), _page(site, key, post), site.person(thread.get("owner"))
            accepted = str(thread.get("accepted_answer_id")) == key
            posts[key] = {**post, "tags": tags, "accepted": accepted}
            if asker:
                question, native = site.uri(post["question"]), _native(site, key, "Reply")
                found.deed("Reply", site.me, asker, question, at=post["at"], native=native, tags=tags, url=url)
            if asker and accepted:
                native = _native(site, key, "Accept")
                found.deed("Accept", asker, site.me, site.uri(key), at=None, native=native, tags=tags, url=url)


def _owe(state: Cursor, found: Found, since: int) -> None:
    """Notes of which posts the reactions are to be looked up, and from when on."""
    posts, first = state["posts"], not state["since"]
    recent = {key: since for key, post in posts.items() if first or post["at"] > found.now - _OPEN}
    questions = {key: at for key, at in recent.items() if posts[key]["question"] is None}
    owed = state["owed"]
    state["owed"] = {
        kind: {**some, **{key: at for key, at in owed[kind].items() if key in posts}}
        for kind, some in (("comments", recent), ("answers", questions))
    }


def _look_for_reactions(site: _Site, state: Cursor, found: Found) -> None:
    """Looks up one kind of reactions to some posts; where there are too many, later ones are owed still."""
    kind, owed = next((kind, owed) for kind, owed in state["owed"].items() if owed)
    some = dict(list(owed.items())[:_PAGE])
    since, left = min(some.values()), {key: at for key, at in owed.items() if key not in some}
    path, name = _LISTS[kind]
    try:
        given, is_all = site.listed(path.format(";".join(some)), name, since, "asc")
    except SkippableError as error:  # it must not stand in the way of the others
        found.rejects.append(str(error))
        given, is_all = {}, True
    for key, item in given.items():
        post = str(item.get("post_id" if kind == "comments" else "question_id"))
        if post in some and kind == "comments":
            _comment(site, found, "Reply", item, state["posts"][post]["tags"])
        elif post in some and (who := site.person(item.get("owner"))):
            at, native, url = item["creation_date"], _native(site, key, "Reply"), f"{site.address}/a/{key}"
            tags = state["posts"][post]["tags"]
            found.deed("Reply", who, site.me, site.uri(post), at=at, native=native, tags=tags, url=url)
    reached = max((item["creation_date"] for item in given.values()), default=since)
    if not is_all and reached > since:
        left |= dict.fromkeys(some, reached)
    state["owed"] = {**state["owed"], kind: left}


def _look_for_mentions(site: _Site, state: Cursor, found: Found, since: int) -> None:
    """Comments that name the account: on its own older posts they are replies."""
    given, _ = site.listed(f"users/{site.number}/mentioned", "comment_id", since, "desc")
    comments = [item for item in given.values() if is_count(item.get("post_id"))]
    elsewhere = [str(item["post_id"]) for item in comments if str(item["post_id"]) not in state["posts"]]
    posts = site.about("posts", elsewhere, "post_id")
    for item in comments:
        if post := posts.get(str(item["post_id"])):
            is_own = str(inside(post, "owner", "user_id")) == site.number
            _comment(site, found, "Reply" if is_own else "Mention", item, ())


def _comment(site: _Site, found: Found, verb: str, item: Doc, tags: Iterable[str]) -> None:
    if who := site.person(item.get("owner")):
        number, at = item["comment_id"], item["creation_date"]
        native = f"{site.name}/comments/{number}:{verb}{f':{site.number}' if verb == 'Mention' else ''}"
        url = f"{site.address}/posts/comments/{number}"
        found.deed(verb, who, site.me, site.uri(item["post_id"]), at=at, native=native, tags=tags, url=url)


def _native(site: _Site, post: str, verb: str) -> str:
    """What the dump calls what somebody did with a post."""
    return f"{site.name}/posts/{post}:{verb}"


def _page(site: _Site, key: str, post: Doc) -> str:
    return f"{site.address}/{'a' if post['question'] else 'q'}/{key}"


def _tags(question: Doc) -> list[str]:
    tags = question.get("tags")
    return [tag for tag in tags if isinstance(tag, str)][:_TAGS] if isinstance(tags, list) else []
