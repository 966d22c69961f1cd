"""What every network's connector promises, over made-up servers: no sockets, no waiting."""

import contextlib
import email.utils
import json
from collections.abc import Sequence
from typing import Any, Final

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renown.activity import MAX_FIELD, VERBS, clean, parse_account
from renown.errors import FatalError, Gone, HostResting, Renamed, RetriableError, SkippableError, Unwanted
from renown.networks.base import FOLLOWERS_EVERY
from renown.networks.catalogue import ABOUT, listed
from renown.networks.registry import NETWORKS
from renown.table import MAX_DOC
from tests.contract.fakes.discourse import FakeDiscourse
from tests.contract.fakes.github import FakeGitHub
from tests.contract.fakes.registry import FAKES
from tests.contract.fakes.visits import Clock, Fault, Visits, client
from tests.contract.fakes.world import DAY, SECRET, Fake, Server


@pytest.fixture(params=FAKES, ids=lambda fake: fake.network.name)
def fake(request: pytest.FixtureRequest) -> Fake:
    made: Fake = request.param()
    return made


def busy(fake: Fake, posts: int = 3) -> Fake:
    """Somebody with some posts that people react to in every way that can be seen."""
    who = 0
    for day in range(posts):
        post = fake.write(fake.now - (day + 1) * DAY // 8 - 3600, "Engines", "maths")
        for verb in fake.verbs:
            who += 1
            fake.react(post, verb, who)
    fake.followers = [1, 2, 500]
    return fake


def test_every_network_is_tested_here() -> None:
    assert {fake.network.name for fake in FAKES} == set(NETWORKS)
    for name, network in NETWORKS.items():
        assert network.name == name
        assert network.collects


def test_every_network_says_what_it_is_tested_against() -> None:
    found = listed()
    assert {each["name"] for each in found} == set(NETWORKS) == set(ABOUT)
    assert [each["class"] for each in found] == sorted(each["class"] for each in found)  # first, second, token
    for each in found:
        assert (each["secret"] == "needed") >= (each["class"] == "token"), each


def test_an_empty_account(fake: Fake) -> None:
    visits = Visits(fake)
    visits.visit()
    assert visits.activity == {}
    assert visits.complete
    assert visits.rejects == []


def test_everything_that_can_be_seen_is_found(fake: Fake) -> None:
    visits = Visits(busy(fake)).until_complete()
    assert visits.deeds() == fake.deeds()
    assert {verb for verb, *_ in visits.deeds()} >= set(() if fake.anonymous else fake.verbs)
    assert visits.rejects == []
    for activity in visits.activity.values():
        assert activity.network == fake.network.name
        assert activity.verb in VERBS
        assert activity.seen_at == fake.now
        assert activity.at is None or fake.now - 90 * DAY < activity.at <= fake.now
    post = fake.uri(fake.posts[0])
    topics = {topic for each in visits.activity.values() if each.object == post for topic in each.topics}
    assert {"engines", "maths"} <= topics


def test_posts_on_several_pages_and_many_people(fake: Fake) -> None:
    for number in range(max(2 * fake.page + 3, 5) if fake.page < 500 else 5):
        fake.write(fake.now - 600 * number - 600, "engines")
    for who in range(1, 230):
        fake.react(fake.posts[0], fake.verbs[0], who, fake.now - 400 + who)
    assert Visits(fake).until_complete().deeds() == fake.deeds()


def test_a_second_visit_without_news_adds_nothing_and_costs_what_is_stated(fake: Fake) -> None:
    visits = Visits(busy(fake)).until_complete()
    fake.now += 3600
    assert visits.visit() == 0
    assert (visits.requests, visits.unchanged) == fake.quiet
    fake.now += DAY
    assert visits.visit() == 0


def test_news_is_found_and_nothing_else(fake: Fake) -> None:
    visits = Visits(busy(fake)).until_complete()
    known = dict(visits.activity)
    fake.now += DAY
    fake.react(fake.posts[0], fake.verbs[-1], 77, fake.now - 500)
    fake.write(fake.now - 1000, "news")
    fake.react(fake.posts[-1], fake.verbs[0], 78, fake.now - 900)
    visits.until_complete()
    assert visits.deeds() == fake.deeds()
    assert all(each.seen_at == fake.now for id_, each in visits.activity.items() if id_ not in known)


def test_ids_do_not_depend_on_when_something_is_seen(fake: Fake) -> None:
    early = Visits(busy(fake)).until_complete()
    fake.now += 5 * DAY
    late = Visits(fake).until_complete()
    assert early.activity.keys() == late.activity.keys()


def test_counts_without_people_invent_nobody(fake: Fake) -> None:
    if fake.network.name in ("farcaster", "nostr"):
        pytest.skip("nothing is counted here, everybody is shown")
    post = fake.write(fake.now - 5000)
    post.uncounted = 250
    visits = Visits(fake).until_complete()
    assert visits.deeds() == fake.deeds()
    assert 250 in {each.total for each in visits.observations.values()}
    for each in visits.observations.values():
        assert each.account == fake.account


def test_those_who_are_no_people_or_ask_to_be_left_alone_are_not_named(fake: Fake) -> None:
    if fake.network.name in ("farcaster", "hackernews"):
        pytest.skip("neither is said here")
    busy(fake)
    fake.bots = {1, 500}
    others = {deed for deed in fake.deeds() if deed[0] != "Follow"}
    if fake.shows_followers:
        others.add(("Follow", f"{fake.network.name}:{fake.name(2)}", fake.account, None))
    assert Visits(fake).until_complete().deeds() == others


def test_followers_are_walked_through_once_a_month(fake: Fake) -> None:
    if not fake.shows_followers:
        pytest.skip("nobody can be followed here")
    fake.followers = list(range(1, 131))
    visits = Visits(fake).until_complete()
    assert len(visits.deeds()) == 130
    fake.followers.append(900)
    fake.now += 20 * DAY
    visits.until_complete()
    assert len(visits.deeds()) == 130
    fake.now += FOLLOWERS_EVERY
    visits.until_complete()
    assert len(visits.deeds()) == 131


def test_a_post_that_vanished_becomes_a_tombstone(fake: Fake) -> None:
    visits = Visits(busy(fake)).until_complete()
    gone = fake.posts.pop(1)
    for _ in range(2):  # where only a list tells of posts, another day has to miss it, too
        fake.now += DAY
        visits.until_complete()
    assert ("Delete", fake.account, fake.account, fake.uri(gone)) in visits.deeds()
    assert [verb for verb, *_ in visits.deeds()].count("Delete") == 1
    fake.now += DAY
    assert visits.visit() == 0


def test_an_account_that_is_gone(fake: Fake) -> None:
    visits = Visits(busy(fake)).until_complete()
    kept = visits.cursor
    fake.closed = True
    fake.now += DAY
    with pytest.raises(Gone) as raised:
        visits.visit()
    assert fake.account in str(raised.value) or "404" in str(raised.value)
    assert visits.cursor == kept


def test_an_account_with_another_name(fake: Fake) -> None:
    if fake.renamed is None:
        pytest.skip("names do not change here, or do not matter")
    visits = Visits(busy(fake)).until_complete()
    fake.moved = True
    fake.now += DAY
    with pytest.raises(Renamed) as raised:
        visits.visit()
    assert raised.value.to == fake.renamed


def test_an_account_whose_owner_wants_to_be_left_alone(fake: Fake) -> None:
    if fake.network.name in ("devto", "hackernews", "github", "stackexchange"):
        pytest.skip("there is no way to say so here")
    busy(fake).hidden = True
    visits = Visits(fake)
    with pytest.raises(Unwanted, match="asks not to be"):
        visits.visit()
    assert (visits.activity, visits.observations, visits.cursor) == ({}, {}, None)


HOSTILE = (
    "<script>alert(1)</script>",
    "javascript:alert(1)",
    "\x00\x1b[2J\u2028line\r\nline",
    "\u202eevil\ud83e\udd89🦉" + "x" * 5000,
    "\ud800",
    "' OR 1=1; --",
    "http://[::1",
)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:20])
def test_hostile_text_does_no_harm(fake: Fake, text: str) -> None:
    busy(fake).hostile = text
    visits = Visits(fake).until_complete()
    assert {deed[:3] for deed in visits.deeds()} == {deed[:3] for deed in fake.deeds()}
    for activity in visits.activity.values():
        assert clean(activity.id) == activity.id
        assert activity.url is None or activity.url.startswith(("https://", "http://"))
        for part in (activity.object, activity.url):
            assert part is None or (clean(part) == part and len(part) <= MAX_FIELD)
        for name in (activity.actor, activity.author):
            assert parse_account(name or "")[0] == fake.network.name
        assert all(clean(topic) == topic and len(topic) <= 100 for topic in activity.topics)


