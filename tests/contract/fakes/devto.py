"""Dev.to's API, with one person on it."""

import re
from typing import Any

import httpx

from renown.networks.devto import DevTo
from tests.contract.fakes.world import SECRET, Doc, Fake, Post, Reaction, newest_first, stamp


class FakeDevTo(Fake):
    network = DevTo()
    verbs = ("Reply",)
    page = 30
    quiet = (2, 2)
    account = "devto:ada"
    renamed = "devto:lovelace"
    shows_followers = False

    def name(self, who: int) -> str:
        return f"user_{who}" if who else "ada"

    def uri(self, post: Post) -> str:
        return f"devto:articles/{post.number}"

    def route(self, request: httpx.Request, query: dict[str, str]) -> Any:
        assert request.url.host == "dev.to"
        assert request.headers["accept"] == "application/vnd.forem.api-v1+json"
        path, page = request.url.path.removeprefix("/api/"), int(query.get("page", 1))
        if path == "users/by_username" and not self.closed and not self.moved:
            assert query == {"url": "ada"}
            return self._profile("Ada")
        if path == "users/7" and self.moved:
            return self._profile("Lovelace")
        if path == "articles":
            assert query["username"] == "ada"
            return [self._article(post) for post in newest_first(self.posts)][30 * page - 30 : 30 * page]
        match = re.fullmatch(r"articles/(\d+)", path)
        number = int(match[1] if match else query.get("a_id", 0))
        post = next((post for post in self.posts if post.number == number), None)
        if post is None:
            return httpx.Response(404, json={"error": "not found", "status": 404})
        size = int(query.get("per_page", 50))
        return self._article(post) if match else [*map(self._comment, post.reactions)][size * page - size : size * page]

    def _profile(self, name: str) -> Doc:
        shown = {
            "type_of": "user",
            "id": 7,
            "username": name,
            "name": self.hostile or "Ada",
            "github_username": "ada-l",
        }
        return {**shown, "website_url": "https://ada.example", "summary": self.hostile or "Engines"}

    def _article(self, post: Post) -> Doc:
        return {
            "type_of": "article",
            "id": post.number,
            "title": SECRET,
            "url": self.hostile or f"https://dev.to/ada/article-{post.number}",
            "published_at": stamp(post.at),
            "public_reactions_count": post.uncounted,
            "comments_count": len(post.reactions),
            "tag_list": [self.hostile or tag for tag in post.tags],
            "user": {"user_id": 7, "username": "Ada", "name": self.hostile or "Ada"},
        }

    def _comment(self, each: Reaction) -> Doc:
        who = {"user_id": 100 + each.who, "username": self.name(each.who).title(), "name": self.hostile or "Somebody"}
        said = {"type_of": "comment", "id_code": f"c{each.number}", "created_at": stamp(each.at), "body_html": SECRET}
        return {**said, "user": {} if each.who in self.bots else who, "children": []}
