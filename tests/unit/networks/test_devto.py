"""Dev.to: what its API says, as records."""

from typing import Any

import httpx
import pytest

from renown.errors import BadInput, Gone, Renamed
from renown.networks.devto import DevTo
from tests.contract.fakes.visits import Clock, client
from tests.unit.networks.asked import NOW, Answers, Table, activity, brief, collected

API = "dev.to/api/"
AT = "2026-11-18T10:00:00Z"
ADA = {"id": 7, "username": "Ada"}
DAY = 86_400


def article(number: int, **more: Any) -> dict[str, Any]:
    shown = {"id": number, "url": f"https://dev.to/ada/about-{number}", "published_at": AT, "user": ADA}
    return {**shown, "tag_list": ["rust", "beginners"], "public_reactions_count": 9, "comments_count": 0, **more}


def comment(code: str, name: str | None, *children: Any) -> dict[str, Any]:
    who = {"username": name, "user_id": 3} if name else {}
    return {"id_code": code, "created_at": AT, "user": who, "children": list(children)}


def answers(articles: Any, comments: Any = (), **more: Any) -> Answers:
    given = {"users/by_username": ADA, "articles": articles, "comments?a_id": comments}
    return {f"{API}{path}": answer for path, answer in {**given, **more}.items()}


def test_articles_and_the_talk_below_them() -> None:
    mine = comment("b2", "Ada", comment("c3", "cid", comment("d4", "dan")), comment("e5", None, comment("f6", "Ada")))
    below = [comment("a1", "Bob", mine), comment("g7", "Ada"), comment("../8", "eve"), comment("h8", None), None]
    batches, table = collected(DevTo(), "devto:ada", answers([article(1, comments_count=9)], below))
    assert brief(batches) == {
        ("Create", "ada", "ada", "devto:articles/1"),
        ("Reply", "bob", "ada", "devto:articles/1"),
        ("Reply", "ada", "bob", "devto:comments/a1"),
        ("Reply", "cid", "ada", "devto:comments/b2"),
    }
    assert {each.id for each in activity(batches)} == {
        "devto:articles/1", "devto:comments/a1:Reply", "devto:comments/b2:Reply", "devto:comments/c3:Reply"
    }  # fmt: skip
    assert {each.topics for each in activity(batches)} == {("beginners", "rust")}
    assert {each.url for each in activity(batches)} >= {"https://dev.to/ada/about-1", "https://dev.to/bob/comment/a1"}
    counts = {(each.kind, each.total) for batch in batches for each in batch.observations}
    assert counts == {("likes", 9), ("replies", 9)}
    assert {request.headers["accept"] for request in table.asked} == {"application/vnd.forem.api-v1+json"}


def test_a_thread_of_any_depth_is_read() -> None:
    deep = comment("z", "zoe")
    for number in range(300):
        deep = comment(f"c{number}", "Ada" if number % 2 else "bob", deep)
    batches, _ = collected(DevTo(), "devto:ada", answers([article(1, comments_count=301)], [deep]))
    assert len([deed for deed in activity(batches) if deed.verb == "Reply"]) == 299  # all but the outermost and "z"


def test_only_articles_with_new_comments_are_looked_at() -> None:
    batches, table = collected(DevTo(), "devto:ada", answers([article(1)]))
    assert len(table.asked) == 2
    liked = answers([article(1, public_reactions_count=50)])
    _, table = collected(DevTo(), "devto:ada", liked, batches[-1].cursor, NOW + DAY)
    assert len(table.asked) == 2


def test_an_organisations_articles_are_those_of_their_authors() -> None:
    other = article(2, user={"username": "bob"})
    assert len(brief(collected(DevTo(), "devto:ada", answers([article(1), other]))[0])) == 1


@pytest.mark.parametrize(("there", "deleted"), [(httpx.Response(404), True), (article(1), False)])
def test_an_article_that_is_not_listed_is_asked_for(there: Any, deleted: bool) -> None:
    batches, _ = collected(DevTo(), "devto:ada", answers([article(1)]))
    gone = answers([], **{"articles/1": there})
    batches, _ = collected(DevTo(), "devto:ada", gone, batches[-1].cursor, NOW + DAY)
    assert [deed[0] for deed in brief(batches)] == (["Delete"] if deleted else [])


def test_a_name_that_was_given_up_may_be_another_ones() -> None:
    batches, _ = collected(DevTo(), "devto:ada", answers([]))
    taken = answers([article(9)], **{"users/by_username": {"id": 8, "username": "ada"}})
    with pytest.raises(Gone):
        collected(DevTo(), "devto:ada", taken, batches[-1].cursor, NOW + DAY)
    moved = {**taken, f"{API}users/7": {"id": 7, "username": "Lovelace"}}
    with pytest.raises(Renamed) as raised:
        collected(DevTo(), "devto:ada", moved, batches[-1].cursor, NOW + DAY)
    assert raised.value.to == "devto:lovelace"


def test_nobody_there() -> None:
    with pytest.raises(Gone, match="no such user"):
        DevTo().resolve("devto:ada", client(Table({}), Clock(NOW)))


@pytest.mark.parametrize("given", ["devto:", "devto:a/b", "devto:..", "github:ada", "ada"])
def test_what_is_no_account(given: str) -> None:
    with pytest.raises(BadInput):
        DevTo().resolve(given, client(Table({}), Clock(NOW)))


def test_the_profile_names_pages() -> None:
    more = {"website_url": "https://ada.example", "github_username": "ada-l", "summary": "see https://b.example"}
    shown = answers([], **{"users/by_username": {**ADA, **more}})
    proof = DevTo().proof("devto:@Ada", client(Table(shown), Clock(NOW)))
    assert (proof.account, proof.evidence) == ("devto:ada", "https://dev.to/ada")
    assert proof.links == ("https://ada.example", "https://github.com/ada-l", "https://b.example")
