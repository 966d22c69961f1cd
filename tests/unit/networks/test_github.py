"""GitHub: what its API says, as records."""

import json
from typing import Any

import httpx
import pytest

from renown.errors import BadInput, FatalError, Gone, RetriableError
from renown.networks.budget import Budget
from renown.networks.client import Client
from renown.networks.github import GitHub
from tests.contract.fakes.visits import Clock, MemoryTable, client
from tests.unit.networks.asked import NOW, Answers, Table, activity, brief, collected

AT = "2026-11-17T10:00:00Z"
OLD = "2026-01-01T10:00:00Z"
PULL = "https://github.com/far/away/pull/7"


def who(login: str, kind: str = "User") -> dict[str, str]:
    return {"login": login, "__typename": kind}


def said(login: str, number: int, at: str = AT, kind: str = "User") -> dict[str, Any]:
    return {"url": f"{PULL}#issuecomment-{number}", "createdAt": at, "author": who(login, kind)}


def pull(**more: Any) -> dict[str, Any]:
    repository = {"isPrivate": False, "primaryLanguage": {"name": "Rust"}, "repositoryTopics": {"nodes": []}}
    return {"url": PULL, "createdAt": AT, "repository": repository, "comments": {"nodes": []}, **more}


def answers(user: dict[str, Any] | None, events: Any = (), errors: Any = (), **more: Any) -> Answers:
    def graph(request: httpx.Request) -> dict[str, Any]:
        operation = json.loads(request.content)["operationName"]
        if operation in more:
            return {"data": more[operation]}
        shown = None if user is None else {"id": "U_1", "login": "Ada", **user}
        return {"data": {"user": shown if operation == "Visit" else {}}, "errors": list(errors)}

    given = events if isinstance(events, httpx.Response) else list(events)
    return {"api.github.com/graphql": graph, "api.github.com/users/ada/events/public": given}


def event(number: int, kind: str, payload: dict[str, Any], repo: str = "Far/Away") -> dict[str, Any]:
    return {
        "id": str(number), "type": kind, "actor": {"login": "Ada"}, "repo": {"name": repo}, "payload": payload,
        "created_at": AT,
    }  # fmt: skip


def test_who_answered_reviewed_and_merged_a_pull_request() -> None:
    page = pull(
        mergedAt=AT,
        mergedBy=who("Maintainer"),
        comments={"nodes": [said("Bob", 1), said("ada", 2), said("cid", 3, OLD), said("helper", 4, kind="Bot")]},
        reviews={"nodes": [{**said("Eve", 5), "url": f"{PULL}#pullrequestreview-5"}, {**said("x", 6), "author": None}]},
    )
    batches, _ = collected(GitHub(), "github:ada", answers({"pullRequests": {"nodes": [page]}}))
    assert brief(batches) == {
        ("Create", "ada", "ada", PULL),
        ("Reply", "bob", "ada", PULL),
        ("Reply", "eve", "ada", PULL),
        ("Accept", "maintainer", "ada", PULL),
    }
    assert {each.topics for each in activity(batches)} == {("rust",)}


def test_what_only_the_tokens_owner_may_see_is_passed_over() -> None:
    for repository in ({"isPrivate": True}, {}, None):
        page = pull(comments={"nodes": [said("bob", 1)]}) | {"repository": repository}
        batches, _ = collected(GitHub(), "github:ada", answers({"issues": {"nodes": [page]}}))
        assert brief(batches) == set()


def test_the_persons_own_events() -> None:
    comment = {"html_url": f"{PULL}#issuecomment-1"}
    merged = {"action": "merged", "pull_request": {"html_url": PULL, "user": {"login": "Cid"}}}
    events = [
        event(9, "WatchEvent", {"action": "started"}),
        event(8, "ForkEvent", {"forkee": {"html_url": "https://github.com/ada/away", "topics": ["x"]}}),
        event(7, "IssueCommentEvent", {"action": "created", "issue": {"html_url": PULL, "user": {"login": "Bob"}},
                                       "comment": comment}),
        event(6, "ReleaseEvent", {"action": "published", "release": {"html_url": "https://github.com/ada/e/releases/1"}}),
        event(5, "PushEvent", {}),
        {**event(4, "WatchEvent", {}), "actor": {"login": "somebody-else"}},
        {**event(3, "WatchEvent", {}), "repo": {}},
        event(2, "PullRequestEvent", merged),
    ]  # fmt: skip
    batches, _ = collected(GitHub(), "github:ada", answers({}, events))
    assert brief(batches) == {
        ("Like", "ada", "far", "github:repo/far/away"),
        ("Announce", "ada", "far", "github:repo/far/away"),
        ("Reply", "ada", "bob", PULL),
        ("Create", "ada", "ada", "https://github.com/ada/e/releases/1"),
        ("Accept", "ada", "cid", PULL),
    }
    assert {each.id for each in activity(batches)} == {
        "github:repo/far/away:Like:ada",
        "github:repo/far/away:Announce:ada",
        f"github:{PULL}#issuecomment-1:Reply",
        "github:https://github.com/ada/e/releases/1",
        f"github:{PULL}:Accept",
    }
    assert batches[0].rejects
    assert batches[0].cursor["event"] == 9


def test_the_same_deed_has_the_same_id_from_both_sides() -> None:
    stars = {"totalCount": 1, "edges": [{"starredAt": AT, "node": who("Ada")}]}
    engine = {
        "nameWithOwner": "Bob/Engine",
        "url": "https://github.com/Bob/Engine",
        "createdAt": AT,
        "stargazers": stars,
    }
    received, _ = collected(GitHub(), "github:bob", {
        **answers({"repositories": {"nodes": [engine]}}), "api.github.com/users/bob/events/public": [],
    })  # fmt: skip
    done, _ = collected(GitHub(), "github:ada", answers({}, [event(9, "WatchEvent", {}, "Bob/Engine")]))
    assert {each.id for each in activity(received)} == {each.id for each in activity(done)} != set()


