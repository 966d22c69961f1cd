"""X's API, with one user on it, number 7. Everything that an answer holds costs; `cost` is what was to be paid."""

import re
from typing import Any

import httpx

from renown.networks.base import REFETCH
from renown.networks.x import X
from tests.contract.fakes.world import DAY, SECRET, Doc, Fake, Post, Reaction, newest_first, people, stamp

ME = "7"


class FakeX(Fake):
    network = X()
    verbs = ("Announce", "Reply", "Quote")
    page = 20
    quiet = (4, 0)
    account = f"x:{ME}"
    shows_followers = False

    def __init__(self) -> None:
        super().__init__()
        self.cost = 0

    def name(self, who: int) -> str:
        return str(1000 + who) if who else ME

    def uri(self, post: Post) -> str:
        return f"x:posts/{post.number}"

    def react(self, post: Post, verb: str, who: int, at: int | None = None) -> None:
        """Behind posts that are older than a week nobody is looked up any more."""
        if verb == "Reply" or post.at > self.now - REFETCH + DAY:
            super().react(post, verb, who, at)
        else:
            post.uncounted += 1

    def has_tags(self, request: httpx.Request) -> bool:
        return False

    def route(self, request: httpx.Request, query: dict[str, str]) -> Any:
        assert request.url.host == "api.x.com"
        assert request.headers["authorization"] == "Bearer made-up"
        path = request.url.path.removeprefix("/2/")
        if path in (f"users/{ME}", "users/by/username/ada"):
            return self._paid(self._missing(path, "user")) if self.closed else self._paid({"data": self._me()})
        if path == f"users/{ME}/tweets":
            assert query["exclude"] == "retweets"
            return self._paid(self._page([self._post(post) for post in newest_first(self.posts)], query))
        if path == f"users/{ME}/mentions":
            return self._paid(self._mentions(query))
        posts = {str(post.number): post for post in self.posts}
        if path == "tweets":
            asked = query["ids"].split(",")
            shown = {"data": [self._post(posts[key]) for key in asked if key in posts]}
            gone = [self._missing(key, "tweet")["errors"][0] for key in asked if key not in posts]
            return self._paid({key: value for key, value in (shown | {"errors": gone}).items() if value})
        key, what = re.fullmatch(r"tweets/(\d+)/(retweeted_by|quote_tweets)", path).groups()  # type: ignore[union-attr]  # a request that does not match is a failed test
        return self._paid(self._crowd(posts[key], what, query) if key in posts else self._missing(key, "tweet"))

    def _paid(self, doc: Doc) -> Doc:
        data, more = doc.get("data", []), doc.get("includes", {})
        shown = [*(data if isinstance(data, list) else [data]), *more.get("users", []), *more.get("posts", [])]
        self.cost += sum(10_000 if "username" in each else 5_000 for each in shown)
        return doc

    def _missing(self, value: str, kind: str) -> Doc:
        told = {
            "type": "https://api.x.com/2/problems/resource-not-found",
            "title": "Not Found Error",
            "detail": f"Could not find {kind}",
            "resource_type": kind,
            "resource_id": value,
            "value": value,
        }
        return {"errors": [told]}

    def _page(self, given: list[Doc], query: dict[str, str]) -> Doc:
        """A page of posts, newest first, with what came along with them."""
        given = [post for post in given if int(post["id"]) > int(query.get("since_id", 0))]
        given = [post for post in given if int(post["id"]) < int(query.get("until_id", 10**18))]
        given = [post for post in given if post["created_at"] >= query.get("start_time", "")]
        start, size = int(query.get("pagination_token", 0)), int(query["max_results"])
        page = given[start : start + size]
        more = {"next_token": str(start + size)} if start + size < len(given) else {}
        doc: Doc = {"meta": {"result_count": len(page), **more}}
        if page:
            doc["data"] = page
        if "author_id" in query.get("expansions", ""):
            authors = {post["author_id"] for post in page}
            doc["includes"] = {"users": [self._user(int(who) - 1000 if who != ME else 0) for who in sorted(authors)]}
        if "referenced_posts" in query.get("expansions", ""):
            about = {each["id"] for post in page for each in post.get("referenced_posts", [])}
            doc["includes"]["posts"] = [self._post(post) for post in self.posts if str(post.number) in about]
        return doc

    def _mentions(self, query: dict[str, str]) -> Doc:
        replies = [(post, each) for post in self.posts for each in people(post.reactions, "Reply")]
        given = [self._answer(post, each, "replied_to") for post, each in replies]
        return self._page(sorted(given, key=lambda post: -int(post["id"])), query)

    def _crowd(self, post: Post, what: str, query: dict[str, str]) -> Doc:
        if what == "quote_tweets":
            assert int(query["max_results"]) >= 10
            return self._page([self._answer(post, each, "quoted") for each in people(post.reactions, "Quote")], query)
        given = [self._user(each.who) for each in people(post.reactions, "Announce")]
        start, size = int(query.get("pagination_token", 0)), int(query["max_results"])
        more = {"next_token": str(start + size)} if start + size < len(given) else {}
        return {"data": given[start : start + size], "meta": {"result_count": size, **more}}

    def _user(self, who: int) -> Doc:
        is_protected = who in self.bots or (self.hidden and who == 0)
        return {"id": self.name(who), "username": f"user{who}", "name": self.hostile or "A", "protected": is_protected}

    def _me(self) -> Doc:
        more: Doc = {"start": 0, "end": 23, "url": "https://t.co/x", "expanded_url": "https://ada.example/"}
        counts = {"followers_count": len(self.followers), "following_count": 3, "post_count": len(self.posts)}
        return {
            **self._user(0),
            "username": "ada",
            "description": self.hostile or "See https://code.example/ada",
            "entities": {"url": {"urls": [more]}},
            "public_metrics": {**counts, "listed_count": 1},
        }

    def _shown(self, number: int, at: int, author: str) -> Doc:
        return {
            "id": str(number),
            "text": SECRET,
            "created_at": stamp(at),
            "author_id": author,
            "conversation_id": str(number),
            "edit_history_post_ids": [str(number)],
        }

    def _post(self, post: Post) -> Doc:
        counts = {verb: sum(1 for _ in people(post.reactions, verb)) for verb in self.verbs}
        tags = [{"start": 0, "end": 3, "tag": self.hostile or tag} for tag in post.tags]
        return {
            **self._shown(post.number, post.at, ME),
            "entities": {"hashtags": tags},
            "public_metrics": {
                "repost_count": counts["Announce"],
                "reply_count": counts["Reply"],
                "quote_count": counts["Quote"],
                "like_count": post.uncounted,
                "bookmark_count": 1,
                "impression_count": 7,
            },
        }

    def _answer(self, post: Post, each: Reaction, kind: str) -> Doc:
        return {
            **self._shown(each.number, each.at, self.name(each.who)),
            "conversation_id": str(post.number),
            "referenced_posts": [{"type": kind, "id": str(post.number)}],
        }
