"""Wikipedia: the articles that a person began and worked on, who thanked them, and who wrote to them.

A post is an article that the person began; all else that they did to articles on one day of UTC is one post together,
once the day is over: 500 edits a day are not 500 posts. What was reverted counts for nothing. Thanks are public in a
log that says by whom and to whom, not what for. A message is what MediaWiki takes for a comment on a talk page;
warnings that patrols leave there are none. Who is a bot, blocked or not registered is nobody, and who keeps search
engines off their user page (`__NOINDEX__`) is left alone. Of texts, only a person's own user page is read, as proof.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from ..activity import parse_account
from ..errors import BadInput, Gone, Renamed, RetriableError, SkippableError, Unwanted
from ..formats.jsontext import Doc, inside, text
from ..formats.times import rfc3339
from .base import (
    BACKFILL,
    DAY,
    MOST_PAGES,
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
from .client import TRIES, Client, Params
from .window import note_totals

_LANGUAGE: Final = r"[a-z]{2,12}(?:-[a-z]{2,12}){0,2}"
_USER: Final = re.compile(r"(?!~2)[^\x00-\x20\x7f#<>\[\]|{}/:_][^\x00-\x1f\x7f#<>\[\]|{}/:_]{0,84}")
_ACCOUNT: Final = re.compile(rf"wikipedia:({_LANGUAGE})/(.{{1,85}})")
_GONE: Final = re.compile(r"(?:renamed|vanished) ?user\b", re.IGNORECASE)
_KIND: Final = re.compile(r" \([^()]*\)$")
_QUERY: Final = {"action": "query", "format": "json", "formatversion": "2", "maxlag": "5"}
_LATER: Final = ("maxlag", "ratelimited", "readonly")
_COMMENT: Final = "discussiontools-added-comment"
_REVERTED: Final = "mw-reverted"
_NO_MESSAGE: Final = re.compile(
    rf"{_REVERTED}|twinkle|huggle|redwarn|ultraviolet|antivandal|swviewer|wikiloop", re.IGNORECASE
)
_ARTICLES: Final = 0
_TALK: Final = 3
_PAGE: Final = 500
_IDS: Final = 50
_NAMES: Final = 20
"""People who are looked up at once: their names are twice in an address, which can hold 8 KB."""

_MOST_PEOPLE: Final = 400
_TITLES: Final = 20
_PAUSE: Final = 5


Lists = dict[str, list[Doc]]


class Wikipedia:
    """Wikipedia's connector; an account is `wikipedia:<language>/<user name>`, as in `wikipedia:en/Ada Lovelace`."""

    name = "wikipedia"
    collects = "edits, articles begun and worked on, who thanked, who wrote on the talk page, and whom the person did"
    secret: Secret | None = None

    def host(self, account: str) -> str:
        """The Wikipedia of that language."""
        return f"{_name(account)[0]}.wikipedia.org"

    def resolve(self, given: str, client: Client) -> str:
        """The account, if there is such a user there."""
        wiki = _Wiki(given, client)
        user = wiki.known(wiki.everything({"list": "users", "ususers": wiki.user})[0], None)
        return f"{self.name}:{wiki.language}/{user['name']}"

    def proof(self, account: str, client: Client) -> Proof:
        """The addresses on the user page, as the person themselves left it: anybody can edit it after them."""
        wiki = _Wiki(account, client)
        last: Params = {"rvuser": wiki.user, "rvlimit": 1, "rvprop": "ids|content", "rvslots": "main"}
        page: Params = {"prop": "revisions", "titles": f"User:{wiki.user}"}
        given, _ = wiki.everything({"list": "users", "ususers": wiki.user, **page, **last}, 1)
        wiki.known(given, None)
        pages = given.get("pages", [])
        titles = dict.fromkeys(("User:" + wiki.user, *(page["title"] for page in pages if _bare(page) == wiki.user)))
        paths = [title.replace(" ", "_") for title in titles]  # the second one is in the wiki's language
        own = tuple(dict.fromkeys(f"{wiki.site}/wiki/{path}" for each in paths for path in (quote(each, ":"), each)))
        for revision in _revisions(pages):
            if is_count(revision.get("revid")):
                evidence = f"{wiki.site}/wiki/Special:PermanentLink/{revision['revid']}"
                said = text(revision, "slots", "main", "content") or ""
                return Proof(account, evidence, links_in(said), (), own)
        return Proof(account, own[0], (), (), own[1:])

    def collect(self, account: str, cursor: Cursor | None, client: Client, now: int) -> Iterator[Batch]:
        """Everything, as one batch."""
        state: Cursor = {"since": 0, "id": None, "posts": {}, "people": {}, **(cursor or {})}
        wiki, found = _Wiki(account, client), Found(self.name, now, client.find)
        since = (state["since"] - REFETCH if state["since"] else now - BACKFILL) // DAY * DAY
        heard = state["since"] - DAY if state["since"] else since
        done, is_all = wiki.everything({
            "list": "users|usercontribs|logevents", "prop": "revisions",
            "ususers": wiki.user, "usprop": "editcount",
            "ucuser": wiki.user, "ucend": rfc3339(since), "uclimit": _PAGE, "ucnamespace": f"{_ARTICLES}|{_TALK}",
            "ucprop": "ids|title|timestamp|flags|sizediff|tags",
            "letype": "thanks", "letitle": f"User:{wiki.user}", "leend": rfc3339(heard), "lelimit": _PAGE,
            "leprop": "ids|title|user|timestamp",
            "titles": f"User talk:{wiki.user}", "rvexcludeuser": wiki.user, "rvend": rfc3339(heard), "rvlimit": _PAGE,
            "rvprop": "ids|timestamp|user|tags",
        })  # fmt: skip
        user = wiki.known(done, state["id"])
        given, _ = wiki.everything({
            "list": "logevents", "prop": "pageprops", "titles": f"User:{wiki.user}", "ppprop": "noindex",
            "letype": "thanks", "leuser": wiki.user, "leend": rfc3339(heard), "lelimit": _PAGE,
            "leprop": "ids|title|user|timestamp",
        })  # fmt: skip
        if _noindex(given):
            raise Unwanted(f"wikipedia:{wiki.me}: the user page asks not to be indexed")
        state["id"] = user["userid"]
        note_totals(state, found, wiki.me, {"edits": user.get("editcount")})
        edits = [edit for edit in done.get("usercontribs", []) if edit.get("ns") == _ARTICLES]
        _look_at_edits(wiki, state, found, edits, since if is_all else None)
        _look_at_people(wiki, state, found, [*_thanks(wiki, done), *_thanks(wiki, given), *_messages(wiki, done)])
        state["since"] = max(state["since"], now)
        yield found.batch(state, complete=True)


