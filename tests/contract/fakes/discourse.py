"""A Discourse forum, with one person on it. One post of ten begins a topic, the others are in one long topic."""

import re
from typing import Any

import httpx

from renown.networks.discourse import Discourse
from tests.contract.fakes.world import SECRET, Doc, Fake, Post, Reaction, newest_first, paged, stamp

SITE = "https://forum.example"
LONG = 999_999


class FakeDiscourse(Fake):
    network = Discourse()
    verbs = ("Like", "Reply")
    page = 30
    quiet = (5, 0)
    account = "discourse:ada@forum.example"
    shows_followers = False

    def name(self, who: int) -> str:
        return f"{self._user(who)}@forum.example"

    def _user(self, who: int) -> str:
        return f"user_{who}" if who else "ada"

    def is_topic(self, post: Post) -> bool:
        return post.number % 10 == 1

    def _place(self, post: Post) -> tuple[int, int]:
        """The topic and the number of a post in it."""
        return (post.number, 1) if self.is_topic(post) else (LONG, 10 + post.number)

    def uri(self, post: Post) -> str:
        topic, number = self._place(post)
        return f"{SITE}/t/{topic}/{number}"

    def deeds(self) -> set[tuple[str, str, str, str | None]]:
        asker = "discourse:user_800@forum.example"
        return super().deeds() | {
            ("Reply", self.account, asker, f"{SITE}/t/{LONG}/{10**6 + post.number}")
            for post in self.posts
            if not self.is_topic(post)
        }

    def has_tags(self, request: httpx.Request) -> bool:
        return False

    def route(self, request: httpx.Request, query: dict[str, str]) -> Any:
        assert request.url.host == "forum.example"
        path = request.url.path.removesuffix(".json").removeprefix("/")
        if path == "u/ada" and not self.closed:
            bio = f"<p>{self.hostile or ''} <a href='https://pages.ada.example'>pages</a></p>"
            shown = {"id": 7, "username": "Ada", "website": "https://ada.example", "bio_cooked": bio}
            return {
                "user_badges": [],
                "user": {"id": 7, "username": "Ada", "profile_hidden": True} if self.hidden else shown,
            }
        if path == "u/ada/summary":
            return {"user_summary": {"likes_received": sum(len(post.reactions) for post in self.posts)}}
        if path == "user_actions":
            assert (query["username"], query["filter"]) == ("ada", "1,4,5")
            return {"user_actions": paged([*map(self._action, newest_first(self.posts))], 30, query["offset"])[0]}
        if path == "c/3/show":
            return {"category": {"id": 3, "name": self.hostile or "Workshop"}}
        return self._posts(path, query) or httpx.Response(404, json={"errors": ["not found"]})

    def _posts(self, path: str, query: dict[str, str]) -> Any:
        if match := re.fullmatch(r"t/(\d+)(?:/(\d+))?", path):
            return self._topic(int(match[1]), int(match[2] or 1), int(query.get("page", 1)))
        match = re.fullmatch(r"posts/(\d+)(/replies)?", path)
        number = int(match[1] if match else query.get("id", 0))
        post = next((post for post in self.posts if post.number == number), None)
        if post is None:
            return None
        if path == "post_action_users":
            assert query["post_action_type_id"] == "2"
            likes = [each for each in post.reactions if each.verb == "Like"]
            size = int(query["limit"])
            return {"post_action_users": [self._person(e.who) for e in likes][size * int(query["page"]) :][:size]}
        if match and match[2]:
            return self._replies(post, int(query.get("after", 1)))[:20]
        return self._post(post)

    def _replies(self, post: Post, after: int = 1) -> list[Doc]:
        topic, number = self._place(post)
        there = [each for each in post.reactions if each.verb == "Reply"]
        shown = [self._reply(topic, number, place, each) for place, each in enumerate(there, 2)]
        return [reply for reply in shown if reply["post_number"] > after]

    def _reply(self, topic: int, to: int, place: int, each: Reaction) -> Doc:
        number = place if to == 1 else 10**7 + each.number
        said = {"topic_id": topic, "post_number": number, "created_at": stamp(each.at), "cooked": SECRET}
        return {
            "id": 10**7 + each.number,
            **self._person(each.who, "user_id"),
            **said,
            "reply_to_post_number": None if to == 1 else to,
        }

    def _person(self, who: int, key: str = "id") -> Doc:
        number = -2 if who in self.bots else who or 7
        return {key: number, "username": self._user(who).title(), "name": self.hostile or "Somebody"}

    def _action(self, post: Post) -> Doc:
        topic, number = self._place(post)
        return {
            "action_type": 4 if number == 1 else 5,
            "created_at": stamp(post.at),
            "topic_id": topic,
            "post_number": number,
            "post_id": None if number == 1 else post.number,
            "username": "Ada",
            "user_id": 7,
            "title": SECRET,
        }

    def _topic(self, topic: int, near: int, page: int) -> Doc | None:
        there = sorted((post for post in self.posts if self._place(post)[0] == topic), key=lambda post: post.number)
        if not there:
            return None
        if topic == LONG:
            at = next((place for place, post in enumerate(there) if self._place(post)[1] == near), 0)
            shown = [self._post(post) for post in there[max(0, at - 10) :][:20]]
            count, creator = 5000, self._person(800)
        else:
            every = [self._post(there[0]), *self._replies(there[0])]
            shown, count, creator = every[20 * page - 20 :][:20], len(every), self._person(0)
        tags = [{"id": 1, "name": self.hostile or tag, "slug": "x"} for post in there for tag in post.tags]
        tags = [tag for place, tag in enumerate(tags) if tag not in tags[:place]]
        return {
            "id": topic,
            "category_id": 3,
            "posts_count": count,
            "tags": tags,
            "post_stream": {"posts": shown},
            "details": {"created_by": creator},
        }

    def _post(self, post: Post) -> Doc:
        topic, number = self._place(post)
        likes = sum(each.verb == "Like" for each in post.reactions) + post.uncounted
        return {
            "id": post.number,
            **self._person(0, "user_id"),
            "topic_id": topic,
            "post_number": number,
            **({} if number == 1 else {"reply_to_user": self._person(800)}),
            "reply_to_post_number": None if number == 1 else 10**6 + post.number,
            "created_at": stamp(post.at),
            "cooked": SECRET,
            "reply_count": sum(each.verb == "Reply" for each in post.reactions),
            "actions_summary": [{"id": 2, "count": likes}] if likes else [],
        }
