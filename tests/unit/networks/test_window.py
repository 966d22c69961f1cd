"""The posts that a cursor remembers."""

from typing import Any

from renown.errors import SkippableError
from renown.networks.answer import Answer
from renown.networks.base import BACKFILL, FOLLOWERS_EVERY, MOST_PAGES, MOST_POSTS, REFETCH, Cursor, Found
from renown.networks.window import FRESH, Page, forget, is_complete, look_up, pages_for, walk_followers, walk_posts

NOW = 1_795_000_000
DAY = 86_400


def post(at: int, **counts: int) -> dict[str, Any]:
    return {"at": at, "uri": f"u{at}", "url": None, "tags": [], "counts": counts}


class Feed:
    """Pages of posts, by token."""

    def __init__(self, *pages: Page, unchanged: bool = False) -> None:
        self.pages = pages
        self.unchanged = unchanged
        self.asked: list[str | None] = []

    def ask(self, token: str | None, headers: Any) -> Answer:
        self.asked.append(token)
        return Answer("u", 304 if self.unchanged else 200, {"etag": '"1"'}, (token or "0").encode())

    def read(self, answer: Answer) -> Page:
        return self.pages[int(answer.body) % len(self.pages)]


def walk(state: Cursor, feed: Feed, now: int = NOW) -> tuple[list[str], Found]:
    found = Found("made-up", now)
    return walk_posts(state, found, "ada", feed.ask, feed.read), found


def page(*posts: dict[str, Any], oldest: int | None = None, following: str | None = None) -> Page:
    by_key = {str(each["at"]): each for each in posts}
    return Page(by_key, min((each["at"] for each in posts), default=NOW) if oldest is None else oldest, following)


def test_pages_are_read_back_to_a_week_before_the_last_visit() -> None:
    state: Cursor = dict(FRESH)
    feed = Feed(page(post(NOW - 10), following="1"), page(oldest=NOW - BACKFILL - 1, following="2"))
    assert walk(state, feed)[0] == []
    assert feed.asked == [None, "1"]
    assert (state["since"], state["newest"]) == (NOW, {})  # a page behind the first: "unchanged" would not cover it
    feed = Feed(page(post(NOW - 10), oldest=NOW - REFETCH - 1, following="1"))
    walk(state, feed, NOW + 60)
    assert feed.asked == [None]
    assert state["newest"] == {"if-none-match": '"1"'}


def test_pages_that_go_round_or_on_for_ever_come_to_an_end() -> None:
    for feed in (Feed(page(post(NOW - 1), following="0")), Feed(page(post(NOW - 1), following="1"))):
        walk(dict(FRESH), feed)
        assert len(feed.asked) <= 3
    endless = Feed(*(page(post(NOW - 1 - n), following=str(n + 1)) for n in range(50)))
    state: Cursor = dict(FRESH)
    walk(state, endless)
    assert len(endless.asked) == MOST_PAGES
    assert len(state["posts"]) == MOST_PAGES


def test_growth_is_owed_until_it_is_looked_up() -> None:
    state: Cursor = dict(FRESH)
    walk(state, Feed(page(post(NOW - 9, likes=2, replies=0))))
    walk(state, Feed(page(post(NOW - 9, likes=5, replies=0))))
    walk(state, Feed(page(post(NOW - 9, likes=4, replies=1))))
    walk(state, Feed(unchanged=True))
    assert state["posts"][str(NOW - 9)]["owed"] == {"likes": 5, "replies": 1}
    assert not is_complete(state)
    batches = list(look_up(state, Found("made-up", NOW), lambda key, post: {}))
    assert [batch.complete for batch in batches] == [True]
    assert is_complete(state)


def test_counts_are_recorded_where_they_changed() -> None:
    state: Cursor = dict(FRESH)
    assert [each.total for each in walk(state, Feed(page(post(NOW - 9, likes=2))))[1].observations] == [2]
    assert walk(state, Feed(page(post(NOW - 9, likes=2))))[1].observations == []
    assert [each.total for each in walk(state, Feed(page(post(NOW - 9, likes=1))))[1].observations] == [1]


