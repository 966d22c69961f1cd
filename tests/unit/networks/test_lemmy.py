"""Lemmy: what a server says, as records."""

from typing import Any

import httpx
import pytest

from renown.errors import BadInput, Gone, SkippableError, Unwanted
from renown.networks.lemmy import Lemmy
from tests.contract.fakes.visits import Clock, client
from tests.unit.networks.asked import NOW, Answers, Table, activity, brief, collected

ME, ADA = "lemmy:ada@example.social", "ada@example.social"
API = "example.social/api/v3/"
AT = "2026-11-18T10:00:00.123456Z"
DAY = 86_400


def person(name: str = "ada", domain: str = "example.social", **more: Any) -> dict[str, Any]:
    return {"name": name, "actor_id": f"https://{domain}/u/{name}", **more}


def view(kind: str, number: int, creator: Any = None, **more: Any) -> dict[str, Any]:
    item = {"id": number, "ap_id": f"https://example.social/{kind}/{number}", "published": AT, **more}
    community = {"community": {"name": "Retro_Computing"}, "post": {"name": "About #Engines"}}
    return {**community, kind: {"name": "About #Engines", **item}, "creator": creator or person()}


def reply(number: int, path: str, name: str, **more: Any) -> dict[str, Any]:
    return view("comment", number, person(name, "far.example", **more), path=path)


def answers(posts: list[Any], comments: list[Any], who: Any = None, **more: Any) -> Answers:
    shown = {"person_view": {"person": who or person(), "counts": {"post_count": 2, "comment_count": 5}}}
    return {f"{API}user": {**shown, "posts": posts, "comments": comments}, **{f"{API}{k}": v for k, v in more.items()}}


def test_posts_comments_and_who_answered_them() -> None:
    post = {**view("post", 1), "counts": {"upvotes": 30, "downvotes": 2, "comments": 4}}
    comment = {**view("comment", 5, path="0.4.5"), "counts": {"upvotes": 3, "downvotes": 0, "child_count": 2}}
    below = [reply(10, "0.10", "Bob"), reply(11, "0.10.11", "cid"), view("comment", 12, path="0.12")]
    under = [reply(20, "0.4.5.20", "dan"), reply(21, "0.4.5.20.21", "eve"), comment]
    listed = {"comment/list?post_id=1": {"comments": below}, "comment/list?parent_id=5": {"comments": under}}
    batches, table = collected(Lemmy(), ME, answers([post], [comment], **listed))
    uri = "https://example.social/"
    assert brief(batches) == {
        ("Create", ADA, ADA, f"{uri}post/1"),
        ("Create", ADA, ADA, f"{uri}comment/5"),
        ("Reply", "bob@far.example", ADA, f"{uri}post/1"),
        ("Reply", "dan@far.example", ADA, f"{uri}comment/5"),
    }
    assert f"lemmy:{uri}comment/10:Reply" in {each.id for each in activity(batches)}
    assert {each.topics for each in activity(batches)} == {("engines", "retro-computing")}
    counts = {(each.kind, each.object, each.total) for batch in batches for each in batch.observations}
    assert {("posts", None, 2), ("upvotes", f"{uri}post/1", 30), ("replies", f"{uri}comment/5", 2)} <= counts
    _, table = collected(Lemmy(), ME, answers([post], [comment], **listed), batches[-1].cursor, NOW + DAY)
    assert len(table.asked) == 1


