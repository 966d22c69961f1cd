"""Threads' answers as records; made by hand, about made-up people."""

from typing import Any

import httpx
import pytest

from renown.errors import BadInput, Gone, Unwanted
from renown.networks.threads import Threads
from tests.contract.fakes.graph import edge, refusal
from tests.contract.fakes.visits import Clock, client
from tests.unit.networks.asked import NOW, Answers, Table, activity, brief, collected

API = "graph.threads.net/v1.0/"
ME = "threads:ada"
AT = "2026-11-17T10:00:00+0000"
DAY = 86_400


def post(key: str = "1", at: str = AT, **more: Any) -> dict[str, Any]:
    page = f"https://www.threads.com/@ada/post/{key}"
    return {"id": key, "username": "ada", "timestamp": at, "permalink": page, "media_type": "TEXT_POST", **more}


def insights(**totals: Any) -> dict[str, Any]:
    return {"data": [{"name": name, "values": [{"value": total}]} for name, total in totals.items()]}


def own(*posts: Any, **more: Any) -> Answers:
    return {
        f"{API}me": {"id": "7", "username": "ada", "threads_biography": "Looms https://ada.example"},
        f"{API}me/threads_insights": {"data": [{"name": "followers_count", "total_value": {"value": 55}}]},
        f"{API}me/threads": {"data": list(posts)},
        **more,
    }


def others(*posts: Any, **profile: Any) -> Answers:
    counts = {"follower_count": 900, "likes_count": 70, "quotes_count": 1, "reposts_count": 2, "views_count": 1000}
    shown = {"username": "Ada", "biography": "Looms https://ada.example", **counts, **profile}
    return {
        f"{API}me": {"id": "8", "username": "operator"},
        f"{API}profile_lookup": shown,
        f"{API}profile_posts": {"data": list(posts)},
    }


def test_the_owners_posts_have_counts_and_replies() -> None:
    replies = [
        {"id": "11", "username": "Bob", "timestamp": AT, "permalink": "https://www.threads.com/@bob/post/x"},
        {"id": "12", "username": "ada", "timestamp": AT},
        {"id": "13", "timestamp": AT},
        {"id": "../4", "username": "cid", "timestamp": AT},
        {"id": "15", "username": "c/d", "timestamp": AT},
    ]
    listed = [
        post("1", topic_tag="Analytical Engines", text="words about #Looms"),
        post("2", media_type="REPOST_FACADE"),
        post("3", username="bob"),
        post("../4"),
    ]
    totals = insights(likes=9, replies=5, reposts=2, quotes=1, views=100, shares=4)
    batches, table = collected(
        Threads(), ME, own(*listed, **{f"{API}1/insights": totals, f"{API}1/replies": {"data": replies}})
    )
    uri = "threads:posts/1"
    assert brief(batches) == {("Create", "ada", "ada", uri), ("Reply", "bob", "ada", uri)}
    found = {each.id: each for each in activity(batches)}
    assert found["threads:posts/1"].topics == found["threads:posts/11:Reply"].topics == ("analytical-engines", "looms")
    assert found["threads:posts/11:Reply"].url == "https://www.threads.com/@bob/post/x"
    counts = {(each.kind, each.object, each.total) for batch in batches for each in batch.observations}
    of_post = {("likes", 9), ("replies", 5), ("shares", 2), ("quotes", 1), ("views", 100)}
    assert counts == {("followers", None, 55)} | {(kind, uri, total) for kind, total in of_post}
    assert table.asked[3].url.params["metric"] == "likes,reposts,replies,quotes,views"
    assert batches[-1].complete
    assert "words" not in repr(batches)


def test_of_others_there_are_posts_without_counts_and_sums_of_the_week() -> None:
    batches, table = collected(Threads(), "threads:@Ada", others(post("1")))
    assert brief(batches) == {("Create", "ada", "ada", "threads:posts/1")}
    counts = {(each.kind, each.object, each.total) for batch in batches for each in batch.observations}
    week = {("week-likes", 70), ("week-quotes", 1), ("week-shares", 2), ("week-views", 1000)}
    assert counts == {(kind, None, total) for kind, total in {*week, ("followers", 900)}}
    assert table.paths == [f"/v1.0/{path}" for path in ("me", "profile_lookup", "profile_posts")]
    assert table.asked[2].url.params["username"] == "ada"
    assert batches[-1].complete


