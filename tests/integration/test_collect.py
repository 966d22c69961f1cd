"""Collecting: who is visited when, what is kept, and that nothing is lost or doubled whatever happens."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from renown import parts, people
from renown.activity import Activity
from renown.errors import FatalError, Gone, HostResting, RetriableError, SkippableError, Unwanted
from renown.lake import FolderLake, Lake
from renown.networks.base import DAY, Batch, Cursor, Network, Proof, Secret
from renown.networks.budget import Budget
from renown.networks.client import Client
from renown.people import Link, People, Profile
from renown.steps.collect import Collector, conclude
from renown.steps.due import cursor_key, due_key
from renown.steps.plan import plan
from renown.steps.score_me import account_of, score_me
from renown.steps.topics import finder
from renown.steps.visits import ACTIVE, DAILY, HOUR, WEEKLY, ignored
from renown.table import SqliteTable, Table
from renown.topics import store
from renown.topics.ontology import Topic, checked
from tests.contract.fakes.hackernews import FakeHackerNews
from tests.contract.fakes.mastodon import FakeMastodon
from tests.contract.fakes.visits import Clock, MemoryTable
from tests.contract.fakes.world import NOW, SECRET, Fake, Server
from tests.integration.dying import DyingLake, DyingTable, Killed, Life


class Made:
    """A network on which everybody has a new post a day; `trouble` says who cannot be had, and why."""

    name = "made"
    collects = "posts"
    secret: Secret | None = None

    def __init__(self, trouble: dict[str, Exception] | None = None) -> None:
        self.trouble = trouble or {}
        self.visited: list[str] = []
        self.quiet: set[str] = set()
        self.owed = 0

    def host(self, account: str) -> str:
        return account.partition("@")[2]

    def resolve(self, given: str, client: Client) -> str:
        return given

    def collect(self, account: str, cursor: Cursor | None, client: Client, now: int) -> Iterator[Batch]:
        self.visited.append(account)
        first = cursor["day"] + 1 if cursor else now // DAY - 2
        for day in () if account in self.quiet else range(first, now // DAY + 1):
            post = Activity(f"{account}:{day}", "made", "Create", account, account, f"{account}/{day}", day * DAY, now)
            self.owed -= 1
            yield Batch([post], [], [], {"day": day}, complete=self.owed < 0)
        if account in self.trouble:
            raise self.trouble[account]

    def proof(self, account: str, client: Client) -> Proof:
        return Proof(account, f"https://made.example/{account}")


class Servers(httpx.BaseTransport):
    """All made-up servers at once."""

    def __init__(self, *fakes: Fake) -> None:
        self.servers = {fake.network.name: Server(fake) for fake in fakes}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        is_mastodon = request.url.host == "example.social"
        return self.servers["mastodon" if is_mastodon else "hackernews"].handle_request(request)


def opted_in(*accounts: str, unproved: str | None = None) -> People:
    at = datetime.fromtimestamp(NOW - DAY, UTC)
    links = tuple(Link(account=account, proof="https://proof.example", proved_at=at) for account in accounts)
    more = (Link(account=unproved),) if unproved else ()
    return People(profiles=(Profile(handle="ada", name="Ada", opted_in_at=at, links=(*links, *more)),))


class Place:
    """A lake, a table and a clock, and one person whose accounts are collected."""

    def __init__(self, folder: Path, network: Network, *accounts: str, transport: httpx.BaseTransport | None = None):
        self.clock = Clock(float(NOW))
        self.lake: Lake = FolderLake(folder / "lake")
        self.table: Table = SqliteTable(folder / "table.sqlite")
        self.networks = {network.name: network}
        self.transport = transport or httpx.MockTransport(lambda request: httpx.Response(500))
        self.stop: Callable[[], bool] = lambda: False
        people.save(self.lake, opted_in(*accounts, unproved=f"{network.name}:unproved@a"))

    def collector(self) -> Collector:
        budget, find = Budget(MemoryTable(), self.clock), finder(self.lake)
        client = Client(self.transport, budget, contact="made-up", clock=self.clock, sleep=self.clock.sleep, find=find)
        return Collector(self.lake, self.table, self.networks, lambda: client, self.clock, self.stop)

    def planned(self) -> list[Any]:
        return plan(self.lake, self.table, self.networks, int(self.clock.now))["batches"]

    def run(self) -> dict[str, Any]:
        """One run; what visits came to."""
        collector = self.collector()
        concluded = conclude(self.lake, [collector.collect(batch) for batch in self.planned()])
        return concluded["networks"][0] if concluded["networks"] else {}

    def ids(self) -> list[str]:
        return sorted(row.id for row in parts.read(self.lake))


def test_who_is_due_is_visited_and_nobody_else(tmp_path: Path) -> None:
    network = Made()
    place = Place(tmp_path, network, "made:ada@a", "made:ada@b", "elsewhere:ada")
    assert place.planned() == [{"network": "made", "hosts": ["a"]}, {"network": "made", "hosts": ["b"]}]
    found = place.run()
    assert network.visited == ["made:ada@a", "made:ada@b"]
    assert (found["accounts"], found["activity"], found["complete"], found["skipped"]) == (2, 6, True, {})
    assert place.run() == {}
    place.clock.now += DAILY
    assert place.run()["activity"] == 2
    assert len(place.ids()) == len(set(place.ids())) == 8


def test_who_has_had_nothing_new_for_two_weeks_is_visited_weekly(tmp_path: Path) -> None:
    network = Made()
    place = Place(tmp_path, network, "made:ada@a")
    place.run()
    network.quiet.add("made:ada@a")
    while place.clock.now <= NOW + ACTIVE:
        place.clock.now += DAILY
        place.run()
    visits = len(network.visited)
    place.clock.now += WEEKLY - 1
    place.run()
    assert len(network.visited) == visits
    place.clock.now += 1
    network.quiet.clear()
    place.run()
    place.clock.now += DAILY
    place.run()
    assert len(network.visited) == visits + 2


@pytest.mark.parametrize(
    ("error", "outcome", "wait"),
    [
        (RetriableError("HTTP 500"), "no proper answer", HOUR),
        (Gone("not there"), "gone", WEEKLY),
        (Unwanted("noindex"), "asks to be left alone", WEEKLY),
        (SkippableError("HTTP 403"), "not shown", DAILY),
        (KeyError("a field that is always there"), "defect", DAILY),
    ],
)
def test_one_bad_account_does_not_stop_the_others(
    tmp_path: Path, error: Exception, outcome: str, wait: int, caplog: pytest.LogCaptureFixture
) -> None:
    network = Made({"made:bad@a": error})
    place = Place(tmp_path, network, "made:ada@a", "made:bad@a", "made:zoe@a")
    found = place.run()
    assert network.visited == ["made:ada@a", "made:bad@a", "made:zoe@a"]
    assert (found["accounts"], found["skipped"], found["complete"]) == (2, {outcome: 1}, True)
    assert len(place.ids()) == 9  # what was found before the error is kept
    item = place.table.get(*due_key("made:bad@a"))
    assert item
    assert item.doc["next"] == NOW + wait
    assert item.doc["outcome"] == outcome
    assert "a field" not in caplog.text + item.doc["said"]  # what a defect says may be what a network said


def test_a_host_that_rests_is_left_alone_and_the_others_go_on(tmp_path: Path) -> None:
    network = Made({"made:bad@a": HostResting("a", NOW + 500)})
    place = Place(tmp_path, network, "made:bad@a", "made:zoe@a", "made:zoe@b")
    place.collector()
    found = place.collector().collect({"network": "made", "hosts": ["a", "b"]})
    assert network.visited == ["made:bad@a", "made:zoe@b"]
    assert found["skipped"] == {"host resting": 2}
    assert place.planned() == [{"network": "made", "hosts": ["a"]}]  # whom it kept waiting is still due
    place.clock.now += 500
    network.trouble.clear()
    assert place.run()["accounts"] == 2


def test_a_network_that_needs_its_operator_is_asked_once(tmp_path: Path) -> None:
    network = Made({"made:ada@a": FatalError("no token")})
    place = Place(tmp_path, network, "made:ada@a", "made:bob@a", "made:zoe@a")
    assert place.run()["skipped"] == {"network closed": 3}
    assert network.visited == ["made:ada@a"]


def test_when_the_time_is_over_the_rest_is_handed_back(tmp_path: Path) -> None:
    network = Made()
    place = Place(tmp_path, network, "made:ada@a", "made:bob@a", "made:zoe@a")
    (batch,) = place.planned()
    so_far = None
    for calls in (2, 2, 3, 99):
        left = iter(range(calls))
        place.stop = lambda left=left: next(left, None) is None  # type: ignore[misc]  # an argument that keeps the value
        so_far = place.collector().collect(batch, so_far)
        if so_far["complete"]:
            break
        assert place.planned() == [batch]
    assert so_far
    assert (so_far["accounts"], so_far["activity"], so_far["complete"]) == (3, 9, True)
    assert len(network.visited) > 3
    assert len(place.ids()) == len(set(place.ids())) == 9


def test_what_is_owed_is_asked_for_in_the_same_run_a_few_times(tmp_path: Path) -> None:
    network = Made()
    network.owed = 6
    place = Place(tmp_path, network, "made:ada@a")
    place.run()
    assert network.visited == ["made:ada@a"] * 2


def test_of_two_visits_at_once_one_is_first(tmp_path: Path) -> None:
    network = Made()
    place = Place(tmp_path, network, "made:ada@a")
    (batch,) = place.planned()
    other = place.collector()

    class Slow(Made):
        """While it answers, somebody else visits the account."""

        def collect(self, account: str, cursor: Cursor | None, client: Client, now: int) -> Iterator[Batch]:
            if cursor is None:
                other.collect(batch)
            return super().collect(account, cursor, client, now)

    place.networks = {"made": Slow()}
    found = place.collector().collect(batch)
    assert (found["accounts"], found["skipped"]) == (0, {"visited by another": 1})
    assert len(place.ids()) == len(set(place.ids())) == 3


def test_a_defect_of_lake_or_table_is_no_bad_account(tmp_path: Path) -> None:
    place = Place(tmp_path, Made(), "made:ada@a")

    def failing(key: str, path: Path) -> None:
        raise RetriableError("S3 does not answer")

    place.lake.put = failing  # type: ignore[method-assign]  # only this lake
    with pytest.raises(RetriableError, match="S3"):
        place.run()
    assert place.table.get(*due_key("made:ada@a")) is None


def test_hosts_share_batches_where_there_are_very_many(tmp_path: Path) -> None:
    place = Place(tmp_path, Made(), *(f"made:ada@{number:03}" for number in range(99)))
    batches = place.planned()
    assert len(batches) == 40
    assert sorted(host for batch in batches for host in batch["hosts"]) == [f"{number:03}" for number in range(99)]


def mastodon() -> FakeMastodon:
    fake = FakeMastodon()
    fake.followers = [7, 8]
    for number in range(3):
        post = fake.write(NOW - DAY * (number + 1), "gears")
        for who in range(1, 4):
            fake.react(post, "Like", who)
        fake.react(post, "Reply", 5)
    return fake


def test_killed_at_any_write_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    fake = mastodon()
    whole = Place(tmp_path / "whole", fake.network, fake.account, transport=Server(fake))
    whole.run()
    expected, cursor = whole.ids(), whole.table.get(*cursor_key(fake.account))
    assert len(expected) > 15
    assert cursor

    writes = 0
    while True:
        place = Place(tmp_path / str(writes), fake.network, fake.account, transport=Server(fake))
        lake, table, life = place.lake, place.table, Life(writes)
        place.lake, place.table = DyingLake(lake, life), DyingTable(table, life)
        try:
            place.run()
        except Killed:
            killed = True
        else:
            killed = False
        place.lake, place.table = lake, table
        place.run()
        again = place.table.get(*cursor_key(fake.account))
        assert sorted(set(place.ids())) == place.ids() == expected
        assert again
        assert again.doc == cursor.doc
        if not killed:
            break
        writes += 1
    assert writes >= 4


def test_the_second_day_brings_only_what_is_new(tmp_path: Path) -> None:
    fake = mastodon()
    place = Place(tmp_path, fake.network, fake.account, transport=Server(fake))
    first = place.run()
    place.clock.now = fake.now = NOW + DAILY
    second = place.run()
    assert (first["requests"], first["unchanged"]) > (5, 0)
    assert (second["requests"], second["unchanged"], second["activity"]) == (2, 2, 0)
    post = fake.write(fake.now - 60, "gears")
    fake.react(post, "Like", 9)
    place.clock.now = fake.now = fake.now + DAILY
    assert place.run()["activity"] == 2


def test_an_ontology_s_topics_are_found_in_what_people_write_and_nothing_else_of_it_is_kept(tmp_path: Path) -> None:
    fake = mastodon()
    place = Place(tmp_path, fake.network, fake.account, transport=Server(fake))
    person = Topic("person", {"en": "Person", "de": "Mensch"})
    store.write(place.lake, checked([person], None, (), "made up"))
    place.run()
    assert all("person" in row.topics for row in parts.read(place.lake) if row.verb == "Create")
    rows = repr(list(parts.read(place.lake)))
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert SECRET not in rows
    assert SECRET.encode() not in stored


def test_score_me(tmp_path: Path) -> None:
    blog, news = mastodon(), FakeHackerNews()
    post = news.write(NOW - 2 * DAY, "gears")
    for who in range(1, 9):
        news.react(post, "Reply", who)
    place = Place(tmp_path, blog.network, transport=Servers(blog, news))
    place.networks = {"mastodon": blog.network, "hackernews": news.network}
    collector = place.collector()
    accounts = [account_of(given, collector) for given in (blog.account, "hackernews:Ada_L")]
    assert accounts == [blog.account, news.account]
    report, outcomes = score_me(collector, accounts, "2026-11c", ignored)
    assert [each["outcome"] for each in outcomes] == ["visited", "visited"]
    assert report
    assert (report.scored, report.accounts) == (1, 1)
    news.closed = True
    report, outcomes = score_me(place.collector(), accounts, "2026-11c", ignored)
    assert report
    assert [each["outcome"] for each in outcomes] == ["visited", "gone"]
