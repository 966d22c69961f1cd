"""What is asked of Nostr's relays against the NIPs, where those are at hand."""

import json
import re
from typing import Any

import httpx
import pytest

from renown.errors import Gone
from renown.networks.nostr import Nostr
from tests.contract.descriptions import CONTRACTS
from tests.contract.fakes.nostr import FakeNostr
from tests.contract.fakes.visits import Clock, Visits, client
from tests.contract.fakes.world import NOW

NIPS = CONTRACTS / "nostr"
pytestmark = pytest.mark.skipif(not NIPS.is_dir(), reason=f"{NIPS} is not there; set RENOWN_CONTRACTS")


def test_filters_are_those_of_nip_01() -> None:
    block = next(block for block in blocks("01.md") if '"#<single-letter' in block)
    named = set(re.findall(r'^\s*"([a-z]+)":', block, re.MULTILINE))
    assert named == {"ids", "authors", "kinds", "since", "until", "limit"}
    fake = FakeNostr()
    for number in range(130):
        fake.react(fake.write(fake.now - 600 * number - 600, "engines"), fake.verbs[number % 4], number + 1)
    fake.followers = [*range(1, 50)]
    asked: list[dict[str, Any]] = []

    def seen(number: int, request: httpx.Request) -> None:
        if request.url.scheme == "wss":
            asked.extend(json.loads(request.content)["filters"])

    Visits(fake).visit(seen)
    assert {key for each in asked for key in each} == {*named - {"ids"}, "#p"}
    for each in asked:
        assert all(re.fullmatch("[0-9a-f]{64}", key) for key in (*each.get("authors", ()), *each.get("#p", ())))
        assert all(isinstance(kind, int) and 0 <= kind < 65536 for kind in each["kinds"])
        assert all(isinstance(each.get(name, 0), int) for name in ("since", "until", "limit"))


@pytest.mark.parametrize("relays", [False, True])
def test_the_examples_of_nip_05_are_understood(relays: bool) -> None:
    examples = [json.loads(block) for block in blocks("05.md") if block.lstrip().startswith('{\n  "names"')]
    example = next(each for each in examples if ("relays" in each) == relays)
    asked: list[str] = []

    class Internet(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            asked.append(str(request.url) if request.url.scheme == "https" else request.content.decode())
            return httpx.Response(200, json=example if request.url.scheme == "https" else [])

    with pytest.raises(Gone, match=example["names"]["bob"]):  # nobody has a profile here
        Nostr().resolve("bob@example.com", client(Internet(), Clock(NOW)))
    assert asked[0] == "https://example.com/.well-known/nostr.json?name=bob"
    assert example["names"]["bob"] in asked[1]


def blocks(name: str) -> list[str]:
    """The code blocks of a NIP."""
    return re.findall(r"```\w*\n(.*?)```", (NIPS / name).read_text("utf-8"), re.DOTALL)
