"""A connector and a server that is a table of answers."""

import json
from typing import Any

import httpx

from renown.activity import Activity
from renown.networks.base import Batch, Cursor, Network
from tests.contract.fakes.visits import Clock, client

NOW = 1_795_000_000
Answers = dict[str, Any]
"""What is answered, by the beginning of the address behind https://; the longest that fits counts."""


class Table(httpx.BaseTransport):
    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        address = str(request.url).removeprefix("https://")
        fitting = max((key for key in self.answers if address.startswith(key)), key=len, default=None)
        answer = self.answers[fitting] if fitting is not None else httpx.Response(404)
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, httpx.Response):
            return answer
        return httpx.Response(200, content=json.dumps(answer), headers={"content-type": "application/json"})

    @property
    def paths(self) -> list[str]:
        return [request.url.path for request in self.asked]


def collected(
    network: Network, account: str, answers: Answers, cursor: Cursor | None = None, now: int = NOW
) -> tuple[list[Batch], Table]:
    table = Table(answers)
    return list(network.collect(account, cursor, client(table, Clock(now)), now)), table


def activity(batches: list[Batch]) -> list[Activity]:
    return [each for batch in batches for each in batch.activity]


def brief(batches: list[Batch]) -> set[tuple[str, str, str | None, str | None]]:
    """(verb, actor, author, object) of everything, without the network in front of people."""
    return {
        (each.verb, each.actor.partition(":")[2], (each.author or "").partition(":")[2], each.object)
        for each in activity(batches)
    }
