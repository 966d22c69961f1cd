"""Nostr's events, as records; and which of them are believed."""

import hashlib
import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.errors import BadInput, Gone, RetriableError, SkippableError, Unwanted
from renown.networks.nostr import Nostr
from renown.networks.nostr_events import key_of, npub_of, read_event
from tests.contract.fakes.nostr import fits, keys, signed
from tests.contract.fakes.visits import Clock, client
from tests.unit.networks.asked import NOW, Answers, Table, activity, brief, collected

AT = NOW - 3600
DAY = 86_400
ADA, BOB, CID = (keys(who)[1] for who in (0, 1, 2))
ACCOUNT = f"nostr:{ADA}"
NPUB = "npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg"  # the example of NIP-19
Tags = tuple[tuple[str, ...], ...]


def profile(who: int = 0, **said: Any) -> dict[str, Any]:
    return signed(who, 0, AT - 9999, (), json.dumps({"name": "somebody", **said}))


def relay(*events: dict[str, Any]) -> Any:
    def ask(request: httpx.Request) -> httpx.Response:
        filters = json.loads(request.content)["filters"]
        return httpx.Response(200, json=[event for event in events if any(fits(each, event) for each in filters)])

    return ask


def answers(*events: dict[str, Any], relays: Tags = (("r", "wss://one.example"),), about: Any = None) -> Answers:
    """The addresses are those of wss, whose scheme the table of answers does not take away."""
    first = about or profile()
    lists = relay(first, signed(0, 10002, AT, relays, ""))
    there = relay(first, *events)
    return {"wss://purplepag.es": lists, "wss://one.example": there, "wss://two.example": there}


def note(who: int, *tags: tuple[str, ...], at: int = AT) -> dict[str, Any]:
    return signed(who, 1, at, tags, "words")


MINE = note(0, ("t", "Engines"))
POST = f"nostr:{MINE['id']}"


def done(*events: dict[str, Any]) -> set[Any]:
    return brief(collected(Nostr(), ACCOUNT, answers(MINE, *events))[0]) - {("Create", ADA, ADA, POST)}


def test_reactions() -> None:
    to = (("e", MINE["id"]), ("p", ADA))
    wish = signed(3, 9734, AT, (*to, ("relays", "wss://x.example")), "")
    assert done(
        signed(1, 7, AT, to, "+"),
        signed(2, 7, AT, to, "🤙"),
        signed(3, 7, AT, to, "-"),
        signed(1, 6, AT, to, ""),
        signed(2, 16, AT, to, ""),
        signed(50, 9735, AT, (*to, ("description", json.dumps(wish))), ""),
    ) == {
        ("Like", BOB, ADA, POST),
        ("Like", CID, ADA, POST),
        ("Announce", BOB, ADA, POST),
        ("Announce", CID, ADA, POST),
        ("Like", keys(3)[1], ADA, POST),
    }


@pytest.mark.parametrize(
    "wish",
    [
        "",
        "no JSON",
        "[]",
        json.dumps(signed(3, 9734, AT, (("p", BOB), ("e", MINE["id"])), "")),
        json.dumps(signed(3, 9734, AT, (("p", ADA), ("p", BOB), ("e", MINE["id"])), "")),
        json.dumps(signed(3, 1, AT, (("p", ADA), ("e", MINE["id"])), "")),
        json.dumps({**signed(3, 9734, AT, (("p", ADA), ("e", MINE["id"])), ""), "pubkey": BOB}),
        json.dumps(signed(3, 9734, AT, (("p", ADA),), "")),
    ],
)
def test_zaps_that_nobody_wished(wish: str) -> None:
    assert done(signed(50, 9735, AT, (("p", ADA), ("description", wish)), "")) == set()


