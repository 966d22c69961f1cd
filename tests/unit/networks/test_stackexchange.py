"""Stack Exchange: what its API says, as records."""

from typing import Any

import httpx
import pytest

from renown.errors import BadInput, FatalError, Gone, HostResting, RetriableError, SkippableError
from renown.networks.client import Access, Client
from renown.networks.stackexchange import StackExchange
from tests.contract.fakes.visits import Clock, client
from tests.unit.networks.asked import NOW, Answers, Table, activity, brief, collected

API = "api.stackexchange.com/2.3/"
ME = "stackexchange:beer/7"
POST = "stackexchange:beer/posts/"
AT = NOW - 3600
DAY = 86_400


def user(number: int) -> dict[str, Any]:
    return {"user_id": number, "user_type": "registered"}


def question(number: int, owner: int = 7, **more: Any) -> dict[str, Any]:
    shown = {"question_id": number, "creation_date": AT, "owner": user(owner), "tags": ["ipa", "hops"]}
    return {**shown, "score": 4, "view_count": 90, "answer_count": 1, **more}


def answer(number: int, to: int, owner: int = 7, **more: Any) -> dict[str, Any]:
    return {"answer_id": number, "question_id": to, "creation_date": AT, "owner": user(owner), "score": 2, **more}


def comment(number: int, on: int, owner: int, **more: Any) -> dict[str, Any]:
    return {"comment_id": number, "post_id": on, "creation_date": AT, "owner": user(owner), **more}


def answers(**lists: Any) -> Answers:
    """What the API answers: the items for each path, in which / is written as __ and ; as _."""
    nothing: Answers = {
        "users/7/answers": [],
        "users/7/questions": [],
        "users/7/mentioned": [],
        "posts/": [],
        "questions/": [],
    }
    profile = {"users/7": [{**user(7), "reputation": 101, "question_count": 1, "answer_count": 1}]}
    given = {path.replace("__", "/").replace("_", ";"): items for path, items in lists.items()}
    return {
        f"{API}{path}": items if callable(items) or isinstance(items, httpx.Response) else {"items": items}
        for path, items in {**nothing, **profile, **given}.items()
    }


def test_who_did_what_and_under_the_ids_of_the_dump() -> None:
    lists = answers(
        users__7__questions=[question(10)],
        users__7__answers=[answer(20, 15)],
        questions__15=[question(15, 3, tags=["yeast"], accepted_answer_id=20)],
        posts__10_20__comments=[comment(31, 10, 4), comment(32, 20, 3), comment(33, 10, 7), comment(34, 99, 4)],
        questions__10__answers=[answer(11, 10, 5), answer(12, 10, 7)],
        users__7__mentioned=[comment(41, 50, 6), comment(42, 51, 6)],
        posts__50_51=[{"post_id": 50, "owner": user(8)}, {"post_id": 51, "owner": user(7)}],
    )
    batches, _ = collected(StackExchange(), ME, lists)
    assert batches[-1].complete
    assert [each for batch in batches for each in batch.rejects] == []
    assert {each.id.partition(":")[2]: (each.actor[19:], each.author, each.object) for each in activity(batches)} == {
        "beer/posts/10:Create": ("7", ME, f"{POST}10"),
        "beer/posts/20:Create": ("7", ME, f"{POST}20"),
        "beer/posts/20:Reply": ("7", "stackexchange:beer/3", f"{POST}15"),
        "beer/posts/20:Accept": ("3", ME, f"{POST}20"),
        "beer/comments/31:Reply": ("4", ME, f"{POST}10"),
        "beer/comments/32:Reply": ("3", ME, f"{POST}20"),
        "beer/posts/11:Reply": ("5", ME, f"{POST}10"),
        "beer/comments/41:Mention:7": ("6", ME, f"{POST}50"),
        "beer/comments/42:Reply": ("6", ME, f"{POST}51"),  # on an older post of the account
    }
    found = {each.id.partition("/")[2]: each for each in activity(batches)}
    assert found["posts/20:Create"].topics == ("yeast",)
    assert found["posts/11:Reply"].topics == ("hops", "ipa")
    assert found["posts/20:Accept"].at is None
    assert found["posts/20:Create"].url == "https://beer.stackexchange.com/a/20"
    assert found["comments/31:Reply"].url == "https://beer.stackexchange.com/posts/comments/31"
    counts = {(each.kind, each.object, each.total) for batch in batches for each in batch.observations}
    assert counts >= {("reputation", None, 101), ("score", f"{POST}20", 2), ("views", f"{POST}10", 90)}