def test_text_is_dropped(fake: Fake) -> None:
    visits = Visits(busy(fake), find=lambda text, tags: [text[:0]]).until_complete()
    kept = repr((visits.activity, visits.observations, visits.cursors))
    assert SECRET not in kept


def test_a_forum_s_categories_are_topics_and_are_asked_for_once() -> None:
    fake = busy(FakeDiscourse())
    visits = Visits(fake)
    visits.visit()
    asked = [request.url.path for request in visits.seen if request.url.path.startswith("/c/")]
    assert asked == ["/c/3/show.json"]
    fake.write(fake.now - 60, "gears")
    visits.until_complete()
    assert not [request for request in visits.seen if request.url.path.startswith("/c/")]
    posts = [each for each in visits.activity.values() if each.verb == "Create"]
    assert len(posts) == 4
    assert all("workshop" in post.topics for post in posts)


WITHOUT_TEXT = {"wikipedia": "titles are tags already, and what is written there is an encyclopedia's"}


def test_topics_are_found_in_texts(fake: Fake) -> None:
    def find(text: str, tags: Sequence[str]) -> list[str]:
        assert isinstance(tags, list)
        return ["found"] if SECRET in text else []

    visits = Visits(busy(fake), find=find).until_complete()
    found = [each for each in visits.activity.values() if "found" in each.topics]
    assert bool(found) == (fake.network.name not in WITHOUT_TEXT)
    again = Visits(fake, find=find).until_complete()
    assert again.activity == visits.activity


