"""Hacker News: what its two servers say, as records."""

from typing import Any

import httpx
import pytest

from renown.errors import BadInput
from renown.networks.hackernews import HackerNews
from tests.contract.fakes.visits import Clock, client
from tests.unit.networks.asked import NOW, Table, activity, brief, collected

SEARCH = "hn.algolia.com/api/v1/search_by_date"
FIREBASE = "hacker-news.firebaseio.com/v0/"
ME = "hackernews:ada"
DAY = 86_400


def hit(number: int, at: int = NOW - 3600, **more: Any) -> dict[str, Any]:
    return {"objectID": str(number), "created_at_i": at, "author": "ada", **more}


def answers(mine: list[Any], replies: list[Any], **more: Any) -> dict[str, Any]:
    return {
        f"{FIREBASE}user/ada": {"id": "ada", "karma": 12},
        f"{SEARCH}?tags=author_ada": {"hits": mine},
        f"{SEARCH}?tags=comment": {"hits": replies},
        **more,
    }


def test_a_story_a_comment_and_who_answered() -> None:
    story = hit(10, title="Show HN: #Engines", url="https://www.ada.example/engines", points=7, num_comments=2)
    comment = hit(20, story_id=15, parent_id=15, story_url="https://other.example/")
    replies = [
        hit(11, author="bob", parent_id=10, story_id=10),
        hit(12, author="cid", parent_id=11, story_id=10),  # answers bob
        hit(13, author="ada", parent_id=11, story_id=10),
        hit(21, author="dan", parent_id=20, story_id=15),
        hit(22, author="not a name", parent_id=20, story_id=15),
        hit(23, parent_id=20, author=None),
    ]
    batches, table = collected(HackerNews(), ME, answers([story, comment], replies))
    page = "https://news.ycombinator.com/item?id="
    assert brief(batches) == {
        ("Create", "ada", "ada", f"{page}10"),
        ("Create", "ada", "ada", f"{page}20"),
        ("Reply", "bob", "ada", f"{page}10"),
        ("Reply", "dan", "ada", f"{page}20"),
    }
    assert {each.id for each in activity(batches)} == {
        "hackernews:10", "hackernews:20", "hackernews:11:Reply", "hackernews:21:Reply"
    }  # fmt: skip
    assert {each.topics for each in activity(batches)} == {("ada.example", "engines"), ("other.example",)}
    counts = {(each.kind, each.object, each.total) for batch in batches for each in batch.observations}
    assert counts == {("karma", None, 12), ("points", f"{page}10", 7), ("comments", f"{page}10", 2)}
    assert table.asked[2].url.params["tags"] == "comment,(story_10,story_15)"
    assert all("comment_text" not in asked.url.params["attributesToRetrieve"] for asked in table.asked[1:])


def test_times_are_asked_for_with_a_week_to_spare_and_pages_by_time() -> None:
    def mine(request: httpx.Request) -> dict[str, Any]:
        first = "<" not in request.url.params["numericFilters"]
        return {"hits": [hit(n, NOW - n) for n in (range(1, 501) if first else range(500, 520))]}

    batches, table = collected(HackerNews(), ME, answers([], []) | {f"{SEARCH}?tags=author_ada": mine})
    filters = [request.url.params["numericFilters"] for request in table.asked[1:3]]
    assert filters == [f"created_at_i>{NOW - 90 * DAY}", f"created_at_i>{NOW - 90 * DAY},created_at_i<{NOW - 499}"]
    assert len({each.id for each in activity(batches)}) == 519
    there = {f"{FIREBASE}item/": {"id": 10}}
    _, table = collected(HackerNews(), ME, answers([], [], **there), batches[-1].cursor, NOW + DAY)
    assert table.asked[1].url.params["numericFilters"] == f"created_at_i>{NOW - 7 * DAY}"


def test_replies_are_looked_for_as_long_as_they_are_taken() -> None:
    batches, _ = collected(HackerNews(), ME, answers([hit(10)], []))
    there = {f"{FIREBASE}item/10": {"id": 10}}
    late = answers([], [hit(11, NOW + 9 * DAY, author="bob", parent_id=10)], **there)
    batches, _ = collected(HackerNews(), ME, late, batches[-1].cursor, NOW + 10 * DAY)
    assert {verb for verb, *_ in brief(batches)} == {"Reply"}
    batches, table = collected(HackerNews(), ME, late, batches[-1].cursor, NOW + 20 * DAY)
    assert brief(batches) == set()
    assert len(table.asked) == 2


@pytest.mark.parametrize(
    ("item", "deleted"),
    [({"id": 10, "deleted": True}, True), ({"id": 10, "dead": True}, True), (None, True), ({"id": 10}, False)],
)
def test_a_post_that_is_not_found_is_asked_for(item: Any, deleted: bool) -> None:
    batches, _ = collected(HackerNews(), ME, answers([hit(10)], []))
    gone = answers([], [], **{f"{FIREBASE}item/10": item})
    batches, _ = collected(HackerNews(), ME, gone, batches[-1].cursor, NOW + DAY)
    assert {verb for verb, *_ in brief(batches)} == ({"Delete"} if deleted else set())
    assert ("10" in batches[-1].cursor["items"]) is not deleted


@pytest.mark.parametrize("account", ["hackernews:a", "hackernews:a b", "hackernews:x/../y", "hackernews:" + "a" * 16])
def test_what_is_no_user(account: str) -> None:
    with pytest.raises(BadInput, match="2 to 15 letters"):
        HackerNews().resolve(account, client(Table({}), Clock(NOW)))


def test_hits_that_are_none_are_passed_over() -> None:
    odd = [None, 3, {}, hit(1, at=-5), {"objectID": "x", "created_at_i": NOW}, {"objectID": "5", "created_at_i": True}]
    batches, _ = collected(HackerNews(), ME, answers(odd, odd))
    assert brief(batches) == set()


def test_a_time_that_cannot_be_is_noted() -> None:
    batches, _ = collected(HackerNews(), ME, answers([hit(10, NOW + 40 * DAY)], []))
    assert brief(batches) == set()
    assert "in the future" in batches[0].rejects[0]