def test_an_answer_is_accepted_once_and_later_too() -> None:
    mine = {"users__7__answers": [answer(20, 15)]}
    batches, _ = collected(StackExchange(), ME, answers(**mine, questions__15=[question(15, 3)]))
    assert {deed[0] for deed in brief(batches)} == {"Create", "Reply"}
    accepted = answers(questions__15=[question(15, 3, accepted_answer_id=20)], posts__20=[{"post_id": 20}])
    batches, _ = collected(StackExchange(), ME, accepted, batches[-1].cursor, NOW + 20 * DAY)
    assert ("Accept", "beer/3", "beer/7", f"{POST}20") in brief(batches)
    batches, table = collected(StackExchange(), ME, accepted, batches[-1].cursor, NOW + 21 * DAY)
    assert "Accept" not in {deed[0] for deed in brief(batches)}
    assert not [path for path in table.paths if path.endswith("questions/15")]
    _, table = collected(StackExchange(), ME, accepted, batches[-1].cursor, NOW + 40 * DAY)
    assert not [path for path in table.paths if path.endswith("comments")]


def test_deleted_people_and_the_sites_own_are_nobody() -> None:
    nobody = [{"user_type": "does_not_exist", "user_id": 5}, {"user_id": -1}, {"display_name": "user5"}, None, 3]
    comments = [{**comment(n, 10, 1), "owner": owner} for n, owner in enumerate(nobody, 30)]
    lists = answers(users__7__questions=[question(10)], posts__10__comments=comments)
    assert brief(collected(StackExchange(), ME, lists)[0]) == {("Create", "beer/7", "beer/7", f"{POST}10")}


def test_more_reactions_than_are_read_at_once_are_owed_from_where_the_reading_ended() -> None:
    def comments(request: httpx.Request) -> dict[str, Any]:
        since, page = int(request.url.params["fromdate"]), int(request.url.params["page"])
        there = [comment(n, 10, n, creation_date=AT + n) for n in range(1, 1501) if AT + n >= since]
        return {"items": there[100 * page - 100 : 100 * page], "has_more": len(there) > 100 * page}

    lists = answers(users__7__questions=[question(10)], posts__10__comments=comments)
    batches, _ = collected(StackExchange(), ME, lists)
    assert [batch.complete for batch in batches] == [False, False, False, True]
    assert len({each.actor for each in activity(batches) if each.verb == "Reply"}) == 1499  # all but the account's own


def test_a_list_that_cannot_be_had_does_not_stand_in_the_way() -> None:
    lists = answers(
        users__7__questions=[question(10)],
        posts__10__comments=httpx.Response(404, json={}),
        questions__10__answers=[answer(11, 10, 5)],
    )
    batches, _ = collected(StackExchange(), ME, lists)
    assert ("Reply", "beer/5", "beer/7", f"{POST}10") in brief(batches)
    assert batches[-1].complete
    assert "404" in "".join(reject for batch in batches for reject in batch.rejects)


@pytest.mark.parametrize(("there", "deleted"), [([], True), ([{"post_id": 10}], False)])
def test_a_post_that_is_not_listed_is_asked_for(there: list[Any], deleted: bool) -> None:
    batches, _ = collected(StackExchange(), ME, answers(users__7__questions=[question(10)]))
    batches, _ = collected(StackExchange(), ME, answers(posts__10=there), batches[-1].cursor, NOW + DAY)
    assert {deed[0] for deed in brief(batches)} == ({"Delete"} if deleted else set())


def error(number: int, message: str) -> httpx.Response:
    return httpx.Response(400, json={"error_id": number, "error_message": message, "error_name": "x"})


def test_what_the_body_says_about_waiting_is_obeyed() -> None:
    clock = Clock(NOW)
    lists = answers() | {f"{API}users/7": lambda _: {"items": [user(7)], "backoff": 9, "quota_remaining": 5}}
    list(StackExchange().collect(ME, None, client(Table(lists), clock), NOW))
    assert 8 < max(clock.slept) <= 9
    spent = answers() | {f"{API}users/7": lambda _: {"items": [user(7)], "quota_remaining": 0}}
    with pytest.raises(HostResting) as raised:
        collected(StackExchange(), ME, spent)
    assert raised.value.until == NOW + 3600


@pytest.mark.parametrize(
    ("message", "until"), [("too many requests from this IP, more requests available in 7200 seconds", 7200), ("", 60)]
)
def test_a_refusal_with_status_400_is_obeyed(message: str, until: int) -> None:
    table = Table({API: error(502, message)})
    with pytest.raises(HostResting) as raised:
        StackExchange().resolve(ME, client(table, Clock(NOW)))
    assert (raised.value.until, len(table.asked)) == (NOW + until, 1)


