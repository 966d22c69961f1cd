"""Feeds and webmentions, as records."""

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.activity import parse_account
from renown.errors import BadInput, Gone, SkippableError, Unwanted
from renown.networks.feed import WebFeed
from renown.networks.sites import address
from tests.contract.fakes.visits import Clock, client
from tests.unit.networks.asked import NOW, Answers, Table, activity, brief, collected

ADA = "https://ada.example/feed"
ACCOUNT = f"feed:{ADA}"
ONE, TWO, THREE = (f"https://ada.example/{number}" for number in (1, 2, 3))
BOB = "https://bob.example/"
DAY = 86_400
MENTIONS = "webmention.io/api/mentions.jf2"


def feed(*urls: str, **more: Any) -> dict[str, Any]:
    """A JSON feed; the first post is the newest."""
    items = [
        {"id": url, "url": url, "date_published": f"2026-11-{17 - n:02}T10:00:00Z", "tags": ["Engines"]}
        for n, url in enumerate(urls)
    ]
    return {"version": "https://jsonfeed.org/version/1.1", "items": items, **more}


def mention(number: int, kind: Any = "like-of", **more: Any) -> dict[str, Any]:
    source = {"wm-source": f"https://bob.example/{number}", "wm-target": ONE, "wm-property": kind}
    return {"wm-id": number, "wm-received": "2026-11-18T10:00:00Z", "author": {"url": BOB}, **source, **more}


def html(*links: str, head: str = "") -> httpx.Response:
    return httpx.Response(200, html=head + "".join(f'<a href="{link}">x</a>' for link in links))


def answers(shown: Any, *mentions: Any, **more: Any) -> Answers:
    def ask(request: httpx.Request) -> httpx.Response:
        since = int(request.url.params["since_id"])
        targets = request.url.params.get_list("target[]")
        there = [each for each in mentions if each["wm-id"] > since and each["wm-target"].partition("#")[0] in targets]
        return httpx.Response(200, json={"type": "feed", "children": there[:100]})

    given_ = {"ada.example/feed": shown, MENTIONS: ask, "bob.example": html(ONE, TWO), "ada.example/": html()}
    return {**given_, **more}


def test_posts() -> None:
    batches, table = collected(WebFeed(), ACCOUNT, answers(feed(ONE, TWO)))
    assert brief(batches) == {("Create", ADA, ADA, ONE), ("Create", ADA, ADA, TWO)}
    assert {(each.url, each.topics) for each in activity(batches)} == {(ONE, ("engines",)), (TWO, ("engines",))}
    assert table.paths == ["/robots.txt", "/feed", "/api/mentions.jf2"]
    assert batches[-1].complete
    _, table = collected(WebFeed(), ACCOUNT, answers(feed(ONE, TWO)), batches[-1].cursor, NOW + DAY)
    assert table.paths == ["/feed", "/api/mentions.jf2"]


def test_posts_of_other_sites_are_not_the_blogs_own() -> None:
    """Else a feed could take what was done to somebody else's posts."""
    below, other = "https://www.notes.ada.example/1", "https://victim.example/1"
    tricks = ["https://victim.example?.ada.example/", "https://victim.example\\.ada.example/", "javascript:x", "\ud800"]
    batches, table = collected(WebFeed(), ACCOUNT, answers(feed(below, other, *tricks)))
    own = {deed[3] for deed in brief(batches)}
    assert below in own
    assert len(own) == 6
    assert {each.rpartition("#")[0] for each in own - {below} if each} == {ADA}
    assert {each.url for each in activity(batches)} == own
    assert table.asked[-1].url.params.get_list("target[]") == [below]


def test_an_open_redirect_is_nobodys_feed_and_nobodys_page() -> None:
    away = httpx.Response(302, headers={"location": "https://evil.example/x"})
    there = {**answers(away), "evil.example/x": feed(ONE)}
    batches, table = collected(WebFeed(), ACCOUNT, there)
    assert {(deed[3] or "").partition("#")[0] for deed in brief(batches)} == {ADA}
    assert "webmention.io" not in {request.url.host for request in table.asked}
    there = {**answers(feed(ONE), mention(1)), "bob.example": away, "evil.example/x": html(ONE)}
    assert [deed[0] for deed in brief(collected(WebFeed(), ACCOUNT, there)[0])] == ["Create"]
    there = {
        **answers(feed(home_page_url=BOB)),
        "bob.example": away,
        "evil.example/x": httpx.Response(200, html=f'<link rel="alternate" href="{ADA}">{HOME}'),
    }
    assert WebFeed().proof(ACCOUNT, asked(there)).links == ()