@pytest.mark.parametrize(
    ("tags", "verb"),
    [
        ((("e", MINE["id"], "", "root"), ("p", ADA)), "Reply"),
        ((("e", "0" * 64, "", "root"), ("e", MINE["id"], "", "reply"), ("p", CID), ("p", ADA)), "Reply"),
        ((("e", "0" * 64), ("e", MINE["id"]), ("p", CID), ("p", ADA)), "Reply"),
        ((("e", "1" * 64, "", "reply", ADA), ("p", CID), ("p", ADA)), "Reply"),
        ((("e", "1" * 64), ("p", ADA)), "Reply"),
        ((("e", MINE["id"], "", "root"), ("e", "1" * 64, "", "reply", CID), ("p", CID), ("p", ADA)), None),
        ((("e", "1" * 64), ("p", CID), ("p", ADA)), None),
        ((("q", MINE["id"], ""), ("p", ADA)), "Quote"),
        ((("q", "1" * 64, "", ADA), ("p", ADA)), "Quote"),
        ((("q", "1" * 64, "", CID), ("p", ADA)), "Mention"),
        ((("e", MINE["id"], "", "mention"), ("p", ADA)), None),
        ((("p", CID), ("p", ADA)), "Mention"),
        ((("p", CID),), None),
    ],
)
def test_what_a_note_is_to_somebody_named_in_it(tags: Tags, verb: str | None) -> None:
    assert [(deed[0], deed[1:3]) for deed in done(note(1, *tags))] == ([(verb, (BOB, ADA))] if verb else [])


def test_what_the_person_does() -> None:
    mention = note(0, ("p", BOB), ("p", CID), ("p", "no key"), at=AT + 1)
    reply = note(0, ("e", "1" * 64, "", "root", BOB), ("p", BOB), ("p", CID), at=AT + 2)
    quote = note(0, ("q", "2" * 64, "", CID), ("p", CID), at=AT + 3)
    like = signed(0, 7, AT, (("e", "3" * 64), ("p", CID), ("p", BOB)), "+")
    again = signed(0, 6, AT, (("e", "4" * 64), ("p", BOB)), "")
    own = signed(0, 7, AT, (("e", MINE["id"]), ("p", ADA)), "+")
    gone = signed(0, 5, AT, (("e", "5" * 64), ("a", "x"), ("e", "no id")), "")
    assert done(mention, reply, quote, like, again, own, gone) == {
        ("Create", ADA, ADA, f"nostr:{mention['id']}"),
        ("Mention", ADA, BOB, f"nostr:{mention['id']}"),
        ("Mention", ADA, CID, f"nostr:{mention['id']}"),
        ("Create", ADA, ADA, f"nostr:{reply['id']}"),
        ("Reply", ADA, BOB, f"nostr:{'1' * 64}"),
        ("Create", ADA, ADA, f"nostr:{quote['id']}"),
        ("Quote", ADA, CID, f"nostr:{'2' * 64}"),
        ("Like", ADA, BOB, f"nostr:{'3' * 64}"),
        ("Announce", ADA, BOB, f"nostr:{'4' * 64}"),
        ("Delete", ADA, ADA, f"nostr:{'5' * 64}"),
    }


def test_topics_and_times() -> None:
    like = signed(1, 7, AT + 5, (("e", MINE["id"]), ("p", ADA)), "+")
    future = signed(2, 7, NOW + 2 * DAY, (("e", MINE["id"]), ("p", ADA)), "+")
    batches, _ = collected(Nostr(), ACCOUNT, answers(MINE, like, future))
    found = {each.verb: (each.at, each.topics) for each in activity(batches)}
    assert found == {"Create": (AT, ("engines",)), "Like": (AT + 5, ("engines",))}
    assert [reject for batch in batches for reject in batch.rejects if "future" in reject]


def test_bots_and_those_who_want_to_be_left_alone() -> None:
    to = (("e", MINE["id"]), ("p", ADA))
    bots = (profile(1, bot=True), profile(2, about="no, #NoIndex"), profile(3, bot=False))
    found = done(*bots, *(signed(who, 7, AT, to, "+") for who in (1, 2, 3, 4)))
    assert {deed[1] for deed in found} == {keys(3)[1], keys(4)[1]}


# signatures


EVENT = signed(1, 1, AT, (("p", ADA), ()), 'q " \\ \n \x08 \x7f ü 🦉')


def test_a_signed_event_is_believed() -> None:
    event = read_event(json.loads(json.dumps(EVENT)))
    assert event
    assert (event.author, event.tags) == (BOB, [["p", ADA]])


