"""Nostr's relays, with one person on them: every event is signed, with keys that are made of people's numbers."""

import hashlib
import json
from functools import cache
from typing import Any

import httpx
from coincurve import PrivateKey

from renown.networks.nostr import Nostr
from tests.contract.fakes.world import SECRET, Doc, Fake, Post, Reaction

RELAY = "relay.ada.example"
EARLY = 1_700_000_000


@cache
def keys(who: int) -> tuple[PrivateKey, str]:
    private = PrivateKey((who + 1).to_bytes(32, "big"))
    return private, private.public_key.format()[1:].hex()


def signed(who: int, kind: int, at: int, tags: tuple[tuple[str, ...], ...], content: str) -> Doc:
    private, public = keys(who)
    said = [0, public, at, kind, tags, content]
    digest = hashlib.sha256(json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace"))
    event = {"id": digest.hexdigest(), "pubkey": public, "created_at": at, "kind": kind, "tags": tags}
    return {**event, "content": content, "sig": private.sign_schnorr(digest.digest(), bytes(32)).hex()}


_cached = cache(signed)


class FakeNostr(Fake):
    network = Nostr()
    verbs = ("Like", "Announce", "Reply", "Quote")
    page = 100
    quiet = (2, 0)
    account = f"nostr:{keys(0)[1]}"

    def __init__(self) -> None:
        super().__init__()
        self.written: list[Post] = []
        self._notes: dict[int, Doc] = {}
        self._reactions: dict[tuple[int, str | None], Doc] = {}

    def name(self, who: int) -> str:
        return keys(who)[1]

    def write(self, at: int, *tags: str) -> Post:
        self.written.append(super().write(at, *tags))
        return self.written[-1]

    def uri(self, post: Post) -> str:
        return f"nostr:{self._note(post)['id']}"

    def route(self, request: httpx.Request, query: dict[str, str]) -> Any:
        if request.url.host == "ada.example":
            assert (request.url.path, query) == ("/.well-known/nostr.json", {"name": "_"})
            return {"names": {"_": keys(0)[1]}}
        assert request.url.scheme == "wss"
        assert request.url.host in (RELAY, "purplepag.es")
        everything = self._profiles() if request.url.host == "purplepag.es" else self._events()
        found: dict[str, Doc] = {}
        for asked in json.loads(request.content)["filters"]:
            assert asked.keys() <= {"authors", "kinds", "since", "until", "limit", "#p"}
            fitting = [event for event in everything if fits(asked, event)]
            found |= {event["id"]: event for event in sorted(fitting, key=newest_first)[: asked["limit"]]}
        return list(found.values())

    def _profiles(self) -> list[Doc]:
        said: Doc = {"name": self.hostile or "Ada", "about": "see https://pages.ada.example", "nip05": "_@ada.example"}
        said |= {"deleted": True} if self.closed else {}
        said |= {"about": "#nobot"} if self.hidden else {}
        relays = (("r", f"wss://{RELAY}"), ("r", "wss://10.0.0.1/"), ("r", "ws://ada.example", "read"), ("r",))
        return [_cached(0, 0, EARLY, (), json.dumps(said)), _cached(0, 10002, EARLY, relays, "")]

    def _events(self) -> list[Doc]:
        bots = [_cached(who, 0, EARLY, (), '{"bot": true}') for who in self.bots]
        gone = [post for post in self.written if post not in self.posts]
        deleted = [_cached(0, 5, post.at + 1, (("e", self._note(post)["id"]),), self.hostile or "") for post in gone]
        reactions = [self._reaction(post, each) for post in self.posts for each in post.reactions]
        lists = [_cached(who, 3, EARLY + who, (("p", keys(0)[1]), ("p", keys(7)[1])), "") for who in self.followers]
        forged = [{**note, "id": "0" * 64, "pubkey": keys(3)[1]} for note in map(self._note, self.posts[:1])]
        return [*self._profiles(), *bots, *map(self._note, self.posts), *deleted, *reactions, *lists, *forged]

    def _note(self, post: Post) -> Doc:
        if post.number not in self._notes:
            tags = tuple(("t", tag) for tag in (*post.tags, "nostr"))
            self._notes[post.number] = signed(0, 1, post.at, tags, f"{SECRET} {post.number}")
        return self._notes[post.number]

    def _reaction(self, post: Post, each: Reaction) -> Doc:
        key = (each.number, self.hostile)
        if key not in self._reactions:
            self._reactions[key] = self._signed(post, each)
        return self._reactions[key]

    def _signed(self, post: Post, each: Reaction) -> Doc:
        note, me, odd = (
            self._note(post)["id"],
            keys(0)[1],
            ("alt", (self.hostile or "x").encode("utf-16", "surrogatepass").decode("utf-16", "ignore")),
        )
        tags: tuple[tuple[str, ...], ...] = (("e", note, ""), ("p", me), odd)
        if each.verb == "Announce":
            return signed(each.who, 6, each.at, tags, json.dumps(self._note(post)))
        if each.verb == "Reply":
            return signed(each.who, 1, each.at, (("e", note, "", "root", me), ("p", me), odd), f"{SECRET}{each.number}")
        if each.verb == "Quote":
            return signed(each.who, 1, each.at, (("q", note, "", me), ("p", me), odd), f"{SECRET}{each.number}")
        if each.number % 2:
            wish = signed(each.who, 9734, each.at, (("p", me), ("e", note), ("amount", "21000")), "")
            return signed(900, 9735, each.at, (("p", me), ("e", note), ("description", json.dumps(wish))), "")
        return signed(each.who, 7, each.at, tags, "+")


def fits(asked: Doc, event: Doc) -> bool:
    """Whether an event is one of those that a filter asks for (NIP-01)."""
    named = {tag[1] for tag in event["tags"] if tag[0] == "p" and len(tag) > 1}
    return (
        event["kind"] in asked["kinds"]
        and event["pubkey"] in asked.get("authors", [event["pubkey"]])
        and asked.get("since", 0) <= event["created_at"] <= asked.get("until", 1 << 40)
        and ("#p" not in asked or not named.isdisjoint(asked["#p"]))
    )


def newest_first(event: Doc) -> tuple[int, str]:
    return -event["created_at"], event["id"]