def test_ids_are_the_feeds_own() -> None:
    mine, theirs = feed("https://ada.example/1"), feed("https://eve.example/1")
    mine["items"][0]["id"] = theirs["items"][0]["id"] = "the same"
    there = {**answers(mine), "eve.example/feed": theirs, "eve.example/robots.txt": httpx.Response(404)}
    ids = [
        {each.id for each in activity(collected(WebFeed(), account, there)[0])}
        for account in (ACCOUNT, "feed:https://eve.example/feed")
    ]
    assert ids[0].isdisjoint(ids[1])


def test_a_post_without_a_time_is_noted() -> None:
    shown = feed(ONE)
    shown["items"] += [{"id": "x", "date_published": "soon"}, {"id": "y", "date_published": "2030-01-01T00:00:00Z"}]
    batches, _ = collected(WebFeed(), ACCOUNT, answers(shown))
    assert len(brief(batches)) == 1
    assert len(batches[0].rejects) == 2


def test_what_was_done_by_webmention() -> None:
    kinds = ["like-of", "repost-of", "in-reply-to", "mention-of", "bookmark-of", "rsvp", "nonsense"]
    mentions = [mention(number, kind) for number, kind in enumerate(kinds, 1)]
    batches, _ = collected(WebFeed(), ACCOUNT, answers(feed(ONE), *mentions))
    assert brief(batches) - {("Create", ADA, ADA, ONE)} == {
        ("Like", BOB, ADA, ONE),
        ("Announce", BOB, ADA, ONE),
        ("Reply", BOB, ADA, ONE),
        ("Mention", BOB, ADA, "https://bob.example/4"),
    }
    like = next(each for each in activity(batches) if each.verb == "Like")
    assert (like.at, like.topics, like.url) == (1_794_996_000, ("engines",), "https://bob.example/1")
    again, table = collected(WebFeed(), ACCOUNT, answers(feed(ONE), *mentions), batches[-1].cursor, NOW + DAY)
    assert table.asked[-1].url.params["since_id"] == "7"
    assert [deed[0] for deed in brief(again)] == ["Create"]


@pytest.mark.parametrize(
    "more",
    [
        {"wm-private": True},
        {"wm-source": "https://www.ada.example/2"},
        {"wm-source": "https://brid.gy/like/mastodon/1"},
        {"wm-source": "http://127.0.0.1/"},
        {"wm-source": "javascript:alert(1)"},
        {"wm-source": "https://silent.example/1"},
        {"wm-source": "https://gone.example/1"},
        {"wm-source": "https://hidden.example/1"},
        {"wm-target": "https://ada.example/unknown"},
        {"wm-received": "2031-01-01T00:00:00Z"},
        {"wm-source": None},
        {"wm-id": "7"},
        {"wm-id": True},
    ],
)
def test_mentions_that_are_not_believed(more: dict[str, Any]) -> None:
    there = {
        **answers(feed(ONE)),
        MENTIONS: {"children": [{**mention(7), **more}, None]},
        "silent.example": html("https://ada.example/11"),
        "gone.example": httpx.Response(410),
        "hidden.example": html(ONE, head='<meta name="robots" content="noindex">'),
    }
    batches, _ = collected(WebFeed(), ACCOUNT, there)
    assert [deed[0] for deed in brief(batches)] == ["Create"]
    assert batches[-1].complete


@pytest.mark.parametrize(
    ("author", "who"),
    [
        ("https://bob.example/about#me", "https://bob.example/about"),
        ("http://www.bob.example", "https://www.bob.example/"),
        ("https://trusted.example/", BOB),
        ("https://trusted.example?.bob.example/", BOB),
        ("javascript:alert(1)", BOB),
        (None, BOB),
    ],
)
def test_nobody_is_named_by_another_site(author: str | None, who: str) -> None:
    batches, _ = collected(WebFeed(), ACCOUNT, answers(feed(ONE), mention(1, author={"url": author})))
    assert ("Like", who, ADA, ONE) in brief(batches)


@pytest.mark.parametrize(
    "page",
    [
        html("http://ada.example/1/"),
        html("https://ada.example/1#comments"),
        httpx.Response(200, html="<link rel=in-reply-to href=//ada.example/1>"),
        httpx.Response(200, json={"like": [{"of": ONE}]}),
    ],
)
def test_a_link_in_any_form_is_one(page: httpx.Response) -> None:
    batches, _ = collected(WebFeed(), ACCOUNT, {**answers(feed(ONE), mention(1)), "bob.example": page})
    assert ("Like", BOB, ADA, ONE) in brief(batches)


