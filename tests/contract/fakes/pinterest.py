"""Pinterest's API as the user ada sees it with a token of her own."""

from typing import Any

import httpx

from renown.networks.pinterest import Pinterest
from tests.contract.fakes.world import SECRET, Doc, Fake, Post, newest_first, paged, stamp


class FakePinterest(Fake):
    network = Pinterest()
    verbs = ("Like", "Reply")
    anonymous = True
    page = 100
    quiet = (2, 0)
    account = "pinterest:ada"
    renamed = "pinterest:lovelace"
    shows_followers = False

    def name(self, who: int) -> str:
        return f"user_{who}" if who else "ada"

    def uri(self, post: Post) -> str:
        return f"pinterest:pins/{post.number}"

    def has_tags(self, request: httpx.Request) -> bool:
        return False

    def route(self, request: httpx.Request, query: dict[str, str]) -> Any:
        assert request.url.host == "api.pinterest.com"
        assert request.headers["authorization"] == "Bearer made-up"
        path = request.url.path.removeprefix("/v5/")
        missing = httpx.Response(404, json={"code": 50, "message": "Not found."})
        if path == "user_account":
            return missing if self.closed else self._person()
        if path == "user_account/websites":
            shown = {"website": "ada.example", "verified_at": "2022-12-14T21:03:01.602000"}
            return {"items": [{**shown, "status": "success"}, {"website": "far.example", "status": "pending"}]}
        if path == "pins":
            assert query["pin_metrics"] == "true"
            assert query["pin_filter"] == "exclude_repins"
            pins, token = paged(newest_first(self.posts), int(query["page_size"]), query.get("bookmark"))
            return {"items": [self._pin(post) for post in pins], "bookmark": token}
        return next((self._pin(post) for post in self.posts if path == f"pins/{post.number}"), missing)

    def _person(self) -> Doc:
        said = f"{self.hostile or 'Engines'} {'#nobot' if self.hidden else ''}"
        counts = {"follower_count": len(self.followers), "following_count": 3, "monthly_views": 1000, "board_count": 2}
        shown = {"account_type": "BUSINESS", "id": "7", "username": "Lovelace" if self.moved else "Ada", "about": said}
        return {**shown, **counts, "pin_count": len(self.posts), "website_url": "https://ada.example"}

    def _pin(self, post: Post) -> Doc:
        done = [each.verb for each in post.reactions]
        counts = {"reaction": post.uncounted + done.count("Like"), "comment": done.count("Reply")}
        said = f"{SECRET} {' '.join(self.hostile or f'#{tag}' for tag in post.tags)}"
        shown = {"id": str(post.number), "created_at": stamp(post.at), "title": self.hostile or "A title"}
        own = {"is_owner": True, "parent_pin_id": None, "board_id": "9", "board_owner": {"username": "ada"}}
        metrics = {"90d": {"impression": 4}, "lifetime_metrics": {"impression": 5, "pin_click": 2, **counts}}
        return {**shown, **own, "description": said, "alt_text": SECRET, "link": self.hostile, "pin_metrics": metrics}
