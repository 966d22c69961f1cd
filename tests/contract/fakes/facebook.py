"""Facebook's Graph API, asked with the token of the one page on it. There is no description to check it against."""

from typing import Any

import httpx

from renown.networks.facebook import Facebook
from tests.contract.fakes.graph import MISSING, edge, refusal, time
from tests.contract.fakes.world import SECRET, Doc, Fake, Post, Reaction, newest_first

PAGE = "1" + "0" * 14


class FakeFacebook(Fake):
    network = Facebook()
    verbs = ("Reply",)
    page = 25
    quiet = (2, 0)
    account = f"facebook:{PAGE}"
    shows_followers = False

    def name(self, who: int) -> str:
        return f"2{who:015}" if who else PAGE

    def uri(self, post: Post) -> str:
        return f"facebook:posts/{self.key(post)}"

    def key(self, post: Post) -> str:
        return f"{PAGE}_{post.number}"

    def has_tags(self, request: httpx.Request) -> bool:
        return False

    def route(self, request: httpx.Request, query: dict[str, str]) -> Any:
        assert request.url.host == "graph.facebook.com"
        assert request.headers["authorization"] == "Bearer made-up"
        assert "access_token" not in query
        path, fields, after = request.url.path.removeprefix("/v26.0/"), query["fields"], query.get("after")
        if path in (PAGE, "ada"):
            return refusal(*MISSING) if self.closed else self._page()
        if path == f"{PAGE}/published_posts":
            assert "reactions.summary(total_count).limit(0)" in fields
            assert "{id,created_time,from}" in fields
            return edge([self._post(post) for post in newest_first(self.posts)], int(query["limit"]), after)
        key, _, rest = path.partition("/")
        post = next((post for post in self.posts if self.key(post) == key), None)
        if post is None:
            return refusal(*MISSING)
        if rest == "comments":
            assert query["order"] == "reverse_chronological"
            return edge(self._comments(post), int(query["limit"]), after)
        assert (rest, fields) == ("", "id")
        return {"id": key}

    def _page(self) -> Doc:
        about = f"{SECRET} {self.hostile or ''} {'#nobots' if self.hidden else ''}"
        counts = {"fan_count": 40, "followers_count": 41, "talking_about_count": 3}
        return {"id": PAGE, "about": about, "website": "www.ada.example", **counts}

    def _post(self, post: Post) -> Doc:
        tags = [{"id": str(n), "name": self.hostile or f"#{tag}", "offset": n} for n, tag in enumerate(post.tags)]
        shown = edge(self._comments(post), 25, None)
        return {
            "id": self.key(post),
            "created_time": time(post.at),
            "permalink_url": self.hostile or f"https://www.facebook.com/{PAGE}/posts/{post.number}",
            "message": SECRET,
            **({"message_tags": tags} if tags else {}),
            "reactions": {"data": [], "summary": {"total_count": post.uncounted}},
            "comments": {**shown, "summary": {"total_count": len(post.reactions), "order": "chronological"}},
        }

    def _comments(self, post: Post) -> list[Doc]:
        return [self._comment(each) for each in sorted(post.reactions, key=lambda each: (-each.at, -each.number))]

    def _comment(self, each: Reaction) -> Doc:
        who = {} if each.who in self.bots else {"from": {"id": self.name(each.who), "name": self.hostile or "Somebody"}}
        return {"id": f"122_{each.number}", "created_time": time(each.at), "message": SECRET, **who}