def test_no_bots_no_banned_nobody_without_a_server() -> None:
    odd = [
        reply(10, "0.10", "a", bot_account=True),
        reply(11, "0.11", "b", banned=True),
        reply(12, "0.12", "c", deleted=True),
        {**reply(13, "0.13", "d"), "creator": {"name": "d", "actor_id": "https://[::1/u/d"}},
        {**reply(14, "0.14", "e"), "creator": {"name": "e/../f", "actor_id": "https://far.example/u/e"}},
        {**reply(15, "0.15", "f"), "creator": None},
        reply(16, "../16", "g"),
        {**reply(17, "0.17", "h"), "comment": {"path": "0.17", "deleted": True, "ap_id": "https://far.example/17"}},
        {**reply(18, "0.18", "i"), "comment": None},
        None,
    ]
    post = {**view("post", 1), "counts": {"comments": 9}}
    batches, _ = collected(Lemmy(), ME, answers([post], [], **{"comment/list": {"comments": odd}}))
    assert {verb for verb, *_ in brief(batches)} == {"Create"}


def test_a_page_reaches_back_as_far_as_both_lists() -> None:
    """Fifty comments of this hour and one post of last month: older comments are on the next pages."""
    recent = [view("comment", n, path=f"0.{n}") for n in range(100, 150)]
    older = [view("comment", 99, path="0.99", published="2026-10-20T10:00:00")]
    post = view("post", 1, published="2026-07-01T10:00:00Z")

    def shown(request: httpx.Request) -> dict[str, Any]:
        first = request.url.params["page"] == "1"
        doc: dict[str, Any] = answers([post] if first else [], recent if first else older)[f"{API}user"]
        return doc

    batches, table = collected(Lemmy(), ME, {f"{API}user": shown})
    assert [request.url.params["page"] for request in table.asked] == ["1", "2"]
    assert len(brief(batches)) == 52
    assert {each.at for each in activity(batches)} >= {1_792_490_400}


@pytest.mark.parametrize(
    ("answer", "deleted"),
    [
        (httpx.Response(404, json={"error": "not_found"}), True),
        (httpx.Response(400, json={"error": "couldnt_find_post"}), True),
        (httpx.Response(400, json={"error": "rate_limit_error"}), False),
        ({"post_view": {"post": {"id": 1, "deleted": True}}}, True),
        ({"post_view": {"post": {"id": 1, "removed": True}}}, True),
        ({"post_view": {"post": {"id": 1}}}, False),
    ],
)
def test_a_post_that_is_not_listed_is_asked_for(answer: Any, deleted: bool) -> None:
    batches, _ = collected(Lemmy(), ME, answers([view("post", 1)], []))
    batches, _ = collected(Lemmy(), ME, answers([], [], post=answer), batches[-1].cursor, NOW + DAY)
    assert [deed[0] for deed in brief(batches)] == (["Delete"] if deleted else [])


def test_accounts_that_are_not_there_or_want_no_part() -> None:
    for gone in (
        httpx.Response(404, json={"error": "couldnt_find_person"}),
        httpx.Response(400, json={"error": "couldnt_find_that_username_or_email"}),
        {"person_view": {"person": person("ada", deleted=True)}},
        {"person_view": {"person": person("bob")}},
    ):
        with pytest.raises(Gone):
            collected(Lemmy(), ME, {f"{API}user": gone})
    with pytest.raises(Unwanted):
        collected(Lemmy(), ME, answers([], [], person(bio="A person. #NoBot")))
    private = httpx.Response(400, json={"error": "instance_is_private\x1b"})
    with pytest.raises(SkippableError, match="instance_is_private"):
        collected(Lemmy(), ME, {f"{API}user": private})


@pytest.mark.parametrize("given", ["ada", "ada@x", "a b@example.social", "a/b@example.social", "ada@example.social/x"])
def test_what_is_no_account(given: str) -> None:
    with pytest.raises(BadInput, match="lemmy:ada@example"):
        Lemmy().resolve(f"lemmy:{given}", client(Table({}), Clock(NOW)))


def test_the_profile_names_pages() -> None:
    shown = answers([], [], person(bio="[my page](https://ada.example), see https://b.example."))
    proof = Lemmy().proof("lemmy:Ada@Example.social", client(Table(shown), Clock(NOW)))
    assert (proof.account, proof.evidence) == (ME, "https://example.social/u/ada")
    assert proof.links == ("https://ada.example", "https://b.example")
