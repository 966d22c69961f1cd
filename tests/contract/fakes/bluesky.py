"""Bluesky's AppView and identity directory, with one person on them."""

from typing import Any
from urllib.parse import parse_qs

import httpx

from renown.networks.bluesky import Bluesky
from tests.contract.fakes.world import SECRET, Doc, Fake, Post, Reaction, newest_first, paged, people, stamp

CID = "bafyreihn45vha3bk47q4cysm7kprvzfvgxihlapfpalrt4qxiyjd3l3hca"


def did(who: int) -> str:
    letters = "".join("abcdefghij"[int(digit)] for digit in str(who))
    return "did:plc:" + letters.rjust(24, "z")


class FakeBluesky(Fake):
    network = Bluesky()
    verbs = ("Like", "Announce", "Reply", "Quote")
    page = 100
    quiet = (2, 2)
    account = f"bluesky:{did(0)}"

    def name(self, who: int) -> str:
        return did(who)

    def uri(self, post: Post) -> str:
        return self._uri(0, post.number)

    def _uri(self, who: int, number: int) -> str:
        return f"at://{did(who)}/app.bsky.feed.post/3k{number:011d}"

    def route(self, request: httpx.Request, query: dict[str, str]) -> Any:
        if request.url.host == "plc.directory":
            return {"id": did(0), "alsoKnownAs": ["at://ada.example.com"], "service": []}
        assert request.url.host == "public.api.bsky.app"
        method = request.url.path.removeprefix("/xrpc/app.bsky.").removeprefix("/xrpc/com.atproto.")
        if method == "feed.getPosts":
            return self._get_posts(request)
        return getattr(self, "_" + method.replace(".", "_"))(query)

    def _identity_resolveHandle(self, query: dict[str, str]) -> Any:
        return {"did": did(0)}

    def _actor_getProfile(self, query: dict[str, str]) -> Any:
        assert query["actor"] in (did(0), "ada.example.com")
        if self.closed:
            return httpx.Response(400, json={"error": "AccountTakedown", "message": "Account has been suspended"})
        return {
            **self._person(0),
            "description": self.hostile or "I write at https://ada.example/notes, and nowhere else.",
            "followersCount": len(self.followers),
            "followsCount": 4,
            "postsCount": len(self.posts),
        }

    def _person(self, who: int) -> Doc:
        labels = []
        if (self.hidden and who == 0) or who in self.bots:
            labels = [{"src": did(who), "uri": f"at://{did(who)}", "val": "!no-unauthenticated", "cts": stamp(0)}]
        handle = "ada.example.com" if who == 0 else f"user{who}.example.com"
        return {"did": did(who), "handle": handle, "displayName": self.hostile or "Somebody", "labels": labels}

    def _feed_getAuthorFeed(self, query: dict[str, str]) -> Any:
        assert query["actor"] == did(0)
        page, cursor = paged(newest_first(self.posts), int(query["limit"]), query.get("cursor"))
        return {"feed": [{"post": self._post(post)} for post in page], **({"cursor": cursor} if cursor else {})}

    def _get_posts(self, request: httpx.Request) -> Any:
        wanted = parse_qs(request.url.query.decode())["uris"]
        assert len(wanted) <= 25
        return {"posts": [self._post(post) for post in self.posts if self.uri(post) in wanted]}

    def _find(self, uri: str) -> Post | None:
        return next((post for post in self.posts if self.uri(post) == uri), None)

    def _listed(self, query: dict[str, str], name: str, verb: str, show: Any) -> Any:
        post = self._find(query["uri"])
        items = list(people(post.reactions, verb)) if post else []
        page, cursor = paged(items, int(query["limit"]), query.get("cursor"))
        shown = [show(post, each) for each in page]
        return {"uri": query["uri"], name: shown, **({"cursor": cursor} if cursor else {})}

    def _feed_getLikes(self, query: dict[str, str]) -> Any:
        def show(post: Post, each: Reaction) -> Doc:
            return {"actor": self._person(each.who), "createdAt": stamp(each.at), "indexedAt": stamp(each.at + 5)}

        return self._listed(query, "likes", "Like", show)

    def _feed_getRepostedBy(self, query: dict[str, str]) -> Any:
        return self._listed(query, "repostedBy", "Announce", lambda post, each: self._person(each.who))

    def _feed_getQuotes(self, query: dict[str, str]) -> Any:
        return self._listed(query, "posts", "Quote", self._other)

    def _feed_getPostThread(self, query: dict[str, str]) -> Any:
        post = self._find(query["uri"])
        if post is None:
            return httpx.Response(400, json={"error": "NotFound", "message": "Post not found"})
        view = "app.bsky.feed.defs#threadViewPost"
        replies: list[Doc] = [
            {"$type": view, "post": self._other(post, each)} for each in people(post.reactions, "Reply")
        ]
        blocked = {
            "$type": "app.bsky.feed.defs#notFoundPost",
            "uri": self._uri(9, 9),
            "notFound": True,
        }
        return {"thread": {"$type": view, "post": self._post(post), "replies": [*replies, blocked]}}

    def _graph_getFollowers(self, query: dict[str, str]) -> Any:
        page, cursor = paged(self.followers, int(query["limit"]), query.get("cursor"))
        people_ = [self._person(who) for who in page]
        return {"subject": self._person(0), "followers": people_, **({"cursor": cursor} if cursor else {})}

    def _post(self, post: Post) -> Doc:
        counts = {verb: sum(1 for _ in people(post.reactions, verb)) for verb in self.verbs}
        facets = [
            {
                "index": {"byteStart": 0, "byteEnd": 1},
                "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": self.hostile or tag}],
            }
            for tag in post.tags
        ]
        return {
            **self._shape(self.uri(post), 0, post.at),
            "record": {
                "$type": "app.bsky.feed.post",
                "text": SECRET,
                "createdAt": stamp(post.at),
                **({"facets": facets} if facets else {}),
            },
            "likeCount": counts["Like"] + post.uncounted,
            "repostCount": counts["Announce"],
            "replyCount": counts["Reply"],
            "quoteCount": counts["Quote"],
        }

    def _other(self, post: Post, each: Reaction) -> Doc:
        uri = self._uri(each.who, each.number)
        record = {"$type": "app.bsky.feed.post", "text": SECRET, "createdAt": stamp(each.at)}
        return {**self._shape(uri, each.who, each.at), "record": record}

    def _shape(self, uri: str, who: int, at: int) -> Doc:
        return {"uri": uri, "cid": CID, "author": self._person(who), "indexedAt": stamp(at + 3)}