def _name(account: str) -> tuple[str, str]:
    """Language and user name, which begins in upper case and has spaces where addresses have `_`."""
    match = _ACCOUNT.fullmatch(account.strip())
    user = " ".join(match[2].replace("_", " ").split()) if match else ""
    first = user[:1].upper()
    user = first + user[1:] if len(first) == 1 else user
    if not match or not _USER.fullmatch(user):
        raise BadInput(f"account {account[:80]!r}: write it as wikipedia:en/Ada, the language and the user's name")
    parse_account(f"wikipedia:{match[1]}/{user}")
    return match[1], user


class _Wiki:
    """An account's Wikipedia."""

    def __init__(self, account: str, client: Client) -> None:
        self.language, self.user = _name(account)
        self.me, self.client = self.native(self.user), client
        self.host = f"{self.language}.wikipedia.org"
        self.site = f"https://{self.host}"

    def native(self, user: str) -> str:
        """A user as they are stored."""
        return f"{self.language}/{user}"

    def asked(self, params: Params) -> Doc:
        """The answer of the API, which says in its body, with status 200, that it has too much to do."""
        for _ in range(TRIES):
            answer = self.client.get(f"{self.site}/w/api.php", {**_QUERY, **params})
            doc = answer.json()
            code = text(doc, "error", "code")
            if code is None and isinstance(inside(doc, "query"), dict):
                return dict(doc)
            if code not in _LATER:
                raise SkippableError(f"{answer.url}: {ascii(code or 'there is no answer in it')[:80]}")
            wait = answer.headers.get("retry-after", "")
            self.client.rest(self.host, max(_PAUSE, int(wait) if wait.isdecimal() and len(wait) < 6 else 0))
        raise RetriableError(f"{answer.url}: {code}")

    def everything(self, params: Params, most: int = MOST_PAGES) -> tuple[Lists, bool]:
        """The lists of the answer by name, `most` pages of them together, and whether that is all."""
        found: Lists = {}
        more: dict[str, str] = {}
        for _ in range(most):
            doc = self.asked({**params, **more})
            for name, items in doc["query"].items():
                found.setdefault(name, []).extend(objects(items))
            before, more = more, _continued(doc)
            if more in ({}, before):
                return found, not more
        return found, False

    def known(self, given: Lists, id_: int | None) -> Doc:
        """The user, if it is the one with this id: a name that was given up may be another one's."""
        user: Doc = next(iter(given.get("users", [])), {})
        if is_count(user.get("userid")) and text(user, "name") and id_ in (None, user["userid"]):
            return user
        asked: Params = {"list": "logevents", "letype": "renameuser", "letitle": f"User:{self.user}", "lelimit": 1}
        renamed = self.everything({**asked, "leprop": "details"}, 1)[0].get("logevents", [])
        name = next((text(each, "params", "newuser") for each in renamed), None) or ""
        if _USER.fullmatch(name) and not _GONE.match(name):
            raise Renamed(f"wikipedia:{self.me}", f"wikipedia:{self.native(name)}")
        raise Gone(f"wikipedia:{self.me}: there is no such user")


