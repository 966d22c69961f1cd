"""YouTube: what its API says, as records."""

from typing import Any

import httpx
import pytest

from renown.errors import BadInput, FatalError, Gone, HostResting, RetriableError, SkippableError, Unwanted
from renown.formats.times import rfc3339
from renown.networks.base import DAY
from renown.networks.budget import Budget
from renown.networks.client import Client
from renown.networks.youtube import YouTube
from tests.contract.fakes.visits import Clock, MemoryTable, client
from tests.unit.networks.asked import NOW, Answers, Table, activity, brief, collected

API = "youtube.googleapis.com/youtube/v3/"
ADA, BOB, CID = (f"UC{who}" for who in ("a" * 22, "b" * 22, "c" * 22))
ME = f"youtube:{ADA}"
AT = "2026-11-18T10:00:00Z"


def channel(**more: Any) -> dict[str, Any]:
    counts = {"subscriberCount": "12", "videoCount": "2", "viewCount": "345"}
    return {"id": ADA, "snippet": {"description": "hello"}, "statistics": counts, **more}


def video(key: str, comments: str | None = "3", **snippet: Any) -> dict[str, Any]:
    counts = {"viewCount": "9", "likeCount": "4", **({"commentCount": comments} if comments else {})}
    about = {"channelId": ADA, "publishedAt": AT, "tags": ["Looms"], **snippet}
    topics = {
        "topicCategories": ["https://en.wikipedia.org/wiki/Music_of_Asia", "https://en.wikipedia.org/wiki/Caf%C3%A9"]
    }
    return {
        "id": key,
        "snippet": about,
        "statistics": counts,
        "topicDetails": topics,
        "status": {"privacyStatus": "public"},
    }


def comment(key: str, who: str | None, at: str = AT) -> dict[str, Any]:
    by = {"authorChannelId": {"value": who}} if who else {}
    return {"id": key, "snippet": {**by, "publishedAt": at}}


def thread(first: dict[str, Any], *below: dict[str, Any], **about: Any) -> dict[str, Any]:
    said = {"snippet": {"channelId": ADA, "videoId": "v1", "topLevelComment": first, **about}}
    return {**said, "replies": {"comments": list(below)}} if below else said


def answers(videos: Any = (), threads: Any = (), **more: Any) -> Answers:
    listed = [{"contentDetails": {"videoId": each["id"], "videoPublishedAt": AT}} for each in videos]
    lists = {"channels": [channel()], "playlistItems": listed, "videos": videos, "commentThreads": threads, **more}
    return {
        f"{API}{path}": {"items": list(given)} if isinstance(given, list | tuple) else given
        for path, given in lists.items()
    }


def refusal(status: int, reason: str, message: str = "", **headers: str) -> httpx.Response:
    error = {"code": status, "message": message, "errors": [{"reason": reason, "domain": "youtube"}]}
    return httpx.Response(status, json={"error": error}, headers=headers)


def test_videos_and_comments_below_them() -> None:
    said = [
        thread(comment("C1", BOB), comment("C1.1", ADA), comment("C1.2", CID), comment("C1.3", BOB)),
        thread(comment("C2", ADA), comment("C2.1", CID)),
        thread(comment("C3", None), comment("C3.1", ADA)),
        thread(comment("C4", CID), videoId="old"),
        thread(comment("C5", CID), videoId=None),
        thread(comment("C6", CID), channelId=BOB),
        thread(comment("../7", CID)),
        {"snippet": 3},
    ]
    batches, table = collected(YouTube(), ME, answers([video("v1")], said))
    assert brief(batches) == {
        ("Create", ADA, ADA, "youtube:videos/v1"),
        ("Reply", BOB, ADA, "youtube:videos/v1"),
        ("Reply", ADA, BOB, "youtube:comments/C1"),
        ("Reply", CID, ADA, "youtube:comments/C2"),
        ("Reply", CID, ADA, "youtube:videos/old"),
        ("Reply", CID, ADA, None),
    }
    found = {each.id: each for each in activity(batches)}
    assert found["youtube:videos/v1"].topics == ("café", "looms", "music-of-asia")
    assert found["youtube:comments/C1:Reply"].topics == found["youtube:videos/v1"].topics
    assert found["youtube:comments/C1.1:Reply"].url == "https://www.youtube.com/watch?v=v1&lc=C1.1"
    assert found["youtube:comments/C5:Reply"].url == f"https://www.youtube.com/channel/{ADA}/community?lc=C5"
    counts = {(each.kind, each.object, each.total) for batch in batches for each in batch.observations}
    own = {("subscribers", None, 12), ("videos", None, 2), ("views", None, 345)}
    uri = "youtube:videos/v1"
    assert counts == own | {("views", uri, 9), ("likes", uri, 4), ("replies", uri, 3)}
    assert [path.rpartition("/")[2] for path in table.paths] == [
        "channels", "playlistItems", "videos", "commentThreads"
    ]  # fmt: skip
    assert table.asked[1].url.params["playlistId"] == f"UU{'a' * 22}"
    assert batches[-1].complete
    assert not any(batch.complete for batch in batches[:-1])


