"""Stack Exchange's API, with one user on one site. One post of four is an answer to somebody's question.

One of three reactions to a question is an answer, the others, and those to answers, are comments.
"""

import re
from typing import Any

import httpx

from renown.networks.stackexchange import StackExchange
from tests.contract.fakes.world import SECRET, Doc, Fake, Post, Reaction, newest_first

ASKER = 90_000


class FakeStackExchange(Fake):
    network = StackExchange()
    verbs = ("Reply",)
    page = 100
    quiet = (7, 0)
    account = "stackexchange:engines/7"
    shows_followers = False

    def name(self, who: int) -> str:
        return f"engines/{who or 7}" if who != 7 else "engines/70007"

    def uri(self, post: Post) -> str:
        return f"stackexchange:engines/posts/{post.number}"

    def deeds(self) -> set[tuple[str, str, str, str | None]]:
        asker = f"stackexchange:engines/{ASKER}"
        return super().deeds() | {
            ("Reply", self.account, asker, f"stackexchange:engines/posts/{10**6 + post.number}")
            for post in self.posts
            if self.is_answer(post)
        }

    def is_answer(self, post: Post) -> bool:
        return post.number % 4 == 3

    def has_tags(self, request: httpx.Request) -> bool:
        return False

    def route(self, request: httpx.Request, query: dict[str, str]) -> Any:
        assert request.url.host == "api.stackexchange.com"
        path = request.url.path.removeprefix("/2.3/")
        if path == "filters/create":
            assert query == {"base": "default", "include": "user.about_me"}
            return self._wrapped([{"filter": "!made-up", "filter_type": "safe", "included_fields": []}], {})
        if path == "users/4007/associated":
            there = {
                "account_id": 4007,
                "user_id": 12,
                "site_name": "Beer",
                "site_url": "https://beer.stackexchange.com",
            }
            return self._wrapped([there], {})
        assert query["site"] == "engines.stackexchange.com"
        kind, ids, what = re.fullmatch(r"(users|posts|questions)/([\d;]+)(?:/(\w+))?", path).groups()  # type: ignore[union-attr]  # a request that does not match is a failed test
        wanted = {int(number) for number in ids.split(";")}
        assert len(wanted) <= 100
        return self._wrapped(self._items(kind, wanted, what), query)

    def _items(self, kind: str, wanted: set[int], what: str | None) -> list[Doc]:
        posts = newest_first(self.posts)
        if kind == "users":
            assert wanted == {7}
            answers = [self._answer(post) for post in posts if self.is_answer(post)]
            questions = [self._question(post) for post in posts if not self.is_answer(post)]
            found = {"answers": answers, "questions": questions, "mentioned": [], None: self._user(answers, questions)}
            return found[what]
        if kind == "posts" and what is None:
            return [self._post(post) for post in posts if post.number in wanted]
        if what is None:
            return [self._thread(post) for post in posts if 10**6 + post.number in wanted]
        reactions = [(post, each) for post in posts if post.number in wanted for each in post.reactions]
        return [
            self._shown(post, each.number, each.at, each.who, what)
            for post, each in reactions
            if (what == "answers") == self._answers(post, each)
        ]

    def _answers(self, post: Post, each: Reaction) -> bool:
        return each.number % 3 == 0 and not self.is_answer(post)

    def _wrapped(self, items: list[Doc], query: dict[str, str]) -> Doc:
        if "fromdate" in query:
            assert query["sort"] == "creation"
            items = [item for item in items if item["creation_date"] >= int(query["fromdate"])]
            items.sort(key=lambda item: item["creation_date"], reverse=query["order"] == "desc")
        size, page = int(query.get("pagesize", 30)), int(query.get("page", 1))
        rest = items[size * (page - 1) :]
        return {"items": rest[:size], "has_more": len(rest) > size, "quota_max": 10_000, "quota_remaining": 9_000}

    def _person(self, who: int) -> Doc:
        if who in self.bots:
            return {"user_type": "does_not_exist", "display_name": "user1"}
        number = int(self.name(who).partition("/")[2])
        return {
            "user_id": number,
            "user_type": "registered",
            "display_name": self.hostile or "Somebody",
            "reputation": 1,
        }

    def _user(self, answers: list[Doc], questions: list[Doc]) -> list[Doc]:
        link = '<a href="https://pages.ada.example/?a=1&amp;b=2" rel="nofollow">pages</a>'
        more = {
            "account_id": 4007,
            "answer_count": len(answers),
            "question_count": len(questions),
            "website_url": "https://ada.example/",
            "about_me": f"<p>{self.hostile or ''} {link}</p>",
        }
        return [] if self.closed else [{**self._person(0), **more}]

    def _answer(self, post: Post) -> Doc:
        shown = self._shown(post, post.number, post.at, 0, "answers")
        return {**shown, "question_id": 10**6 + post.number, "score": post.uncounted, "is_accepted": False}

    def _question(self, post: Post) -> Doc:
        return {
            "question_id": post.number,
            "creation_date": post.at,
            "owner": self._person(0),
            "tags": [self.hostile or tag for tag in post.tags],
            "title": SECRET,
            "score": post.uncounted,
            "view_count": 3,
            "answer_count": sum(1 for each in post.reactions if self._answers(post, each)),
        }

    def _thread(self, post: Post) -> Doc:
        return {**self._question(post), "question_id": 10**6 + post.number, "owner": self._person(ASKER)}

    def _post(self, post: Post) -> Doc:
        kind = "answer" if self.is_answer(post) else "question"
        return {"post_id": post.number, "post_type": kind, "creation_date": post.at, "owner": self._person(0)}

    def _shown(self, post: Post, number: int, at: int, who: int, what: str) -> Doc:
        """An answer to a question or a comment on a post."""
        shown = {"creation_date": at, "owner": self._person(who), "score": 0}
        if what == "answers":
            return {**shown, "answer_id": number, "question_id": post.number, "body": SECRET}
        return {**shown, "comment_id": number, "post_id": post.number, "body": SECRET}
