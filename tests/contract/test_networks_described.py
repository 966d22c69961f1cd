"""Requests and answers against the networks' own descriptions and recordings, where those are at hand."""

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from renown.activity import Activity
from renown.formats.gharchive import activity_of
from renown.formats.times import seconds
from renown.networks.bluesky import Bluesky
from renown.networks.github import QUERIES
from renown.networks.hackernews import HackerNews
from renown.networks.mastodon import Mastodon
from renown.networks.stackexchange import StackExchange
from tests.contract.descriptions import CONTRACTS, Discovery, GraphQl, Lexicons, OpenApi, StackExchangeApi
from tests.contract.fakes.bluesky import FakeBluesky
from tests.contract.fakes.discourse import FakeDiscourse
from tests.contract.fakes.github import FakeGitHub
from tests.contract.fakes.mastodon import FakeMastodon
from tests.contract.fakes.stackexchange import FakeStackExchange
from tests.contract.fakes.visits import Clock, Visits, client
from tests.contract.fakes.world import DAY, Fake
from tests.contract.fakes.youtube import FakeYouTube

pytestmark = pytest.mark.skipif(not CONTRACTS.is_dir(), reason=f"{CONTRACTS} is not there; set RENOWN_CONTRACTS")

Check = Callable[[httpx.Request, httpx.Response], httpx.Response | None]
"""Checks a request and its answer; may give the answer to be used instead."""


@cache
def mastodon() -> OpenApi:
    return OpenApi(CONTRACTS / "mastodon" / "openapi.json", bodies=True)


@cache
def github() -> tuple[OpenApi, GraphQl]:
    folder = CONTRACTS / "github"
    return OpenApi(folder / "openapi.subset.json", bodies=False), GraphQl(folder / "schema.graphql")


def check_github(request: httpx.Request, answer: httpx.Response) -> httpx.Response | None:
    rest, graph = github()
    if request.method == "POST":
        return graph.answer(request, json.loads(answer.content)["data"])
    rest.check(request, answer)
    return None


@cache
def lexicons() -> Lexicons:
    return Lexicons(CONTRACTS / "bluesky" / "lexicons")


def visited_and_checked(fake: Fake, check: Check) -> set[str]:
    """Makes visits in which everything happens; the paths that were asked for, each checked with its answer."""
    paths = set()

    def checked(number: int, request: httpx.Request) -> httpx.Response:
        answer = fake.answer(request)
        paths.add(re.sub(r"/\d+|engine\d+", "/*", request.url.path))
        return (check(request, answer) if answer.status_code in (200, 304) else None) or answer

    for number in range(fake.page + 3):
        post = fake.write(fake.now - 600 * number - 600, "engines")
    for verb in fake.verbs:
        for who in range(1, 130):
            fake.react(post, verb, who, fake.now - 60)
    fake.followers = list(range(1, 180))
    visits = Visits(fake)
    visits.visit(checked)
    fake.posts.pop()
    fake.now += DAY
    visits.visit(checked)
    assert visits.deeds() >= fake.deeds()
    return paths


def test_mastodon_is_asked_and_answers_as_its_description_says() -> None:
    paths = visited_and_checked(FakeMastodon(), mastodon().check)
    assert {path.removeprefix("/api/v1/") for path in paths} == {
        "accounts/lookup", "accounts/*/statuses", "accounts/*/followers", "statuses/*", "statuses/*/context",
        "statuses/*/favourited_by", "statuses/*/reblogged_by",
    }  # fmt: skip


def test_bluesky_is_asked_and_answers_as_its_lexicons_say() -> None:
    paths = visited_and_checked(FakeBluesky(), lexicons().check)
    assert {path.removeprefix("/xrpc/app.bsky.") for path in paths} == {
        "actor.getProfile", "feed.getAuthorFeed", "feed.getLikes", "feed.getPosts", "feed.getPostThread",
        "feed.getQuotes", "feed.getRepostedBy", "graph.getFollowers",
    }  # fmt: skip


