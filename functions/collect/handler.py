"""The Lambda function `collect`."""

import time
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel

from renown import app
from renown.networks.client import Client
from renown.observed import measure, observed, of_files, of_visits
from renown.steps.batches import keep_result, results
from renown.steps.collect import Collector, conclude

RESERVE: Final = 60_000
"""Milliseconds before the time limit at which the step is told to stop: it has to write what it has found."""

logger = Logger(service="collect")


class File(BaseModel):
    """A file of the inbox."""

    format: str
    key: str


class Hosts(BaseModel):
    """Hosts of a network, whose accounts that are due are to be visited."""

    network: str
    hosts: list[str]


class Event(BaseModel):
    """What the state machine sends: one of `plan`'s batches, by its number, or none of them after the last."""

    execution: str
    batch: File | Hosts | None = None
    number: int = 0
    so_far: dict[str, Any] | None = None
    request: dict[str, Any] = {}


@cache
def client() -> Client:
    """What asks the networks, made once in a container's life."""
    wired = app.wired()
    return app.client(wired.settings, wired.table)


@observed(logger)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """{"execution", "batch", "number", "so_far"} → what the step counted, with `so_far`, which an earlier call with
    this batch counted; not `complete`: to be called again. What is complete is kept in the lake beside the plan.

    {"execution", "request": {"at"}} → the counts summed, after the last batch, with the batches that were given up
    (`lost`), and the moment to score ("now" is this one: what was collected just now counts).
    """
    given = Event.model_validate(event)
    wired = app.wired()
    if given.batch is None:
        at = given.request.get("at")
        at = datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at == "now" else at
        came, lost = results(wired.lake, given.execution)
        for each in lost:
            logger.error("a batch was given up", extra={**each})
        concluded = {**conclude(wired.lake, came), "lost": lost, "at": at}
        _measured(wired.settings.stack, concluded)
        logger.info("concluded", extra={**concluded})
        return concluded

    def stop() -> bool:
        return context.get_remaining_time_in_millis() < RESERVE

    def asking() -> Client:
        made = client()
        made.deadline = time.time() + (context.get_remaining_time_in_millis() - RESERVE) / 1000
        return made

    networks = app.networks(wired.settings)
    collector = Collector(wired.lake, wired.table, networks, asking, time.time, stop)
    collected = collector.collect(given.batch.model_dump(), given.so_far)
    if collected["complete"]:
        keep_result(wired.lake, given.execution, given.number, collected)
    logger.info("collected", **collected)
    return collected


def _measured(stack: str | None, concluded: dict[str, Any]) -> None:
    """What the run collected, and how each network did."""
    measure(stack, of_visits(concluded["networks"]) | of_files(concluded["files"]))
    for network in concluded["networks"]:
        measure(stack, of_visits([network]), network=network["network"])
