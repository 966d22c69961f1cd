"""The Lambda function `publish`."""

import secrets
import time
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel

from renown.app import wired
from renown.observed import measure, observed, of_publishing, of_reviewing
from renown.published import current
from renown.steps.publish import publish
from renown.steps.reviewed import age

logger = Logger(service="publish")


class Request(BaseModel):
    """What the run was started with; `force` publishes a run that is very unlike the last one."""

    force: bool = False


class Event(BaseModel):
    """What the state machine sends: the run that `score` made; without one, the run scored last."""

    run: str | None = None
    request: Request = Request()


@observed(logger)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """{"execution", "run", "request": {"force"}} → {"run", ...}: the run that readers see now."""
    asked = Event.model_validate(event)
    app = wired()
    more: dict[str, Any] = {"force": asked.request.force, "secret": secrets.token_hex(32)}
    before, reviewed = current(app.table), of_reviewing(age(app.lake, int(time.time())))
    pointer = publish(app.lake, app.table, asked.run, now=int(time.time()), **more)
    measure(app.settings.stack, of_publishing(before[0] if before else None, pointer) | reviewed)
    published: dict[str, Any] = {"run": pointer.run, "scorecards": pointer.scorecards, "previous": pointer.previous}
    logger.info("published", formula=pointer.formula, **published)
    return published
