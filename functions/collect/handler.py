"""The Lambda function `collect`."""

import time
from functools import cache
from typing import Any, Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel

from renown import app
from renown.lake import Lake
from renown.steps.collect import collect

RESERVE: Final = 60_000
"""Milliseconds before the time limit at which the step is told to stop: it has to write what it has read."""

DAY: Final = 86_400

logger = Logger(service="collect")


class Batch(BaseModel):
    """A file of the inbox."""

    format: str
    key: str


class Event(BaseModel):
    """What the state machine sends: one of `plan`'s batches."""

    batch: Batch


@cache
def lake() -> Lake:
    """The lake, made once in a container's life."""
    return app.lake(app.settings())


@logger.inject_lambda_context(correlation_id_path="execution")
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """{"execution", "batch"} → what the step counted; not `complete`: to be called again with the same batch."""
    batch = Event.model_validate(event).batch

    def stop() -> bool:
        return context.get_remaining_time_in_millis() < RESERVE

    collected = collect(lake(), batch.model_dump(), latest=int(time.time()) + DAY, stop=stop)
    logger.info("collected", **collected)
    return collected
