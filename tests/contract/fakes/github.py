"""GitHub's API, with one person on it. A post is a repository, or, if its first tag is "issue", an issue elsewhere."""

import json
from typing import Any

import httpx

from renown.networks.github import GitHub
from tests.contract.fakes.world import NOW, SECRET, Doc, Fake, Post, Reaction, paged, people, stamp

SITE = "https://github.com"


class FakeGitHub(Fake):
    network = GitHub()
    verbs = ("Like", "Announce")
    page = 0
    quiet = (2, 1)
    account = "github:ada"
    renamed = "github:lovelace"

    def __init__(self) -> None:
        super().__init__()
        self.id = "U_ada"
        self.events: list[Doc] = []

    def name(self, who: int) -> str:
        return "ada" if who == 0 else f"user-{who}"

    def is_issue(self, post: Post) -> bool:
        return "issue" in post.tags

    def uri(self, post: Post) -> str:
        number = post.number
        return f"{SITE}/far/away/issues/{number}" if self.is_issue(post) else f"github:repo/ada/engine{number}"

    def deeds(self) -> set[tuple[str, str, str, str | None]]:
        repositories = {self.uri(post) for post in self.posts if not self.is_issue(post)}
        return {deed for deed in super().deeds() if deed[0] != "Create" or deed[3] not in repositories}

    def has_tags(self, request: httpx.Request) -> bool:
        return "/events/" in request.url.path

    def route(self, request: httpx.Request, query: dict[str, str]) -> Any:
        assert request.url.host == "api.github.com"
        assert request.headers["authorization"] == "Bearer made-up"
        if request.url.path == "/users/ada/events/public":
            page = int(query["page"])
            return [] if self.closed else self.events[100 * page - 100 : 100 * page]
        if request.url.path.startswith("/repos/"):
            there = any(self.uri(post) == f"github:repo{request.url.path[6:]}" for post in self.posts)
            return {} if there else httpx.Response(404, json={"message": "Not Found"})
        assert request.url.path == "/graphql"
        asked = json.loads(request.content)
        data = getattr(self, f"_{asked['operationName'].lower()}")(asked["variables"])
        lacking = [{"type": "NOT_FOUND", "path": [name], "message": "secret"} for name in data if data[name] is None]
        return {"data": data, **({"errors": lacking} if lacking else {})}

    def _name(self, variables: Doc) -> Doc:
        return {"node": {"login": "Lovelace"} if self.moved else None}

    def _profile(self, variables: Doc) -> Doc:
        return self._visit(variables)

    def _followers(self, variables: Doc) -> Doc:
        page, following = paged(self.followers, 100, variables.get("after"))
        return {"user": {"followers": self._connection([self._user(who) for who in page], following)}}

    def _visit(self, variables: Doc) -> Doc:
        if self.closed or self.moved or variables.get("login") not in ("ada", None):
            return {"user": None}
        repositories = sorted((post for post in self.posts if not self.is_issue(post)), key=lambda p: -len(p.reactions))
        issues = [post for post in self.posts if self.is_issue(post)]
        user = {
            "id": self.id,
            "login": "Ada",
            "bio": "Engines, see https://ada.example.",
            "websiteUrl": "https://ada.example",
            "socialAccounts": {"nodes": [{"url": "https://example.social/@ada"}]},
            "followers": {"totalCount": len(self.followers), "nodes": [], "pageInfo": {"hasNextPage": False}},
            "following": {"totalCount": 2},
            "repositories": {
                "totalCount": len(repositories),
                "nodes": [self._repository(post) for post in repositories[:50]],
            },
            "issues": {"nodes": [*map(self._issue, issues), self._secret()]},
            "pullRequests": {"nodes": []},
        }
        return {"user": user}

    def _repository(self, post: Post) -> Doc:
        topics = [{"topic": {"name": self.hostile or tag}} for tag in post.tags]
        return {
            "nameWithOwner": f"Ada/Engine{post.number}",
            "url": f"{SITE}/Ada/Engine{post.number}",
            "description": SECRET,
            "createdAt": stamp(post.at),
            "primaryLanguage": {"name": "Python"},
            "repositoryTopics": {"nodes": topics},
            "forkCount": sum(1 for _ in people(post.reactions, "Announce")),
            "stargazers": self._stargazers(post, 30, None),
            "forks": self._forked(post, 20, None),
        }

    def _fork(self, each: Reaction) -> Doc:
        name = f"{SITE}/{self.name(each.who)}/fork{each.number}"
        return {"url": name, "createdAt": stamp(each.at), "owner": self._user(each.who)}

    def _forked(self, post: Post, size: int, token: str | None) -> Doc:
        forks = sorted(people(post.reactions, "Announce"), key=lambda each: -each.at)
        page, following = paged(forks, size, token)
        return self._connection([self._fork(each) for each in page], following)

    def _named(self, variables: Doc) -> Post | None:
        name = f"github:repo/{variables['owner']}/{variables['name']}"
        return next((post for post in self.posts if self.uri(post) == name), None)

    def _stars(self, variables: Doc) -> Doc:
        post = self._named(variables)
        return {"repository": {"stargazers": self._stargazers(post, 100, variables["after"])} if post else None}

    def _forks(self, variables: Doc) -> Doc:
        post = self._named(variables)
        return {"repository": {"forks": self._forked(post, 100, variables["after"])} if post else None}

    def _stargazers(self, post: Post, size: int, token: str | None) -> Doc:
        stars = sorted(people(post.reactions, "Like"), key=lambda each: -each.at)
        page, following = paged(stars, size, token)
        edges = [{"starredAt": stamp(each.at), "node": self._user(each.who)} for each in page]
        return {"totalCount": len(stars) + post.uncounted, "edges": edges, **self._connection([], following)}

    def _connection(self, nodes: list[Doc], following: str | None) -> Doc:
        info = {"endCursor": following, "hasNextPage": following is not None}
        return {"nodes": nodes, "pageInfo": info}

    def _user(self, who: int) -> Doc:
        kind = "Bot" if who in self.bots else "User"
        return {"login": self.name(who).title(), "__typename": kind}

    def _issue(self, post: Post) -> Doc:
        comments = [
            {"url": f"{self.uri(post)}#issuecomment-{each.number}", "createdAt": stamp(each.at)}
            | {"author": self._user(each.who)}
            for each in post.reactions
        ]
        return {
            "url": self.uri(post),
            "title": SECRET,
            "createdAt": stamp(post.at),
            "repository": {"isPrivate": False, "primaryLanguage": None, "repositoryTopics": {"nodes": []}},
            "comments": {"nodes": comments},
        }

    def _secret(self) -> Doc:
        """An issue that only the token's owner may see."""
        secret = self._issue(Post(999_999, NOW, ("issue",), [Reaction("Reply", 7, NOW, 999_998)]))
        return {**secret, "repository": {**secret["repository"], "isPrivate": True}}
