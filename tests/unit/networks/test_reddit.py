"""Reddit: what its API says, as records; how the app gets its token."""

import logging
from typing import Any

import httpx
import pytest

from renown.errors import BadInput, FatalError, Gone, RetriableError, Unwanted
from renown.networks.base import Batch, Cursor
from renown.networks.budget import Budget
from renown.networks.client import Client
from renown.networks.reddit import Reddit
from tests.contract.fakes.visits import Clock, MemoryTable, client
from tests.unit.networks.asked import NOW, Answers, Table, activity, brief, collected

API = "oauth.reddit.com/"
TOKENS = "www.reddit.com/api/v1/access_token"
PASSING = {"access_token": "passing", "token_type": "bearer", "expires_in": 3600, "scope": "*"}
AT = NOW - 3600.5
DAY = 86_400
MADE_UP = "id:made-up"


def thing(name: str, /, **more: Any) -> dict[str, Any]:
    shown = {"name": name, "author": "Ada", "created_utc": AT, "subreddit": "rust", "score": 5, "body": "words"}
    return {"kind": name[:2], "data": {**shown, "permalink": f"/r/rust/comments/{name[3:]}/x/", **more}}


def listing(*things: Any, after: str | None = None) -> dict[str, Any]:
    return {"kind": "Listing", "data": {"children": [*things], "after": after}}


def answers(*things: Any, **more: Any) -> Answers:
    given = {"user/ada/about": {"data": {"name": "Ada", "total_karma": 42}}, "user/ada/overview": listing(*things)}
    return {TOKENS: PASSING, **{f"{API}{path}": answer for path, answer in {**given, **more}.items()}}


def visited(given: Answers, cursor: Cursor | None = None, now: int = NOW) -> tuple[list[Batch], Table]:
    return collected(Reddit(), "reddit:ada", given, cursor, now)


def test_submissions_comments_and_whom_they_answer() -> None:
    batches, table = visited(
        answers(
            thing("t3_a", title="About #Engines", num_comments=0, num_crossposts=2),
            thing("t3_p", subreddit="u_Ada", title="Mine", score=-4),
            thing("t1_b", link_id="t3_o", parent_id="t3_o", link_author="Bob", link_title="Some #maths"),
            thing("t1_c", link_id="t3_o", parent_id="t1_z", link_author="Bob"),
            thing("t1_d", link_id="t3_a", parent_id="t3_a", link_author="Ada"),
            thing("t1_e", link_id="t3_q", parent_id="t3_q", link_author="[deleted]"),
        )
    )
    assert brief(batches) == {
        *{("Create", "ada", "ada", f"reddit:{key}") for key in ("t3_a", "t3_p", "t1_b", "t1_c", "t1_d", "t1_e")},
        ("Reply", "ada", "bob", "reddit:t3_o"),
    }
    made = {each.id: each for each in activity(batches)}
    assert made["reddit:t3_a"].topics == ("engines", "rust")
    assert made["reddit:t3_a"].url == "https://www.reddit.com/r/rust/comments/a/x/"
    assert made["reddit:t3_a"].at == NOW - 3601
    assert made["reddit:t3_p"].topics == ()
    assert made["reddit:t1_b:Reply"].topics == ("maths", "rust")
    counts = {(each.object, each.kind, each.total) for batch in batches for each in batch.observations}
    assert {
        (None, "karma", 42),
        ("reddit:t3_a", "score", 5),
        ("reddit:t3_a", "shares", 2),
        ("reddit:t1_b", "score", 5),
    } <= counts
    assert not [each for each in counts if each[:2] == ("reddit:t3_p", "score")]
    assert "words" not in repr(batches)
    assert {request.url.params["raw_json"] for request in table.asked[1:]} == {"1"}


@pytest.mark.parametrize(
    "more",
    [
        {"over_18": True},
        {"quarantine": True},
        {"removed_by_category": "moderator"},
        {"author": "[deleted]"},
        {"author": "bob"},
        {"name": "t3_../x"},
        {"name": "t5_rust"},
        {"created_utc": None},
        {"created_utc": 1e300},
        {"created_utc": "2026-11-18"},
    ],
)
def test_what_is_not_for_everybody_or_no_post_is_left_out(more: dict[str, Any]) -> None:
    batches, _ = visited(answers(thing("t3_a", **more), None, {"kind": "t3"}))
    assert brief(batches) == set()
    assert batches[-1].complete


def test_who_answered_a_submission() -> None:
    comments = listing(
        thing("t1_1", author="Bob", parent_id="t3_a"),
        thing("t1_2", author="[deleted]", parent_id="t3_a", body="[deleted]"),
        thing("t1_3", author="AutoModerator", parent_id="t3_a"),
        thing("t1_4", author="Ada", parent_id="t3_a"),
        thing("t1_5", author="cid", parent_id="t1_1"),
        {"kind": "more", "data": {"count": 3, "name": "t1__", "children": ["x"]}},
    )
    given = answers(thing("t3_a", num_comments=5), thing("t1_b"), **{"comments/a": [listing(), comments]})
    batches, table = visited(given)
    assert {deed for deed in brief(batches) if deed[0] == "Reply"} == {("Reply", "bob", "ada", "reddit:t3_a")}
    assert {each.id for each in activity(batches)} >= {"reddit:t1_1:Reply"}
    assert table.paths[-1] == "/comments/a"
    assert dict(table.asked[-1].url.params) == {"raw_json": "1", "sort": "new", "depth": "1", "limit": "300"}
    voted = answers(thing("t3_a", num_comments=5, score=900), thing("t1_b"))
    _, table = visited(voted, batches[-1].cursor, NOW + DAY)
    assert [path for path in table.paths if "comments" in path] == []