def test_a_short_refusal_is_waited_for_and_not_for_ever() -> None:
    table, clock = Table({API: error(502, "available in 5 seconds")}), Clock(NOW)
    with pytest.raises(RetriableError, match="error 502"):
        StackExchange().resolve(ME, client(table, clock))
    assert (len(table.asked), clock.slept) == (3, [5.0, 5.0])


def test_other_errors_are_skipped_but_a_wrong_key_stops_the_network() -> None:
    with pytest.raises(SkippableError, match="No site found"):
        StackExchange().resolve(ME, client(Table({API: error(400, "No site found for name\x1b")}), Clock(NOW)))
    wrong = Table({API: error(400, "`key` doesn't match a known application")})
    plain = client(wrong, Clock(NOW))
    keyed = Client(
        wrong, plain._budget, contact="x", clock=Clock(NOW), sleep=Clock(NOW).sleep,
        access={"api.stackexchange.com": Access(params={"key": "made-up"})},
    )  # fmt: skip
    with pytest.raises(FatalError, match="key"):
        StackExchange().resolve(ME, keyed)
    assert wrong.asked[-1].url.params["key"] == "made-up"


@pytest.mark.parametrize(
    ("given", "stored", "site"),
    [
        ("stackexchange:Beer.stackexchange.com/7", "beer/7", "beer.stackexchange.com"),
        ("stackexchange:stackoverflow/7", "stackoverflow/7", "stackoverflow.com"),
        ("stackexchange:mathoverflow.net/7", "mathoverflow/7", "mathoverflow.net"),
        ("stackexchange:meta.askubuntu.com/7", "meta.askubuntu/7", "meta.askubuntu.com"),
        ("stackexchange:bicycles.meta/7", "bicycles.meta/7", "bicycles.meta.stackexchange.com"),
    ],
)
def test_a_site_has_one_name_and_its_address(given: str, stored: str, site: str) -> None:
    table = Table(answers())
    assert StackExchange().resolve(given, client(table, Clock(NOW))) == f"stackexchange:{stored}"
    assert table.asked[0].url.params["site"] == site


@pytest.mark.parametrize("given", ["beer", "beer/", "beer/0", "beer/x", "../7", "a.b.c.d/7", "beer/7;8", "b eer/7"])
def test_what_is_no_account(given: str) -> None:
    with pytest.raises(BadInput, match="stackexchange:beer/12"):
        StackExchange().resolve(f"stackexchange:{given}", client(Table({}), Clock(NOW)))


def test_nobody_there() -> None:
    with pytest.raises(Gone, match="no such user"):
        StackExchange().resolve(ME, client(Table(answers(users__7=[])), Clock(NOW)))


def test_items_of_another_shape_are_passed_over() -> None:
    odd = [None, 3, {}, {"question_id": 1}, question(1, creation_date="x"), question(2, tags="x", creation_date=5)]
    batches, _ = collected(StackExchange(), ME, answers(users__7__questions=[*odd, question(9, tags=[3, None])]))
    assert brief(batches) == {("Create", "beer/7", "beer/7", f"{POST}9")}
    assert batches[0].rejects == ["time 5 is before 1990"]


def test_the_profile_names_pages_and_other_sites() -> None:
    shown = {
        **user(7),
        "account_id": 70,
        "website_url": "https://ada.example",
        "about_me": '<a href="https://b.example">',
        "link": "https://beer.stackexchange.com/users/7/ada",
    }
    elsewhere = [
        {"site_url": "https://wine.stackexchange.com", "user_id": 5},
        {"site_url": "javascript:x", "user_id": 5},
    ]
    lists = answers(users__7=[shown], filters__create=[{"filter": "!f"}], users__70__associated=elsewhere)
    proof = StackExchange().proof(ME, client(table := Table(lists), Clock(NOW)))
    wine = "https://wine.stackexchange.com/users/5"
    assert (proof.links, proof.verified) == (("https://ada.example", "https://b.example", wine), (wine,))
    assert proof.evidence == "https://beer.stackexchange.com/users/7"
    assert proof.addresses == ("https://beer.stackexchange.com/users/7/ada",)
    assert table.asked[1].url.params["filter"] == "!f"
    odd = answers(users__7=[shown], filters__create=[{"filter": "\ud800"}], users__70__associated=elsewhere)
    assert StackExchange().proof(ME, client(Table(odd), Clock(NOW))).links[0] == "https://ada.example"
