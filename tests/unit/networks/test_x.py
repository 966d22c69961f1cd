"""X: what its API says, as records, and what it costs."""

from typing import Any

import httpx
import pytest

from renown.errors import BadInput, FatalError, Gone, HostResting, RetriableError, Unwanted
from renown.networks.base import Batch, Cursor
from renown.networks.budget import Budget
from renown.networks.client import Client
from renown.networks.x import X
from tests.contract.fakes.visits import ACCESS, Clock, MemoryTable, Visits, client
from tests.contract.fakes.world import DAY, Server
from tests.contract.fakes.x import FakeX
from tests.unit.networks.asked import NOW, Answers, Table, activity, brief, collected

API = "api.x.com/2/"
AT = "2026-11-18T10:00:00.000Z"
ADA = {"id": "7", "username": "ada", "name": "Ada", "protected": False}


def post(key: int | str, author: str = "7", **more: Any) -> dict[str, Any]:
    shown = {"id": str(key), "author_id": author, "created_at": AT, "conversation_id": str(key), "text": "words"}
    return {**shown, "public_metrics": {"like_count": 3}, **more}


def listed(*data: Any, **more: Any) -> dict[str, Any]:
    return {"data": [*data], "meta": {}, **more} if data else {"meta": {}, **more}


def people(*ids: str) -> dict[str, Any]:
    return {"users": [{"id": who, "username": f"u{who}", "protected": who == "13"} for who in ids]}


def refers(kind: str, key: int, **more: Any) -> dict[str, Any]:
    return {"referenced_posts": [{"type": kind, "id": str(key)}], **more}


def named(start: int, who: str = "7") -> dict[str, Any]:
    return {"mentions": [{"start": start, "end": start + 4, "username": "ada", "id": who}]}


def answers(posts: Any = None, mentions: Any = None, **more: Any) -> Answers:
    given = {"users/7": {"data": ADA}, "users/7/tweets": posts or listed(), "users/7/mentions": mentions or listed()}
    return {f"{API}{path}": answer for path, answer in {**given, **more}.items()}


def visited(given: Answers, cursor: Cursor | None = None, now: int = NOW) -> tuple[list[Batch], Table]:
    return collected(X(), "x:7", given, cursor, now)


def test_posts_and_whom_they_mention() -> None:
    tags = {"hashtags": [{"start": 0, "end": 3, "tag": "Rust"}]}
    entities = {**tags, "mentions": [*named(0, "8")["mentions"], {"start": 9, "end": 12, "username": "gone"}]}
    talk = post(3, conversation_id="1", entities=named(0, "9"))
    batches, table = visited(answers(listed(post(2, entities=entities), talk, post("1/../2"), {"id": "4"}, None)))
    assert brief(batches) == {
        ("Create", "7", "7", "x:posts/2"),
        ("Mention", "7", "8", "x:posts/2"),
        ("Create", "7", "7", "x:posts/3"),  # whom it answers is seen from the other side
    }
    made = {each.id: each for each in activity(batches)}
    assert set(made) == {"x:posts/2", "x:posts/2:Mention:x:8", "x:posts/3"}
    assert (made["x:posts/2"].topics, made["x:posts/2"].url) == (("rust",), "https://x.com/i/status/2")
    assert {(each.kind, each.total) for batch in batches for each in batch.observations} == {("likes", 3)}
    assert "words" not in repr(batches)
    asked = table.asked[1].url.params
    assert (asked["exclude"], asked["start_time"]) == ("retweets", "2026-11-11T11:06:40Z")