def test_github_is_asked_and_answers_as_its_schema_says() -> None:
    assert github()[1].validate(QUERIES) == []
    fake = FakeGitHub()
    fake.followers = [5]
    issue = fake.write(fake.now - 500, "issue")
    fake.react(issue, "Reply", 4)
    assert visited_and_checked(fake, check_github) == {"/graphql", "/users/ada/events/public", "/repos/ada//*"}
    for call in (fake.network.proof, fake.network.resolve):
        call(fake.account, client(_Replayed(lambda request: _checked(fake, request)), Clock(fake.now)))


def _checked(fake: Fake, request: httpx.Request) -> httpx.Response:
    answer = fake.answer(request)
    return check_github(request, answer) or answer


def test_stack_exchange_is_asked_and_answers_as_its_description_says() -> None:
    api = StackExchangeApi(CONTRACTS / "stackexchange" / "openapi-2.0-unofficial.yaml")
    fake, paths = FakeStackExchange(), set()

    def checked(request: httpx.Request) -> httpx.Response:
        answer = fake.answer(request)
        paths.add(api.check(request, answer))
        return answer

    visited_and_checked(fake, lambda request, _: checked(request))
    fake.network.proof(fake.account, client(_Replayed(checked), Clock(fake.now)))
    users = {f"/users/{{ids}}{what}" for what in ("", "/answers", "/questions", "/mentioned", "/associated")}
    others = {
        "/posts/{ids}",
        "/posts/{ids}/comments",
        "/questions/{ids}",
        "/questions/{ids}/answers",
        "/filters/create",
    }
    assert paths == users | others


def test_the_other_sites_that_stack_exchange_told_of_are_understood() -> None:
    told = json.loads((CONTRACTS / "stackexchange" / "recorded_users_associated.json").read_text("utf-8"))

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/associated"):
            return httpx.Response(200, json=told)
        return httpx.Response(200, json={"items": [{"user_id": 1, "account_id": 1}]})

    proof = StackExchange().proof("stackexchange:stackoverflow/1", client(_Replayed(answer), Clock(0.0)))
    assert len(proof.verified) == len(told["items"]) > 10
    assert "http://webapps.stackexchange.com/users/7" in proof.verified


def test_discourse_is_asked_as_its_description_says() -> None:
    """The description lacks what only the forum's own pages ask, and two parameters; bodies are tested elsewhere."""
    api, asked = OpenApi(CONTRACTS / "discourse" / "openapi.json", bodies=False), set()
    own = {"/u/ada/summary.json", "/post_action_users.json", "/t/*/*.json"}

    def check(request: httpx.Request, answer: httpx.Response) -> None:
        path = re.sub(r"/\d+", "/*", request.url.path)
        described = request.url.copy_with(params={**request.url.params})
        for name in {"/t/*.json": ["page"], "/posts/*/replies.json": ["after"]}.get(path, []):
            described = described.copy_remove_param(name)
        if path not in own:
            asked.add(path)
            api.check(httpx.Request(request.method, described), answer)

    visited_and_checked(FakeDiscourse(), check)
    assert asked == {"/u/ada.json", "/user_actions.json", "/t/*.json", "/c/*/show.json", "/posts/*/replies.json"}


def test_youtube_is_asked_and_answers_as_its_description_says() -> None:
    api = Discovery(CONTRACTS / "youtube" / "youtube.v3.json")
    fake, methods = FakeYouTube(), set()

    def checked(request: httpx.Request) -> httpx.Response:
        answer = fake.answer(request)
        methods.add(api.check(request, answer))
        return answer

    visited_and_checked(fake, lambda request, _: checked(request))
    fake.network.resolve("youtube:@Ada", client(_Replayed(checked), Clock(fake.now)))
    of = ("channels", "commentThreads", "playlistItems", "videos")  # and never a search, of which there are 100 a day
    assert methods == {f"youtube.{each}.list" for each in of}


class _Replayed(httpx.BaseTransport):
    def __init__(self, handle: Callable[[httpx.Request], httpx.Response]) -> None:
        self.handle = handle

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle(request)


