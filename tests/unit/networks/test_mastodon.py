"""Mastodon: what a server says, as records."""

from typing import Any

import httpx
import pytest

from renown.errors import BadInput, Gone, SkippableError, Unwanted
from renown.networks.mastodon import Mastodon
from tests.contract.fakes.visits import Clock, client
from tests.unit.networks.asked import NOW, Answers, Table, activity, brief, collected

ME = "mastodon:ada@example.social"
API = "example.social/api/v1/"
AT = "2026-11-18T10:00:00.000Z"


def person(acct: str, number: int = 2, **more: Any) -> dict[str, Any]:
    return {"id": str(number), "acct": acct, "url": f"https://x.example/@{acct}", "note": "", **more}


def status(number: int, **more: Any) -> dict[str, Any]:
    uri = f"https://example.social/users/ada/statuses/{number}"
    return {"id": str(number), "uri": uri, "url": uri, "created_at": AT, "account": person("ada", 1), **more}


def answers(statuses: list[Any], profile: Any = None, **more: Any) -> Answers:
    return {
        f"{API}accounts/lookup": {**person("ada", 1), **(profile or {})},
        f"{API}accounts/1/statuses": statuses,
        f"{API}accounts/1/followers": [],
        **{f"{API}{path}": answer for path, answer in more.items()},
    }


def test_whom_a_post_boosts_answers_quotes_and_mentions() -> None:
    mentions = [person("bob", 2), person("Cid@Far.example", 3), person("ada", 1)]
    boosted = {**status(90, tags=[{"name": "Rust"}]), "account": person("bob"), "uri": "https://example.social/b/90"}
    quoted = {**status(91), "account": person("eve@far.example"), "uri": "https://far.example/91"}
    posts = [
        status(4, reblog=boosted),
        status(3, mentions=mentions, in_reply_to_account_id="3", in_reply_to_id="77"),
        status(2, quote={"state": "accepted", "quoted_status": quoted}),
        status(1, in_reply_to_account_id="1", mentions=[]),
    ]
    batches, _ = collected(Mastodon(), ME, answers(posts))
    uri = "https://example.social/users/ada/statuses/"
    me = "ada@example.social"
    assert brief(batches) == {
        *(("Create", me, me, f"{uri}{n}") for n in (1, 2, 3)),
        ("Announce", me, "bob@example.social", "https://example.social/b/90"),
        ("Reply", me, "cid@far.example", None),
        ("Mention", me, "bob@example.social", f"{uri}3"),
        ("Quote", me, "eve@far.example", "https://far.example/91"),
    }
    ids = {each.id for each in activity(batches)}
    assert f"mastodon:{uri}3/activity" in ids  # as in an export of the account
    assert f"mastodon:{uri}3/activity:Mention:mastodon:bob@example.social" in ids
    (boost,) = (each for each in activity(batches) if each.verb == "Announce")
    assert boost.topics == ("rust",)


def test_only_what_grew_is_looked_up() -> None:
    post = status(1, favourites_count=2, reblogs_count=0, replies_count=0)
    liked = [person("bob"), person("cid@far.example")]
    batches, table = collected(Mastodon(), ME, answers([post], **{"statuses/1/favourited_by": liked}))
    assert [path for path in table.paths if "/statuses/1" in path] == ["/api/v1/statuses/1/favourited_by"]
    assert {actor for verb, actor, *_ in brief(batches) if verb == "Like"} == {"bob@example.social", "cid@far.example"}
    assert all(each.at is None for each in activity(batches) if each.verb == "Like")
    fewer = {**post, "favourites_count": 1, "quotes_count": 5}
    _, table = collected(Mastodon(), ME, answers([fewer]), batches[-1].cursor)
    assert not [path for path in table.paths if "/statuses/1" in path]


def test_reactions_of_those_who_want_no_part_are_passed_over() -> None:
    liked = [
        person("a", bot=True),
        person("b", discoverable=False),
        person("c", noindex=True),
        person("d", note="<p>I am here. <a>#<span>NoBot</span></a></p>"),
        person("e", suspended=True),
        person("f", display_name="F #nobots"),
        person("g/../h"),
        person("good", discoverable=None, noindex=False, note="#nobotany"),
        {"acct": None},
    ]
    post = status(1, favourites_count=9)
    batches, _ = collected(Mastodon(), ME, answers([post], **{"statuses/1/favourited_by": liked}))
    assert {actor for verb, actor, *_ in brief(batches) if verb == "Like"} == {"good@example.social"}


@pytest.mark.parametrize("said", [{"discoverable": False}, {"noindex": True}, {"note": "no bots please #nobot"}])
def test_an_owner_who_wants_no_part_is_left_alone(said: dict[str, Any]) -> None:
    with pytest.raises(Unwanted):
        collected(Mastodon(), ME, answers([status(1)], said))


def test_pages_come_from_the_servers_link_but_never_from_another_host() -> None:
    evil = '<https://evil.example/steal?max_id=5>; rel="next", <https://x.example>; rel="prev"'

    def statuses(request: httpx.Request) -> httpx.Response:
        assert request.url.host == "example.social"
        if "max_id" in request.url.params:
            assert request.url.params["max_id"] == "5"
            return httpx.Response(200, json=[status(1)])
        return httpx.Response(200, json=[status(5)], headers={"link": evil})

    batches, table = collected(Mastodon(), ME, answers([]) | {f"{API}accounts/1/statuses": statuses})
    assert len(brief(batches)) == 2
    assert {request.url.host for request in table.asked} == {"example.social"}


