"""The Lambda function `plan`."""

import time
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from renown import app
from renown.observed import observed
from renown.steps.plan import plan

logger = Logger(service="plan")


@observed(logger)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """{"execution"} → {"batches": [...]}: what `collect` is to be called with."""
    wired = app.wired()
    planned = plan(wired.lake, wired.table, app.networks(wired.settings), int(time.time()))
    logger.info("planned", batches=len(planned["batches"]))
    return planned
