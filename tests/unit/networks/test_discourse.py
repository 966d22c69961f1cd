"""Discourse: what a forum shows to strangers, as records."""

from typing import Any

import httpx
import pytest

from renown.errors import BadInput, Gone, SkippableError, Unwanted
from renown.networks.discourse import Discourse
from tests.contract.fakes.visits import Clock, client
from tests.unit.networks.asked import NOW, Answers, Table, activity, brief, collected

ME, ADA = "discourse:ada@forum.example", "ada@forum.example"
AT = "2026-11-18T10:00:00.000Z"
T = "https://forum.example/t/"
DAY = 86_400


def person(name: str, number: int = 5) -> dict[str, Any]:
    return {"username": name, "id": number}


def action(kind: int, topic: int, number: int, name: str = "Ada", user: int = 7, at: str = AT) -> dict[str, Any]:
    who = {"username": name, "user_id": user}
    return {"action_type": kind, "topic_id": topic, "post_number": number, "created_at": at, **who}


def post(topic: int, number: int, name: str = "Ada", user: int = 7, **more: Any) -> dict[str, Any]:
    who = {"username": name, "user_id": user, "created_at": AT}
    return {"id": 100 * topic + number, "topic_id": topic, "post_number": number, **who, **more}


def topic(*posts: Any, by: Any = None, **more: Any) -> dict[str, Any]:
    shown = {"post_stream": {"posts": list(posts)}, "tags": [{"name": "Engines"}, "maths", 3], "posts_count": 1}
    return {**shown, "details": {"created_by": by or person("Zoe", 9)}, **more}


def answers(actions: list[Any], **more: Any) -> Answers:
    """What the forum answers, by path, in which / is written as __."""
    given = {
        "u/ada.json": {"user": person("Ada", 7)},
        "u/ada/summary.json": {"user_summary": {"likes_received": 3}},
        "user_actions.json": {"user_actions": actions},
        **{f"{path.replace('__', '/')}.json": answer for path, answer in more.items()},
    }
    return {f"forum.example/{path}": answer for path, answer in given.items()}


def test_a_topic_who_liked_it_and_who_answered_there() -> None:
    likers = [person("Bob"), person("Ada", 7), person("system", -1), person("a b"), {**person("Nil"), "unknown": True}]
    thread = [
        post(1, 2, "Cid", 8),
        post(1, 3, "Dan", 9, reply_to_post_number=1),
        post(1, 4, "Eve", 10, reply_to_post_number=2),
        post(1, 5),
        post(1, 6, "Bot", -2),
    ]
    first = post(1, 1, actions_summary=[{"id": 3, "count": 9}, {"id": 2, "count": 2}])
    page = topic(first, *thread, posts_count=6)
    shown = answers([action(4, 1, 1)], t__1=page, post_action_users={"post_action_users": likers})
    batches, table = collected(Discourse(), ME, shown)
    assert batches[-1].complete
    assert brief(batches) == {
        ("Create", ADA, ADA, f"{T}1/1"),
        ("Like", "bob@forum.example", ADA, f"{T}1/1"),
        ("Reply", "cid@forum.example", ADA, f"{T}1/1"),
        ("Reply", "dan@forum.example", ADA, f"{T}1/1"),
    }
    ids = {each.id for each in activity(batches)}
    assert {f"discourse:{T}1/1", f"discourse:{T}1/2:Reply", f"discourse:{T}1/1:Like:bob@forum.example"} <= ids
    assert {each.topics for each in activity(batches)} == {("engines", "maths")}
    counts = {(each.kind, each.object, each.total) for batch in batches for each in batch.observations}
    assert counts == {("likes", None, 3), ("likes", f"{T}1/1", 2), ("replies", f"{T}1/1", 5)}
    assert table.asked[2].url.params["filter"] == "1,4,5"  # the others are refused to strangers


def test_whom_a_post_answers_and_mentions() -> None:
    mine = [
        post(
            2, 4, reply_to_post_number=3, reply_to_user=person("Bob"), mentioned_users=[person("Cid"), person("x", -1)]
        ),
        post(2, 5, reply_to_post_number=None),
    ]
    shown = answers([action(5, 2, 5, at="2026-11-18T10:30:00.000Z"), action(5, 2, 4)], **{"t__2__5": topic(*mine)})
    batches, table = collected(Discourse(), ME, shown)
    assert brief(batches) == {
        ("Create", ADA, ADA, f"{T}2/4"),
        ("Reply", ADA, "bob@forum.example", f"{T}2/3"),
        ("Mention", ADA, "cid@forum.example", f"{T}2/4"),
        ("Create", ADA, ADA, f"{T}2/5"),
        ("Reply", ADA, "zoe@forum.example", f"{T}2/1"),  # whoever began the topic
    }
    assert f"discourse:{T}2/4:Reply" in {each.id for each in activity(batches)}  # as seen from the other side
    assert len([path for path in table.paths if path.startswith("/t/")]) == 1  # both were on one page


def test_likes_given_are_the_same_from_either_side() -> None:
    liked = [action(1, 9, 2, "Bob", 5), action(1, 9, 3, "Ada"), action(1, 9, 4, "system", -1)]
    (like,) = activity(collected(Discourse(), ME, answers(liked))[0])
    assert (like.verb, like.author, like.id) == ("Like", "discourse:bob@forum.example", f"discourse:{T}9/2:Like:{ADA}")
    assert like.at is not None


