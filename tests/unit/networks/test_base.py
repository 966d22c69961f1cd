"""What connectors share: pages, addresses in texts, what a cursor can hold."""

import json

from hypothesis import given
from hypothesis import strategies as st

from renown.activity import clean
from renown.networks.base import Found, hashtags_in, links_in, newest, pages, web_address

NOW = 1_795_000_000


def test_pages_end_at_the_last_at_the_most_and_where_they_go_round() -> None:
    def counted(token: str | None) -> tuple[int, str | None]:
        number = int(token or 1)
        return number, str(number + 1) if number < 7 else None

    assert list(pages(counted)) == [1, 2, 3, 4, 5, 6, 7]
    assert list(pages(counted, 3)) == [1, 2, 3]
    assert list(pages(lambda token: (1, "same"))) == [1, 1]
    assert list(pages(lambda token: (1, {"a": "b", "b": "a"}.get(token or "", "a")))) == [1, 1, 1]


def test_addresses_in_a_text() -> None:
    text = (
        'At (https://a.example/x_(y)), HTTP://b.example. https://a.example/x_(y "https://c.example"<https://d.example>'
    )
    assert links_in(text) == ("https://a.example/x_(y", "HTTP://b.example", "https://c.example", "https://d.example")
    assert links_in("javascript:alert(1) ftp://x.example https://") == ()
    assert len(links_in(" ".join(f"https://{n}.example" for n in range(500)))) == 50
    assert hashtags_in("#One a#two &#39; /#three #vier, #ünf") == ["One", "vier", "ünf"]


def test_addresses_that_a_page_may_link_to() -> None:
    assert web_address("https://a.example") == "https://a.example"
    for bad in (None, "", "javascript:alert(1)", "//a.example", " https://a.example", "data:text/html,x"):
        assert web_address(bad) is None


def test_a_cursor_keeps_the_newest() -> None:
    posts = {str(n): {"at": n, "tags": ["x" * 1000]} for n in range(1000)}
    kept = newest(posts)
    assert list(kept) == [str(n) for n in range(999, 999 - len(kept), -1)]
    assert 150_000 < len(json.dumps(kept)) < 210_000
    assert newest({}) == {}


TEXT = st.text(max_size=30) | st.sampled_from(["ada", "\x00", "a\nb", "x" * 3000, "\ud800", ""])


@given(TEXT, TEXT, TEXT, st.integers(-(1 << 40), 1 << 40) | TEXT | st.none(), TEXT)
def test_whatever_a_network_says_a_record_can_be_stored(
    actor: str, author: str, post: str, at: int | str | None, tag: str
) -> None:
    found = Found("made-up", NOW)
    found.deed("Like", actor, author, post, at=at, tags=[tag], url=post)
    found.counts("ada", post, {"likes": at, "true": True, "negative": -1})
    batch = found.batch({})
    assert len(batch.activity) + len(batch.rejects) == 1
    for activity in batch.activity:
        for field in (activity.id, activity.actor, activity.author, activity.object):
            assert field is None or clean(field) == field
            json.dumps(field).encode()
        assert activity.at is None or activity.at <= NOW + 86_400
    for observation in batch.observations:
        assert clean(observation.id) == observation.id
    for reject in batch.rejects:
        assert reject.isprintable() or not reject.isascii()
    assert found.batch({}).activity == []
