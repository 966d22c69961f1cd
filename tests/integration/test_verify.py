"""Verify: links proved over made-up servers, by both sides, and what becomes of them in time."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from moto import mock_aws

from renown import erased, parts, people
from renown.errors import NotFound
from renown.lake import FolderLake, Lake, S3Lake
from renown.networks.registry import NETWORKS
from renown.people import Link, Profile
from renown.steps.people import add, link, unlink
from renown.steps.score import score
from renown.steps.verify import AGAIN, RECHECK, SILENCE, verify
from tests.contract.fakes.bluesky import FakeBluesky, did
from tests.contract.fakes.github import FakeGitHub
from tests.contract.fakes.hackernews import FakeHackerNews
from tests.contract.fakes.mastodon import FakeMastodon
from tests.contract.fakes.stackexchange import FakeStackExchange
from tests.contract.fakes.visits import Clock, client
from tests.contract.fakes.world import NOW, SECRET
from tests.integration.dying import DyingLake, Killed, Life
from tests.integration.test_replay import activity

SITE = "https://renown.example"
PAGE = f"{SITE}/@ada"
TOOT, CODE, NEWS = "mastodon:ada@example.social", "github:ada", "hackernews:Ada_L"
SKY, STACK = f"bluesky:{did(0)}", "stackexchange:engines/7"
SERVERS = {
    "example.social": (FakeMastodon(), "https://ada.example/?a=1&amp;b=2"),
    "api.github.com": (FakeGitHub(), '"https://ada.example"'),
    "hacker-news.firebaseio.com": (FakeHackerNews(), "https:&#x2F;&#x2F;ada.example"),
    "public.api.bsky.app": (FakeBluesky(), "https://ada.example/notes"),
    "plc.directory": (FakeBluesky(), "https://ada.example/notes"),
    "api.stackexchange.com": (FakeStackExchange(), "https://ada.example/"),
}
"""By host: a made-up server, and where in its answers it stands what the person names."""


class Web(httpx.BaseTransport):
    """The made-up servers side by side, and pages; `says` is what a person names there, by account."""

    def __init__(self, says: dict[str, str], pages: dict[str, str] | None = None) -> None:
        self.says, self.pages = says, pages or {}
        self.down: set[str] = set()
        self.seen: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        self.seen.append(host)
        if host in self.down:
            raise httpx.ConnectError("nobody is there")
        if host not in SERVERS:
            page = self.pages.get(f"https://{host}{request.url.path}")
            kind = {"content-type": "text/html"}
            return httpx.Response(200, text=page, headers=kind) if page else httpx.Response(404)
        fake, slot = SERVERS[host]
        answer = fake.answer(request)
        named = self.says.get(fake.account, "https://nowhere.example/")
        body = answer.text.replace(slot, f'"{named}"' if slot.startswith('"') else named)
        return httpx.Response(answer.status_code, text=body, headers={"content-type": "application/json"})


@pytest.fixture(params=["folder", "s3"])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lake]:
    if request.param == "folder":
        yield FolderLake(tmp_path / "lake")
        return
    with mock_aws():
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        yield S3Lake("lake", s3, tmp_path / "cache")


def ada(lake: Lake, *accounts: str, handle: str = "ada") -> None:
    add(lake, handle, handle.title(), how="said so", now=NOW)
    for account in accounts:
        link(lake, handle, account, NETWORKS)


def check(lake: Lake, web: Web, now: int = NOW, **more: Any) -> dict[str, tuple[str, str]]:
    """Verifies at `now`; state and words by account."""
    found = verify(lake, NETWORKS, client(web, Clock(now)), now=now, **{"site": SITE, **more})
    return {each["account"]: (each["state"], each["said"]) for each in found["links"]}


def kept(lake: Lake, handle: str = "ada") -> dict[str, Link]:
    profile = people.load(lake).named(handle)
    assert profile
    return {each.account: each for each in profile.links}


def profile_of(lake: Lake) -> Profile:
    (profile,) = people.load(lake).profiles
    return profile


def moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def test_from_the_profiles_page_over_every_account_that_names_and_is_named(lake: Lake) -> None:
    ada(lake, "mastodon:@Ada@example.social", CODE, NEWS, STACK, "bluesky:ada.example.com")
    web = Web({CODE: PAGE, TOOT: "https://github.com/ada", NEWS: "https://github.com/ada"})
    found = check(lake, web)
    assert found.pop(CODE) == ("proved", f"it names {PAGE}")
    assert found.pop(TOOT) == ("proved", f"it and {CODE} name each other")  # GitHub lists it as a social account
    assert {state for state, _ in found.values()} == {"failed"}
    assert "names neither the profile's page nor an account" in found[NEWS][1]
    assert set(kept(lake)) == {TOOT, CODE, NEWS, STACK, SKY}
    assert profile_of(lake).accounts == (TOOT, CODE)
    assert kept(lake)[TOOT].proof == "https://example.social/@ada"
    assert kept(lake)[TOOT].proved_at == moment(NOW)
    web.says |= {NEWS: PAGE, SKY: PAGE, STACK: PAGE}
    check(lake, web, NOW + RECHECK)
    assert all(each.proof for each in kept(lake).values())
    assert kept(lake)[TOOT].proved_at == moment(NOW)
    assert kept(lake)[NEWS].proved_at == moment(NOW + RECHECK)
    check_ = kept(lake)[TOOT].check
    assert check_
    assert check_.at == moment(NOW + RECHECK)


def test_accounts_of_somebody_else_are_nobodys_proof(lake: Lake) -> None:
    """They name each other, and the claim is Mallory's."""
    ada(lake, TOOT, CODE, handle="mallory")
    web = Web({TOOT: "https://github.com/ada", CODE: PAGE})
    assert {state for state, _ in check(lake, web).values()} == {"failed"}
    assert {state for state, _ in check(lake, web, site=None, handles=["mallory"]).values()} == {"proved"}


