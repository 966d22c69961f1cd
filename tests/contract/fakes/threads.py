"""Threads' API, asked with the token of the one person on it. There is no description to check it against."""

from typing import Any

import httpx

from renown.networks.threads import Threads
from tests.contract.fakes.graph import MISSING, edge, refusal, time
from tests.contract.fakes.world import SECRET, Doc, Fake, Post, Reaction, newest_first


class FakeThreads(Fake):
    network = Threads()
    verbs = ("Reply",)
    page = 50
    quiet = (7, 0)
    account = "threads:ada"
    shows_followers = False

    def name(self, who: int) -> str:
        return f"user.{who}" if who else "ada"

    def uri(self, post: Post) -> str:
        return f"threads:posts/{self.key(post)}"

    def key(self, post: Post) -> str:
        return f"18{post.number:015}"

    def has_tags(self, request: httpx.Request) -> bool:
        return False

    def route(self, request: httpx.Request, query: dict[str, str]) -> Any:
        assert request.url.host == "graph.threads.net"
        assert request.headers["authorization"] == "Bearer made-up"
        assert "access_token" not in query
        path, size = request.url.path.removeprefix("/v1.0/"), int(query.get("limit", 25))
        assert size <= 100
        if path == "me":
            about = f"{SECRET} https://ada.example {self.hostile or ''} {'#nobots' if self.hidden else ''}"
            return {"id": "7", "username": "bob" if self.closed else "Ada", "threads_biography": about}
        if path == "profile_lookup":
            return refusal(*MISSING)
        if path == "me/threads_insights":
            return {"data": [{"name": "followers_count", "period": "day", "total_value": {"value": 55}, "id": "7/f"}]}
        if path == "me/threads":
            return edge(
                [self._post(post) for post in newest_first(self.posts)], size, query.get("after"), is_linked=False
            )
        return self._of_post(path, query, size)

    def _of_post(self, path: str, query: dict[str, str], size: int) -> Any:
        key, _, rest = path.partition("/")
        post = next((post for post in self.posts if self.key(post) == key), None)
        if post is None:
            return refusal(*MISSING)
        if rest == "replies":
            assert query["reverse"] == "true"
            replies = sorted(post.reactions, key=lambda each: (-each.at, -each.number))
            return edge([self._reply(each) for each in replies], size, query.get("after"), is_linked=False)
        return self._insights(post, query["metric"].split(",")) if rest == "insights" else {"id": key}

    def _post(self, post: Post) -> Doc:
        return {
            "id": self.key(post),
            "username": "ada",
            "permalink": self.hostile or f"https://www.threads.com/@ada/post/{post.number}",
            "timestamp": time(post.at),
            "media_type": "TEXT_POST",
            **({"topic_tag": self.hostile or post.tags[0]} if post.tags else {}),
            "text": f"{SECRET} {self.hostile or ''} {' '.join(f'#{tag}' for tag in post.tags[1:])}",
        }

    def _insights(self, post: Post, metrics: list[str]) -> Doc:
        totals = {"views": 70, "likes": post.uncounted, "replies": len(post.reactions), "reposts": 0, "quotes": 0}
        return {"data": [{"name": name, "period": "lifetime", "values": [{"value": totals[name]}]} for name in metrics]}

    def _reply(self, each: Reaction) -> Doc:
        who = {} if each.who in self.bots else {"username": self.name(each.who)}
        said = {"id": f"19{each.number:015}", "timestamp": time(each.at), "text": SECRET, "is_reply": True}
        return {**said, **who, "permalink": self.hostile or f"https://www.threads.com/@x/post/{each.number}"}
