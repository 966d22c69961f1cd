"""Farcaster: requests and made-up answers against the hub's own description, where that is at hand."""

import httpx
import pytest
from jsonschema import Draft202012Validator

from renown.errors import Gone
from renown.networks.farcaster import HOST, Farcaster
from tests.contract.descriptions import CONTRACTS, OpenApi
from tests.contract.fakes.farcaster import FakeFarcaster
from tests.contract.fakes.visits import Clock, Visits, client
from tests.contract.test_networks_described import visited_and_checked

pytestmark = pytest.mark.skipif(not CONTRACTS.is_dir(), reason=f"{CONTRACTS} is not there; set RENOWN_CONTRACTS")


def test_a_hub_is_asked_and_answers_as_its_description_says() -> None:
    api = OpenApi(CONTRACTS / "farcaster" / "hub-openapi.yaml", bodies=True)
    assert api.doc["servers"] == [{"url": f"https://{HOST}"}]
    (key,) = api.doc["components"]["securitySchemes"].values()
    asked = set()

    def check(request: httpx.Request, answer: httpx.Response) -> None:
        api.check(request, answer)
        assert request.headers[key["name"]] == "made-up"
        asked.add(request.url.path.removeprefix("/v1/"))
        described = [api.resolved(each) for each in api.doc["paths"][request.url.path]["get"]["parameters"]]
        for parameter in described:
            schema, given = parameter["schema"], request.url.params.get(parameter["name"])
            kind = schema.get("type") or api.resolved(schema)["type"]
            value = {"integer": given and given.isdecimal() and int(given), "boolean": given == "true"}.get(kind, given)
            if given is not None:
                Draft202012Validator({**schema, "components": api.doc["components"]}).validate(value)
        if answer.status_code == 404:
            told = {"$ref": "#/components/schemas/ErrorResponse", "components": api.doc["components"]}
            Draft202012Validator(told).validate(answer.json())

    visited_and_checked(FakeFarcaster(), check)
    fake = FakeFarcaster()

    def checked(request: httpx.Request) -> httpx.Response:
        answer = fake.answer(request)
        check(request, answer)
        return answer

    fake.write(fake.now - 600)
    visits = Visits(fake)
    visits.visit(lambda _, request: checked(request))
    fake.posts.clear()
    visits.visit(lambda _, request: checked(request))
    assert ("Delete", fake.account, fake.account, f"farcaster:{fake.hash(1)}") in visits.deeds()
    for fake.closed in (False, True):
        asking = client(httpx.MockTransport(checked), Clock(fake.now))
        if fake.closed:
            with pytest.raises(Gone):
                Farcaster().resolve("farcaster:@ada", asking)
        else:
            assert Farcaster().resolve("farcaster:@ada", asking) == fake.account
    assert asked == {
        "userNameProofByName", "userDataByFid", "castsByFid", "castsByMention", "castsByParent", "castById",
        "reactionsByCast", "linksByTargetFid",
    }  # fmt: skip