def test_only_what_is_new_is_asked_for() -> None:
    batches, _ = visited(answers(listed(post(2)), listed(post(5, "8"), includes=people("8"))))
    state = batches[-1].cursor
    assert (state["post"], state["mentions"]["since"]) == ("2", "5")
    batches, table = visited(answers(tweets=listed(post(2))), state, NOW + DAY)
    assert [request.url.params.get("since_id") for request in table.asked] == [None, "2", None, "5"]
    assert table.asked[2].url.params["ids"] == "2"
    assert activity(batches) == [] or {each.id for each in activity(batches)} == {"x:posts/2"}
    assert (batches[-1].cursor["post"], batches[-1].cursor["mentions"]["since"]) == ("2", "5")


def problem(kind: str, key: str) -> dict[str, Any]:
    return {
        "type": f"https://api.x.com/2/problems/{kind}",
        "title": "t",
        "detail": "d",
        "resource_id": key,
        "value": key,
    }


@pytest.mark.parametrize(
    ("answer", "deleted"),
    [
        (listed(errors=[problem("resource-not-found", "2")]), True),
        (listed(post(3), errors=[problem("not-authorized-for-resource", "2")]), True),
        (listed(post(3)), True),
        (listed(post(3), errors=[problem("internal-error", "2")]), False),
        (listed(errors=[problem("resource-unavailable", "2"), problem("resource-not-found", "3")]), False),
        (listed(post(2)), False),
    ],
)
def test_a_post_that_is_missing_where_it_was_asked_for_is_deleted(answer: Any, deleted: bool) -> None:
    batches, _ = visited(answers(listed(post(2), post(3))))
    batches, _ = visited(answers(tweets=answer), batches[-1].cursor, NOW + DAY)
    assert (("Delete", "7", "7", "x:posts/2") in brief(batches)) is deleted
    assert ("2" in batches[-1].cursor["posts"]) is not deleted


def test_an_answer_without_posts_or_problems_deletes_nothing() -> None:
    batches, _ = visited(answers(listed(post(2))))
    with pytest.raises(RetriableError, match="answered without posts"):
        visited(answers(tweets={"meta": {}}), batches[-1].cursor, NOW + DAY)


def test_more_posts_than_one_call_takes_are_not_taken_for_deleted() -> None:
    batches, _ = visited(answers(listed(*[post(number) for number in range(1, 131)])))

    def there(request: httpx.Request) -> httpx.Response:
        ids = request.url.params["ids"].split(",")
        assert len(ids) == 100
        return httpx.Response(200, json=listed(*[post(int(key)) for key in ids]))

    batches, _ = visited(answers(tweets=there), batches[-1].cursor, NOW + DAY)
    assert "Delete" not in {verb for verb, *_ in brief(batches)}
    assert len(batches[-1].cursor["posts"]) == 130


def test_what_others_do_by_mentioning() -> None:
    mine = post(1, entities={"hashtags": [{"tag": "maths"}]})
    given = [
        post(20, "8", **refers("replied_to", 1)),
        post(21, "9", **refers("quoted", 1), entities=named(0)),
        post(22, "8", entities=named(5)),
        post(23, "8", **refers("replied_to", 99), display_text_range=[5, 30], entities=named(0)),
        post(24, "9", **refers("replied_to", 99), display_text_range=[5, 30], entities=named(9)),
        post(25, "8", **refers("retweeted", 1), entities=named(0)),
        post(26, "13", entities=named(0)),
        post(27, "7", entities=named(0)),
        post(28, "77", entities=named(0)),
    ]
    shown = {**people("8", "9", "13", "7"), "posts": [mine, post(99, "50")]}
    batches, table = visited(answers(mentions=listed(*given, includes=shown)))
    assert brief(batches) == {
        ("Reply", "8", "7", "x:posts/1"),
        ("Quote", "9", "7", "x:posts/1"),
        ("Mention", "8", "7", "x:posts/22"),
        ("Mention", "9", "7", "x:posts/24"),
    }
    made = {each.id: each for each in activity(batches)}
    assert set(made) == {
        "x:posts/20:Reply", "x:posts/21:Quote", "x:posts/22:Mention:x:7", "x:posts/24:Mention:x:7"
    }  # fmt: skip
    assert made["x:posts/20:Reply"].topics == ("maths",)
    assert table.asked[-1].url.params["expansions"] == "author_id,referenced_posts"