def test_a_page_that_does_not_answer_is_asked_again_on_five_more_visits() -> None:
    down = {**answers(feed(ONE), mention(1)), "bob.example": httpx.Response(500)}
    batches, _ = collected(WebFeed(), ACCOUNT, down)
    assert batches[-1].complete
    back, _ = collected(WebFeed(), ACCOUNT, answers(feed(ONE), mention(1)), batches[-1].cursor, NOW + DAY)
    assert ("Like", BOB, ADA, ONE) in brief(back)
    looked = []
    for _ in range(7):
        batches, table = collected(WebFeed(), ACCOUNT, down, batches[-1].cursor, NOW + DAY)
        looked.append(
            (any(request.url.host == "bob.example" for request in table.asked), any(batch.rejects for batch in batches))
        )
    assert looked == [(True, False)] * 4 + [(True, True)] + [(False, False)] * 2


def test_many_pages_are_looked_at_on_several_visits() -> None:
    mentions = [mention(n, **{"wm-source": f"https://b{n}.example/", "author": {}}) for n in range(1, 61)]
    there = answers(feed(ONE), *mentions, **{f"b{n}.example": html(ONE) for n in range(1, 61)})
    cursor, likes, states = None, set(), []
    for _ in range(3):
        batches, table = collected(WebFeed(), ACCOUNT, there, cursor)
        cursor = batches[-1].cursor
        states.append(batches[-1].complete)
        likes |= {deed for deed in brief(batches) if deed[0] == "Like"}
        assert len(table.asked) <= 29
    assert len(likes) == 60
    assert states == [False, False, True]


def test_mentions_of_a_new_post_are_asked_for_from_the_first() -> None:
    early, late = mention(3, **{"wm-target": TWO}), mention(5)
    batches, _ = collected(WebFeed(), ACCOUNT, answers(feed(ONE), early, late))
    assert ("Like", BOB, ADA, ONE) in brief(batches)
    batches, _ = collected(WebFeed(), ACCOUNT, answers(feed(ONE, TWO), early, late), batches[-1].cursor, NOW + DAY)
    assert ("Like", BOB, ADA, TWO) in brief(batches)
    _, table = collected(WebFeed(), ACCOUNT, answers(feed(ONE, TWO), early, late), batches[-1].cursor, NOW + DAY)
    assert [request.url.params["since_id"] for request in table.asked if "since_id" in request.url.params] == ["5"]


def test_questions_are_not_too_long() -> None:
    urls = [f"https://ada.example/{n}/{'x' * (n * 8)}" for n in range(120)]
    shown = feed(*urls)
    for item in shown["items"]:
        item["date_published"] = "2026-11-17T10:00:00Z"
    _, table = collected(WebFeed(), ACCOUNT, answers(shown))
    asked = [request.url.params.get_list("target[]") for request in table.asked if request.url.host == "webmention.io"]
    assert sum(map(len, asked)) == len({url for urls in asked for url in urls}) == 100
    assert max(map(len, asked)) <= 50
    assert max(len(str(request.url)) for request in table.asked) < 6000


@pytest.mark.parametrize(("status", "deleted"), [(404, True), (410, True), (200, False), (403, False)])
def test_a_post_that_is_missing_between_others_is_asked_for(status: int, deleted: bool) -> None:
    batches, _ = collected(WebFeed(), ACCOUNT, answers(feed(ONE, TWO, THREE)))
    there = {**answers(feed(ONE, THREE)), "ada.example/2": httpx.Response(status)}
    there["ada.example/feed"]["items"][1]["date_published"] = "2026-11-15T10:00:00Z"
    batches, _ = collected(WebFeed(), ACCOUNT, there, batches[-1].cursor, NOW + DAY)
    assert (("Delete", ADA, ADA, TWO) in brief(batches)) == deleted


def test_posts_that_roll_out_of_the_feed_are_not_asked_for() -> None:
    batches, _ = collected(WebFeed(), ACCOUNT, answers(feed(ONE, TWO, THREE)))
    there = {**answers(feed(ONE), mention(1, **{"wm-target": TWO})), "ada.example/2": httpx.Response(404)}
    batches, table = collected(WebFeed(), ACCOUNT, there, batches[-1].cursor, NOW + DAY)
    assert "/2" not in table.paths
    assert brief(batches) == {("Create", ADA, ADA, ONE), ("Like", BOB, ADA, TWO)}


def test_older_posts_are_on_further_pages_of_the_same_site() -> None:
    second = feed(TWO, next_url="https://evil.example/3")
    there = {**answers(feed(ONE, next_url="/feed?page=2")), "ada.example/feed?page=2": second}
    batches, table = collected(WebFeed(), ACCOUNT, there)
    assert {deed[3] for deed in brief(batches)} == {ONE, TWO}
    assert {request.url.host for request in table.asked} == {"ada.example", "webmention.io"}
    there["ada.example/feed?page=2"] = httpx.Response(404)
    assert len(brief(collected(WebFeed(), ACCOUNT, there)[0])) == 1


