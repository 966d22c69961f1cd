"""The Lambda function `score`."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import AwareDatetime, BaseModel

from renown import app
from renown.lake import Lake
from renown.steps.score import score

logger = Logger(service="score")


class Request(BaseModel):
    """What the run was started with; `at` is the moment to score: by default the newest activity's."""

    at: AwareDatetime | None = None


class Event(BaseModel):
    """What the state machine sends."""

    request: Request = Request()


@cache
def lake() -> Lake:
    """The lake, made once in a container's life."""
    return app.lake(app.settings())


@logger.inject_lambda_context(correlation_id_path="execution")
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """{"execution", "request": {"at"}} → {"run", ...}: the run that is now in the lake."""
    at = Event.model_validate(event).request.at
    chosen = app.settings()
    moment = None if at is None else int(at.timestamp())
    report, made = score(lake(), at=moment, population=chosen.population, version=chosen.formula)
    scored: dict[str, Any] = {"run": report.run, "at": report.at, "scorecards": report.scorecards, "made": made}
    logger.info("scored", formula=report.formula, **scored)
    return scored