@pytest.mark.parametrize(
    "more",
    [
        {"content": "other"},
        {"created_at": AT + 1},
        {"kind": 7},
        {"tags": []},
        {"pubkey": ADA},
        {"id": "0" * 64},
        {"sig": "0" * 128},
        {"sig": "f" * 128},
        {"sig": EVENT["sig"].upper()},
        {"sig": None},
        {"sig": EVENT["sig"] + "00"},
        {"pubkey": BOB.upper()},
        {"pubkey": 3},
        {"kind": True},
        {"kind": "1"},
        {"created_at": 1.5},
        {"tags": [3]},
        {"tags": [[3]]},
        {"tags": {}},
        {"content": "\ud800"},
        {"content": None},
    ],
)
def test_what_is_not_signed_is_not_believed(more: dict[str, Any]) -> None:
    assert read_event({**EVENT, **more}) is None


def test_a_key_that_is_no_point_of_the_curve() -> None:
    said = [0, "f" * 64, AT, 1, [], "x"]
    id_ = hashlib.sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()
    event = {"id": id_, "pubkey": "f" * 64, "created_at": AT, "kind": 1, "tags": [], "content": "x", "sig": "1" * 128}
    assert read_event(event) is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(sorted(EVENT)), inner),
    )
)
def test_whatever_a_relay_says_is_no_crash(doc: Any) -> None:
    assert read_event(doc) is None


# relays


def test_every_relay_of_the_person_is_asked_and_one_that_is_down_is_passed_over() -> None:
    relays = (
        ("r", "wss://down.example"),
        ("r", "ws://plain.example"),
        ("r", "wss://127.0.0.1"),
        ("r", "wss://one.example"),
        ("r", "wss://one.example"),
        ("r",),
        ("r", "wss://two.example", "read"),
        ("r", "wss://fourth.example"),
    )
    there = {**answers(MINE, relays=relays), "wss://down.example": httpx.Response(500)}
    there["wss://two.example"] = relay(note(0, at=AT + 7))
    batches, table = collected(Nostr(), ACCOUNT, there)
    assert len(activity(batches)) == 2
    assert {request.url.host for request in table.asked} == {
        "purplepag.es",
        "down.example",
        "one.example",
        "two.example",
    }
    assert batches[0].cursor["relays"] == ["wss://down.example", "wss://one.example", "wss://two.example"]
    down = {**there, "wss://one.example": httpx.Response(404), "wss://two.example": httpx.Response(404)}
    with pytest.raises(RetriableError):
        collected(Nostr(), ACCOUNT, down, batches[0].cursor, NOW + DAY)


def test_a_relay_with_one_limit_for_all_filters_loses_nothing() -> None:
    """As PyPI's nostr-relay has it: the smallest one."""
    likes = [signed(who, 7, AT + who, (("e", MINE["id"]), ("p", ADA)), "+") for who in range(1, 250)]
    everything = [profile(), *likes, *(note(0, at=AT - who) for who in range(120))]

    def ask(request: httpx.Request) -> httpx.Response:
        filters = json.loads(request.content)["filters"]
        fitting = [event for event in everything if any(fits(each, event) for each in filters)]
        latest = sorted(fitting, key=lambda event: -event["created_at"])
        return httpx.Response(200, json=latest[: min(each["limit"] for each in filters)])

    batches, _ = collected(Nostr(), ACCOUNT, {**answers(), "wss://one.example": ask})
    assert {deed[1] for deed in brief(batches) if deed[0] == "Like"} == {keys(who)[1] for who in range(1, 250)}
    assert len([deed for deed in brief(batches) if deed[0] == "Create"]) == 120


def test_those_who_name_no_relays_are_looked_for_on_the_usual_ones() -> None:
    there = {**answers(relays=()), "wss://nos.lol": relay(MINE), "wss://relay.damus.io": relay()}
    assert brief(collected(Nostr(), ACCOUNT, there)[0]) == {("Create", ADA, ADA, POST)}


