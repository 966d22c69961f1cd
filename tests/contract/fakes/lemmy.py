"""A Lemmy server, with ada@example.social on it. Two of three posts are comments on somebody's post."""

import re
from typing import Any

import httpx

from renown.networks.lemmy import Lemmy
from tests.contract.fakes.world import SECRET, Doc, Fake, Post, Reaction, newest_first, stamp

SITE = "https://example.social"


class FakeLemmy(Fake):
    network = Lemmy()
    verbs = ("Reply",)
    page = 50
    quiet = (1, 0)
    account = "lemmy:ada@example.social"
    shows_followers = False

    def name(self, who: int) -> str:
        return "ada@example.social" if who == 0 else f"user{who}@{'far.example' if who % 2 else 'example.social'}"

    def kind(self, post: Post) -> str:
        return "post" if post.number % 3 == 1 else "comment"

    def uri(self, post: Post) -> str:
        return f"{SITE}/{self.kind(post)}/{post.number}"

    def has_tags(self, request: httpx.Request) -> bool:
        return False

    def route(self, request: httpx.Request, query: dict[str, str]) -> Any:
        assert request.url.host == "example.social"
        path = request.url.path.removeprefix("/api/v3/")
        page, size = int(query.get("page", 1)), int(query.get("limit", 10))
        assert size <= 50
        shown = slice(size * page - size, size * page)
        if path == "user" and not self.closed:
            assert query["username"] == "ada"
            assert query["sort"] == "New"
            there = {
                kind: [post for post in newest_first(self.posts) if self.kind(post) == kind]
                for kind in ("post", "comment")
            }
            return {
                "person_view": {
                    "person": self._person(0),
                    "counts": {"post_count": len(there["post"]), "comment_count": 7},
                },
                "posts": [self._view(post) for post in there["post"][shown]],
                "comments": [self._view(post) for post in there["comment"][shown]],
                "moderates": [],
            }
        number = int(query.get("id") or query.get("post_id") or query.get("parent_id") or 0)
        post = next((post for post in self.posts if post.number == number), None)
        if post is None:
            return httpx.Response(404, json={"error": "not_found"})
        if path == "comment/list":
            assert ("post_id" in query) == (self.kind(post) == "post")
            return {"comments": self._replies(post)[shown]}
        assert path == self.kind(post)
        return {f"{path}_view": self._view(post)}

    def _person(self, who: int) -> Doc:
        user, _, domain = self.name(who).partition("@")
        bio = f"{self.hostile or ''} see https://ada.example. " + ("#nobot" if self.hidden else "")
        return {
            "id": 10 + who,
            "name": user,
            "display_name": self.hostile or "Somebody",
            "actor_id": f"https://{domain}/u/{user}",
            "bio": bio if who == 0 else None,
            "bot_account": who in self.bots,
            "banned": False,
            "deleted": False,
        }

    def _view(self, post: Post) -> Doc:
        kind = self.kind(post)
        title = " ".join(self.hostile or f"#{tag}" for tag in post.tags)
        own = {
            "id": post.number,
            "ap_id": self.uri(post),
            "published": stamp(post.at),
            "deleted": False,
            "removed": False,
        }
        if kind == "post":
            return self._around({"post": {**own, "name": title, "body": SECRET}}, 0, post, "comments")
        comment = {**own, "path": f"0.{post.number}", "post_id": 10**6, "content": SECRET}
        return self._around({"comment": comment, "post": {"id": 10**6, "name": title}}, 0, post, "child_count")

    def _around(self, view: Doc, who: int, post: Post, replies: str) -> Doc:
        counts = {"upvotes": post.uncounted, "downvotes": 0, replies: len(post.reactions)}
        return {**view, "creator": self._person(who), "community": {"name": "engineering"}, "counts": counts}

    def _replies(self, post: Post) -> list[Doc]:
        above = "0" if self.kind(post) == "post" else f"0.{post.number}"
        return [self._reply(each, f"{above}.{each.number}") for each in reversed(post.reactions)]

    def _reply(self, each: Reaction, path: str) -> Doc:
        domain = re.sub(r".*@", "", self.name(each.who))
        comment = {
            "id": each.number,
            "path": path,
            "ap_id": f"https://{domain}/comment/{each.number}",
            "content": SECRET,
        }
        said = {**comment, "published": stamp(each.at).removesuffix("Z"), "deleted": False, "removed": False}
        return {"comment": said, "creator": self._person(each.who), "counts": {"child_count": 0}}
