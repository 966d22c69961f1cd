"""Pinterest: requests and made-up answers against its own description, where that is at hand."""

from functools import cache
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from renown.networks.pinterest import Pinterest
from tests.contract.descriptions import CONTRACTS, OpenApi
from tests.contract.fakes.pinterest import FakePinterest
from tests.contract.fakes.visits import Clock, client
from tests.contract.test_networks_described import visited_and_checked

pytestmark = pytest.mark.skipif(not CONTRACTS.is_dir(), reason=f"{CONTRACTS} is not there; set RENOWN_CONTRACTS")


@cache
def api() -> OpenApi:
    described = OpenApi(CONTRACTS / "pinterest" / "openapi.yaml", bodies=True)
    described.doc = nullable(described.doc)
    return described


def nullable(schema: Any) -> Any:
    """OpenAPI 3.0's "nullable" as JSON Schema, which knows the type "null"."""
    if isinstance(schema, list):
        return [nullable(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: nullable(value) for key, value in schema.items()}
    return {"anyOf": [found, {"type": "null"}]} if schema.get("nullable") is True else found


def check(request: httpx.Request, answer: httpx.Response) -> None:
    """Names and the answer, as of the others; and every value that is sent."""
    assert request.url.path.startswith("/v5/")
    path = request.url.path.removeprefix("/v5")
    api().check(httpx.Request(request.method, request.url.copy_with(path=path)), answer)
    operation = api().doc["paths"]["/pins/{pin_id}" if path.startswith("/pins/") else path]["get"]
    described = {each["name"]: each["schema"] for each in map(api().resolved, operation["parameters"])}
    for key, value in request.url.params.items():
        given = {"integer": value.isdecimal() and int(value), "boolean": value == "true"}
        Draft202012Validator(described[key]).validate(given.get(described[key]["type"], value))


def test_pinterest_is_asked_and_answers_as_its_description_says() -> None:
    fake = FakePinterest()
    paths = visited_and_checked(fake, check)

    def checked(request: httpx.Request) -> httpx.Response:
        answer = fake.answer(request)
        paths.add(request.url.path)
        check(request, answer)
        return answer

    for call in (Pinterest().proof, Pinterest().resolve):
        call("pinterest:ada", client(httpx.MockTransport(checked), Clock(fake.now)))
    assert {path.removeprefix("/v5/") for path in paths} == {
        "user_account", "user_account/websites", "pins", "pins/*"
    }  # fmt: skip
