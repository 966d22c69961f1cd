"""A hub of Farcaster, with user number 7 on it. It counts nothing, and nobody there is marked as a bot."""

from collections.abc import Callable
from typing import Any

import httpx

from renown.networks.farcaster import EPOCH, FIRST_DAYS, Farcaster
from tests.contract.fakes.world import DAY, SECRET, Doc, Fake, Post, newest_first, paged, people

ME = 7


class FakeFarcaster(Fake):
    network = Farcaster()
    page = 0  # a hub gives 100 at a time, but every cast costs three requests
    quiet = (12, 0)
    account = f"farcaster:{ME}"

    def name(self, who: int) -> str:
        return str(1000 + who if who else ME)

    def hash(self, number: int) -> str:
        return f"0x{number:040x}"

    def uri(self, post: Post) -> str:
        return f"farcaster:{self.hash(post.number)}"

    def react(self, post: Post, verb: str, who: int, at: int | None = None) -> None:
        """Behind casts that are no longer new nobody is looked up until they are a week old."""
        if post.at > self.now - FIRST_DAYS + DAY:
            super().react(post, verb, who, at)

    def has_tags(self, request: httpx.Request) -> bool:
        return False

    def route(self, request: httpx.Request, query: dict[str, str]) -> Any:
        assert request.url.host == "snapchain-api.neynar.com"
        assert request.headers["x-api-key"] == "made-up"
        what = request.url.path.removeprefix("/v1/")
        if what == "userNameProofByName":
            return self._missing() if self.closed or query["name"] != "ada" else self._proof()
        listed: dict[str, Callable[[], list[Doc]]] = {
            "userDataByFid": lambda: [] if self.closed else self._profile(),
            "castsByMention": list,
            "linksByTargetFid": lambda: [self._link(who) for who in self.followers],
            "castsByFid": lambda: [self._cast(post) for post in newest_first(self.posts)],
        }
        if what in listed:
            return self._messages(listed[what](), query)
        key = query.get("target_hash") or query["hash"]
        post = next((post for post in self.posts if self.hash(post.number) == key), None)
        if what == "castById":
            return self._cast(post) if post else self._missing()
        return self._messages(self._about(post, what, query) if post else [], query)

    def _about(self, post: Post, what: str, query: dict[str, str]) -> list[Doc]:
        if what == "castsByParent":
            parent = {"parentCastId": {"fid": ME, "hash": self.hash(post.number)}}
            given = people(post.reactions, "Reply")
            return [self._said(each.number, each.at, each.who, SECRET, parent) for each in given]
        assert what == "reactionsByCast"
        kind = query["reaction_type"]
        body = {"type": kind, "targetCastId": {"fid": ME, "hash": self.hash(post.number)}}
        given = people(post.reactions, {"Like": "Like", "Recast": "Announce"}[kind])
        return [self._signed(each.number, each.at, each.who, "REACTION_ADD", reactionBody=body) for each in given]

    def _messages(self, given: list[Doc], query: dict[str, str]) -> Doc:
        size = int(query.get("pageSize", 1000))
        assert size <= 1000
        assert query.get("reverse", "true") == "true"
        start = int(query["pageToken"]) - 1000 if "pageToken" in query else 0
        page, following = paged(given, size, str(start))
        return {"messages": page, "nextPageToken": str(int(following) + 1000) if following else ""}

    def _missing(self) -> httpx.Response:
        told = {"code": 5, "details": "not found", "errCode": "not_found", "name": "HubError", "presentable": False}
        return httpx.Response(404, json={**told, "metadata": {"errcode": ["not_found"]}})

    def _proof(self) -> Doc:
        own = {"timestamp": EPOCH, "name": "ada", "owner": "0x" + "ab" * 20, "signature": "QUJD", "fid": ME}
        return {**own, "type": "USERNAME_TYPE_FNAME"}

    def _profile(self) -> list[Doc]:
        said = {
            "BIO": f"{self.hostile or 'Engines'} see https://code.example/ada {'#nobot' if self.hidden else ''}",
            "URL": "https://ada.example",
            "USERNAME": "ada",
        }
        bodies = [{"type": f"USER_DATA_TYPE_{kind}", "value": value} for kind, value in said.items()]
        at = self.now - 80 * DAY
        return [self._signed(i, at, 0, "USER_DATA_ADD", userDataBody=body) for i, body in enumerate(bodies)]

    def _link(self, who: int) -> Doc:
        return self._signed(who, self.now - 5 * DAY, who, "LINK_ADD", linkBody={"type": "follow", "targetFid": ME})

    def _cast(self, post: Post) -> Doc:
        text = f"{SECRET} " + " ".join(self.hostile or f"#{tag}" for tag in post.tags)
        return self._said(post.number, post.at, 0, text, {"parentUrl": self.hostile or "https://a.b/channel/shed"})

    def _said(self, number: int, at: int, who: int, text: str, more: Doc) -> Doc:
        body: Doc = {"embedsDeprecated": [], "mentions": [], "text": text, "mentionsPositions": [], "embeds": []}
        return self._signed(number, at, who, "CAST_ADD", castAddBody={**body, **more})

    def _signed(self, number: int, at: int, who: int, kind: str, **body: Any) -> Doc:
        own = {"type": f"MESSAGE_TYPE_{kind}", "fid": int(self.name(who)), "timestamp": at - EPOCH}
        return {
            "data": {**own, "network": "FARCASTER_NETWORK_MAINNET", **body},
            "hash": self.hash(number),
            "hashScheme": "HASH_SCHEME_BLAKE3",
            "signature": "QUJD",
            "signatureScheme": "SIGNATURE_SCHEME_ED25519",
            "signer": "0xab",
        }
