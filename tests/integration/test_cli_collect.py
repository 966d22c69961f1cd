"""The commands that ask networks, over made-up servers."""

import json
import time
from pathlib import Path

import pytest

from renown import people
from renown.lake import FolderLake
from renown.networks import hosts
from tests.contract.fakes.hackernews import FakeHackerNews
from tests.contract.fakes.mastodon import FakeMastodon
from tests.contract.fakes.visits import Clock
from tests.contract.fakes.world import DAY, NOW
from tests.integration.conftest import Run
from tests.integration.test_collect import Servers, mastodon, opted_in


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> tuple[FakeMastodon, FakeHackerNews]:
    """Two made-up networks, on which eight people answered a post."""
    blog, news = mastodon(), FakeHackerNews()
    post = news.write(NOW - 2 * DAY, "gears")
    for who in range(1, 9):
        news.react(post, "Reply", who)
    clock = Clock(float(NOW))
    monkeypatch.setattr(time, "time", clock)
    monkeypatch.setattr(time, "sleep", clock.sleep)
    monkeypatch.setattr(hosts, "GuardedTransport", lambda **_: Servers(blog, news))
    monkeypatch.setenv("RENOWN_CONTACT", "https://example.org/contact")
    return blog, news


Fakes = tuple[FakeMastodon, FakeHackerNews]


def test_score_me(renown: Run, servers: Fakes) -> None:
    code, out, _ = renown("score-me", "mastodon:@Ada@Example.social", "hackernews:Ada_L")
    assert code == 0
    assert "mastodon:ada@example.social: visited" in out
    assert "14 people reacted" in out  # 1 to 3 like, 5 answers, 7 and 8 follow; 1 to 8 answer elsewhere
    assert "What counts most" in out
    code, again, _ = renown("score-me", "hackernews:Ada_L", "mastodon:ada@example.social", "--json")
    found = json.loads(again)
    assert code == 0
    assert found["score"]["reactors"] == 14
    assert [each["outcome"] for each in found["accounts"]] == ["visited", "visited"]
    assert f"Score {found['score']['score']:.1f}" in out


def test_score_me_says_what_could_not_be_had(renown: Run, servers: Fakes) -> None:
    servers[0].closed = True
    code, out, err = renown("score-me", "mastodon:ada@example.social", "hackernews:Ada_L")
    assert (code, err) == (0, "")
    assert "mastodon:ada@example.social: not found: " in out
    assert "8 people reacted" in out
    code, out, err = renown("score-me", "mastodon:ada@example.social")
    assert (code, out) == (2, "")
    assert err.startswith("renown: mastodon:ada@example.social: ")
    assert err.count("\n") == 1


def test_nobody_reacted(renown: Run, servers: Fakes) -> None:
    servers[1].posts.clear()
    servers[1].write(NOW - DAY, "gears")
    code, out, _ = renown("score-me", "hackernews:Ada_L")
    assert code == 0
    assert "there is no score" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ada"], "account 'ada': write it as network:id, for example mastodon:ada@example.social"),
        (["myspace:ada"], "myspace:ada: no network myspace; there are bluesky, "),
    ],
)
def test_what_is_no_account(renown: Run, servers: Fakes, arguments: list[str], said: str) -> None:
    code, out, err = renown("score-me", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"renown: {said}")


def test_networks_are_not_asked_without_a_contact(renown: Run) -> None:
    code, _, err = renown("score-me", "hackernews:Ada_L")
    assert code == 2
    assert err.startswith("renown: RENOWN_CONTACT: ")


def test_everybody_who_is_due_is_collected_once(renown: Run, servers: Fakes, tmp_path: Path) -> None:
    lake = FolderLake(tmp_path / "home" / "lake")
    people.save(lake, opted_in(servers[0].account, servers[1].account))
    code, out, _ = renown("collect", "--json")
    found = json.loads(out)
    assert code == 0
    assert [(each["network"], each["accounts"]) for each in found["networks"]] == [("hackernews", 1), ("mastodon", 1)]
    assert renown("collect") == (0, "", "")
    code, out, _ = renown("run", "--population", "profiles")
    assert code == 0
    assert "1 of" in out
    assert json.loads(renown("show", "@ada", "--json")[1])["reactors"] == 14


def test_the_networks(renown: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, _ = renown("networks")
    assert code == 0
    assert "RENOWN_SECRET_GITHUB" in out
    monkeypatch.setenv("RENOWN_SECRET_GITHUB", "made-up")
    found = {each["name"]: each for each in json.loads(renown("networks", "--json")[1])}
    assert (found["github"]["secret"], found["github"]["on"]) == ("needed", True)
    assert (found["mastodon"]["secret"], found["mastodon"]["on"]) == ("none", True)
    assert (found["youtube"]["secret"], found["youtube"]["on"]) == ("needed", False)
    assert all(each["collects"] and each["tested"] for each in found.values())