@pytest.mark.parametrize(
    ("info", "deleted"),
    [
        (listing(thing("t3_a")), False),
        (listing(thing("t3_a", author="[deleted]")), True),
        (listing(thing("t3_a", removed_by_category="moderator")), True),
        (listing(thing("t3_a", over_18=True)), True),
        (listing(), True),
    ],
)
def test_what_is_not_listed_is_asked_for(info: Any, deleted: bool) -> None:
    batches, _ = visited(answers(thing("t3_a"), thing("t1_b")))
    gone = answers(thing("t1_b"), **{"api/info": info})
    batches, table = visited(gone, batches[-1].cursor, NOW + DAY)
    assert (("Delete", "ada", "ada", "reddit:t3_a") in brief(batches)) is deleted
    assert table.asked[-1].url.params["id"] == "t3_a"


def test_an_answer_that_is_no_listing_deletes_nothing() -> None:
    batches, _ = visited(answers(thing("t3_a")))
    with pytest.raises(RetriableError, match="answered without a listing"):
        visited(answers(**{"api/info": {"data": {}}}), batches[-1].cursor, NOW + DAY)


@pytest.mark.parametrize(
    ("profile", "error"),
    [
        (httpx.Response(404, json={}), Gone),
        ({"data": {"name": "Ada", "is_suspended": True}}, Gone),
        ({"data": {"name": "bob"}}, Gone),
        ({"data": {"name": "Ada", "hide_from_robots": True}}, Unwanted),
    ],
)
def test_who_is_not_there_or_asks_to_be_left_alone(profile: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        visited(answers(**{"user/ada/about": profile}))


def test_the_profile_names_pages() -> None:
    shown = {"data": {"name": "Ada", "subreddit": {"public_description": "see https://ada.example."}}}
    proof = Reddit().proof("reddit:u/Ada", client(Table(answers(**{"user/ada/about": shown})), Clock(NOW)))
    assert (proof.account, proof.evidence) == ("reddit:ada", "https://www.reddit.com/user/ada")
    assert proof.links == ("https://ada.example",)


@pytest.mark.parametrize("given", ["reddit:", "reddit:ab", "reddit:a/b/c", "reddit:..", "github:ada", "ada"])
def test_what_is_no_account(given: str) -> None:
    with pytest.raises(BadInput):
        Reddit().resolve(given, client(Table({}), Clock(NOW)))


# the token


def with_secret(table: Table, clock: Clock, secret: str | None) -> Client:
    opened = Reddit.secret
    assert opened is not None
    return Client(
        table,
        Budget(MemoryTable(), clock),
        contact="me",
        clock=clock,
        sleep=clock.sleep,
        access={opened.host: opened.opens(secret)} if secret else {},
    )


def test_the_app_gets_a_token_and_keeps_it_while_it_lasts(caplog: pytest.LogCaptureFixture) -> None:
    table, clock = Table(answers()), Clock(NOW)
    asking = with_secret(table, clock, MADE_UP)
    with caplog.at_level(logging.DEBUG):
        for _ in range(2):
            Reddit().resolve("reddit:ada", asking)
        clock.now += 3600 - 60
        Reddit().resolve("reddit:ada", asking)
    assert table.paths == ["/api/v1/access_token", *["/user/ada/about"] * 2, "/api/v1/access_token", "/user/ada/about"]
    sent = [request.headers["authorization"] for request in table.asked]
    assert sent[:3] == ["Basic aWQ6bWFkZS11cA==", "Bearer passing", "Bearer passing"]
    assert table.asked[0].content == b"grant_type=client_credentials"
    for secret in ("passing", "made-up", "aWQ6bWFkZS11cA"):
        assert secret not in caplog.text


def test_the_token_goes_along_no_redirect_to_another_host() -> None:
    away = httpx.Response(302, headers={"location": "https://evil.example/user/ada"})
    table = Table({**answers(**{"user/ada/about": away}), "evil.example/": {"data": {"name": "ada"}}})
    Reddit().resolve("reddit:ada", with_secret(table, Clock(NOW), MADE_UP))
    assert [request.headers.get("authorization") is not None for request in table.asked] == [True, True, False]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(401, json={"message": "Unauthorized", "error": 401}), FatalError),
        ({"error": "unsupported_grant_type"}, RetriableError),
        ({**PASSING, "access_token": "two\r\nlines"}, RetriableError),
        ({**PASSING, "expires_in": "soon"}, RetriableError),
    ],
)
def test_without_a_token_nothing_else_is_asked(answer: Any, error: type[Exception]) -> None:
    table = Table({**answers(), TOKENS: answer})
    with pytest.raises(error) as raised:
        Reddit().resolve("reddit:ada", with_secret(table, Clock(NOW), MADE_UP))
    assert table.paths == ["/api/v1/access_token"]
    assert "made-up" not in str(raised.value)


def test_without_an_app_nothing_is_asked() -> None:
    table = Table(answers())
    with pytest.raises(FatalError, match="there is no app"):
        Reddit().resolve("reddit:ada", with_secret(table, Clock(NOW), None))
    assert table.asked == []
