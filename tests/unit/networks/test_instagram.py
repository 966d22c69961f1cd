"""Instagram's answers as records; made by hand, about made-up people."""

from typing import Any

import httpx
import pytest

from renown.access import accesses
from renown.errors import BadInput, FatalError, Gone, Unwanted
from renown.networks.graph import HOST
from renown.networks.instagram import Instagram
from renown.networks.registry import NETWORKS
from tests.contract.fakes.graph import refusal
from tests.contract.fakes.visits import Clock, client
from tests.unit.networks.asked import NOW, Answers, Table, activity, brief, collected

API = "graph.facebook.com/v26.0/"
ME = "instagram:ada"
AT = "2026-11-17T10:00:00+0000"
URI = "instagram:media/1"


def media(key: str = "1", **more: Any) -> dict[str, Any]:
    page = f"https://www.instagram.com/p/{key}/"
    return {"id": key, "timestamp": AT, "permalink": page, "like_count": 9, "comments_count": 2, **more}


def answers(*posts: Any, **profile: Any) -> Answers:
    shown = {"id": "179", "username": "ada", "biography": "Looms", "followers_count": 30, "follows_count": 4, **profile}
    return {
        f"{API}me/accounts": {"data": [{"id": "1"}, {"id": "2", "instagram_business_account": {"id": "178"}}]},
        f"{API}178": {"business_discovery": {**shown, "media": {"data": list(posts)}}, "id": "178"},
    }


def test_posts_and_counts() -> None:
    posts = [media(caption="words #Looms", like_count=None), media("../2"), media("3", timestamp="yesterday")]
    batches, table = collected(Instagram(), "instagram:@Ada", answers(*posts, media_count=3))
    assert brief(batches) == {("Create", "ada", "ada", URI)}
    assert [(each.topics, each.url) for each in activity(batches)] == [(("looms",), "https://www.instagram.com/p/1/")]
    counts = {(each.kind, each.object, each.total) for batch in batches for each in batch.observations}
    assert counts == {("followers", None, 30), ("following", None, 4), ("posts", None, 3), ("replies", URI, 2)}
    assert "words" not in repr(batches)
    assert len(table.asked) == 2
    assert batches[-1].complete


def of_own(*posts: Any, **more: Any) -> Answers:
    """What is answered where the account is the operator's."""
    mine = [{"instagram_business_account": {"id": number, "username": name}} for number, name in PROFESSIONAL]
    shown = answers(*posts)
    given = {"me/accounts": {"data": mine}, "179": shown[f"{API}178"], **more}
    return {f"{API}{path}": answer for path, answer in given.items()}


PROFESSIONAL = (("178", "looms"), ("179", "Ada"))


def test_on_the_operators_own_account_who_commented_is_told() -> None:
    comments = [
        {"id": "11", "username": "Bob", "timestamp": AT},
        {"id": "12", "username": "ada", "timestamp": AT},
        {"id": "13", "timestamp": AT},
        {"id": "../4", "username": "cid", "timestamp": AT},
        {"id": "15", "username": "c/d", "timestamp": AT},
    ]
    shown = of_own(media(caption="#Looms"), **{"1/comments": {"data": comments}})
    batches, table = collected(Instagram(), ME, shown)
    assert brief(batches) == {("Create", "ada", "ada", URI), ("Reply", "bob", "ada", URI)}
    assert {each.topics for each in activity(batches)} == {("looms",)}
    assert table.paths == ["/v26.0/me/accounts", "/v26.0/179", "/v26.0/1/comments"]
    again, table = collected(Instagram(), ME, shown, batches[-1].cursor, NOW + 60)
    assert "/v26.0/1/comments" not in table.paths
    assert again[-1].complete


@pytest.mark.parametrize(("there", "deleted"), [(refusal(100, 33), True), (refusal(10), False), ({"id": "1"}, False)])
def test_a_post_of_the_operators_own_is_asked_for(there: Any, deleted: bool) -> None:
    first, _ = collected(Instagram(), ME, of_own(media(comments_count=0)))
    for visit in (1, 2):
        first, _ = collected(Instagram(), ME, of_own(**{"1": there}), first[-1].cursor, NOW + visit)
        assert [verb for verb, *_ in brief(first)] == (["Delete"] if deleted and visit == 1 else [])