def test_a_cursor_fits_into_the_table(fake: Fake) -> None:
    for number in range(700):
        post = fake.write(fake.now - 60 * number - 60, *(f"a-rather-long-tag-{tag}" for tag in range(8)))
        fake.react(post, fake.verbs[0], number + 1, fake.now - 30)
    visits = Visits(fake)
    visits.visit()
    assert max(len(repr(cursor)) for cursor in visits.cursors) < MAX_DOC


# failures


def answer_to(number: int, status: int, headers: dict[str, str] | None = None, content: bytes = b"") -> Any:
    """A fault: the request with this number is answered so."""

    def fault(seen: int, request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(status, headers=headers, content=content) if seen == number else None

    return fault


@pytest.mark.parametrize("form", ["seconds", "date"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_host_that_says_when_to_come_again_is_obeyed(fake: Fake, form: str, number: int) -> None:
    visits = Visits(busy(fake))
    wait = {"seconds": "7", "date": email.utils.formatdate(fake.now + 7, usegmt=True)}[form]
    number = min(number, 2) if fake.anonymous else number  # with nobody to look up, a visit may be two requests
    visits.visit(answer_to(number, 429, {"Retry-After": wait}))
    if visits.requests < number:
        pytest.skip("a visit takes fewer requests here")
    assert 6 <= max(visits.clock.slept) <= 8
    assert visits.until_complete().deeds() == fake.deeds()


def test_a_host_that_wants_to_be_left_alone_for_long_is_left_and_nothing_is_lost(fake: Fake) -> None:
    visits = Visits(busy(fake))
    with pytest.raises(HostResting) as raised:
        visits.visit(answer_to(2, 429, {"Retry-After": "3600"}))
    assert raised.value.until == pytest.approx(fake.now + 3600, abs=2)
    assert visits.requests == 2
    fake.now += 3601
    assert visits.until_complete().deeds() == fake.deeds()


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_server_error_is_tried_again(fake: Fake, status: int) -> None:
    visits = Visits(busy(fake))
    visits.visit(answer_to(2, status))
    assert visits.until_complete().deeds() == fake.deeds()


def always(error: Exception | httpx.Response) -> Any:
    def fault(seen: int, request: httpx.Request) -> httpx.Response:
        if isinstance(error, Exception):
            raise error
        return error

    return fault


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        (httpx.Response(500), RetriableError),
        (httpx.ReadTimeout("slow"), RetriableError),
        (httpx.ConnectError("no address"), RetriableError),
        (httpx.Response(503), HostResting),
        (
            httpx.Response(200, content=b'{"data": {"user"', headers={"content-type": "application/json"}),
            RetriableError,
        ),
        (httpx.Response(200, content=b"<html>", headers={"content-type": "text/html"}), SkippableError),
        (httpx.Response(200, content=b"[" * 100_000, headers={"content-type": "application/json"}), SkippableError),
        (httpx.Response(418), SkippableError),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_no_proper_answer_is_an_error_of_its_kind(fake: Fake, what: Any, kind: type[Exception]) -> None:
    visits = Visits(fake)
    with pytest.raises(kind):
        visits.visit(always(what))
    assert (visits.cursor, visits.activity) == (None, {})
    assert visits.requests <= 3


@pytest.mark.parametrize("doc", [None, [], {}, 3, "text", {"data": {"user": []}}, [None, 3, {"id": 3}], {"hits": [3]}])
def test_json_of_another_shape_is_no_crash(fake: Fake, doc: Any) -> None:
    """Whatever a server says, it is a skipped account or an account without news."""
    visits = Visits(fake)
    try:
        visits.visit(always(httpx.Response(200, json=doc)))
    except (SkippableError, RetriableError):
        assert visits.cursor is None
    assert visits.activity == {}


def test_a_token_that_is_refused_is_fatal_only_where_there_is_one(fake: Fake) -> None:
    kind = FatalError if fake.network.secret and fake.network.secret.needed else SkippableError
    with pytest.raises(kind):
        Visits(fake).visit(always(httpx.Response(401, json={"message": "Bad credentials"})))


class Repeating(Server):
    """A server that shows the first page of everything, whichever is asked for."""

    def __init__(self, fake: Fake) -> None:
        super().__init__(fake)
        self.first: dict[Any, httpx.Response] = {}
        self.repeated = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("content-type") == "application/json":
            asked = json.loads(request.content)
            filters = [{**each, "until": 0} for each in asked.get("filters", ())]
            key: Any = (asked.get("operationName"), asked.get("variables", {}).get("name"), filters)
        else:
            pages = {
                "after",
                "bookmark",
                "cursor",
                "max_id",
                "page",
                "pageToken",
                "pagination_token",
                "numericFilters",
                "uccontinue",
                "lecontinue",
                "rvcontinue",
            }
            key = (request.url.path, [pair for pair in request.url.params.multi_items() if pair[0] not in pages])
        answer = super().handle_request(request)
        self.repeated += str(key) in self.first
        return self.first.setdefault(str(key), answer)


def test_pages_that_repeat_come_to_an_end(fake: Fake) -> None:
    for number in range(2 * fake.page + 3):
        fake.write(fake.now - 60 * number - 60)
    for who in range(1, 700):
        fake.react(fake.posts[0], fake.verbs[0], who, fake.now - 50)
    fake.followers = list(range(1, 300))
    if isinstance(fake, FakeGitHub):
        star = {"type": "WatchEvent", "actor": {"login": "ada"}, "repo": {"name": "far/away"}, "payload": {}}
        fake.events = [{**star, "id": str(9000 - n), "created_at": "2026-11-01T00:00:00Z"} for n in range(250)]
    server = Repeating(fake)
    found = list(fake.network.collect(fake.account, None, client(server, Clock(fake.now)), fake.now))
    assert server.repeated  # or the name of this network's next page is missing above
    assert len(server.seen) < 40
    assert found[-1].complete
    least = fake.page if fake.anonymous else 100
    assert len({activity.id for batch in found for activity in batch.activity}) >= least


def reordered(value: Any) -> Any:
    """The document with every list the other way round, but for those that somebody has signed."""
    if isinstance(value, dict):
        return value if "sig" in value else {key: reordered(each) for key, each in value.items()}
    return [reordered(each) for each in reversed(value)] if isinstance(value, list) else value


def test_pages_in_another_order_lose_nothing(fake: Fake) -> None:
    def other_way_round(number: int, request: httpx.Request) -> httpx.Response:
        answer = fake.answer(request)
        kept = {name: value for name, value in answer.headers.items() if name in ("etag", "link")}
        if not answer.headers.get("content-type", "").startswith("application/json") or answer.status_code != 200:
            return answer
        return httpx.Response(200, json=reordered(answer.json()), headers=kept)

    visits = Visits(busy(fake))
    for _ in range(3):
        visits.visit(other_way_round)
    assert visits.complete
    assert visits.deeds() == fake.deeds()
    fake.now += DAY
    fake.react(fake.posts[0], fake.verbs[-1], 77, fake.now - 500)
    fake.write(fake.now - 1000, "news")
    visits.visit(other_way_round)
    assert visits.deeds() == fake.deeds()


KINDS: Final = ("500", "timeout", "resting", "broken")


def from_request(number: int, kind: str) -> Fault:
    """A fault: all requests from this one on fail."""
    return lambda seen, request: strike(kind) if seen >= number else None


def strike(kind: str) -> httpx.Response:
    if kind == "timeout":
        raise httpx.ReadTimeout("slow")
    if kind == "resting":
        return httpx.Response(429, headers={"retry-after": "4000"})
    if kind == "broken":
        return httpx.Response(200, content=b'{"hits": [', headers={"content-type": "application/json"})
    return httpx.Response(500)


@pytest.mark.parametrize("made", FAKES, ids=lambda made: made.network.name)
@settings(max_examples=settings().max_examples // 4)
@given(posts=st.integers(0, 6), strikes=st.lists(st.tuples(st.integers(1, 12), st.sampled_from(KINDS)), max_size=4))
def test_interrupted_at_any_request_the_same_is_found(
    made: type[Fake], posts: int, strikes: list[tuple[int, str]]
) -> None:
    whole = Visits(busy(made(), posts)).until_complete()
    fake = busy(made(), posts)
    visits = Visits(fake)
    for number, kind in strikes:
        with contextlib.suppress(RetriableError):  # the cursor of the last batch leads on from there
            visits.visit(from_request(number, kind))
        visits.clock = Clock(float(fake.now))
    visits.until_complete()
    assert visits.activity == whole.activity
    assert visits.observations == whole.observations


@pytest.mark.parametrize("made", FAKES, ids=lambda made: made.network.name)
@settings(max_examples=settings().max_examples // 4)
@given(happenings=st.lists(st.sampled_from(["post", "react", "delete", "day", "hour", "back"]), max_size=14))
def test_a_cursor_never_goes_backwards_and_nothing_is_found_twice(made: type[Fake], happenings: list[str]) -> None:
    fake = made()
    visits = Visits(fake)
    expected: set[Any] = set()
    for number, what in enumerate(happenings):
        if what == "post":
            fake.write(fake.now - 1800, "engines")
        elif what == "react" and fake.posts:
            fake.react(fake.posts[-1], fake.verbs[number % len(fake.verbs)], number + 1, fake.now - 60)
        elif what == "delete" and fake.posts:
            fake.posts.pop()
        else:
            fake.now += {"day": DAY, "hour": 3600, "back": -3600}.get(what, 0)
        visits.until_complete()
        expected |= fake.deeds()
        assert expected <= visits.deeds()
    moments = [cursor["since"] for cursor in visits.cursors]
    assert moments == sorted(moments)
    assert len({tuple(each)[1:6] for each in visits.activity.values()}) == len(visits.activity)


# proofs and names


def test_the_profile_says_where_else_its_owner_is(fake: Fake) -> None:
    proof = fake.network.proof(fake.account, client(Server(fake), Clock(fake.now)))
    assert proof.account == fake.account
    assert proof.evidence.startswith("https://")
    assert any("ada.example" in link for link in proof.links)
    assert set(proof.verified) <= set(proof.links)


def test_a_name_is_resolved_to_the_one_that_is_stored(fake: Fake) -> None:
    given_ = {"bluesky": "bluesky:Ada.example.com", "github": "github:@Ada", "mastodon": "mastodon:@Ada@Example.social"}
    name = given_.get(fake.network.name, fake.account)
    assert fake.network.resolve(name, client(Server(fake), Clock(fake.now))) == fake.account
    assert fake.network.host(fake.account)
    fake.closed = True
    with pytest.raises(Gone):
        fake.network.resolve(name, client(Server(fake), Clock(fake.now)))
