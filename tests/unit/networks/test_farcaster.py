"""Farcaster: what a hub says, as records."""

from typing import Any

import httpx
import pytest

from renown.errors import BadInput, FatalError, Gone, SkippableError, Unwanted
from renown.networks.base import Batch, Cursor
from renown.networks.budget import Budget
from renown.networks.client import Client
from renown.networks.farcaster import EPOCH, Farcaster
from tests.contract.fakes.visits import Clock, MemoryTable, client
from tests.unit.networks.asked import NOW, Answers, Table, activity, brief, collected

HUB = "snapchain-api.neynar.com/v1/"
DAY = 86_400
NOT_FOUND = httpx.Response(404, json={"errCode": "not_found"})


def key(number: int) -> str:
    return f"0x{number:040x}"


def message(number: int, fid: Any = 7, at: Any = NOW - 3600, **data: Any) -> dict[str, Any]:
    timestamp = at - EPOCH if isinstance(at, int) else at
    return {"hash": key(number), "data": {"fid": fid, "timestamp": timestamp, **data}}


def cast(number: int, fid: Any = 7, at: Any = NOW - 3600, **body: Any) -> dict[str, Any]:
    return message(number, fid, at, castAddBody={"text": "words", "mentions": [], "embeds": [], **body})


def listed(*messages: Any, following: str = "") -> dict[str, Any]:
    return {"messages": [*messages], "nextPageToken": following}


def data(kind: str, value: str) -> dict[str, Any]:
    return message(1, userDataBody={"type": f"USER_DATA_TYPE_{kind}", "value": value})


def answers(*casts: Any, **more: Any) -> Answers:
    empty = ("castsByMention", "castsByParent", "reactionsByCast", "linksByTargetFid")
    given = {"userDataByFid": listed(data("BIO", "Engines")), "castsByFid": listed(*casts)}
    return {f"{HUB}{path}": answer for path, answer in {**dict.fromkeys(empty, listed()), **given, **more}.items()}


def visited(given: Answers, cursor: Cursor | None = None, now: int = NOW) -> tuple[list[Batch], Table]:
    return collected(Farcaster(), "farcaster:7", given, cursor, now)


def parent(number: int, fid: int = 7) -> dict[str, Any]:
    return {"parentCastId": {"fid": fid, "hash": key(number)}}


def quoting(number: int, fid: int = 7) -> dict[str, Any]:
    return {"embeds": [{"url": "https://a.example"}, {"castId": {"fid": fid, "hash": key(number)}}]}


def test_casts_and_whom_they_reach() -> None:
    batches, _ = visited(
        answers(
            cast(1, text="About #Engines", parentUrl="https://farcaster.xyz/~/channel/maths"),
            cast(2, **parent(9, 8), mentions=[8, 10, 7, 0, "11", None]),
            cast(3, **quoting(9, 8)),
            cast(4, **parent(1)),
        )
    )
    assert brief(batches) == {
        *{("Create", "7", "7", f"farcaster:{key(number)}") for number in (1, 2, 3, 4)},
        ("Reply", "7", "8", f"farcaster:{key(9)}"),
        ("Mention", "7", "10", f"farcaster:{key(2)}"),
        ("Quote", "7", "8", f"farcaster:{key(9)}"),
    }
    made = {each.id: each for each in activity(batches)}
    assert made[f"farcaster:{key(1)}"].topics == ("engines", "maths")
    assert made[f"farcaster:{key(1)}"].url == f"https://farcaster.xyz/~/conversations/{key(1)}"
    assert {each.at for each in made.values()} == {NOW - 3600}
    assert f"farcaster:{key(2)}:Reply" in made
    assert "words" not in repr(batches)


@pytest.mark.parametrize(
    "odd",
    [
        {"fid": 8},
        {"fid": True},
        {"fid": "7"},
        {"at": None},
        {"at": "soon"},
        {"at": NOW + 2 * DAY},
    ],
)
def test_what_cannot_be_read_is_left_out(odd: dict[str, Any]) -> None:
    hostile = {**cast(2), "hash": "0x../../x"}
    batches, _ = visited(answers(cast(1, **odd), hostile, None, {"hash": key(3)}, {"data": None}))
    assert brief(batches) == set()