def test_a_post_of_others_is_deleted_once_two_visits_have_missed_it() -> None:
    first, _ = collected(Threads(), ME, others(post("1"), post("2")))
    missed, _ = collected(Threads(), ME, others(post("2")), first[-1].cursor, NOW + 60)
    assert brief(missed) <= brief(first)
    assert not missed[-1].complete
    again, _ = collected(Threads(), ME, others(post("1"), post("2")), missed[-1].cursor, NOW + 120)
    assert (brief(again) <= brief(first), again[-1].complete) == (True, True)
    gone, _ = collected(Threads(), ME, others(post("2")), missed[-1].cursor, NOW + 120)
    assert ("Delete", "ada", "ada", "threads:posts/1") in brief(gone)
    assert gone[-1].complete
    after, _ = collected(Threads(), ME, others(post("2")), gone[-1].cursor, NOW + DAY)
    assert brief(after) <= brief(first)


def test_who_is_visited_weekly_has_posts_deleted_too() -> None:
    first, _ = collected(Threads(), ME, others(post("1")))
    missed, _ = collected(Threads(), ME, others(), first[-1].cursor, NOW + 7 * DAY)
    gone, _ = collected(Threads(), ME, others(), missed[-1].cursor, NOW + 7 * DAY + 60)
    assert (brief(gone), gone[-1].complete) == ({("Delete", "ada", "ada", "threads:posts/1")}, True)
    assert gone[-1].cursor["posts"] == {}


def test_counts_that_may_not_be_read_are_noted_and_the_known_ones_kept() -> None:
    seen = own(post("1"), **{f"{API}1/insights": insights(likes=9, replies=0)})
    first, _ = collected(Threads(), ME, seen)
    refused = own(post("1"), **{f"{API}1/insights": refusal(10), f"{API}me/threads_insights": refusal(10)})
    second, _ = collected(Threads(), ME, refused, first[-1].cursor, NOW + DAY)
    assert len([reject for batch in second for reject in batch.rejects]) == 2
    assert [each for batch in second for each in batch.observations] == []
    assert second[-1].cursor["posts"]["1"]["counts"] == {"likes": 9, "replies": 0}


def test_counts_of_the_newest_posts_only() -> None:
    listed = [post(str(number)) for number in range(1, 31)]
    _, table = collected(Threads(), ME, own(*listed, **{API: insights(likes=1)}))
    assert len([path for path in table.paths if path.endswith("/insights")]) == 20


@pytest.mark.parametrize("given", ["threads:", "threads:a b", "threads:a/b", "threads:ä", "github:ada", "ada"])
def test_what_is_no_account(given: str) -> None:
    with pytest.raises(BadInput):
        Threads().resolve(given, client(Table({}), Clock(NOW)))


def test_a_name_is_resolved() -> None:
    assert Threads().resolve(" threads:@Ada", client(Table(others()), Clock(NOW))) == ME
    for shown in (others(username="bob"), {**others(), f"{API}profile_lookup": refusal(24)}):
        with pytest.raises(Gone):
            Threads().resolve(ME, client(Table(shown), Clock(NOW)))


@pytest.mark.parametrize("answers", [own(), others()])
def test_the_profile_names_pages(answers: Answers) -> None:
    proof = Threads().proof(ME, client(Table(answers), Clock(NOW)))
    assert (proof.account, proof.evidence) == (ME, "https://www.threads.com/@ada")
    assert "https://threads.net/@ada" in proof.addresses
    assert proof.links == ("https://ada.example",)


@pytest.mark.parametrize("is_own", [True, False])
def test_lists_without_links_are_read_to_the_end_and_nothing_is_deleted(is_own: bool) -> None:
    """Meta's own examples of answers have cursors, and no link to the next page."""
    there = [
        post(str(number), at=f"2026-11-17T{number // 60:02}:{number % 60:02}:00+0000") for number in range(120, 0, -1)
    ]

    def page(request: httpx.Request) -> httpx.Response:
        shown = edge(there, int(request.url.params["limit"]), request.url.params.get("after"), is_linked=False)
        return httpx.Response(200, json=shown)

    shown = own() if is_own else others()
    shown[f"{API}me/threads" if is_own else f"{API}profile_posts"] = page
    batches, _ = collected(Threads(), ME, shown)
    assert len(brief(batches)) == 120
    there[:0] = [post(str(number), at=f"2026-11-17T04:{number - 200:02}:00+0000") for number in range(230, 200, -1)]
    for visit in (1, 2, 3):
        batches, _ = collected(Threads(), ME, shown, batches[-1].cursor, NOW + DAY + visit)
        assert {verb for verb, *_ in brief(batches)} == {"Create"}
        assert len(brief(batches)) == 150


def test_who_asks_to_be_left_alone_is() -> None:
    with pytest.raises(Unwanted):
        collected(Threads(), ME, others(biography="Looms #nobot"))
