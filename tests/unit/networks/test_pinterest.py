"""Pinterest: what its API says, as records."""

from typing import Any

import httpx
import pytest

from renown.errors import BadInput, FatalError, Gone, Renamed, SkippableError
from renown.networks.budget import Budget
from renown.networks.client import Client
from renown.networks.pinterest import Pinterest
from tests.contract.fakes.visits import Clock, MemoryTable, client
from tests.unit.networks.asked import NOW, Answers, Table, activity, brief, collected

API = "api.pinterest.com/v5/"
ADA = {
    "id": "7",
    "username": "Ada",
    "follower_count": 30,
    "following_count": None,
    "pin_count": 2,
    "monthly_views": 500,
}
DAY = 86_400


def pin(number: int, **more: Any) -> dict[str, Any]:
    metrics = {
        "90d": {"impression": 1},
        "lifetime_metrics": {"impression": 5, "reaction": 2, "save": 3, "pin_click": 4},
    }
    shown = {"id": str(number), "created_at": "2026-11-18T10:00:00", "is_owner": True, "pin_metrics": metrics}
    return {**shown, "title": "An #Engine", "description": "of #brass", "alt_text": "#not-this", **more}


def answers(pins: Any, **more: Any) -> Answers:
    given = {"user_account": ADA, "pins": {"items": pins, "bookmark": None}}
    return {f"{API}{path}": answer for path, answer in {**given, **more}.items()}


def test_pins_and_counts_and_nobody_else() -> None:
    batches, table = collected(Pinterest(), "pinterest:ada", answers([pin(1)]))
    assert brief(batches) == {("Create", "ada", "ada", "pinterest:pins/1")}
    (made,) = activity(batches)
    assert (made.id, made.topics, made.url) == (
        "pinterest:pins/1", ("brass", "engine"), "https://www.pinterest.com/pin/1/"
    )  # fmt: skip
    assert made.at == 1_794_996_000
    counts = {(each.object, each.kind, each.total) for batch in batches for each in batch.observations}
    of_pin = {("views", 5), ("likes", 2), ("saves", 3), ("clicks", 4)}
    of_account = {("followers", 30), ("pins", 2), ("views", 500)}
    assert counts == {("pinterest:pins/1", *each) for each in of_pin} | {(None, *each) for each in of_account}
    assert table.paths == ["/v5/user_account", "/v5/pins"]


def test_what_is_not_the_owners_own_is_left_out() -> None:
    others = [pin(2, is_owner=False), pin(3, parent_pin_id="9"), pin(4, created_at=None), pin(5, id="../5"), None]
    batches, _ = collected(Pinterest(), "pinterest:ada", answers([pin(1), *others]))
    assert brief(batches) == {("Create", "ada", "ada", "pinterest:pins/1")}


def test_pages_are_followed_by_their_bookmark() -> None:
    more = {"pins?pin_metrics=true&pin_filter=exclude_repins&page_size=100&bookmark=b2": {"items": [pin(2)]}}
    shown = answers([pin(1)], **more)
    shown[f"{API}pins"]["bookmark"] = "b2"
    assert len(brief(collected(Pinterest(), "pinterest:ada", shown)[0])) == 2


@pytest.mark.parametrize(
    ("there", "deleted"), [(httpx.Response(404), True), (httpx.Response(403), True), (pin(1), False)]
)
def test_a_pin_that_is_not_listed_is_asked_for(there: Any, deleted: bool) -> None:
    batches, _ = collected(Pinterest(), "pinterest:ada", answers([pin(1)]))
    gone = answers([], **{"pins/1": there})
    batches, _ = collected(Pinterest(), "pinterest:ada", gone, batches[-1].cursor, NOW + DAY)
    assert [deed[0] for deed in brief(batches)] == (["Delete"] if deleted else [])


def test_a_token_shows_its_owners_account_only() -> None:
    with pytest.raises(SkippableError, match="another account's") as raised:
        collected(Pinterest(), "pinterest:bob", answers([pin(1)]))
    assert not isinstance(raised.value, Gone)
    batches, _ = collected(Pinterest(), "pinterest:ada", answers([]))
    moved = answers([], user_account={**ADA, "username": "lovelace"})
    with pytest.raises(Renamed) as renamed:
        collected(Pinterest(), "pinterest:ada", moved, batches[-1].cursor, NOW + DAY)
    assert renamed.value.to == "pinterest:lovelace"
    taken = answers([], user_account={**ADA, "id": "8"})
    with pytest.raises(SkippableError, match="another account's"):
        collected(Pinterest(), "pinterest:ada", taken, batches[-1].cursor, NOW + DAY)


def test_without_a_token_nothing_is_asked() -> None:
    table, clock = Table({}), Clock(NOW)
    closed = Client(table, Budget(MemoryTable(), clock), contact="me", clock=clock, sleep=clock.sleep)
    with pytest.raises(FatalError, match="there is no token"):
        list(Pinterest().collect("pinterest:ada", None, closed, NOW))
    assert table.asked == []


def test_an_account_that_is_not_shown() -> None:
    refused = answers([], user_account=httpx.Response(403, json={"code": 403, "message": "Not authorized"}))
    with pytest.raises(SkippableError, match="HTTP 403"):
        collected(Pinterest(), "pinterest:ada", refused)


@pytest.mark.parametrize("given", ["pinterest:", "pinterest:a/b", "pinterest:a", "github:ada", "ada"])
def test_what_is_no_account(given: str) -> None:
    with pytest.raises(BadInput):
        Pinterest().resolve(given, client(Table({}), Clock(NOW)))


def test_the_profile_names_pages_and_pinterest_verifies_some() -> None:
    claimed = [
        {"website": "ada.example/blog", "status": "success"},
        {"website": "far.example", "status": "pending"},
        {"website": None, "status": "success"},
    ]
    shown = answers([], user_account={**ADA, "website_url": "http://ada.example", "about": "and https://b.example."})
    shown[f"{API}user_account/websites"] = {"items": claimed}
    proof = Pinterest().proof("pinterest:@Ada", client(Table(shown), Clock(NOW)))
    assert (proof.account, proof.evidence) == ("pinterest:ada", "https://www.pinterest.com/ada")
    assert proof.addresses == ("https://pinterest.com/ada",)
    assert proof.links == ("http://ada.example", "https://b.example", "https://ada.example/blog")
    assert proof.verified == ("https://ada.example/blog",)