def test_later_visits_look_a_week_back() -> None:
    batches, _ = collected(Nostr(), ACCOUNT, answers(MINE))
    _, table = collected(Nostr(), ACCOUNT, answers(MINE), batches[-1].cursor, NOW + DAY)
    assert len(table.asked) == 1
    assert {each.get("since") for each in json.loads(table.asked[0].content)["filters"]} == {NOW - 7 * DAY, None}


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ([profile(deleted=True)], Gone),
        ([signed(0, 62, AT, (("relay", "ALL_RELAYS"),), "")], Gone),
        ([profile(about="#nobot")], Unwanted),
    ],
)
def test_accounts_that_are_no_longer_there(more: list[dict[str, Any]], kind: type[Exception]) -> None:
    batches, _ = collected(Nostr(), ACCOUNT, answers(MINE))
    newer = [signed(0, event["kind"], AT, event["tags"], event["content"]) for event in more]
    with pytest.raises(kind):
        collected(Nostr(), ACCOUNT, answers(MINE, *newer), batches[-1].cursor, NOW + DAY)


# names and proofs


def asked(there: Answers) -> Any:
    return client(Table(there), Clock(NOW))


def test_npubs() -> None:
    key = "7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d86addf4e"
    assert (key_of(NPUB), npub_of(key)) == (key, NPUB)
    for bad in (
        NPUB[:-1] + "q",
        NPUB.replace("fcs4", "fcs5"),
        NPUB.upper(),
        NPUB[:-1],
        "nsec" + NPUB[4:],
        "",
        "npub1b" + NPUB[6:],
    ):
        assert key_of(bad) is None


@pytest.mark.parametrize("given_", [ACCOUNT, ADA, f" NOSTR:{ADA.upper()} ", "nostr:ada@ada.example"])
def test_accounts(given_: str) -> None:
    there = {**answers(), "ada.example/.well-known/nostr.json?name=ada": {"names": {"ada": ADA}}}
    assert Nostr().resolve(given_, asked(there)) == ACCOUNT


@pytest.mark.parametrize("given_", ["", "nostr:", "nostr:ada", "github:ada", ADA[:-1], NPUB[:-1] + "q", "nostr:note1x"])
def test_what_is_no_account(given_: str) -> None:
    with pytest.raises(BadInput):
        Nostr().resolve(given_, asked({}))
    with pytest.raises(BadInput):
        list(Nostr().collect(f"nostr:{given_}", None, asked({}), NOW))


def test_accounts_of_nobody() -> None:
    with pytest.raises(Gone):
        Nostr().resolve(f"nostr:{BOB}", asked(answers()))
    with pytest.raises(Gone):
        Nostr().resolve("nostr:ada@ada.example", asked(answers()))
    with pytest.raises(SkippableError):
        Nostr().resolve("nostr:ada@ada.example", asked({"ada.example": httpx.Response(200, html="<p>")}))


WELL_KNOWN = "https://ada.example/.well-known/nostr.json"


@pytest.mark.parametrize(
    ("name", "there", "verified"),
    [
        ("ada@ada.example", {"names": {"ada": ADA}}, (f"{WELL_KNOWN}?name=ada",)),
        ("_@Ada.example", {"names": {"_": ADA}}, (f"{WELL_KNOWN}?name=_", "https://ada.example/")),
        ("ada@ada.example", {"names": {"ada": BOB}}, ()),
        ("ada@ada.example", {"names": {"bob": ADA}}, ()),
        ("ada@ada.example", httpx.Response(404), ()),
        ("ada@ada.example", httpx.Response(302, headers={"location": "https://evil.example/x"}), ()),
        ("ada", {"names": {"ada": ADA}}, ()),
        (3, {"names": {"ada": ADA}}, ()),
    ],
)
def test_a_name_is_verified_at_its_domain(name: Any, there: Any, verified: tuple[str, ...]) -> None:
    about = profile(nip05=name, website="https://pages.ada.example", about="https://b.example!")
    known = {**answers(about=about), "ada.example/.well-known": there, "evil.example/x": {"names": {"ada": ADA}}}
    proof = Nostr().proof(ACCOUNT, asked(known))
    assert proof.links == ("https://pages.ada.example", "https://b.example", *verified)
    assert proof.verified == verified
    assert proof.evidence == f"https://njump.me/{npub_of(ADA)}"
    assert proof.addresses == (f"https://primal.net/p/{npub_of(ADA)}",)


@given(st.binary(min_size=32, max_size=32))
def test_an_npub_stands_for_its_key(key: bytes) -> None:
    assert key_of(npub_of(key.hex())) == key.hex()