def test_a_page_of_ones_own_is_looked_up(lake: Lake) -> None:
    ada(lake, TOOT, NEWS, SKY)
    web = Web({TOOT: "https://ada.example/me", NEWS: "https://ada.example/me"})
    web.pages = {
        "https://ada.example/me": f'<a rel="me" href="{PAGE}">R</a><a rel="me" href="https://example.social/@ada">M</a>',
        "https://ada.example.com/": f'<link rel="me" href="{PAGE}">',
    }
    found = check(lake, web)
    assert found[TOOT] == ("proved", "it and https://ada.example/me name each other")
    assert found[SKY] == ("proved", f"it names {PAGE}")  # its handle's domain does
    assert found[NEWS][0] == "failed"
    web.pages["https://ada.example/me"] = "moved"
    web.down = {"ada.example"}
    assert check(lake, web, NOW + RECHECK)[TOOT][0] == "silent"


def test_two_failures_in_a_row_unlink_and_say_why(lake: Lake) -> None:
    ada(lake, CODE)
    web = Web({CODE: PAGE})
    check(lake, web)
    web.says = {}
    assert check(lake, web, NOW + RECHECK)[CODE][0] == "failed"
    assert kept(lake)[CODE].proof
    web.says = {CODE: PAGE}
    assert check(lake, web, NOW + RECHECK + AGAIN)[CODE][0] == "proved"
    assert kept(lake)[CODE].proved_at == moment(NOW)
    web.says = {}
    later = NOW + 2 * RECHECK + AGAIN
    assert check(lake, web, later)[CODE][0] == "failed"
    assert check(lake, web, later + AGAIN - 1) == {}
    state, said = check(lake, web, later + AGAIN)[CODE]
    assert state == "unlinked"
    assert said.startswith(
        "unlinked after 2 failures in a row: https://github.com/ada names neither the profile's page"
    )
    unlinked = kept(lake)[CODE]
    assert (unlinked.proof, unlinked.proved_at, unlinked.check and unlinked.check.said) == (None, moment(NOW), said)
    assert profile_of(lake).accounts == ()
    web.says = {CODE: PAGE}
    assert check(lake, web, later + 2 * AGAIN)[CODE][0] == "proved"
    assert kept(lake)[CODE].proved_at == moment(later + 2 * AGAIN)