def test_feeds_that_are_not_there() -> None:
    batches, _ = collected(WebFeed(), ACCOUNT, answers(feed(ONE)))
    for status, known, kind in ((410, None, Gone), (404, None, Gone), (410, batches[-1].cursor, Gone)):
        with pytest.raises(kind):
            collected(WebFeed(), ACCOUNT, answers(httpx.Response(status)), known, NOW + DAY)
    with pytest.raises(SkippableError, match="404") as raised:
        collected(WebFeed(), ACCOUNT, answers(httpx.Response(404)), batches[-1].cursor, NOW + DAY)
    assert not isinstance(raised.value, Gone)


@pytest.mark.parametrize(
    ("rules", "wanted"),
    [
        ("User-agent: *\nDisallow: /feed", False),
        ("User-agent: renown\nDisallow: /\n", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Renown\nAllow: /", True),
        ("User-agent: other\nDisallow: /", True),
        ("<html>\x00", True),
        ("", True),
    ],
)
def test_robots_txt(rules: str, wanted: bool) -> None:
    there = answers(feed(ONE), **{"ada.example/robots.txt": httpx.Response(200, text=rules)})
    if wanted:
        assert collected(WebFeed(), ACCOUNT, there)[0]
    else:
        with pytest.raises(Unwanted, match="robots"):
            collected(WebFeed(), ACCOUNT, there)


# names and proofs


@pytest.mark.parametrize(
    ("given_", "canonical"),
    [
        ("feed:https://ada.example/feed", ADA),
        ("feed://Ada.Example/feed", ADA),
        ("http://ada.example:80/feed#x", ADA),
        (" HTTPS://ada.example:443/feed ", ADA),
        ("ada.example", "https://ada.example/"),
        ("https://ada.example/?feed=rss2&x=%20y", "https://ada.example/?feed=rss2&x=%20y"),
        ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"),
    ],
)
def test_addresses_have_one_form(given_: str, canonical: str) -> None:
    assert address(given_) == canonical == address(canonical)
    assert parse_account(f"feed:{canonical}") == ("feed", canonical)


@pytest.mark.parametrize(
    "given_",
    ["", "feed:", "feed:ftp://a.example/", "https://localhost/", "https://10.0.0.1/x", "https://u:p@a.example/",
     "https://a.example:8080/", "javascript:x", "https://[::1]/", "https://a.example/" + "x" * 600, "https://\ud800/"],
)  # fmt: skip
def test_what_is_no_address(given_: str) -> None:
    with pytest.raises(BadInput) as raised:
        address(given_)
    assert "\n" not in str(raised.value)


@given(st.text(max_size=30).map("https://ada.example/{}".format) | st.text(max_size=30))
def test_an_address_that_is_stored_stays_as_it_is(text: str) -> None:
    try:
        canonical = address(text)
    except BadInput:
        return
    assert address(canonical) == canonical
    assert parse_account(f"feed:{canonical}")[1] == canonical


def asked(there: Answers) -> Any:
    return client(Table(there), Clock(NOW))


def test_a_page_names_its_feed() -> None:
    head = '<link rel=alternate href=/de hreflang=de><link rel="alternate" type="application/atom+xml" href="/feed">'
    there = {**answers(feed(ONE)), "ada.example/": httpx.Response(200, html=head)}
    assert WebFeed().resolve("ada.example", asked(there)) == ACCOUNT
    with pytest.raises(SkippableError, match="no feed"):
        WebFeed().resolve("bob.example", asked(there))
    with pytest.raises(Gone):
        WebFeed().resolve("other.example", asked(there))


HOME = '<a rel="me" href="https://example.social/@ada">x</a>'


def test_a_proof_is_on_the_page_that_names_the_feed() -> None:
    shown = feed(home_page_url="https://ada.example", authors=[{"url": "https://example.social/@ada"}])
    link = '<link rel="alternate" href="/feed"><a href="https://no.example" rel="friend"></a>'
    there = {**answers(shown), "ada.example": httpx.Response(200, html=link + HOME.replace("@ada", "@ada2"))}
    proof = WebFeed().proof(ACCOUNT, asked(there))
    assert (proof.account, proof.evidence) == (ACCOUNT, "https://ada.example")
    assert proof.links == ("https://example.social/@ada", "https://example.social/@ada2")
    assert proof.addresses == (ADA,)


def test_a_page_that_does_not_name_the_feed_proves_nothing() -> None:
    """Else a feed could say that it is anybody's, who may even have linked to it."""
    shown = feed(home_page_url="https://victim.example")
    there = {**answers(shown), "victim.example": httpx.Response(200, html=f'<a href="{ADA}">a feed I like</a>{HOME}')}
    proof = WebFeed().proof(ACCOUNT, asked(there))
    assert (proof.evidence, proof.links) == (ADA, ())
