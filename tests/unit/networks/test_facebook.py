"""Facebook's answers as records; made by hand, about made-up people."""

from typing import Any

import pytest

from renown.errors import BadInput, Gone, RetriableError, Unwanted
from renown.networks.facebook import Facebook
from tests.contract.fakes.graph import refusal
from tests.contract.fakes.visits import Clock, client
from tests.unit.networks.asked import NOW, Answers, Table, activity, brief, collected

API = "graph.facebook.com/v26.0/"
ME, ADA, BOB, CID = "facebook:100", "100", "200", "300"
AT = "2026-11-10T10:00:00+0000"


def comment(key: str, who: str | None) -> dict[str, Any]:
    return {"id": key, "created_time": AT, "message": "words"} | ({"from": {"id": who, "name": "B"}} if who else {})


def post(*comments: dict[str, Any], total: int | None = None, **more: Any) -> dict[str, Any]:
    return {
        "id": "100_1",
        "created_time": AT,
        "permalink_url": "https://www.facebook.com/100/posts/1",
        "reactions": {"data": [], "summary": {"total_count": 12, "viewer_reaction": "NONE"}},
        "shares": {"count": 3},
        "comments": {"data": list(comments), "summary": {"total_count": len(comments) if total is None else total}},
        **more,
    }


def answers(*posts: Any, **page: Any) -> Answers:
    about = {"id": ADA, "about": "Looms", "fan_count": 5, "followers_count": 6, "talking_about_count": 1, **page}
    return {f"{API}100": about, f"{API}100/published_posts": {"data": list(posts)}}


def test_posts_counts_and_who_commented() -> None:
    tags = [
        {"id": "9", "name": "#Looms", "offset": 0},
        {"id": "400", "name": "The Mill", "type": "page"},
        {"id": "500", "name": "Somebody", "type": "user"},
        {"id": "x", "type": "page"},
    ]
    said = [comment("1_1", BOB), comment("1_2", ADA), comment("1_3", None), comment("../4", CID), comment("1_5", "x")]
    batches, table = collected(Facebook(), ME, answers(post(*said, message_tags=tags)))
    uri = "facebook:posts/100_1"
    assert brief(batches) == {
        ("Create", ADA, ADA, uri),
        ("Mention", ADA, "400", uri),
        ("Reply", BOB, ADA, uri),
    }
    found = {each.id: each for each in activity(batches)}
    assert found["facebook:comments/1_1:Reply"].topics == found["facebook:posts/100_1"].topics == ("looms",)
    assert found["facebook:posts/100_1"].url == "https://www.facebook.com/100/posts/1"
    counts = {(each.kind, each.object, each.total) for batch in batches for each in batch.observations}
    own = {("followers", None, 6), ("fans", None, 5), ("talking", None, 1)}
    assert counts == own | {("likes", uri, 12), ("shares", uri, 3), ("replies", uri, 5)}
    assert table.paths == ["/v26.0/100", "/v26.0/100/published_posts"]
    assert table.asked[1].url.params["fields"].count("message,") == 1  # the post's; what others write is not asked for
    assert batches[-1].complete


def test_more_comments_than_are_shown_are_looked_up_and_only_where_people_are_shown() -> None:
    further = {"data": [comment("1_1", BOB), comment("1_2", CID)]}
    batches, table = collected(Facebook(), ME, answers(post(comment("1_1", BOB), total=2)) | {f"{API}100_1": further})
    assert ("Reply", CID, ADA, "facebook:posts/100_1") in brief(batches)
    assert table.paths[-1] == "/v26.0/100_1/comments"
    assert batches[-1].complete
    batches, table = collected(Facebook(), ME, answers(post(comment("1_1", None), total=2)))
    assert brief(batches) == {("Create", ADA, ADA, "facebook:posts/100_1")}
    assert len(table.asked) == 2
    assert batches[-1].complete


def test_comments_that_may_not_be_read_are_noted_and_passed_over() -> None:
    refused = {f"{API}100_1": refusal(10, status=403)}
    batches, _ = collected(Facebook(), ME, answers(post(comment("1_1", BOB), total=2)) | refused)
    assert len([reject for batch in batches for reject in batch.rejects]) == 1
    assert batches[-1].complete


@pytest.mark.parametrize("answer", [{}, [], None, {"data": None}])
def test_an_answer_without_a_list_is_no_page_without_posts(answer: Any) -> None:
    with pytest.raises(RetriableError, match="without a list of posts"):
        collected(Facebook(), ME, {**answers(), f"{API}100/published_posts": answer})


def test_counts_that_are_not_shown_are_none() -> None:
    bare = {"id": "100_1", "created_time": AT, "shares": {"count": "3"}}
    batches, _ = collected(Facebook(), ME, answers(bare, fan_count=None, followers_count=-1, talking_about_count="x"))
    assert [each for batch in batches for each in batch.observations] == []
    assert brief(batches) == {("Create", ADA, ADA, "facebook:posts/100_1")}


def test_a_name_is_resolved_to_the_number() -> None:
    table = Table({f"{API}Ada.L": {"id": ADA}})
    assert Facebook().resolve(" facebook:@Ada.L ", client(table, Clock(NOW))) == ME


@pytest.mark.parametrize("given", ["facebook:", "facebook:a/b", "facebook:a?b", "github:ada", "ada"])
def test_what_is_no_account(given: str) -> None:
    with pytest.raises(BadInput):
        Facebook().resolve(given, client(Table({}), Clock(NOW)))
    with pytest.raises(BadInput):
        list(Facebook().collect("facebook:ada", None, client(Table({}), Clock(NOW)), NOW))


def test_a_page_with_another_number_is_not_this_one() -> None:
    for number in ("200", "x", None):
        with pytest.raises(Gone):
            collected(Facebook(), ME, answers(id=number))


def test_who_asks_to_be_left_alone_is() -> None:
    with pytest.raises(Unwanted):
        collected(Facebook(), ME, answers(about="Looms #NoBots"))


def test_the_websites_and_what_the_page_says_name_pages() -> None:
    shown = answers(username="Ada.L", website="ada.example http://looms.example", about="See https://mill.example.")
    proof = Facebook().proof(ME, client(Table(shown), Clock(NOW)))
    assert (proof.account, proof.evidence) == (ME, "https://www.facebook.com/100")
    assert proof.addresses == (
        "https://facebook.com/100", "https://www.facebook.com/ada.l", "https://facebook.com/ada.l",
    )  # fmt: skip
    assert proof.links == ("https://ada.example", "http://looms.example", "https://mill.example")