def test_only_what_should_be_on_the_pages_is_missing() -> None:
    state: Cursor = dict(FRESH)
    walk(state, Feed(page(*(post(NOW - n * DAY) for n in (1, 3, 6, 8, 20)))))
    missing, _ = walk(state, Feed(page(post(NOW - 3 * DAY), oldest=NOW - 30 * DAY)))
    assert missing == [str(NOW - DAY), str(NOW - 6 * DAY)]
    assert str(NOW - 8 * DAY) not in state["posts"]
    forget(state, str(NOW - DAY), found := Found("made-up", NOW), "ada")
    assert [each.verb for each in found.activity] == ["Delete"]
    assert set(state["posts"]) == {str(NOW - 3 * DAY), str(NOW - 6 * DAY)}


def test_what_is_behind_the_last_page_that_was_read_is_not_missing() -> None:
    state: Cursor = dict(FRESH)
    walk(state, Feed(page(post(NOW - 100), post(NOW - 5000))))
    missing, _ = walk(state, Feed(page(post(NOW - 1), oldest=NOW - 200, following="0")))  # goes round
    assert missing == [str(NOW - 100)]


def test_look_ups_are_spread_over_visits_newest_first() -> None:
    state: Cursor = dict(FRESH)
    walk(state, Feed(page(*(post(NOW - n, likes=1) for n in range(1, 51)))))
    seen: list[str] = []

    def look(key: str, post: Any) -> dict[str, Any]:
        seen.append(key)
        return {}

    visits = 0
    while not is_complete(state):
        visits += 1
        batches = list(look_up(state, Found("made-up", NOW), look))
        assert len(batches) <= MOST_POSTS
    assert seen == [str(NOW - n) for n in range(1, 51)]
    assert visits == 3


def test_a_post_that_cannot_be_looked_up_does_not_stand_in_the_way() -> None:
    state: Cursor = dict(FRESH)
    walk(state, Feed(page(post(NOW - 1, likes=1), post(NOW - 2, likes=1))))

    def look(key: str, post: Any) -> dict[str, Any]:
        if key == str(NOW - 1):
            raise SkippableError("https://x.example: HTTP 403")
        return {}

    batches = list(look_up(state, Found("made-up", NOW), look))
    assert [batch.rejects for batch in batches] == [["https://x.example: HTTP 403"], []]
    assert is_complete(state)


def test_as_many_people_are_read_as_a_count_grew_by_and_some_more() -> None:
    def fetch(token: str | None) -> tuple[list[str], str | None]:
        return ["somebody"] * 10, str(int(token or 0) + 1)

    assert [sum(1 for _ in pages_for(growth, fetch)) for growth in (1, 10, 11, 1000)] == [3, 3, 4, 5]


def test_followers_go_on_where_the_walk_was_interrupted_and_hidden_ones_are_left() -> None:
    state: Cursor = dict(FRESH)
    found = Found("made-up", NOW)

    def fetch(token: str | None) -> tuple[list[str], str | None]:
        return [f"f{token or 0}"], str(int(token or 0) + 1) if int(token or 0) < 3 else None

    walking = walk_followers(state, found, "ada", fetch)
    next(walking)
    next(walking)
    assert state["followers"] == {"at": NOW, "next": "2"}
    rest = list(walk_followers(state, found, "ada", fetch))
    assert [each.actor for batch in rest for each in batch.activity] == ["made-up:f2", "made-up:f3"]
    assert list(walk_followers(state, found, "ada", fetch)) == []

    def hidden(token: str | None) -> tuple[list[str], str | None]:
        raise SkippableError("not shown")

    later = Found("made-up", NOW + FOLLOWERS_EVERY)
    assert [batch.rejects for batch in walk_followers(state, later, "ada", hidden)] == [["not shown"]]
    assert list(walk_followers(state, later, "ada", hidden)) == []
    assert FRESH["followers"] == {"at": 0, "next": None}
