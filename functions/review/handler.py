"""The Lambda function `review`: the phases of the weekly review."""

from typing import Any, Literal

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import AwareDatetime, BaseModel

from renown.app import lake, settings
from renown.observed import observed
from renown.steps import review

logger = Logger(service="review")


class Event(BaseModel):
    """What the state machine sends; `at` is when the review began, `candidate` what `calibrate` came to."""

    phase: Literal["backtest", "calibrate", "shadow"]
    at: AwareDatetime
    candidate: str | None = None


@observed(logger)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """{"execution", "phase", "at", "candidate"} → by phase what `review.record`, `fit` or `compare` returns."""
    given, chosen = Event.model_validate(event), settings()
    stored, at = lake(chosen), int(given.at.timestamp())
    if given.phase == "backtest":
        done = review.record(stored, chosen.formula)
    elif given.phase == "calibrate":
        done = review.fit(stored, chosen.formula, at)
    else:
        done = review.compare(stored, given.candidate, at)
    logger.info("reviewed", phase=given.phase, extra={**done})
    return done