def test_replies_are_those_to_the_post_itself() -> None:
    def reply(number: int, acct: str, to: str) -> dict[str, Any]:
        uri = f"https://far.example/{number}"
        return {**status(number), "uri": uri, "url": uri, "account": person(acct), "in_reply_to_id": to}

    thread = [reply(10, "bob", "1"), reply(11, "cid@far.example", "10"), reply(12, "ada", "1")]
    context = {"ancestors": [reply(9, "zed", "1")], "descendants": thread}
    post = status(1, replies_count=3, tags=[{"name": "engines"}])
    batches, _ = collected(Mastodon(), ME, answers([post], **{"statuses/1/context": context}))
    (found,) = (each for each in activity(batches) if each.verb == "Reply")
    assert found.actor == "mastodon:bob@example.social"
    assert found.id == "mastodon:https://far.example/10/activity:Reply"
    assert found.topics == ("engines",)


def webfinger(host: str, href: str, subject: str) -> Answers:
    links = [{"rel": "self", "type": "application/activity+json", "href": href}]
    return {f"{host}/.well-known/webfinger": {"subject": subject, "links": links}}


def test_a_domain_whose_server_is_elsewhere() -> None:
    me = "acct:ada@example.org"
    there = "https://social.example.org/users/ada"
    elsewhere = {
        **webfinger("example.org", there, me),
        **webfinger("social.example.org", there, me),
        "social.example.org/api/v1/accounts/lookup": person("ada", 1),
        "social.example.org/api/v1/accounts/1/statuses": [status(1, mentions=[person("bob")])],
        "social.example.org/api/v1/accounts/1/followers": [],
    }
    batches, _ = collected(Mastodon(), "mastodon:ada@example.org", elsewhere)
    assert ("Mention", "ada@example.org", "bob@example.org") in {deed[:3] for deed in brief(batches)}
    _, table = collected(Mastodon(), "mastodon:ada@example.org", elsewhere, batches[-1].cursor)
    assert {request.url.host for request in table.asked} == {"social.example.org"}


def test_a_domain_cannot_claim_somebody_on_another_server() -> None:
    stolen = {
        **webfinger("evil.example", "https://example.social/users/ada", "acct:ada@evil.example"),
        **webfinger("example.social", "https://example.social/users/ada", "acct:ada@example.social"),
        **answers([status(1)]),
    }
    with pytest.raises(Gone):
        collected(Mastodon(), "mastodon:ada@evil.example", stolen)
    relayed = {"evil.example/api/v1/accounts/lookup": person("ada@example.social", 1)}
    with pytest.raises(Gone, match="there is no such account"):
        collected(Mastodon(), "mastodon:ada@evil.example", relayed)


@pytest.mark.parametrize("status_code", [401, 403])
def test_a_server_that_answers_members_only(status_code: int) -> None:
    closed = {API: httpx.Response(status_code, json={"error": "This API requires an authenticated user"})}
    with pytest.raises(SkippableError, match="consent"):
        collected(Mastodon(), ME, closed)


@pytest.mark.parametrize("given", ["mastodon:ada", "mastodon:@", "mastodon:ada@x", "mastodon:a b@example.social"])
def test_what_is_no_account(given: str) -> None:
    with pytest.raises(BadInput, match="write it as mastodon:ada"):
        Mastodon().resolve(given, client(Table({}), Clock(NOW)))


def test_a_post_that_is_on_no_page_but_still_there_is_no_tombstone() -> None:
    batches, _ = collected(Mastodon(), ME, answers([status(2), status(1)]))
    there = answers([status(2)], **{"statuses/1": status(1)})
    batches, table = collected(Mastodon(), ME, there, batches[-1].cursor)
    assert "/api/v1/statuses/1" in table.paths
    assert not [each for each in activity(batches) if each.verb == "Delete"]


def test_a_profile_that_is_made_to_be_read_slowly_is_read_quickly() -> None:
    """A million opening brackets: a search that starts anew at each of them would take hours."""
    slow = {"note": "<" * 1_000_000, "display_name": "# " * 100_000}
    batches, _ = collected(Mastodon(), ME, answers([status(1)], slow))
    assert brief(batches)
    proof = Mastodon().proof(
        ME, client(Table(answers([], {"fields": [{"value": 'href="http://' * 50_000}]})), Clock(NOW))
    )
    assert len(proof.links) <= 50


def test_the_profiles_fields_prove_what_they_link_to() -> None:
    fields = [
        {"value": '<a href="https://a.example/?x=1&amp;y=2" rel="me">a</a>', "verified_at": AT},
        {"value": "https://b.example", "verified_at": None},
        {"value": "toasty"},
        {"value": None},
        3,
    ]
    proof = Mastodon().proof(ME, client(Table(answers([], {"fields": fields})), Clock(NOW)))
    assert proof.links == ("https://a.example/?x=1&y=2", "https://b.example")
    assert proof.verified == ("https://a.example/?x=1&y=2",)
    assert proof.account == ME
    assert proof.addresses == ("https://example.social/@ada", "https://example.social/users/ada")


@pytest.mark.parametrize(
    ("said", "evidence"),
    [
        ("https://example.social/ada", "https://example.social/ada"),
        ("https://github.com/ada", "https://example.social/@ada"),
        ("https://example.social.evil.example/@ada", "https://example.social/@ada"),
        ("javascript:alert(1)//example.social/", "https://example.social/@ada"),
        ("https://[", "https://example.social/@ada"),
        (None, "https://example.social/@ada"),
    ],
)
def test_a_server_cannot_say_that_an_address_elsewhere_is_its_accounts(said: Any, evidence: str) -> None:
    """Else whoever runs one could be linked to by everybody who links to GitHub."""
    proof = Mastodon().proof(ME, client(Table(answers([], {"url": said})), Clock(NOW)))
    assert proof.evidence == evidence
    assert {address.split("/")[2] for address in proof.addresses} == {"example.social"}