def test_only_what_grew_is_looked_up_and_replies_are_paged() -> None:
    def replies(request: httpx.Request) -> list[Any]:
        after = int(request.url.params.get("after", 1))
        return [post(2, n, f"u{n}", n) for n in range(10, 45) if n > after][:20]

    mine = post(2, 5, reply_count=35, actions_summary=[])
    shown = answers([action(5, 2, 5)], **{"t__2__5": topic(mine), "posts__205__replies": replies})
    batches, table = collected(Discourse(), ME, shown)
    assert len({each.actor for each in activity(batches) if each.author == ME and each.verb == "Reply"}) == 35
    assert [request.url.params.get("after") for request in table.asked[-2:]] == [None, "29"]
    _, table = collected(Discourse(), ME, shown, batches[-1].cursor, NOW + DAY)
    assert not [path for path in table.paths if "replies" in path or "users" in path]


def test_of_a_long_topic_only_the_new_pages_are_read() -> None:
    first = answers([action(4, 1, 1)], t__1=topic(post(1, 1), posts_count=61))
    batches, _ = collected(Discourse(), ME, first)
    grown = answers([action(4, 1, 1)], t__1=topic(post(1, 1), posts_count=72))
    _, table = collected(Discourse(), ME, grown, batches[-1].cursor, NOW + DAY)
    pages = [request.url.params["page"] for request in table.asked if "page" in request.url.params]
    assert pages == ["3", "4"]


@pytest.mark.parametrize(("status", "deleted"), [(404, True), (410, True), (403, False), (200, False)])
def test_a_post_that_is_not_listed_is_asked_for(status: int, deleted: bool) -> None:
    batches, _ = collected(Discourse(), ME, answers([action(4, 1, 1)], t__1=topic(post(1, 1))))
    gone = answers([], posts__101=httpx.Response(status, json={}))
    batches, _ = collected(Discourse(), ME, gone, batches[-1].cursor, NOW + DAY)
    assert brief(batches) == ({("Delete", ADA, ADA, f"{T}1/1")} if deleted else set())


def test_many_posts_that_vanish_are_asked_for_in_portions() -> None:
    listed = [action(5, 2, number) for number in range(2, 27)]
    page = topic(*(post(2, number) for number in range(2, 27)))
    batches, _ = collected(Discourse(), ME, answers(listed, t__2=page, **{f"t__2__{n}": page for n in range(2, 27)}))
    first, _ = collected(Discourse(), ME, answers([]), batches[-1].cursor, NOW + DAY)
    second, _ = collected(Discourse(), ME, answers([]), first[-1].cursor, NOW + 2 * DAY)
    assert [len(brief(first)), len(brief(second))] == [20, 5]


def test_what_cannot_be_had_does_not_stand_in_the_way() -> None:
    listed = [action(4, 1, 1), action(4, 2, 1), action(4, 3, 1)]
    first = post(3, 1, actions_summary=[{"id": 2, "count": 2}])
    shown = answers(listed, t__1=httpx.Response(418), t__3=topic(first), post_action_users=httpx.Response(403))
    shown["forum.example/u/ada/summary.json"] = httpx.Response(404)
    batches, _ = collected(Discourse(), ME, shown)
    assert brief(batches) == {("Create", ADA, ADA, f"{T}3/1")}
    assert batches[-1].complete
    assert ["418" in reject for batch in batches for reject in batch.rejects] == [True]


def test_topics_are_looked_at_in_portions() -> None:
    listed = [action(4, number, 1) for number in range(1, 26)]
    one = {f"t__{number}": topic(post(number, 1)) for number in range(1, 26)}
    batches, _ = collected(Discourse(), ME, answers(listed, **one))
    assert not batches[-1].complete
    assert len(brief(batches)) == 20
    more, _ = collected(Discourse(), ME, answers(listed, **one), batches[-1].cursor, NOW)
    assert more[-1].complete
    assert len(brief(batches) | brief(more)) == 25


def test_a_hidden_profile_is_left_alone_and_a_missing_one_gone() -> None:
    hidden = answers([]) | {"forum.example/u/ada.json": {"user": {**person("Ada", 7), "profile_hidden": True}}}
    with pytest.raises(Unwanted, match="hidden"):
        collected(Discourse(), ME, hidden)
    with pytest.raises(Gone, match="not shown to strangers"):
        collected(Discourse(), ME, {})
    with pytest.raises(SkippableError, match="consent"):
        collected(Discourse(), ME, {"forum.example/u/ada.json": httpx.Response(403)})


def test_actions_of_another_shape_are_passed_over() -> None:
    odd = [None, 3, {}, action(4, -1, 1), {**action(4, 1, 1), "created_at": "yesterday"}, action(99, 1, 1)]
    batches, table = collected(Discourse(), ME, answers([*odd, {**action(4, 1, 1), "topic_id": "1/../2"}]))
    assert brief(batches) == set()
    assert len(table.asked) == 3


@pytest.mark.parametrize(
    "given", ["ada", "ada@x", "../admin@forum.example", "a/b@forum.example", "ada@forum.example/x"]
)
def test_what_is_no_account(given: str) -> None:
    with pytest.raises(BadInput, match="discourse:ada@forum"):
        Discourse().resolve(f"discourse:{given}", client(Table({}), Clock(NOW)))


def test_the_profile_names_pages() -> None:
    said = {"website": "https://ada.example", "bio_cooked": '<a href="https://b.example">b</a>'}
    shown = answers([]) | {"forum.example/u/ada.json": {"user": {**person("Ada", 7), **said}}}
    proof = Discourse().proof("discourse:Ada@Forum.example", client(Table(shown), Clock(NOW)))
    assert (proof.account, proof.evidence) == (ME, "https://forum.example/u/ada")
    assert (proof.links, proof.verified) == (("https://ada.example", "https://b.example"), ())
