"""The Lambda function `score`; `large` makes the same step a task of its own."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import AwareDatetime, BaseModel

from renown.app import wired
from renown.observed import observed
from renown.steps.score import fits, score
from renown.steps.why import keep

logger = Logger(service="score")


class Request(BaseModel):
    """What the run was started with; `at` is the moment to score: by default when the newest was seen."""

    at: AwareDatetime | None = None


class Event(BaseModel):
    """What the state machine sends; `large` where a larger machine is there for what does not fit."""

    request: Request = Request()
    large: bool = False


@observed(logger)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """{"execution", "request": {"at"}, "large"} → {"run", ...}: the run that is now in the lake."""
    given = Event.model_validate(event)
    if given.large:
        fits(wired().lake, int(context.memory_limit_in_mb))
    return scored(given.request)


def scored(request: Request) -> dict[str, Any]:
    """Scores, and keeps why scores changed; returns what `handler` does."""
    app = wired()
    chosen = app.settings
    moment = None if request.at is None else int(request.at.timestamp())
    report, made = score(app.lake, at=moment, population=chosen.population, version=chosen.formula)
    keep(app.lake, app.table, report)
    done: dict[str, Any] = {"run": report.run, "at": report.at, "scorecards": report.scorecards, "made": made}
    logger.info("scored", formula=report.formula, **done)
    return done
