"""The Lambda function `plan`."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from renown import app
from renown.lake import Lake
from renown.steps.plan import plan

logger = Logger(service="plan")


@cache
def lake() -> Lake:
    """The lake, made once in a container's life."""
    return app.lake(app.settings())


@logger.inject_lambda_context(correlation_id_path="execution")
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """{"execution"} → {"batches": [...]}: what `collect` is to be called with."""
    planned = plan(lake())
    logger.info("planned", batches=len(planned["batches"]))
    return planned