def test_events_are_asked_for_as_often_as_github_allows() -> None:
    first = httpx.Response(200, json=[], headers={"etag": '"1"', "x-poll-interval": "120"})
    batches, table = collected(GitHub(), "github:ada", answers({}, first))
    assert table.asked[1].headers["x-github-api-version"] == "2026-03-10"
    cursor = batches[-1].cursor
    _, table = collected(GitHub(), "github:ada", answers({}), cursor, NOW + 60)
    assert table.paths == ["/graphql"]
    _, table = collected(GitHub(), "github:ada", answers({}, httpx.Response(304)), cursor, NOW + 120)
    assert table.asked[1].headers["if-none-match"] == '"1"'


def test_a_page_of_events_is_followed_by_the_next_until_they_are_known() -> None:
    def events(request: httpx.Request) -> list[Any]:
        page = int(request.url.params["page"])
        return [event(1000 - n, "WatchEvent", {}, f"far/r{n}") for n in range(100 * page - 100, 100 * page)]

    given = {**answers({}), "api.github.com/users/ada/events/public": events}
    batches, table = collected(GitHub(), "github:ada", given)
    assert (len(table.asked), len(brief(batches))) == (5, 300)
    batches, table = collected(GitHub(), "github:ada", given, {**batches[-1].cursor, "event": 850})
    assert (len(table.asked), len(brief(batches))) == (3, 150)


def test_many_stars_are_owed_to_the_next_visit() -> None:
    def stars(request: httpx.Request) -> Any:
        asked = json.loads(request.content)
        if asked["operationName"] in ("Followers", "Name"):
            return {"data": {"user": {}}}
        start = int(asked["variables"].get("after") or "0")
        edges = [{"starredAt": AT, "node": who(f"u{n}")} for n in range(start, start + 100)]
        info = {"endCursor": str(start + 100), "hasNextPage": start + 100 < 1500}
        gazers = {"totalCount": 1500, "edges": edges, "pageInfo": info}
        engine = {"nameWithOwner": "ada/engine", "url": "https://github.com/ada/engine", "createdAt": AT}
        if asked["operationName"] == "Stars":
            return {"data": {"repository": {"stargazers": gazers}}}
        return {"data": {"user": {"id": "U_1", "repositories": {"nodes": [{**engine, "stargazers": gazers}]}}}}

    given = {**answers({}), "api.github.com/graphql": stars}
    first, _ = collected(GitHub(), "github:ada", given)
    assert not first[-1].complete
    second, _ = collected(GitHub(), "github:ada", given, first[-1].cursor)
    assert second[-1].complete
    assert len({each.id for each in activity([*first, *second])}) == 1500


@pytest.mark.parametrize("errors", [[{"type": "RATE_LIMITED"}], [{"message": "Something went wrong"}]])
def test_a_query_that_was_not_answered_is_no_deleted_user(errors: list[Any]) -> None:
    with pytest.raises(RetriableError, match="Visit was not answered"):
        collected(GitHub(), "github:ada", answers(None, errors=errors))


def test_a_name_that_is_somebody_elses_now() -> None:
    batches, _ = collected(GitHub(), "github:ada", answers({}))
    with pytest.raises(Gone, match="somebody else's"):
        collected(GitHub(), "github:ada", answers({"id": "U_2"}, Name={"node": None}), batches[-1].cursor)


def test_without_a_token_nothing_is_asked() -> None:
    table, clock = Table(answers({})), Clock(NOW)
    bare = Client(table, Budget(MemoryTable(), clock), contact="x", clock=clock, sleep=clock.sleep)
    with pytest.raises(FatalError, match="there is no token"):
        list(GitHub().collect("github:ada", None, bare, NOW))
    assert table.asked == []


def test_the_profile_names_every_place_once() -> None:
    user = {
        "login": "Ada", "bio": "See https://a.example, https://b.example.", "websiteUrl": "https://a.example",
        "socialAccounts": {"nodes": [{"url": "https://c.example/@ada"}, {"url": None}, None]},
    }  # fmt: skip
    proof = GitHub().proof("github:Ada", client(Table(answers({}, Profile={"user": user})), Clock(NOW)))
    assert proof.links == ("https://a.example", "https://c.example/@ada", "https://b.example")
    assert proof.evidence == "https://github.com/ada"


@pytest.mark.parametrize(
    "given", ["github:-ada", "github:a/b", "github:" + "a" * 40, "github:ada lovelace", "github:ä"]
)
def test_what_is_no_login(given: str) -> None:
    with pytest.raises(BadInput, match="39 letters"):
        GitHub().resolve(given, client(Table({}), Clock(NOW)))


def test_a_repository_that_is_gone_and_one_that_is_not() -> None:
    def repository(name: str) -> dict[str, Any]:
        return {"nameWithOwner": f"ada/{name}", "url": "https://github.com/", "createdAt": AT, "forkCount": 0}

    both = answers({"repositories": {"nodes": [repository("one"), repository("two")]}})
    batches, _ = collected(GitHub(), "github:ada", both)
    later = {**answers({"repositories": {"nodes": []}}), "api.github.com/repos/ada/two": {}}
    batches, _ = collected(GitHub(), "github:ada", later, batches[-1].cursor)
    assert brief(batches) == {("Delete", "ada", "ada", "github:repo/ada/one")}
