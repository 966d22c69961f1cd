"""The Lambda function `collect`."""

import time
from datetime import UTC, datetime
from typing import Any, Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel

from renown import app
from renown.lake import Lake
from renown.networks.base import DAY
from renown.observed import measure, observed, of_files, of_visits
from renown.steps.batches import keep_result, results
from renown.steps.collect import conclude
from renown.steps.inbox import take_in

RESERVE: Final = 60_000
"""Milliseconds before the time limit at which the step is told to stop: it has to write what it has found."""

logger = Logger(service="collect")


class File(BaseModel):
    """A file of the inbox."""

    format: str
    key: str


class Event(BaseModel):
    """What the state machine sends: one of `plan`'s batches, by its number, or none of them after the last."""

    execution: str
    batch: File | None = None
    number: int = 0
    request: dict[str, Any] = {}


@observed(logger)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """{"execution", "batch", "number"} → what `take_in` returns of the file; not `complete`: to be called again. What
    is complete is kept in the lake beside the plan.

    {"execution", "request": {"at"}} → the counts of all batches summed, after the last, with those that were given up
    (`lost`), and the moment to score ("now" is this one: what was collected just now counts).
    """
    given, chosen = Event.model_validate(event), app.settings()
    lake, latest = app.lake(chosen), int(time.time()) + DAY
    if given.batch is None:
        return _conclude(lake, chosen.stack, given)

    def stop() -> bool:
        return context.get_remaining_time_in_millis() < RESERVE

    imported = take_in(lake, given.batch.format, given.batch.key, latest=latest, stop=stop)
    if imported["complete"]:
        keep_result(lake, given.execution, given.number, imported)
    logger.info("imported", **imported)
    return imported


def _conclude(lake: Lake, stack: str | None, given: Event) -> dict[str, Any]:
    at = given.request.get("at")
    at = datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at == "now" else at
    came, lost = results(lake, given.execution)
    for each in lost:
        logger.error("a batch was given up", extra={**each})
    concluded: dict[str, Any] = {**conclude(lake, came), "lost": lost, "at": at}
    measure(stack, of_visits(concluded["networks"]) | of_files(concluded["files"]))
    for network in concluded["networks"]:
        measure(stack, of_visits([network]), network=network["network"])
    logger.info("concluded", extra={**concluded})
    return concluded