def test_many_mentions_are_read_on_later_visits() -> None:
    """At most five pages a visit, and no page, nor anything else, is paid for twice."""
    fake = FakeX()
    wrote = fake.write(fake.now - 5000)
    for who in range(1, 231):
        fake.react(wrote, "Reply", who)
    visits = Visits(fake)
    requests, counted = [], 0
    while not visits.complete:
        visits.visit()
        requests.append(visits.requests)
        counted += visits.cost
    assert requests == [7, 5, 2]
    assert visits.deeds() == fake.deeds()
    assert counted == fake.cost


def test_mentions_that_are_owed_hold_up_nothing_else() -> None:
    fake = FakeX()
    wrote = fake.write(fake.now - 5000)
    for who in range(1, 151):
        fake.react(wrote, "Reply", who)
    fake.react(wrote, "Announce", 900)
    visits = Visits(fake)
    visits.visit()
    assert ("Announce", "x:1900", "x:7", "x:posts/1") in visits.deeds()
    assert not visits.complete
    fake.now += DAY
    fake.write(fake.now - 60)
    visits.visit()
    assert visits.deeds() == fake.deeds()
    assert visits.complete


def test_people_are_looked_up_where_a_count_grew_and_no_more_than_it_did() -> None:
    who = [*people("8", "7", "13")["users"], {"id": "x"}, None]
    quotes = listed(post(30, "9"), post(31, "13"), post(32, "7"), includes=people("9", "13", "7"))
    crowds = {"tweets/2/retweeted_by": listed(*who), "tweets/2/quote_tweets": quotes}
    counts = {"repost_count": 4, "quote_count": 1, "like_count": 9, "reply_count": 2}
    batches, table = visited(answers(listed(post(2, public_metrics=counts)), **crowds))
    assert brief(batches) == {
        ("Create", "7", "7", "x:posts/2"),
        ("Announce", "8", "7", "x:posts/2"),
        ("Quote", "9", "7", "x:posts/2"),
    }
    sizes = {request.url.path.rpartition("/")[2]: request.url.params.get("max_results") for request in table.asked}
    assert (sizes["retweeted_by"], sizes["quote_tweets"]) == ("7", "10")
    liked = {"tweets": listed(post(2, public_metrics={"repost_count": 4, "quote_count": 1, "like_count": 99}))}
    _, table = visited(answers(**liked), batches[-1].cursor, NOW + DAY)
    assert table.paths == ["/2/users/7", "/2/users/7/tweets", "/2/tweets", "/2/users/7/mentions"]


def test_people_are_looked_up_for_few_posts_a_visit_and_the_next_one_pays_for_nothing_else() -> None:
    posts = listed(*[post(number, public_metrics={"repost_count": 1}) for number in range(1, 8)])
    crowds = {f"tweets/{number}/retweeted_by": listed(*people("8")["users"]) for number in range(1, 8)}
    batches, table = visited(answers(posts, **crowds))
    assert len(table.asked) == 3 + 5
    assert not batches[-1].complete
    batches, table = visited(answers(posts, **crowds), batches[-1].cursor)
    assert {path.rpartition("/")[2] for path in table.paths} == {"retweeted_by"}
    assert len(table.asked) == 2
    assert batches[-1].complete


def test_behind_a_crowd_no_further_post_is_looked_at_on_the_same_visit() -> None:
    fake = FakeX()
    for _ in range(2):
        wrote = fake.write(fake.now - 5000)
        for who in range(1, 401):
            fake.react(wrote, "Announce", who)
    visits = Visits(fake)
    visits.visit()
    assert sum(verb == "Announce" for verb, *_ in visits.deeds()) == 300
    assert not visits.complete
    visits.visit()
    assert visits.complete
    assert visits.requests == 3


