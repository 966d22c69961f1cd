"""Instagram, asked with the token of the one person on it. There is no description to check it against."""

import re
from typing import Any

import httpx

from renown.networks.instagram import Instagram
from tests.contract.fakes.graph import MISSING, edge, refusal, time
from tests.contract.fakes.world import SECRET, Doc, Fake, Post, Reaction, newest_first

ASKED = re.compile(
    r"business_discovery\.username\(ada\)\{([a-z_,]+?)"
    r"(?:,media\.limit\((\d+)\)(?:\.after\(([\w=-]+)\))?\{([a-z_,]+)\})?\}"
)


class FakeInstagram(Fake):
    network = Instagram()
    verbs = ("Reply",)
    page = 50
    quiet = (3, 0)
    account = "instagram:ada"
    shows_followers = False

    def name(self, who: int) -> str:
        return f"user.{who}" if who else "ada"

    def uri(self, post: Post) -> str:
        return f"instagram:media/{self.key(post)}"

    def key(self, post: Post) -> str:
        return f"17{post.number:015}"

    def has_tags(self, request: httpx.Request) -> bool:
        return False

    def route(self, request: httpx.Request, query: dict[str, str]) -> Any:
        assert request.url.host == "graph.facebook.com"
        assert request.headers["authorization"] == "Bearer made-up"
        path = request.url.path.removeprefix("/v26.0/")
        if path == "me/accounts":
            assert query["fields"] == "instagram_business_account{id,username}"
            own = {"id": "178", "username": "bob"} if self.closed else {"id": "179", "username": "ada"}
            return {"data": [{"id": "1"}, {"id": "2", "instagram_business_account": own}]}
        if path not in ("178", "179"):
            return self._of_post(path, query)
        asked = ASKED.fullmatch(query["fields"])
        assert asked
        if self.closed:
            return refusal(110, 2207013)
        fields, size, after, media = asked.groups()
        shown = self._profile(set(fields.split(",")))
        if size:
            wanted = set(media.split(","))
            posts = [self._media(post, wanted) for post in newest_first(self.posts)]
            shown["media"] = edge(posts, int(size), after, is_linked=False)
        return {"business_discovery": shown, "id": path}

    def _of_post(self, path: str, query: dict[str, str]) -> Any:
        key, _, rest = path.partition("/")
        post = next((post for post in self.posts if self.key(post) == key), None)
        if post is None:
            return refusal(*MISSING)
        newest = sorted(post.reactions, key=lambda each: (-each.at, -each.number))
        comments = [self._comment(each) for each in newest]
        return edge(comments, int(query["limit"]), query.get("after")) if rest == "comments" else {"id": key}

    def _comment(self, each: Reaction) -> Doc:
        who = {} if each.who in self.bots else {"username": self.name(each.who)}
        return {"id": f"18{each.number:015}", "timestamp": time(each.at), **who}

    def _profile(self, wanted: set[str]) -> Doc:
        about = f"{SECRET} {self.hostile or ''} {'#nobots' if self.hidden else ''}"
        counts = {"followers_count": 30, "follows_count": 4, "media_count": len(self.posts)}
        shown = {"id": "179", "username": "ada", "biography": about, "website": "https://ada.example", **counts}
        return {name: value for name, value in shown.items() if name in wanted}

    def _media(self, post: Post, wanted: set[str]) -> Doc:
        tags = " ".join(f"#{tag}" for tag in post.tags)
        shown = {
            "id": self.key(post),
            "timestamp": time(post.at),
            "permalink": self.hostile or f"https://www.instagram.com/p/{post.number}/",
            "caption": f"{SECRET} {self.hostile or ''} {tags}",
            "like_count": post.uncounted,
            "comments_count": len(post.reactions),
        }
        return {name: value for name, value in shown.items() if name in wanted}