def test_comments_that_are_off_and_counts_that_are_hidden_are_no_error() -> None:
    off = answers([video("v1", None)], refusal(403, "commentsDisabled"), channels=[channel(statistics={})])
    batches, _ = collected(YouTube(), ME, off)
    assert {(each.kind, each.total) for batch in batches for each in batch.observations} == {("views", 9), ("likes", 4)}
    assert (batches[-1].complete, [reject for batch in batches for reject in batch.rejects]) == (True, [])


def test_comments_that_are_refused_do_not_stand_in_the_way_of_videos() -> None:
    batches, _ = collected(YouTube(), ME, answers([video("v1")], refusal(403, "forbidden")))
    assert brief(batches) == {("Create", ADA, ADA, "youtube:videos/v1")}
    assert "forbidden" in "".join(reject for batch in batches for reject in batch.rejects)
    assert batches[-1].cursor["commented"] == NOW - 90 * DAY
    batches, _ = collected(YouTube(), ME, answers([video("v1")], [thread(comment("C1", BOB))]), batches[-1].cursor)
    assert ("Reply", BOB, ADA, "youtube:videos/v1") in brief(batches)
    assert batches[-1].cursor["commented"] == NOW


def test_a_channel_that_never_had_a_video() -> None:
    empty = answers() | {f"{API}playlistItems": refusal(404, "playlistNotFound")}
    batches, table = collected(YouTube(), ME, empty)
    assert (brief(batches), len(table.asked)) == (set(), 3)
    with pytest.raises(SkippableError, match="playlistItemsNotAccessible"):
        collected(YouTube(), ME, empty | {f"{API}playlistItems": refusal(403, "playlistItemsNotAccessible")})


def test_what_is_not_public_or_another_channels_is_not_taken() -> None:
    private = video("v3") | {"status": {"privacyStatus": "unlisted"}}
    odd = [video("v1"), video("v2", channelId=BOB), private, video("v4", publishedAt="x"), video("v5", tags="x"), 3]
    assert {deed[3] for deed in brief(collected(YouTube(), ME, answers() | {
        f"{API}playlistItems": {"items": [{"contentDetails": {"videoId": "v1"}}, {"contentDetails": 3}, None]},
        f"{API}videos": {"items": odd},
    })[0])} == {"youtube:videos/v1", "youtube:videos/v5"}  # fmt: skip


@pytest.mark.parametrize(
    ("there", "deleted"),
    [([], True), ([video("v1") | {"status": {"privacyStatus": "unlisted"}}], True), ([video("v1")], False)],
)
def test_a_video_that_is_not_listed_is_asked_for(there: Any, deleted: bool) -> None:
    batches, _ = collected(YouTube(), ME, answers([video("v1")]))
    gone = answers() | {f"{API}videos": {"items": there}}
    batches, table = collected(YouTube(), ME, gone, batches[-1].cursor, NOW + DAY)
    assert [deed[0] for deed in brief(batches) if deed[0] == "Delete"] == ["Delete"] * deleted
    assert table.asked[2].url.params["id"] == "v1"


def test_comments_are_read_back_to_a_day_before_the_last_visit() -> None:
    def threads(request: httpx.Request) -> dict[str, Any]:
        page = int(request.url.params.get("pageToken", "0"))
        hours = range(100 * page, 100 * page + 100)
        times = [rfc3339(NOW - 3600 * hour) for hour in hours]
        said = [thread(comment(f"C{hour}", BOB, at)) for hour, at in zip(hours, times, strict=True)]
        return {"items": said, "nextPageToken": str(page + 1)}

    lists = answers() | {f"{API}commentThreads": threads}
    batches, table = collected(YouTube(), ME, lists)
    assert (len(table.asked), len(activity(batches))) == (2 + 10, 1000)  # the most that are read on one visit
    assert [batch.cursor["commented"] for batch in batches[:-1]] == [NOW - 90 * DAY] * 11  # not read until all are
    _, table = collected(YouTube(), ME, lists, batches[-1].cursor, NOW)
    assert len(table.asked) == 2 + 1