def test_a_profile_that_is_protected_or_gone() -> None:
    with pytest.raises(Unwanted):
        visited(answers(**{"users/7": {"data": {**ADA, "protected": True}}}))
    with pytest.raises(Gone):
        visited(answers(**{"users/7": {"errors": [problem("resource-not-found", "7")]}}))
    with pytest.raises(RetriableError):
        visited(answers(**{"users/7": {"errors": [problem("internal-error", "7")]}}))


def test_what_only_the_operator_can_mend() -> None:
    bare = Client(Table({}), Budget(MemoryTable(), Clock(NOW)), contact="me", clock=Clock(NOW), sleep=Clock(NOW).sleep)
    with pytest.raises(FatalError, match="there is no token"):
        next(X().collect("x:7", None, bare, NOW))
    with pytest.raises(FatalError, match="credits are used up"):
        visited(answers(**{"users/7": httpx.Response(402, json={"title": "CreditsDepleted"})}))


@pytest.mark.parametrize(
    ("given", "path"),
    [("x:ada", "by/username/ada"), ("x:@Ada_1", "by/username/Ada_1"), ("x:7", "7"), ("x:@7", "by/username/7")],
)
def test_a_name_or_a_number_is_resolved_to_the_number(given: str, path: str) -> None:
    table = Table({f"{API}users/{path}?": {"data": ADA}})
    assert X().resolve(given, client(table, Clock(NOW))) == "x:7"


@pytest.mark.parametrize("given", ["x:", "x:a/b", "x:@", "x:ada lovelace", "x:" + "a" * 16, "ada"])
def test_what_is_no_account(given: str) -> None:
    with pytest.raises(BadInput):
        X().resolve(given, client(Table({}), Clock(NOW)))
    with pytest.raises(BadInput):
        next(X().collect(given, None, client(Table({}), Clock(NOW)), NOW))


# what it costs


def paying(fake: FakeX, allowance: int, clock: Clock, table: MemoryTable) -> Client:
    return Client(
        Server(fake),
        Budget(table, clock),
        contact="me",
        clock=clock,
        sleep=clock.sleep,
        access=ACCESS,
        allowances={"api.x.com": allowance},
    )


def test_no_more_is_paid_in_a_day_than_the_operator_allows_and_nothing_is_lost() -> None:
    fake, clock, table = FakeX(), Clock(NOW), MemoryTable()
    for day in range(3):
        wrote = fake.write(fake.now - day * 3600 - 600, "maths")
        for who in range(1, 40):
            fake.react(wrote, fake.verbs[who % 3], who)
    found, cursor, days = set(), None, []
    for _ in range(12):
        before = fake.cost
        try:
            for batch in X().collect(fake.account, cursor, paying(fake, 600_000, clock, table), int(clock.now)):
                cursor = batch.cursor
                found |= {(each.verb, each.actor, each.author, each.object) for each in batch.activity}
            break
        except HostResting as resting:
            clock.now = resting.until
        days.append(fake.cost - before)
    assert found == fake.deeds()
    assert len(days) >= 2
    assert max(days) <= 600_000


def test_without_an_allowance_nothing_is_asked() -> None:
    fake, clock = FakeX(), Clock(NOW)
    server = paying(fake, 0, clock, MemoryTable())
    with pytest.raises(HostResting):
        next(X().collect(fake.account, None, server, NOW))
    assert (fake.cost, server.spent.requests) == (0, 0)


def test_an_answer_that_cannot_be_read_counts_as_the_most_that_it_can_cost() -> None:
    broken = httpx.Response(200, content=b'{"data": [', headers={"content-type": "application/json"})
    given = client(Table(answers(broken)), Clock(NOW))
    with pytest.raises(RetriableError):
        next(X().collect("x:7", None, given, NOW))
    assert given.spent.cost == 10_000 + 20 * 5_000