def recorded(folder: Path) -> Callable[[httpx.Request], httpx.Response]:
    """A server that answers as it was recorded; of pages only what says which one (limits differ)."""
    answers: dict[str, Any] = {}
    for path in sorted(folder.glob("*.json")):
        doc = json.loads(path.read_text("utf-8"))
        name = doc["request"]["path"].removeprefix("/")
        query = doc["request"]["query"]
        answers[_key(name, query)] = doc

    def handle(request: httpx.Request) -> httpx.Response:
        name = request.url.path.removeprefix("/xrpc/").removeprefix("/")
        doc = answers.get(_key(name, dict(request.url.params)))
        if doc is None:
            return httpx.Response(404, json={})
        kept = {name: value for name, value in doc["headers"].items() if name in ("content-type", "link", "etag")}
        return httpx.Response(doc["status"], content=json.dumps(doc["body"]), headers=kept)

    return handle


def _key(path: str, query: dict[str, Any]) -> str:
    said = {
        name: value for name, value in query.items() if name in ("actor", "uri", "cursor", "handle", "acct", "max_id")
    }
    return f"{path} {sorted(said.items())}"


def collected(
    network: Any, account: str, handle: Callable[[httpx.Request], httpx.Response], now: int
) -> list[Activity]:
    batches = list(network.collect(account, None, client(_Replayed(handle), Clock(float(now))), now))
    assert [reject for batch in batches for reject in batch.rejects] == []
    return [activity for batch in batches for activity in batch.activity]


ALICE, BOB = "bluesky:did:plc:2kaotxyzhncgu62ke6ye6uei", "bluesky:did:plc:6zityfd5f2jnvw2swzr4tpy5"
CAROL, DAN = "bluesky:did:plc:3sgvf4mfgmcbbumb4h57n2gi", "bluesky:did:plc:ttqxmwf33hel7ucjpmaeded7"


def test_what_a_real_bluesky_answered_is_understood() -> None:
    handle = recorded(CONTRACTS / "bluesky" / "recorded")

    def tolerant(request: httpx.Request) -> httpx.Response:
        answer = handle(request)
        empty = httpx.Response(200, json={"likes": [{"actor": {"did": BOB[8:]}, "createdAt": "2026-11-22T18:05:55Z"}]})
        return empty if answer.status_code == 404 and "getLikes" in request.url.path else answer

    found = collected(Bluesky(), ALICE, tolerant, seconds("2026-11-22T18:10:00Z"))
    deeds = {(each.verb, each.actor, (each.object or "")[-13:]) for each in found}
    notes, second, third = "3n2w7e3nhes2y", "3n2w7e3nr5c2y", "3n2w7e3obqk2y"
    assert deeds == {
        *(("Create", ALICE, post) for post in (notes, second, third)),
        ("Mention", ALICE, notes),
        *(("Like", who, second) for who in (BOB, CAROL, DAN)),
        *(("Announce", who, second) for who in (CAROL, DAN)),
        ("Reply", BOB, second),
        ("Quote", CAROL, notes),
        ("Like", BOB, notes),
        *(("Follow", who, "") for who in (BOB, CAROL)),
    }
    (mention,) = (each for each in found if each.verb == "Mention")
    assert (mention.author, mention.topics) == (BOB, ("python",))


def test_posts_of_others_in_a_real_blueskys_feed_are_understood() -> None:
    handle = recorded(CONTRACTS / "bluesky" / "recorded")
    for account, expected in (
        (CAROL, {("Create", CAROL), ("Reply", BOB), ("Quote", ALICE)}),
        (DAN, {("Announce", ALICE)}),
    ):
        profile = httpx.Response(200, json={"did": account[8:], "handle": "x.test"})

        def answer(request: httpx.Request, profile: httpx.Response = profile) -> httpx.Response:
            if "getProfile" in request.url.path:
                return profile
            return httpx.Response(200, json={}) if "getFollowers" in request.url.path else handle(request)

        found = collected(Bluesky(), account, answer, seconds("2026-11-22T18:10:00Z"))
        assert {(each.verb, each.author) for each in found if each.verb != "Mention"} >= expected