@pytest.mark.parametrize("reason", ["quotaExceeded", "dailyLimitExceeded", "rateLimitExceeded"])
@pytest.mark.parametrize(
    ("date", "wait"),
    [
        ("Wed, 18 Nov 2026 11:06:40 GMT", 20 * 3600 + 53 * 60 + 20),
        ("Wed, 18 Nov 2026 07:00:00 GMT", 3600),
        ("Wed, 18 Nov 2026 08:00:00 GMT", DAY),
        ("soon", 3600),
    ],
)
def test_a_quota_that_is_used_up_lets_the_host_rest_until_the_next_one(reason: str, date: str, wait: int) -> None:
    table = Table({API: refusal(403, reason, date=date)})
    with pytest.raises(HostResting) as raised:
        YouTube().resolve(ME, client(table, Clock(NOW)))
    assert (raised.value.until, len(table.asked)) == (NOW + wait, 1)


def test_a_quota_that_is_always_used_up_does_not_go_round_for_ever() -> None:
    table, clock = Table({API: refusal(403, "quotaExceeded", date="Wed, 18 Nov 2026 07:59:59 GMT")}), Clock(NOW)
    with pytest.raises(RetriableError, match="again and again"):
        YouTube().resolve(ME, client(table, clock))
    assert (len(table.asked), clock.slept) == (3, [1.0, 1.0])


def test_a_limit_by_the_minute_is_waited_for_a_minute() -> None:
    said = "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute' of the service"
    with pytest.raises(HostResting) as raised:
        YouTube().resolve(ME, client(Table({API: refusal(403, "rateLimitExceeded", said)}), Clock(NOW)))
    assert raised.value.until == NOW + 60


@pytest.mark.parametrize(
    "answer",
    [
        refusal(400, "badRequest", "API key not valid. Please pass a valid API key."),
        refusal(403, "accessNotConfigured", "YouTube Data API v3 has not been used in this project"),
        httpx.Response(400, json={"error": {"message": "x", "details": [{"reason": "API_KEY_INVALID"}]}}),
    ],
    ids=["not valid", "not configured", "details"],
)
def test_a_key_that_is_no_good_stops_the_network(answer: httpx.Response) -> None:
    with pytest.raises(FatalError, match="key is refused"):
        YouTube().resolve(ME, client(Table({API: answer}), Clock(NOW)))


def test_without_a_key_nothing_is_asked() -> None:
    table, clock = Table({}), Clock(NOW)
    keyless = Client(table, Budget(MemoryTable(), clock), contact="x", clock=clock, sleep=clock.sleep)
    with pytest.raises(FatalError, match="there is no key"):
        list(YouTube().collect(ME, None, keyless, NOW))
    assert table.asked == []


def test_a_handle_is_resolved_to_the_channel() -> None:
    table = Table(answers())
    assert YouTube().resolve(" youtube:@Ada.L ", client(table, Clock(NOW))) == ME
    assert table.asked[0].url.params["forHandle"] == "@Ada.L"
    assert table.asked[0].headers["x-goog-api-key"] == "made-up"
    assert "made-up" not in str(table.asked[0].url)


@pytest.mark.parametrize("given", ["youtube:", "youtube:ada", "youtube:@a", "youtube:UCshort", "github:@ada", "@ada"])
def test_what_is_no_account(given: str) -> None:
    with pytest.raises(BadInput):
        YouTube().resolve(given, client(Table({}), Clock(NOW)))
    with pytest.raises(BadInput):
        list(YouTube().collect("youtube:@ada", None, client(Table({}), Clock(NOW)), NOW))


def test_nobody_there_or_somebody_else() -> None:
    for there in ([], [channel(id=BOB)], [channel(id="x")]):
        with pytest.raises(Gone, match="no such channel"):
            YouTube().resolve(ME, client(Table(answers(channels=there)), Clock(NOW)))


def test_who_asks_to_be_left_alone_is() -> None:
    with pytest.raises(Unwanted):
        collected(YouTube(), ME, answers(channels=[channel(snippet={"description": "music #NoBot"})]))


def test_the_description_names_pages() -> None:
    shown = answers(channels=[channel(snippet={"description": "More: https://ada.example.", "customUrl": "@ada"})])
    proof = YouTube().proof(ME, client(Table(shown), Clock(NOW)))
    assert (proof.account, proof.evidence) == (ME, f"https://www.youtube.com/channel/{ADA}")
    assert (proof.links, proof.verified) == (("https://ada.example",), ())
    assert proof.addresses == (
        f"https://youtube.com/channel/{ADA}", "https://www.youtube.com/@ada", "https://youtube.com/@ada"
    )  # fmt: skip
    for old in ("ada", "@ada/../x", None):
        shown = answers(channels=[channel(snippet={"customUrl": old})])
        proof = YouTube().proof(ME, client(Table(shown), Clock(NOW)))
        assert proof.addresses == (f"https://youtube.com/channel/{ADA}",)
