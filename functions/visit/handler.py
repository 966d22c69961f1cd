"""The Lambda function `visit`."""

import time
from functools import cache
from typing import Any, Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel

from renown import app
from renown.networks.client import Client
from renown.observed import observed
from renown.steps.batches import keep_result
from renown.steps.collect import Collector

RESERVE: Final = 60_000
"""Milliseconds before the time limit at which the step is told to stop: it has to write what it has found."""

logger = Logger(service="visit")


class Hosts(BaseModel):
    """Hosts of a network, whose accounts that are due are to be visited."""

    network: str
    hosts: list[str]


class Event(BaseModel):
    """What the state machine sends: one of `plan`'s batches, by its number."""

    execution: str
    batch: Hosts
    number: int = 0
    so_far: dict[str, Any] | None = None


@cache
def client() -> Client:
    """What asks the networks, made once in a container's life."""
    wired = app.wired()
    return app.client(wired.settings, wired.table)


@observed(logger)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """{"execution", "batch", "number", "so_far"} → what the step counted, with `so_far`, which an earlier call with
    this batch counted; not `complete`: to be called again. What is complete is kept in the lake beside the plan.
    """
    given = Event.model_validate(event)
    wired = app.wired()

    def stop() -> bool:
        return context.get_remaining_time_in_millis() < RESERVE

    def asking() -> Client:
        made = client()
        made.deadline = time.time() + (context.get_remaining_time_in_millis() - RESERVE) / 1000
        return made

    networks = app.networks(wired.settings)
    collector = Collector(wired.lake, wired.table, networks, asking, time.time, stop)
    visited = collector.collect(given.batch.model_dump(), given.so_far)
    if visited["complete"]:
        keep_result(wired.lake, given.execution, given.number, visited)
    logger.info("visited", **visited)
    return visited