def _continued(doc: Doc) -> dict[str, str]:
    """What is to be asked for to get the next page."""
    given: Any = doc.get("continue")
    names = [name for name in given if name.endswith("continue")] if isinstance(given, dict) else []
    return {name: str(given[name])[:500] for name in names}


def _bare(doc: Doc) -> str:
    """A title without its namespace, whose name is in the wiki's language."""
    return (text(doc, "title") or "").partition(":")[2]


def _tags(doc: Doc) -> set[str]:
    given = doc.get("tags")
    return {tag for tag in given if isinstance(tag, str)} if isinstance(given, list) else set()


def _revisions(pages: Iterable[Doc]) -> list[Doc]:
    return [revision for page in pages for revision in objects(page.get("revisions"))]


def _noindex(given: Lists) -> set[str]:
    """The users whose pages ask not to be indexed."""
    return {_bare(page) for page in given.get("pages", []) if inside(page, "pageprops", "noindex") is not None}


def _look_at_edits(wiki: _Wiki, state: Cursor, found: Found, edits: list[Doc], since: int | None) -> None:
    """Adds articles begun, under their number, and days of other edits; `since`: from when on all edits were read."""
    groups: dict[str, list[Doc]] = {}
    times = []
    for edit in edits:
        at, tags = found.time(text(edit, "timestamp")), _tags(edit)
        if at is not None and is_count(edit.get("pageid")) and text(edit, "title"):
            is_article = edit.get("new") is True and "mw-new-redirect" not in tags
            times.append(at)
            if _REVERTED not in tags:
                key = str(edit["pageid"]) if is_article else rfc3339(at)[:10]
                groups.setdefault(key, []).append({**edit, "at": at})
    reached = (min(times, default=found.now) // DAY + 1) * DAY if since is None else since
    known = state["posts"]
    missing = [key for key, post in known.items() if key not in groups and post["at"] >= reached]
    asked = missing[:_IDS]
    there = _articles(wiki, [key for key in asked if key.isdecimal()])
    posts = {key: known[key] for key in missing if key in there or key not in asked}
    for key in asked:
        if key not in there:
            found.deed("Delete", wiki.me, wiki.me, known[key]["uri"], at=None)
    for key, group in groups.items():
        at = max(edit["at"] for edit in group)
        if key.isdecimal():
            posts[key] = {"at": at, "uri": f"wikipedia:{wiki.language}/pages/{key}"}
        elif at // DAY < found.now // DAY:  # the day is over
            posts[key] = {"at": at, "uri": f"wikipedia:{wiki.me}/{key}"}
    _add_posts(wiki, found, posts, {key: group for key, group in groups.items() if key in posts and key not in known})
    state["posts"] = newest(posts)


def _add_posts(wiki: _Wiki, found: Found, posts: dict[str, Doc], new: dict[str, list[Doc]]) -> None:
    """Adds those that are new: their topics are the titles of what was edited most, and an article's categories."""
    there = _articles(wiki, [key for key in new if key.isdecimal()][:_PAGE])
    for key, group in new.items():
        changed: Counter[str] = Counter()
        for edit in group:
            changed[edit["title"]] += abs(edit["sizediff"]) if isinstance(edit.get("sizediff"), int) else 0
        about = [_KIND.sub("", title) for title, _ in changed.most_common(_TITLES)] + there.get(key, [])
        post, shown = posts[key], f"?curid={key}"
        if not key.isdecimal():
            by = f"title=Special:Contributions/{quote(wiki.user)}"
            shown = f"w/index.php?{by}&namespace={_ARTICLES}&start={key}&end={key}"
        native, url = post["uri"].removeprefix("wikipedia:"), f"{wiki.site}/{shown}"
        found.deed("Create", wiki.me, wiki.me, post["uri"], at=post["at"], native=native, tags=about, url=url)


def _articles(wiki: _Wiki, keys: list[str]) -> dict[str, list[str]]:
    """Those of the pages that are there and are articles, with the categories that readers see."""
    there: dict[str, list[str]] = {}
    for start in range(0, len(keys), _IDS):
        asked: Params = {"pageids": "|".join(keys[start : start + _IDS]), "prop": "categories", "clshow": "!hidden"}
        for page in wiki.everything({**asked, "cllimit": _PAGE})[0].get("pages", []):
            if page.get("ns") == _ARTICLES and page.get("missing") is not True:
                categories = objects(page.get("categories"))
                there.setdefault(str(page.get("pageid")), []).extend(map(_bare, categories))
    return there


class _Deed(NamedTuple):
    """What one person did for another."""

    verb: str
    actor: str
    author: str
    post: str | None
    native: str
    at: str | None
    url: str


def _thanks(wiki: _Wiki, given: Lists) -> Iterator[_Deed]:
    for entry in given.get("logevents", []):
        number, by = entry.get("logid"), text(entry, "user")
        if is_count(number) and by:
            url = f"{wiki.site}/wiki/Special:Redirect/logid/{number}"
            yield _Deed("Like", by, _bare(entry), None, f"thanks/{number}", text(entry, "timestamp"), url)


def _messages(wiki: _Wiki, done: Lists) -> Iterator[_Deed]:
    """Comments on the person's talk page, and the person's on others'."""
    own = [edit for edit in done.get("usercontribs", []) if edit.get("ns") == _TALK]
    for edit in (*_revisions(done.get("pages", [])), *own):
        by, to = (wiki.user, _bare(edit)) if "ns" in edit else (text(edit, "user"), wiki.user)
        number, tags = edit.get("revid"), _tags(edit)
        if by and is_count(number) and _COMMENT in tags and not any(map(_NO_MESSAGE.match, tags)):
            url = f"{wiki.site}/wiki/Special:Diff/{number}"
            yield _Deed(
                "Reply",
                by,
                to,
                f"wikipedia:{wiki.language}/talk/{to}",
                f"revisions/{number}:Reply",
                text(edit, "timestamp"),
                url,
            )


def _look_at_people(wiki: _Wiki, state: Cursor, found: Found, deeds: list[_Deed]) -> None:
    """Adds what people did for each other, if both are people."""
    others = dict.fromkeys(name for deed in deeds for name in deed[1:3] if name != wiki.user and _USER.fullmatch(name))
    people = {name: state["people"][name] for name in others if name in state["people"]}
    people |= _people(wiki, [name for name in others if name not in people][:_MOST_PEOPLE])
    state["people"] = people
    for deed in deeds:
        if deed.actor != deed.author and all(name == wiki.user or people.get(name) for name in deed[1:3]):
            actor, author, native = wiki.native(deed.actor), wiki.native(deed.author), wiki.native(deed.native)
            found.deed(deed.verb, actor, author, deed.post, at=deed.at or "", native=native, url=deed.url)


def _people(wiki: _Wiki, names: list[str]) -> dict[str, bool]:
    """Whether these users are people who may be named."""
    may = dict.fromkeys(names, False)
    for start in range(0, len(names), _NAMES):
        some = names[start : start + _NAMES]
        users: Params = {"list": "users", "ususers": "|".join(some), "usprop": "groups|blockinfo"}
        pages: Params = {"titles": "|".join(f"User:{name}" for name in some), "prop": "pageprops", "ppprop": "noindex"}
        given, _ = wiki.everything({**users, **pages})
        hidden = _noindex(given)
        for user in given.get("users", []):
            name, groups = text(user, "name") or "", user.get("groups")
            is_bot = isinstance(groups, list) and "bot" in groups
            is_blocked = "blockid" in user and user.get("blockpartial") is not True
            if name in may and is_count(user.get("userid")):
                may[name] = not (is_bot or is_blocked or name in hidden)
    return may