def test_a_real_blueskys_identity_is_understood() -> None:
    handle = recorded(CONTRACTS / "bluesky" / "recorded")

    def real(request: httpx.Request) -> httpx.Response:
        answer = handle(request)
        return httpx.Response(200, json=answer.json()) if request.url.host == "plc.directory" else answer

    proof = Bluesky().proof(ALICE, client(_Replayed(real), Clock(0.0)))
    assert (proof.links, proof.verified) == (("https://alice.test", "https://alice.example"), ("https://alice.test",))


def test_what_a_mastodon_mock_answered_is_understood() -> None:
    folder = CONTRACTS / "mastodon" / "recorded_mock"
    handle = recorded(folder)
    listed = json.loads((folder / "directory.json").read_text("utf-8"))["body"]
    people = {person["acct"]: person for person in listed}

    def real(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v1/accounts/lookup":
            return httpx.Response(200, json=people[request.url.params["acct"]])
        answer = handle(request)
        return (
            answer if answer.status_code == 200 or "max_id" not in request.url.params else httpx.Response(200, json=[])
        )

    now = seconds("2026-11-22T18:10:00Z")
    for name in people:
        me = f"mastodon:{name}@mock.example"
        found = collected(Mastodon(), me, real, now)
        assert {each.verb for each in found} >= {"Create"}
        assert all(me in (each.author, each.actor) for each in found)
    quoting = collected(Mastodon(), "mastodon:ada@mock.example", real, now)
    assert ("Quote", "mastodon:grace@mock.example") in {(each.verb, each.author) for each in quoting}


def test_what_a_real_mastodon_answered_is_understood() -> None:
    """Cassettes of a real server (4.6.4), in which somebody posts, is looked up, and pages through what they posted."""
    bodies: list[Any] = []
    for path in sorted((CONTRACTS / "mastodon" / "cassettes").glob("*.yaml")):
        for each in yaml.safe_load(path.read_text("utf-8"))["interactions"]:
            body = json.loads(each["response"]["body"]["string"] or "null")
            bodies += body if isinstance(body, list) else [body]
    statuses = {doc["id"]: doc for doc in bodies if doc and "visibility" in doc}
    accounts = [doc for doc in bodies if doc and "followers_count" in doc and not statuses.keys() & {doc["id"]}]
    assert len(statuses) > 1
    for doc in accounts:

        def real(request: httpx.Request, doc: Any = doc) -> httpx.Response:
            if request.url.path.endswith("/lookup"):
                return httpx.Response(200, json=doc)
            return httpx.Response(200, json=[*statuses.values()] if request.url.path.endswith("/statuses") else [])

        found = collected(Mastodon(), f"mastodon:{doc['acct']}@mock.example", real, seconds("2026-08-02T00:00:00Z"))
        assert {each.object for each in found if each.verb == "Create"} == {doc["uri"] for doc in statuses.values()}


def test_the_events_that_githubs_description_shows_are_understood() -> None:
    items = github()[0].examples("/users/{username}/events/public")[0]
    assert [item for item in items if activity_of(item, seconds("2026-11-22T18:10:00Z"))]


def test_what_hacker_news_own_page_shows_is_understood() -> None:
    page = (CONTRACTS / "hackernews" / "firebase-api.md").read_text("utf-8")
    docs = [json.loads(block) for block in re.findall(r"```javascript\n(\{.*?\n\})\n```", page, re.DOTALL)]
    (user,) = (doc for doc in docs if "karma" in doc)

    def real(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=user if "/user/" in request.url.path else {"hits": []})

    account = f"hackernews:{user['id']}"
    assert HackerNews().resolve(account, client(_Replayed(real), Clock(0.0))) == account
    assert collected(HackerNews(), account, real, seconds("2026-11-22T18:10:00Z")) == []
