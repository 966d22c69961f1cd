"""Bluesky: what the AppView says, as records."""

from typing import Any

import httpx
import pytest

from renown.errors import BadInput, Gone, SkippableError, Unwanted
from renown.networks.bluesky import Bluesky
from tests.contract.fakes.bluesky import did
from tests.contract.fakes.visits import Clock, client
from tests.unit.networks.asked import NOW, Answers, Table, activity, brief, collected

ME, BOB, CID, EVE = did(0), did(1), did(2), did(3)
API = "public.api.bsky.app/xrpc/app.bsky."
AT = "2026-11-18T10:00:00.000Z"


def uri(who: str, key: str) -> str:
    return f"at://{who}/app.bsky.feed.post/{key}"


def view(who: str, key: str, record: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    said = {"$type": "app.bsky.feed.post", "text": "", "createdAt": AT, **(record or {})}
    return {"uri": uri(who, key), "author": {"did": who}, "record": said, "indexedAt": AT, **more}


def answers(items: list[Any], profile: Any = None, **more: Any) -> Answers:
    return {
        f"{API}actor.getProfile": {"did": ME, "handle": "ada.example.com", **(profile or {})},
        f"{API}feed.getAuthorFeed": {"feed": items},
        f"{API}graph.getFollowers": {"followers": []},
        **{f"{API}{method}": answer for method, answer in more.items()},
    }


def facet(kind: str, **more: Any) -> dict[str, Any]:
    return {"index": {"byteStart": 0, "byteEnd": 1}, "features": [{"$type": f"app.bsky.richtext.facet#{kind}", **more}]}


def test_whom_a_post_reposts_answers_quotes_and_mentions() -> None:
    repost = {"$type": "app.bsky.feed.defs#reasonRepost", "by": {"did": ME}, "indexedAt": AT}
    others = {**repost, "by": {"did": CID}}
    reply = {"reply": {"parent": {"uri": uri(BOB, "p")}, "root": {"uri": uri(CID, "r")}}}
    with_media = {"$type": "app.bsky.embed.recordWithMedia", "record": {"record": {"uri": uri(EVE, "q")}}}
    quote = {"embed": {"$type": "app.bsky.embed.record", "record": {"uri": uri(EVE, "q")}}}
    a_list = {"embed": {"record": {"uri": f"at://{EVE}/app.bsky.graph.list/3k"}}}
    facets = {
        "facets": [facet("tag", tag="Engines"), facet("mention", did=CID), facet("link", uri="https://x.example")]
    }
    items = [
        {"post": view(BOB, "b", {"tags": ["Rust"]}), "reason": repost},
        {"post": view(BOB, "c"), "reason": others},
        {"post": view(ME, "1", reply)},
        {"post": view(ME, "2", quote)},
        {"post": view(ME, "3", {"embed": with_media})},
        {"post": view(ME, "4", a_list)},
        {"post": view(ME, "5", facets | {"tags": ["maths", 3]})},
        {"post": view(ME, "6", {"reply": {"parent": {"uri": uri(ME, "5")}}})},
        {"post": view(BOB, "other")},
    ]
    batches, _ = collected(Bluesky(), f"bluesky:{ME}", answers(items))
    assert brief(batches) == {
        *(("Create", ME, ME, uri(ME, str(n))) for n in range(1, 7)),
        ("Announce", ME, BOB, uri(BOB, "b")),
        ("Reply", ME, BOB, uri(BOB, "p")),
        ("Quote", ME, EVE, uri(EVE, "q")),
        ("Mention", ME, CID, uri(ME, "5")),
    }
    topics = {each.id: each.topics for each in activity(batches)}
    assert topics[f"bluesky:{uri(ME, '5')}"] == ("engines", "maths")
    assert topics[f"bluesky:{uri(BOB, 'b')}:Announce:{ME}"] == ("rust",)
    assert {each.url for each in activity(batches) if each.object == uri(ME, "2")} == {
        f"https://bsky.app/profile/{ME}/post/2"
    }


def test_the_same_deed_has_the_same_id_from_both_sides() -> None:
    mine = view(ME, "1", likeCount=0, replyCount=1, quoteCount=1, repostCount=1)
    reply = view(BOB, "r", {"reply": {"parent": {"uri": uri(ME, "1")}}})
    quote = view(BOB, "q", {"embed": {"record": {"uri": uri(ME, "1")}}})
    received, _ = collected(
        Bluesky(),
        f"bluesky:{ME}",
        answers(
            [{"post": mine}],
            **{
                "feed.getPostThread": {"thread": {"replies": [{"post": reply}]}},
                "feed.getQuotes": {"posts": [quote]},
                "feed.getRepostedBy": {"repostedBy": [{"did": BOB, "createdAt": AT, "indexedAt": AT}]},
            },
        ),
    )
    repost = {"post": mine, "reason": {"by": {"did": BOB}, "indexedAt": AT}}
    items = [{"post": reply}, {"post": quote}, repost]
    done, _ = collected(Bluesky(), f"bluesky:{BOB}", answers(items, {"did": BOB}))
    both = {each.id for each in activity(received)} & {each.id for each in activity(done)}
    assert len(both) == 3
    assert [each.at for each in activity(received) if each.verb == "Announce"] == [None]


def test_a_like_is_never_newer_than_the_appview_saw_it() -> None:
    like = {"actor": {"did": BOB}, "createdAt": "2029-01-01T00:00:00Z", "indexedAt": AT}
    early = {"actor": {"did": CID}, "createdAt": "2026-11-01T00:00:00Z", "indexedAt": AT}
    broken = {"actor": {"did": EVE}, "createdAt": "soon", "indexedAt": AT}
    given = answers([{"post": view(ME, "1", likeCount=3)}], **{"feed.getLikes": {"likes": [like, early, broken]}})
    batches, _ = collected(Bluesky(), f"bluesky:{ME}", given)
    likes = {each.actor[8:]: each.at for each in activity(batches) if each.verb == "Like"}
    assert likes == {BOB: 1_794_996_000, CID: 1_793_491_200}
    assert [reject for batch in batches for reject in batch.rejects]


def test_members_only_people_are_passed_over() -> None:
    label = {"labels": [{"src": BOB, "val": "!no-unauthenticated"}]}
    likes = [{"actor": {"did": who, **more}, "createdAt": AT} for who, more in ((BOB, label), (CID, {}), ("x", {}))]
    given = answers([{"post": view(ME, "1", likeCount=3)}], **{"feed.getLikes": {"likes": [*likes, {}]}})
    batches, _ = collected(Bluesky(), f"bluesky:{ME}", given)
    assert {actor for verb, actor, *_ in brief(batches) if verb == "Like"} == {CID}
    with pytest.raises(Unwanted):
        collected(Bluesky(), f"bluesky:{ME}", answers([], label))


def test_where_the_cache_turns_us_away_the_appview_behind_it_is_asked() -> None:
    given = answers([{"post": view(ME, "1")}])
    behind = {key.replace("public.api", "api"): answer for key, answer in given.items()}
    batches, table = collected(Bluesky(), f"bluesky:{ME}", {"public.api.bsky.app/": httpx.Response(403), **behind})
    assert len(brief(batches)) == 1
    assert {request.url.host for request in table.asked} == {"public.api.bsky.app", "api.bsky.app"}
    with pytest.raises(SkippableError, match="consent"):
        collected(Bluesky(), f"bluesky:{ME}", {"": httpx.Response(403)})


IDENTITY = "public.api.bsky.app/xrpc/com.atproto.identity.resolveHandle"


@pytest.mark.parametrize(
    ("named", "aliases", "confirmed"),
    [
        ({"did": ME}, ["at://ada.example.com"], True),
        ({"did": BOB}, ["at://ada.example.com"], False),
        ({"did": ME}, ["at://other.example.com"], False),
        ({"did": ME}, None, False),
        (httpx.Response(400, json={"error": "InvalidRequest"}), ["at://ada.example.com"], False),
    ],
)
def test_a_handle_is_proved_from_both_sides(named: Any, aliases: Any, confirmed: bool) -> None:
    given = answers([], {"description": "See https://ada.example, or (http://b.example/x)."})
    table = Table({**given, IDENTITY: named, "plc.directory/": {"id": ME, "alsoKnownAs": aliases}})
    proof = Bluesky().proof(f"bluesky:{ME}", client(table, Clock(NOW)))
    assert proof.verified == (("https://ada.example.com",) if confirmed else ())
    assert proof.links[-2:] == ("https://ada.example", "http://b.example/x")
    own = ("https://bsky.app/profile/ada.example.com", "https://ada.example.com")
    assert proof.addresses == (own if confirmed else ())


def test_a_did_of_a_domain_has_its_document_there() -> None:
    me = "did:web:ada.example.com"
    table = Table({
        **answers([], {"did": me}),
        IDENTITY: {"did": me},
        "ada.example.com/.well-known/did.json": {"alsoKnownAs": ["at://ada.example.com"]},
    })  # fmt: skip
    assert Bluesky().proof(f"bluesky:{me}", client(table, Clock(NOW))).verified == ("https://ada.example.com",)


@pytest.mark.parametrize(
    "given", ["bluesky:nonsense", "bluesky:did:plc:short", "bluesky:a b.example", "bluesky:did:key:z"]
)
def test_what_is_no_account(given: str) -> None:
    with pytest.raises(BadInput):
        Bluesky().resolve(given, client(Table({}), Clock(NOW)))
    with pytest.raises(BadInput, match="by its DID"):
        collected(Bluesky(), given, {})


@pytest.mark.parametrize("message", ["Profile not found", "Account has been suspended", "Account is deactivated"])
def test_an_account_that_is_closed(message: str) -> None:
    closed = httpx.Response(400, json={"error": "InvalidRequest", "message": message})
    with pytest.raises(Gone):
        collected(Bluesky(), f"bluesky:{ME}", {f"{API}actor.getProfile": closed})


def test_a_post_that_vanished_while_it_was_looked_up() -> None:
    gone = httpx.Response(400, json={"error": "NotFound"})
    given = answers([{"post": view(ME, "1", replyCount=1)}], **{"feed.getPostThread": gone})
    batches, _ = collected(Bluesky(), f"bluesky:{ME}", given)
    assert batches[-1].complete
