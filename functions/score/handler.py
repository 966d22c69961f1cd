"""The Lambda function `score`."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import AwareDatetime, BaseModel

from renown.app import wired
from renown.observed import observed
from renown.steps.score import score
from renown.steps.why import keep

logger = Logger(service="score")


class Request(BaseModel):
    """What the run was started with; `at` is the moment to score: by default when the newest was seen."""

    at: AwareDatetime | None = None


class Event(BaseModel):
    """What the state machine sends."""

    request: Request = Request()


@observed(logger)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """{"execution", "request": {"at"}} → {"run", ...}: the run that is now in the lake."""
    at = Event.model_validate(event).request.at
    app = wired()
    chosen = app.settings
    moment = None if at is None else int(at.timestamp())
    report, made = score(app.lake, at=moment, population=chosen.population, version=chosen.formula)
    keep(app.lake, app.table, report)
    scored: dict[str, Any] = {"run": report.run, "at": report.at, "scorecards": report.scorecards, "made": made}
    logger.info("scored", formula=report.formula, **scored)
    return scored