def reaction(request: httpx.Request) -> httpx.Response:
    kind = request.url.params["reaction_type"]
    who = {"Like": [message(21, 8, NOW - 60), message(22, 7), message(23, None)], "Recast": [message(24, 9)]}[kind]
    assert (request.url.params["target_fid"], request.url.params["target_hash"]) == ("7", key(1))
    return httpx.Response(200, json=listed(*who))


def test_who_reacts_to_a_cast_and_when() -> None:
    more = {"reactionsByCast": reaction, "castsByParent": listed(cast(31, 10, NOW - 30, **parent(1)))}
    batches, table = visited(answers(cast(1, text="#maths"), **more))
    made = {(each.verb, each.actor): each for each in activity(batches)}
    assert {(verb, who, made[verb, who].at) for verb, who in made} == {
        ("Create", "farcaster:7", NOW - 3600),
        ("Like", "farcaster:8", NOW - 60),
        ("Announce", "farcaster:9", NOW - 3600),
        ("Reply", "farcaster:10", NOW - 30),
    }
    assert made["Reply", "farcaster:10"].id == f"farcaster:{key(31)}:Reply"
    assert {each.topics for each in made.values()} == {("maths",)}
    assert {request.headers["x-api-key"] for request in table.asked} == {"made-up"}


def looked(table: Table) -> int:
    return sum(path.endswith("castsByParent") for path in table.paths)


def test_people_are_looked_up_in_the_first_days_and_once_more_at_the_end() -> None:
    state, looks = None, []
    for day in range(10):
        batches, table = visited(answers(cast(1)), state, NOW + day * DAY)
        state = batches[-1].cursor
        looks.append(looked(table))
        assert batches[-1].complete
    assert looks == [1, 1, 1, 0, 0, 0, 1, 0, 0, 0]


def test_old_casts_are_looked_at_once_on_the_first_visit() -> None:
    given = answers(cast(1, at=NOW - 40 * DAY), cast(2, at=NOW - 5 * DAY))
    batches, table = visited(given)
    assert looked(table) == 2
    _, table = visited(given, batches[-1].cursor, NOW + DAY)
    assert looked(table) == 1


def test_a_visit_that_goes_on_looks_for_people_only() -> None:
    given = answers(*[cast(number) for number in range(1, 26)])
    batches, table = visited(given)
    assert (looked(table), batches[-1].complete) == (20, False)
    batches, table = visited(given, batches[-1].cursor, NOW + 600)
    assert (looked(table), batches[-1].complete) == (5, True)
    assert len(table.asked) == 15


def test_lists_are_read_back_to_what_is_known() -> None:
    def likes(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params.get("pageToken", 0))
        at = now - 3600 - page * DAY
        return httpx.Response(200, json=listed(message(50 + page, 100 + page, at), following=str(page + 1)))

    now = NOW
    batches, table = visited(answers(cast(1), reactionsByCast=likes))
    assert sum(request.url.params.get("reaction_type") == "Like" for request in table.asked) == 5
    now = NOW + DAY
    _, table = visited(answers(cast(1), reactionsByCast=likes), batches[-1].cursor, now)
    assert sum(request.url.params.get("reaction_type") == "Like" for request in table.asked) == 3


def test_mentions_and_quotes_by_others() -> None:
    given = listed(
        cast(40, 8, text="#maths"),
        cast(41, 9, **quoting(1)),
        cast(42, 10, **parent(1)),
        cast(43, 11, **parent(5, 8)),
        cast(44, 7),
        cast(45, 12, NOW - 200 * DAY),
    )
    batches, _ = visited(answers(castsByMention=given))
    assert brief(batches) == {
        ("Mention", "8", "7", f"farcaster:{key(40)}"),
        ("Quote", "9", "7", f"farcaster:{key(1)}"),
        ("Mention", "11", "7", f"farcaster:{key(43)}"),
    }
    assert {each.id for each in activity(batches)} >= {
        f"farcaster:{key(40)}:Mention:farcaster:7",
        f"farcaster:{key(41)}:Quote",
    }


@pytest.mark.parametrize(
    ("there", "deleted"),
    [(NOT_FOUND, True), (httpx.Response(400, json={"errCode": "not_found"}), True), (cast(1), False)],
)
def test_a_cast_that_is_not_listed_is_asked_for(there: Any, deleted: bool) -> None:
    batches, _ = visited(answers(cast(1)))
    batches, table = visited(answers(castById=there), batches[-1].cursor, NOW + DAY)
    assert (("Delete", "7", "7", f"farcaster:{key(1)}") in brief(batches)) is deleted
    (asked,) = (request for request in table.asked if request.url.path.endswith("castById"))
    assert dict(asked.url.params) == {"fid": "7", "hash": key(1)}


