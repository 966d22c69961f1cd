"""Hacker News' two servers, with one user on them."""

import re
from typing import Any

import httpx

from renown.networks.hackernews import HackerNews
from tests.contract.fakes.world import SECRET, Doc, Fake, Post, newest_first


class FakeHackerNews(Fake):
    network = HackerNews()
    verbs = ("Reply",)
    page = 500
    quiet = (3, 1)
    account = "hackernews:Ada_L"
    shows_followers = False

    def name(self, who: int) -> str:
        return "Ada_L" if who == 0 else f"user_{who}"

    def uri(self, post: Post) -> str:
        return f"https://news.ycombinator.com/item?id={post.number}"

    def has_tags(self, request: httpx.Request) -> bool:
        return "/user/" in request.url.path

    def route(self, request: httpx.Request, query: dict[str, str]) -> Any:
        if request.url.host == "hacker-news.firebaseio.com":
            return self._firebase(request.url.path)
        since, before = re.fullmatch(r"created_at_i>(\d+)(?:,created_at_i<(\d+))?", query["numericFilters"]).groups()  # type: ignore[union-attr]  # a request that does not match is a failed test
        hits = self._own() if query["tags"] == "author_Ada_L" else self._replies(query["tags"])
        wanted = [hit for hit in hits if int(since) < hit["created_at_i"] < int(before or 1 << 40)]
        size = int(query["hitsPerPage"])
        return {"hits": wanted[:size], "nbHits": len(wanted), "page": 0, "hitsPerPage": size}

    def _firebase(self, path: str) -> Any:
        if match := re.fullmatch(r"/v0/item/(\d+)\.json", path):
            alive = [post for post in self.posts if post.number == int(match[1])]
            return {"id": int(match[1]), "type": "story"} if alive else {"id": int(match[1]), "deleted": True}
        assert path == "/v0/user/Ada_L.json"
        karma = sum(post.uncounted for post in self.posts)
        return (
            None if self.closed else {"id": "Ada_L", "karma": karma, "about": "My page: https:&#x2F;&#x2F;ada.example"}
        )

    def _own(self) -> list[Doc]:
        return [
            {
                "objectID": str(post.number),
                "author": "Ada_L",
                "created_at_i": post.at,
                "title": self.hostile or " ".join(f"#{tag}" for tag in post.tags),
                "url": self.hostile or "https://www.ada.example/story",
                "story_text": SECRET,
                "points": post.uncounted,
                "num_comments": len(post.reactions),
            }
            for post in newest_first(self.posts)
        ]

    def _replies(self, tags: str) -> list[Doc]:
        stories = {int(number) for number in re.findall(r"story_(\d+)", tags)}
        hits = [
            {
                "objectID": str(each.number),
                "author": self.name(each.who),
                "created_at_i": each.at,
                "parent_id": post.number,
                "story_id": post.number,
            }
            for post in self.posts
            if post.number in stories
            for each in post.reactions
        ]
        return sorted(hits, key=lambda hit: -int(str(hit["created_at_i"])))
