"""X: requests and made-up answers against its own description, where that is at hand."""

from functools import cache

import httpx
import pytest
from jsonschema import Draft202012Validator

from renown.errors import Gone
from renown.networks.x import X
from tests.contract.descriptions import CONTRACTS, OpenApi
from tests.contract.fakes.visits import Clock, Visits, client
from tests.contract.fakes.x import FakeX
from tests.contract.test_networks_described import visited_and_checked

pytestmark = pytest.mark.skipif(not CONTRACTS.is_dir(), reason=f"{CONTRACTS} is not there; set RENOWN_CONTRACTS")


@cache
def api() -> OpenApi:
    return OpenApi(CONTRACTS / "x" / "openapi.json", bodies=True)


def check(request: httpx.Request, answer: httpx.Response) -> None:
    """Names and the answer, as of the others; and every value that is sent, lists being separated by commas."""
    api().check(request, answer)
    path = request.url.path.removeprefix("/2/").split("/")
    path = ["{id}" if part.isdecimal() else part for part in path]
    name = "/2/" + "/".join(["users", "by", "username", "{username}"] if path[:2] == ["users", "by"] else path)
    parameters = [api().resolved(each) for each in api().doc["paths"][name]["get"]["parameters"]]
    described = {each["name"]: each["schema"] for each in parameters if each["in"] == "query"}
    for key, value in request.url.params.items():
        schema = described[key]
        given = {"array": value.split(","), "integer": value.isdecimal() and int(value)}.get(schema["type"], value)
        Draft202012Validator({**schema, "components": api().doc["components"]}).validate(given)


def test_x_is_asked_and_answers_as_its_description_says() -> None:
    paths = visited_and_checked(FakeX(), check)
    fake = FakeX()
    fake.write(fake.now - 600, "engines")
    visits = Visits(fake)

    def checked(_: int, request: httpx.Request) -> httpx.Response:
        paths.add(request.url.path.replace("/2/", "/*/"))
        answer = fake.answer(request)
        check(request, answer)
        return answer

    visits.visit(checked)
    fake.posts.clear()
    visits.visit(checked)
    assert ("Delete", "x:7", "x:7", "x:posts/1") in visits.deeds()
    assert {path.removeprefix("/*/") for path in paths} >= {
        "users/*", "users/*/tweets", "users/*/mentions", "tweets", "tweets/*/retweeted_by", "tweets/*/quote_tweets"
    }  # fmt: skip


def test_a_profile_is_asked_for_as_the_description_says() -> None:
    fake, asked = FakeX(), []

    def answer(request: httpx.Request) -> httpx.Response:
        shown = fake.answer(request)
        check(request, shown)
        asked.append(request.url.path)
        return shown

    for call in (X().proof, X().resolve):
        call("x:7", client(httpx.MockTransport(answer), Clock(fake.now)))
    X().resolve("x:@ada", client(httpx.MockTransport(answer), Clock(fake.now)))
    fake.closed = True
    with pytest.raises(Gone):
        X().resolve("x:7", client(httpx.MockTransport(answer), Clock(fake.now)))
    assert asked == ["/2/users/7", "/2/users/7", "/2/users/by/username/ada", "/2/users/7"]
