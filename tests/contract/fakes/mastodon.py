"""A Mastodon server, with the account ada@example.social on it."""

import re
from typing import Any

import httpx

from renown.networks.mastodon import Mastodon
from tests.contract.fakes.world import SECRET, Doc, Fake, Post, Reaction, newest_first, paged, people, stamp

HOST = "https://example.social"


class FakeMastodon(Fake):
    network = Mastodon()
    page = 40
    quiet = (2, 2)
    account = "mastodon:ada@example.social"
    renamed = "mastodon:ada@new.example"

    def name(self, who: int) -> str:
        return "ada@example.social" if who == 0 else f"user{who}@example.social" if who % 2 else f"u{who}@far.example"

    def uri(self, post: Post) -> str:
        return f"{HOST}/users/ada/statuses/{post.number}"

    def route(self, request: httpx.Request, query: dict[str, str]) -> Any:
        path = request.url.path.removeprefix("/api/v1/")
        assert request.url.host == "example.social"
        if path == "accounts/lookup" and not self.closed:
            assert query == {"acct": "ada"}
            return self._account(0)
        if path == "accounts/100/statuses":
            return self._page([self._status(post) for post in newest_first(self.posts)], query, request)
        if path == "accounts/100/followers":
            return self._people(self.followers, query, request)
        match = re.fullmatch(r"statuses/(\d+)(?:/(\w+))?", path)
        post = next((post for post in self.posts if match and post.number == int(match[1])), None)
        if match is None or post is None:
            return httpx.Response(404, json={"error": "Record not found"})
        return self._about(post, match[2], query, request)

    def _about(self, post: Post, what: str | None, query: dict[str, str], request: httpx.Request) -> Any:
        if what is None:
            return self._status(post)
        if what == "context":
            return {
                "ancestors": [],
                "descendants": [self._reply(post, each) for each in people(post.reactions, "Reply")],
            }
        verb = {"favourited_by": "Like", "reblogged_by": "Announce"}[what]
        return self._people([each.who for each in people(post.reactions, verb)], query, request)

    def _people(self, who: list[int], query: dict[str, str], request: httpx.Request) -> Any:
        page, following = paged(who, int(query["limit"]), query.get("max_id"))
        return [self._account(each) for each in page], self._link(following, request)

    def _page(self, statuses: list[Doc], query: dict[str, str], request: httpx.Request) -> Any:
        limit = int(query["limit"])
        ids = [status["id"] for status in statuses]
        start = ids.index(query["max_id"]) + 1 if "max_id" in query else 0
        following = ids[start + limit - 1] if start + limit < len(ids) else None
        return statuses[start : start + limit], self._link(following, request)

    def _link(self, following: str | None, request: httpx.Request) -> dict[str, str]:
        address = f"{HOST}{request.url.path}"
        older = f'<{address}?limit=80&max_id={following}>; rel="next", ' if following else ""
        return {"link": f'{older}<{address}?min_id=0>; rel="prev"'}

    def _account(self, who: int) -> Doc:
        user, _, domain = self.name(who).partition("@")
        account = {
            "id": str(100 + who),
            "username": user,
            "acct": user if domain == "example.social" else f"{user}@{domain}",
            "display_name": self.hostile or "Ada",
            "url": f"https://{domain}/@{user}",
            "uri": f"https://{domain}/users/{user}",
            "note": f"<p>{self.hostile or 'Engines'}</p>" + ("#<span>nobot</span>" if self.hidden and who == 0 else ""),
            "bot": who in self.bots,
            "discoverable": None,
            "noindex": False,
            "followers_count": len(self.followers),
            "following_count": 3,
            "statuses_count": len(self.posts),
            "created_at": "2020-01-01T00:00:00.000Z",
            "last_status_at": None,
            "locked": False,
            "group": False,
            "avatar": "",
            "avatar_static": "",
            "avatar_description": "",
            "header": "",
            "header_static": "",
            "header_description": "",
            "emojis": [],
            "hide_collections": None,
            "indexable": False,
            "fields": [
                {
                    "name": "Page",
                    "value": '<a href="https://ada.example/?a=1&amp;b=2" rel="me">ada.example</a>',
                    "verified_at": "2024-01-01T00:00:00.000+00:00",
                },
                {"name": "Code", "value": '<a href="https://code.example/ada">code</a>', "verified_at": None},
                {"name": "Bread", "value": "toasty", "verified_at": None},
            ],
        }
        if self.moved and who == 0:
            account["moved"] = {**account, "acct": "Ada@new.example", "moved": None}
        return account

    def _status(self, post: Post) -> Doc:
        counts = {verb: sum(1 for _ in people(post.reactions, verb)) for verb in self.verbs}
        return {
            **self._shape(self.uri(post), str(post.number), post.at, self._account(0)),
            "tags": [{"name": self.hostile or tag, "url": f"{HOST}/tags/x"} for tag in post.tags],
            "favourites_count": counts["Like"] + post.uncounted,
            "reblogs_count": counts["Announce"],
            "replies_count": counts["Reply"],
        }

    def _reply(self, post: Post, each: Reaction) -> Doc:
        author = self._account(each.who)
        shape = self._shape(f"{author['uri']}/statuses/{each.number}", str(each.number), each.at, author)
        return {**shape, "in_reply_to_id": str(post.number), "in_reply_to_account_id": "100"}

    def _shape(self, uri: str, id_: str, at: int, account: Doc) -> Doc:
        return {
            "id": id_,
            "uri": uri,
            "url": self.hostile or uri.replace("users/", "@"),
            "created_at": stamp(at),
            "account": account,
            "content": f"<p>{SECRET}</p>",
            "visibility": "public",
            "sensitive": False,
            "spoiler_text": self.hostile or "",
            "media_attachments": [],
            "mentions": [],
            "tags": [],
            "emojis": [],
            "reblogs_count": 0,
            "favourites_count": 0,
            "replies_count": 0,
            "quotes_count": 0,
            "in_reply_to_id": None,
            "in_reply_to_account_id": None,
            "reblog": None,
            "poll": None,
            "card": None,
            "language": "en",
            "edited_at": None,
            "quote": None,
            "quote_approval": {"automatic": [], "manual": [], "current_user": "denied"},
            "tagged_collections": [],
        }
