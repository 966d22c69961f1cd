"""The Lambda function `plan`: what is due, and the frame of a run: its beginning, its end, its failure."""

import time
from typing import Any, Literal

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel, Field

from renown import app, lease
from renown.observed import observed
from renown.steps.batches import keep_plan
from renown.steps.failing import report
from renown.steps.plan import plan

logger = Logger(service="plan")


class Event(BaseModel):
    """What the state machine sends; `state` is what it holds when a step failed."""

    execution: str = Field(pattern=r"^[^/\\]{1,80}$")
    phase: Literal["begin", "plan", "end", "fail"] = "plan"
    state: dict[str, Any] = {}


@observed(logger)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """{"execution", "phase"} → by phase:

    begin: {"running"}: the execution that is under way, None: this one may go on, and no other until it ends.
    plan: {"plan": key in the lake, "batches": number}: what `collect` is to be called with.
    end: {}: another run may begin. fail: the same, and the failure is in the lake: {"step", "error"}.
    """
    given = Event.model_validate(event)
    wired, now = app.wired(), int(time.time())
    if given.phase == "begin":
        running = lease.take(wired.table, given.execution, now)
        logger.info("begins" if running is None else "another run is under way", running=running)
        return {"running": running}
    if given.phase == "plan":
        batches = plan(wired.lake, wired.table, app.collected(wired.settings), now)["batches"]
        planned: dict[str, Any] = {"plan": keep_plan(wired.lake, given.execution, batches), "batches": len(batches)}
        logger.info("planned", **planned)
        return planned
    lease.give_back(wired.table, given.execution, now)
    if given.phase == "end":
        return {}
    failed = report(wired.lake, given.execution, given.state, now)
    logger.error("the run failed", step=failed["step"], error=failed["error"], cause=failed["cause"])
    return {"step": failed["step"], "error": failed["error"]}
