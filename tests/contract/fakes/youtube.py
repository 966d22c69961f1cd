"""YouTube's Data API, with one channel on it. An answer has no more in it than the request's `fields` ask for."""

import re
from typing import Any

import httpx

from renown.networks.youtube import YouTube
from tests.contract.fakes.world import SECRET, Doc, Fake, Post, Reaction, newest_first, paged, stamp

Mask = dict[str, Any]
"""Names of fields, each with those wanted inside it; none: all of it."""


class FakeYouTube(Fake):
    network = YouTube()
    verbs = ("Reply",)
    page = 50
    quiet = (4, 0)
    account = "youtube:UC0000000000000000000000"
    shows_followers = False

    def name(self, who: int) -> str:
        return f"UC{who:022}"

    def uri(self, post: Post) -> str:
        return f"youtube:videos/{self.key(post)}"

    def key(self, post: Post) -> str:
        return f"video_{post.number:05}"

    def has_tags(self, request: httpx.Request) -> bool:
        return False

    def route(self, request: httpx.Request, query: dict[str, str]) -> Any:
        assert request.url.host == "youtube.googleapis.com"
        assert request.headers["x-goog-api-key"] == "made-up"
        method = request.url.path.removeprefix("/youtube/v3/")
        wanted, total = mask(query["fields"]), int(query.get("maxResults", 50))
        assert total <= {"playlistItems": 50, "commentThreads": 100}.get(method, 50)
        found = getattr(self, f"_{method}")(query)
        items, token = paged(found, total, query.get("pageToken"))
        parts = {"kind", "etag", "id", *query["part"].split(",")}
        shown = [{name: value for name, value in item.items() if name in parts} for item in items]
        doc = {"kind": "youtube#x", "items": shown, "pageInfo": {"totalResults": len(found), "resultsPerPage": total}}
        return selected({**doc, "nextPageToken": token} if token else doc, wanted)

    def _channels(self, query: dict[str, str]) -> list[Doc]:
        assert query.get("id") == self.name(0) or query.get("forHandle") == "@Ada"
        said = f"{SECRET} https://ada.example {self.hostile or ''} {'#nobots' if self.hidden else ''}"
        snippet = {"title": self.hostile or "Ada", "description": said, "customUrl": "@ada", "publishedAt": stamp(0)}
        counts = {"viewCount": "1000", "subscriberCount": "30", "hiddenSubscriberCount": False}
        channel = {
            "id": self.name(0),
            "snippet": snippet,
            "statistics": {**counts, "videoCount": str(len(self.posts))},
            "contentDetails": {"relatedPlaylists": {"likes": "", "uploads": "UU_uploads"}},
        }
        return [] if self.closed else [channel]

    def _playlistItems(self, query: dict[str, str]) -> list[Doc]:
        assert query["playlistId"] == "UU_uploads"
        return [
            {
                "id": f"item{post.number}",
                "snippet": {"title": SECRET, "description": SECRET},
                "contentDetails": {"videoId": self.key(post), "videoPublishedAt": stamp(post.at)},
            }
            for post in newest_first(self.posts)
        ]

    def _videos(self, query: dict[str, str]) -> list[Doc]:
        wanted = query["id"].split(",")
        assert 0 < len(wanted) <= 50
        return [self._video(post) for post in self.posts if self.key(post) in wanted]

    def _video(self, post: Post) -> Doc:
        snippet = {"publishedAt": stamp(post.at), "channelId": self.name(0), "title": SECRET, "description": SECRET}
        topics = [f"https://en.wikipedia.org/wiki/{tag.title()}" for tag in post.tags[1:]]
        return {
            "id": self.key(post),
            "snippet": {**snippet, "tags": [self.hostile or tag for tag in post.tags[:1]]},
            "statistics": {
                "viewCount": "70",
                "likeCount": str(post.uncounted),
                "commentCount": str(len(post.reactions)),
            },
            "status": {"privacyStatus": "public", "uploadStatus": "processed"},
            "topicDetails": {"topicCategories": [self.hostile or topic for topic in topics]},
        }

    def _commentThreads(self, query: dict[str, str]) -> list[Doc]:
        assert query["allThreadsRelatedToChannelId"] == self.name(0)
        assert query["order"] == "time"
        threads = [(post, each) for post in self.posts for each in post.reactions]
        return [self._thread(post, each) for post, each in sorted(threads, key=lambda both: -both[1].at)]

    def _thread(self, post: Post, each: Reaction) -> Doc:
        about = {"channelId": self.name(0), "videoId": self.key(post), "totalReplyCount": 0, "isPublic": True}
        said = {"textDisplay": SECRET, "publishedAt": stamp(each.at), "authorDisplayName": self.hostile or "Somebody"}
        who = {} if each.who in self.bots else {"authorChannelId": {"value": self.name(each.who)}}
        comment = {"id": f"Ugx{each.number}", "snippet": {**said, **who, "likeCount": 0}}
        return {"id": comment["id"], "snippet": {**about, "topLevelComment": comment}}


def mask(fields: str) -> Mask:
    """A `fields` parameter taken apart: names with commas between them, what is inside in brackets or behind `/`."""
    tokens = re.findall(r"\w+|[(),/]", fields)
    assert "".join(tokens) == fields

    def names() -> Mask:
        found: Mask = {}
        while tokens:
            place = found
            place = place.setdefault(tokens.pop(0), {})
            while tokens and tokens[0] == "/":
                tokens.pop(0)
                place = place.setdefault(tokens.pop(0), {})
            if tokens and tokens[0] == "(":
                tokens.pop(0)
                place.update(names())
            if not tokens or tokens.pop(0) == ")":
                return found
        return found

    return names()


def selected(doc: Any, wanted: Mask) -> Any:
    """What is left of a document."""
    if isinstance(doc, list):
        return [selected(each, wanted) for each in doc]
    if not wanted or not isinstance(doc, dict):
        return doc
    return {name: selected(value, wanted[name]) for name, value in doc.items() if name in wanted}
