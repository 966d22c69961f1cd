"""The Lambda function `publish`: a run into the table, in the three calls that `renown.steps.publish` describes."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel

from renown.app import App, wired
from renown.observed import measure, observed, of_publishing, of_reviewing
from renown.published import current
from renown.steps.publish import Plan, check, flip, write_part
from renown.steps.reviewed import age

logger = Logger(service="publish")


class Request(BaseModel):
    """What the run was started with; `force` publishes a run that is very unlike the last one."""

    force: bool = False


class Event(BaseModel):
    """What the state machine sends: the run that `score` made (None: the one scored last), or what `check` planned."""

    phase: Literal["check", "part", "flip"] | None = None
    run: str | None = None
    request: Request = Request()
    plan: Plan | None = None
    part: int = 0
    written: list[int] = []


@observed(logger)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """{"execution", "phase"} → by phase; without one, as by hand, all three after each other:

    check: of {"run", "request": {"force"}} {"plan", "parts": the numbers of the parts that are to be written}.
    part: of {"plan", "part"} {"part"}, which is written now.
    flip: of {"plan", "written": the numbers of all parts} {"run", ...}: the run that readers see now.
    """
    given, app = Event.model_validate(event), wired()
    if given.phase == "part" and given.plan:
        return {"part": write_part(app.lake, app.table, given.plan, given.part)}
    if given.phase == "flip" and given.plan:
        return _flip(app, given.plan, given.written)
    plan = check(app.lake, app.table, given.run, now=int(time.time()), force=given.request.force)
    if given.phase == "check":
        logger.info("checked", extra=asdict(plan))
        return {"plan": asdict(plan), "parts": list(range(plan.parts))}
    return _flip(app, plan, [write_part(app.lake, app.table, plan, number) for number in range(plan.parts)])


def _flip(app: App, plan: Plan, written: Sequence[int]) -> dict[str, Any]:
    before, reviewed = current(app.table), of_reviewing(age(app.lake, int(time.time())))
    pointer = flip(app.lake, app.table, plan, written, secret=secrets.token_hex(32))
    measure(app.settings.stack, of_publishing(before[0] if before else None, pointer) | reviewed)
    published: dict[str, Any] = {"run": pointer.run, "scorecards": pointer.scorecards, "previous": pointer.previous}
    logger.info("published", formula=pointer.formula, **published)
    return published