def test_silence_is_no_failure_until_it_lasts(lake: Lake) -> None:
    ada(lake, TOOT, CODE)
    web = Web({CODE: PAGE, TOOT: "https://github.com/ada"})
    check(lake, web)
    web.down = {"api.github.com"}
    for day in range(3):
        found = check(lake, web, NOW + RECHECK + day * AGAIN)
        assert found[CODE][0] == found[TOOT][0] == "silent"  # what proves the one is the other
        assert found[TOOT][1] == "an account or page that may prove it did not answer"
    assert profile_of(lake).accounts == (TOOT, CODE)
    assert kept(lake)[CODE].check.silent_since == moment(NOW + RECHECK)  # type: ignore[union-attr]  # it was checked
    web.down = set()
    assert check(lake, web, NOW + RECHECK + 3 * AGAIN)[CODE][0] == "proved"
    web.down = {"api.github.com"}
    first = NOW + 2 * RECHECK + 3 * AGAIN
    for at, state in ((first, "silent"), (first + SILENCE + 1, "failed"), (first + SILENCE + AGAIN + 1, "unlinked")):
        assert check(lake, web, at)[CODE][0] == state
    web.says = {TOOT: PAGE}
    assert check(lake, web, first + 2 * SILENCE)[TOOT][0] == "proved"


