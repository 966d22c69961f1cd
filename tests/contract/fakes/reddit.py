"""Reddit's API, with the user ada on it, and the site that gives tokens."""

from typing import Any

import httpx

from renown.networks.reddit import Reddit
from tests.contract.fakes.world import SECRET, Doc, Fake, Post, Reaction, newest_first, paged


class FakeReddit(Fake):
    network = Reddit()
    verbs = ("Reply",)
    page = 100
    quiet = (3, 0)
    account = "reddit:ada"
    shows_followers = False

    def name(self, who: int) -> str:
        return f"user_{who}" if who else "ada"

    def uri(self, post: Post) -> str:
        return f"reddit:t3_{post.number}"

    def has_tags(self, request: httpx.Request) -> bool:
        return False

    def route(self, request: httpx.Request, query: dict[str, str]) -> Any:
        if request.url.host == "www.reddit.com":
            assert request.method == "POST"
            assert request.url.path == "/api/v1/access_token"
            assert request.headers["authorization"] == "Basic bWFkZS11cA=="
            assert request.content == b"grant_type=client_credentials"
            return {"access_token": "passing", "token_type": "bearer", "expires_in": 86400, "scope": "*"}
        assert request.url.host == "oauth.reddit.com"
        assert request.headers["authorization"] == "Bearer passing"
        assert query["raw_json"] == "1"
        path = request.url.path
        if path == "/user/ada/about" and not self.closed:
            return {"kind": "t2", "data": self._person()}
        shown = [self._shown(post) for post in newest_first(self.posts)]
        if path == "/user/ada/overview":
            keys = [doc["data"]["name"] for doc in shown]
            start = keys.index(query["after"]) + 1 if "after" in query else 0
            page = shown[start : start + int(query["limit"])]
            return self._listing(page, page[-1]["data"]["name"] if start + len(page) < len(shown) else None)
        if path == "/api/info":
            return self._listing([doc for doc in shown if doc["data"]["name"] in query["id"].split(",")])
        post = next((post for post in self.posts if path == f"/comments/{post.number}"), None)
        if post is None:
            return httpx.Response(404, json={"message": "Not Found", "error": 404})
        comments, _ = paged([self._comment(post, each) for each in reversed(post.reactions)], int(query["limit"]), None)
        return [self._listing([self._shown(post)]), self._listing(comments)]

    def _listing(self, things: list[Doc], after: str | None = None) -> Doc:
        return {"kind": "Listing", "data": {"after": after, "dist": len(things), "children": things, "before": None}}

    def _person(self) -> Doc:
        said = f"{self.hostile or ''} see https://ada.example."
        return {
            "name": "Ada",
            "id": "7",
            "total_karma": 9,
            "hide_from_robots": self.hidden,
            "subreddit": {"display_name": "u_Ada", "public_description": said, "over_18": False},
        }

    def _thing(self, number: int, at: int, author: str, more: Doc) -> Doc:
        own = {
            "id": str(number),
            "author": author,
            "created_utc": float(at),
            "permalink": self.hostile or f"/r/engines/comments/{number}/a_title/",
            "subreddit": "engines",
            "over_18": False,
            "quarantine": False,
        }
        return {**own, "score": 1, **more}

    def _shown(self, post: Post) -> Doc:
        title = " ".join(self.hostile or f"#{tag}" for tag in post.tags)
        counts = {"score": post.uncounted, "num_comments": len(post.reactions), "num_crossposts": 0}
        more = {"name": f"t3_{post.number}", "title": title, "selftext": SECRET, "removed_by_category": None, **counts}
        return {"kind": "t3", "data": self._thing(post.number, post.at, "Ada", more)}

    def _comment(self, post: Post, each: Reaction) -> Doc:
        author = "[deleted]" if each.who in self.bots else self.name(each.who)
        link = f"t3_{post.number}"
        more = {"name": f"t1_{each.number}", "body": SECRET, "parent_id": link, "link_id": link, "replies": ""}
        return {"kind": "t1", "data": self._thing(each.number, each.at, author, more)}
