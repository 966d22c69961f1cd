"""Wikipedia's API, with one user on it. Of three posts one is an edit of somebody's article, the others are begun."""

from datetime import UTC, datetime
from typing import Any

import httpx

from renown.networks.wikipedia import Wikipedia
from tests.contract.fakes.world import DAY, SECRET, Deed, Doc, Fake, Post, Reaction, newest_first, paged, stamp

MANY = 60
"""What the server gives at a time, whatever it is asked for."""

PREFIXES = {"users": "us", "usercontribs": "uc", "logevents": "le", "pages": "rv"}


class FakeWikipedia(Fake):
    network = Wikipedia()
    verbs = ("Like", "Reply")
    page = MANY
    quiet = (2, 0)
    account = "wikipedia:en/Ada Lovelace"
    renamed = "wikipedia:en/Lovelace"
    shows_followers = False

    def name(self, who: int) -> str:
        return f"en/Somebody {who}" if who else "en/Ada Lovelace"

    def is_edit(self, post: Post) -> bool:
        return post.number % 3 == 0

    def uri(self, post: Post) -> str:
        day = datetime.fromtimestamp(post.at, UTC).date()
        return f"{self.account}/{day}" if self.is_edit(post) else f"wikipedia:en/pages/{post.number}"

    def deeds(self) -> set[Deed]:
        """A day's edits are known once it is over; the log of thanks does not say what for."""
        own = self.account
        found: set[Deed] = set()
        for post in self.posts:
            if not self.is_edit(post) or post.at // DAY < self.now // DAY:
                found.add(("Create", own, own, self.uri(post)))
            for each in post.reactions:
                if each.who not in self.bots:
                    about = "wikipedia:en/talk/Ada Lovelace" if each.verb == "Reply" else None
                    found.add((each.verb, f"wikipedia:{self.name(each.who)}", own, about))
        return found

    def has_tags(self, request: httpx.Request) -> bool:
        return False

    def route(self, request: httpx.Request, query: dict[str, str]) -> Any:
        assert request.url.host == "en.wikipedia.org"
        assert request.url.path == "/w/api.php"
        assert {name: query.pop(name) for name in ("action", "format", "formatversion", "maxlag")} == {
            "action": "query", "format": "json", "formatversion": "2", "maxlag": "5"
        }  # fmt: skip
        query.pop("continue", None)
        answer: Doc = {"query": {}}
        lists = {"users": self._users, "usercontribs": self._edits, "logevents": self._log}
        for name in filter(None, query.get("list", "").split("|")):
            self._page(answer, name, lists[name](query), query)
        if "prop" in query:
            self._page(answer, "pages", getattr(self, f"_{query['prop']}")(query), query)
        return answer

    def _page(self, answer: Doc, name: str, items: list[Doc], query: dict[str, str]) -> None:
        """Adds a page of a list to an answer; what is listed of a page of the wiki is its revisions."""
        token = f"{PREFIXES[name]}continue"
        page = items[0] if items and "revisions" in items[0] else None
        shown, following = paged(page["revisions"] if page else items, MANY, query.get(token))
        answer["query"][name] = [{**page, "revisions": shown}] if page else shown
        if following:
            answer["continue"] = {**answer.get("continue", {"continue": "-||"}), token: following}

    def _users(self, query: dict[str, str]) -> list[Doc]:
        names = query["ususers"].split("|")
        assert len(names) <= 50
        return [self._user(name) for name in names]

    def _user(self, name: str) -> Doc:
        if name == "Ada Lovelace":
            gone = {"name": name, "missing": True}
            known = {"name": name, "userid": 7, "editcount": sum(post.uncounted for post in self.posts)}
            return gone if self.closed or self.moved else known
        who = int(name.removeprefix("Somebody "))
        return {"name": name, "userid": 100 + who, "groups": ["*", "user", *(["bot"] if who in self.bots else [])]}

    def _edits(self, query: dict[str, str]) -> list[Doc]:
        assert (query["ucuser"], query["ucnamespace"]) == ("Ada Lovelace", "0|3")
        return [self._edit(post) for post in newest_first(self.posts) if stamp(post.at) >= query["ucend"]]

    def _edit(self, post: Post) -> Doc:
        title = self.hostile or (post.tags[0].title() if post.tags else "Loom (machine)")
        about = {
            "userid": 7,
            "user": "Ada Lovelace",
            "pageid": post.number,
            "revid": post.number,
            "ns": 0,
            "title": title,
        }
        shown = {"timestamp": stamp(post.at), "minor": False, "sizediff": 40, "tags": [], "comment": SECRET}
        return {**about, **shown, "new": not self.is_edit(post)}

    def _log(self, query: dict[str, str]) -> list[Doc]:
        if query["letype"] == "renameuser":
            assert query["letitle"] == "User:Ada Lovelace"
            return [{"params": {"olduser": "Ada Lovelace", "newuser": "Lovelace"}}] if self.moved else []
        assert query["letype"] == "thanks"
        if "leuser" in query:
            return []
        assert query["letitle"] == "User:Ada Lovelace"
        return [
            {
                "logid": each.number,
                "ns": 2,
                "title": "User:Ada Lovelace",
                "user": self.name(each.who)[3:],
                "timestamp": at,
            }
            for each in self._reactions("Like")
            if (at := stamp(each.at)) >= query["leend"]
        ]

    def _reactions(self, verb: str) -> list[Reaction]:
        found = [each for post in self.posts for each in post.reactions if each.verb == verb]
        return sorted(found, key=lambda each: -each.at)

    def _revisions(self, query: dict[str, str]) -> list[Doc]:
        page = {"pageid": 70, "ns": 3, "title": query["titles"]}
        if query["titles"] == "User:Ada Lovelace":
            assert query["rvuser"] == "Ada Lovelace"
            said = f"{self.hostile or ''} [https://ada.example My page]"
            return [{**page, "revisions": [{"revid": 5, "slots": {"main": {"content": said}}}]}]
        assert (query["titles"], query["rvexcludeuser"]) == ("User talk:Ada Lovelace", "Ada Lovelace")
        revisions = [
            {
                "revid": each.number,
                "user": self.name(each.who)[3:],
                "timestamp": at,
                "tags": ["discussiontools-added-comment"],
                "comment": SECRET,
            }
            for each in self._reactions("Reply")
            if (at := stamp(each.at)) >= query["rvend"]
        ]
        return [{**page, "revisions": revisions}]

    def _pageprops(self, query: dict[str, str]) -> list[Doc]:
        hidden = {"pageprops": {"noindex": ""}} if self.hidden else {}
        return [{"ns": 2, "title": title, **hidden} for title in query["titles"].split("|")]

    def _categories(self, query: dict[str, str]) -> list[Doc]:
        assert query["clshow"] == "!hidden"
        wanted = query["pageids"].split("|")
        assert len(wanted) <= 50
        there = {str(post.number): post for post in self.posts if not self.is_edit(post)}
        return [self._article(there[key]) if key in there else {"pageid": key, "missing": True} for key in wanted]

    def _article(self, post: Post) -> Doc:
        categories = [{"ns": 14, "title": f"Category:{self.hostile or tag.title()}"} for tag in post.tags]
        return {"pageid": post.number, "ns": 0, "title": self.hostile or "Engines", "categories": categories}