def test_a_request_that_the_hub_does_not_understand_deletes_nothing() -> None:
    batches, _ = visited(answers(cast(1)))
    wrong = httpx.Response(400, json={"errCode": "bad_request.validation_failure"})
    with pytest.raises(SkippableError, match=r"HTTP 400: 'bad_request\.validation_failure'"):
        visited(answers(castById=wrong), batches[-1].cursor, NOW + DAY)


def test_followers_have_their_times() -> None:
    old = message(61, 8, linkBody={"type": "follow", "targetFid": 7, "displayTimestamp": NOW - 500 * DAY - EPOCH})
    new = message(62, 9, NOW - 9, linkBody={"type": "follow", "targetFid": 7})
    batches, _ = visited(answers(linksByTargetFid=listed(old, new, message(63, 7), None)))
    assert {(each.verb, each.actor, each.at) for each in activity(batches)} == {
        ("Follow", "farcaster:8", NOW - 500 * DAY),
        ("Follow", "farcaster:9", NOW - 9),
    }


def test_who_is_not_there_or_asks_to_be_left_alone() -> None:
    with pytest.raises(Gone):
        visited(answers(userDataByFid=listed()))
    with pytest.raises(Unwanted):
        visited(answers(userDataByFid=listed(data("BIO", "Hi #NoBot"))))


def test_without_a_key_nothing_is_asked() -> None:
    table, clock = Table(answers()), Clock(NOW)
    bare = Client(table, Budget(MemoryTable(), clock), contact="me", clock=clock, sleep=clock.sleep)
    with pytest.raises(FatalError, match="there is no key"):
        next(Farcaster().collect("farcaster:7", None, bare, NOW))
    assert table.asked == []


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("farcaster:Ada", "ada"),
        ("farcaster:@ada-1", "ada-1"),
        ("farcaster:ada.eth", "ada.eth"),
        ("farcaster:ada.base.eth", "ada.base.eth"),
        ("farcaster:@12", "12"),
    ],
)
def test_a_name_is_resolved_to_the_number(given: str, name: str) -> None:
    table = Table({f"{HUB}userNameProofByName": {"name": name, "fid": 7}})
    assert Farcaster().resolve(given, client(table, Clock(NOW))) == "farcaster:7"
    assert table.asked[0].url.params["name"] == name


def test_names_and_numbers_that_nobody_has() -> None:
    for found in (NOT_FOUND, {"fid": 0}, {"fid": "7"}, {}):
        with pytest.raises(Gone):
            Farcaster().resolve("farcaster:ada", client(Table({f"{HUB}userNameProofByName": found}), Clock(NOW)))
    with pytest.raises(Gone):
        Farcaster().resolve("farcaster:8", client(Table(answers(userDataByFid=listed())), Clock(NOW)))


@pytest.mark.parametrize("given", ["farcaster:", "farcaster:a/b", "farcaster:..", "farcaster:0", "farcaster:-a", "ada"])
def test_what_is_no_account(given: str) -> None:
    with pytest.raises(BadInput):
        next(Farcaster().collect(given, None, client(Table({}), Clock(NOW)), NOW))
    if given != "farcaster:0":  # a name may be that
        with pytest.raises(BadInput):
            Farcaster().resolve(given, client(Table({}), Clock(NOW)))


def test_the_profile_names_pages() -> None:
    said = [data("USERNAME", "ada"), data("URL", "https://ada.example"), data("BIO", "see https://b.example.")]
    proof = Farcaster().proof("farcaster:7", client(Table(answers(userDataByFid=listed(*said))), Clock(NOW)))
    assert (proof.account, proof.evidence) == ("farcaster:7", "https://farcaster.xyz/ada")
    assert proof.links == ("https://ada.example", "https://b.example")
    odd = answers(userDataByFid=listed(data("USERNAME", "../x")))
    evidence = Farcaster().proof("farcaster:7", client(Table(odd), Clock(NOW))).evidence
    assert evidence == "https://farcaster.xyz/~/profiles/7"