def test_the_next_page_is_asked_for_inside_the_field() -> None:
    def page(request: httpx.Request) -> httpx.Response:
        is_first = ".after(" not in request.url.params["fields"]
        after = {"paging": {"cursors": {"after": "QQ=="}}} if is_first else {}
        shown = {"data": [media("1" if is_first else "2")], **after}
        return httpx.Response(200, json={"business_discovery": {"id": "179", "username": "ada", "media": shown}})

    batches, table = collected(Instagram(), ME, {**answers(), f"{API}178": page})
    assert {uri for *_, uri in brief(batches)} == {URI, "instagram:media/2"}
    assert "media.limit(50).after(QQ==){id," in table.asked[2].url.params["fields"]


def test_a_cursor_that_is_none_is_not_sent() -> None:
    shown = answers(media())
    shown[f"{API}178"]["business_discovery"]["media"]["paging"] = {"cursors": {"after": "x){username}"}}
    assert len(collected(Instagram(), ME, shown)[1].asked) == 2


def test_a_page_s_own_token_finds_the_page_s_account() -> None:
    own = {f"{API}me/accounts": refusal(100), f"{API}me": {"id": "2", "instagram_business_account": {"id": "178"}}}
    batches, table = collected(Instagram(), ME, answers(media()) | own)
    assert brief(batches) == {("Create", "ada", "ada", URI)}
    assert table.paths == ["/v26.0/me/accounts", "/v26.0/me", "/v26.0/178"]


@pytest.mark.parametrize("pages", [[], [{"id": "1"}], [{"instagram_business_account": {"id": "../1"}}]])
def test_a_token_without_a_professional_account_is_fatal(pages: list[Any]) -> None:
    with pytest.raises(FatalError, match="connect one"):
        collected(Instagram(), ME, {**answers(), f"{API}me/accounts": {"data": pages}})


def test_the_token_for_facebook_opens_it() -> None:
    assert set(accesses(None, NETWORKS, {"RENOWN_SECRET_FACEBOOK": "made-up"})) == {HOST}
    assert set(accesses(None, NETWORKS, {"RENOWN_SECRET_INSTAGRAM": "made-up"})) == {HOST}


def test_a_post_is_deleted_once_two_visits_have_missed_it() -> None:
    first, _ = collected(Instagram(), ME, answers(media("1"), media("2")))
    missed, _ = collected(Instagram(), ME, answers(media("2")), first[-1].cursor, NOW + 60)
    assert (brief(missed) <= brief(first), missed[-1].complete) == (True, False)
    gone, _ = collected(Instagram(), ME, answers(media("2")), missed[-1].cursor, NOW + 60)
    assert ("Delete", "ada", "ada", URI) in brief(gone)
    assert gone[-1].complete


def test_a_name_that_is_somebody_else_s_now_is_gone() -> None:
    first, _ = collected(Instagram(), ME, answers(media()))
    for shown in ({"id": "200"}, {"username": "bob"}, {"id": None}):
        with pytest.raises(Gone, match="no such professional account"):
            collected(Instagram(), ME, answers(**shown), first[-1].cursor)
    with pytest.raises(Gone, match="instagram:ada"):
        collected(Instagram(), ME, {**answers(), f"{API}178": refusal(110, 2207013)})


@pytest.mark.parametrize("given", ["instagram:", "instagram:a){id}", "instagram:a b", "instagram:ä", "github:ada"])
def test_what_is_no_account(given: str) -> None:
    with pytest.raises(BadInput):
        Instagram().resolve(given, client(Table({}), Clock(NOW)))


def test_the_profile_names_pages() -> None:
    shown = answers(website="https://ada.example", biography="Also https://looms.example.")
    proof = Instagram().proof("instagram:@Ada", client(Table(shown), Clock(NOW)))
    assert (proof.account, proof.evidence) == (ME, "https://www.instagram.com/ada")
    assert proof.addresses == ("https://instagram.com/ada",)
    assert proof.links == ("https://ada.example", "https://looms.example")
    assert Instagram().resolve(" instagram:@Ada", client(Table(shown), Clock(NOW))) == ME


def test_who_asks_to_be_left_alone_is() -> None:
    with pytest.raises(Unwanted):
        collected(Instagram(), ME, answers(biography="Looms #noindex"))