def test_what_the_operator_has_to_mend_is_no_failure(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    ada(lake, CODE)
    check(lake, Web({CODE: PAGE}))
    monkeypatch.setattr("tests.contract.fakes.visits.ACCESS", {})
    for at in (NOW + RECHECK, NOW + RECHECK + SILENCE + 1):
        state, said = check(lake, Web({CODE: PAGE}), at)[CODE]
        assert (state, "token" in said) == ("silent", True)
    assert profile_of(lake).accounts == (CODE,)


def test_a_defect_is_that_accounts_trouble_only(lake: Lake, caplog: pytest.LogCaptureFixture) -> None:
    class Odd(Web):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.host in ("api.github.com", "ada.example"):
                raise TypeError(SECRET)
            return super().handle_request(request)

    ada(lake, CODE, NEWS, TOOT)
    found = check(lake, Odd({NEWS: PAGE, TOOT: "https://ada.example/"}))
    assert found[CODE] == ("silent", "a defect of Renown: TypeError")
    assert (found[NEWS][0], found[TOOT][0]) == ("proved", "failed")
    assert "a defect: TypeError" in caplog.text
    assert SECRET not in caplog.text


def test_it_stops_and_goes_on_with_whoever_was_not_looked_at_for_longest(lake: Lake) -> None:
    for handle, account in (("ann", STACK), ("bob", NEWS), ("cy", TOOT)):
        ada(lake, account, handle=handle)
    web, turns = Web({}), iter([False, True])
    web.down = {"api.stackexchange.com"}

    def go(now: int, **more: Any) -> tuple[int, int, list[str]]:
        done = verify(lake, NETWORKS, client(web, Clock(now)), now=now, site=SITE, **more)
        return done["profiles"], done["left"], [each["handle"] for each in done["links"]]

    assert go(NOW, stop=lambda: next(turns)) == (1, 2, ["ann"])
    assert go(NOW + 60) == (2, 0, ["bob", "cy"])
    assert go(NOW + 120) == (0, 0, [])
    turns = iter([False, True])
    assert go(NOW + AGAIN + 60, stop=lambda: next(turns)) == (1, 2, ["ann"])
    assert go(NOW + AGAIN + 61, handles=["cy", "cy"]) == (1, 0, ["cy"])
    with pytest.raises(NotFound, match="zoe: there is no such profile"):
        go(NOW, handles=["ann", "zoe"])


def test_killed_at_every_write_the_next_one_ends_it(tmp_path: Path) -> None:
    def made(name: str) -> FolderLake:
        lake = FolderLake(tmp_path / name)
        for handle, account in (("ann", STACK), ("bob", NEWS), ("cy", TOOT)):
            ada(lake, account, handle=handle)
        return lake

    web = Web({STACK: f"{SITE}/@ann", NEWS: f"{SITE}/@bob"})
    whole = made("whole")
    check(whole, web)
    for death in range(3):
        lake = made(f"killed-{death}")
        with pytest.raises(Killed):
            check(DyingLake(lake, Life(death)), web)
        check(lake, web)
        assert people.load(lake) == people.load(whole)


def test_one_account_has_one_owner_however_it_is_written(lake: Lake) -> None:
    ada(lake, "bluesky:ada.example.com", SKY)
    ada(lake, "bluesky:@ada.example.com", handle="mallory")
    web = Web({SKY: PAGE})
    found = verify(lake, NETWORKS, client(web, Clock(NOW)), now=NOW, site=SITE)["links"]
    assert [(each["handle"], each["state"]) for each in found] == [
        ("ada", "proved"),
        ("ada", "proved"),
        ("mallory", "failed"),
    ]
    assert found[2]["said"] == f"{SKY} is linked to another profile"
    assert list(kept(lake)) == [SKY]
    assert list(kept(lake, "mallory")) == ["bluesky:@ada.example.com"]


def test_what_changes_while_it_asks_stays(lake: Lake) -> None:
    ada(lake, CODE, NEWS)
    web = Web({CODE: PAGE})

    class Meanwhile(Web):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if not self.seen:
                unlink(lake, "ada", NEWS)
                link(lake, "ada", TOOT, NETWORKS)
            return super().handle_request(request)

    assert list(check(lake, Meanwhile(web.says))) == [CODE]
    assert (list(kept(lake)), kept(lake)[TOOT].check) == ([CODE, TOOT], None)

    class Erasing(Web):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            gone = erased.add(lake, ["@ada", CODE], "salt")
            people.change(lake, lambda known: known.without(gone.__contains__))
            return super().handle_request(request)

    assert check(lake, Erasing(web.says), NOW + RECHECK) == {}
    assert people.load(lake).profiles == ()


def test_checking_again_makes_no_other_run(tmp_path: Path) -> None:
    lake = FolderLake(tmp_path / "lake")
    parts.write(lake, activity(1_778_000_000, 5))
    ada(lake, CODE, NEWS)
    web = Web({CODE: PAGE})
    check(lake, web)
    report, new = score(lake)
    assert new
    for at in (NOW + AGAIN, NOW + RECHECK):
        check(lake, web, at)
        assert score(lake) == (report, False)
    web.says = {}
    check(lake, web, NOW + 2 * RECHECK)
    assert score(lake) == (report, False)
    check(lake, web, NOW + 3 * RECHECK)
    assert score(lake)[1]


def test_nothing_due_asks_nobody_and_writes_nothing(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    ada(lake, CODE)
    add(lake, "bob", "Bob", how="said so", now=NOW)
    made_up = profile_of_made_up()
    people.change(lake, lambda known: known.with_profiles((made_up,)))
    web = Web({CODE: PAGE})
    check(lake, web)
    web.seen.clear()
    monkeypatch.setattr(people, "change", None)
    assert check(lake, web, NOW + RECHECK - 1) == {}
    assert check(lake, web, handles=["someone"]) == {}
    assert web.seen == []


def profile_of_made_up() -> Profile:
    made = {"handle": "someone", "name": "S", "opted_in_at": moment(NOW), "made_up": True, "links": [{"account": NEWS}]}
    return Profile.model_validate(made)
