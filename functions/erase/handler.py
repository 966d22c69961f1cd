"""The Lambda function `erase`. What it logs, and what it fails of, does not name whom it erases."""

import secrets
import time
from typing import Any, Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from renown.app import wired
from renown.errors import BadInput, NotFound
from renown.observed import observed
from renown.steps.erase_beside_runs import erase_beside_runs

RESERVE: Final = 60_000
"""Milliseconds before the time limit at which no other run is looked through."""

WRITE: Final = 'write it as {"who": "ada"} for a profile, or {"who": "github:ada"} for an account'

logger = Logger(service="erase")


@observed(logger)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """{"execution", "request": {"who"}, "so_far"} → what `erase_beside_runs` returns; not `quiet`: to be called again,
    with that as `so_far`.
    """
    app, request = wired(), event.get("request")
    who = request.get("who") if isinstance(request, dict) else None
    if not isinstance(who, str) or not who.strip():
        raise BadInput(f"who is to be erased? {WRITE}")

    def stop() -> bool:
        return context.get_remaining_time_in_millis() < RESERVE

    more: dict[str, Any] = {"salt": secrets.token_hex(16), "so_far": event.get("so_far"), "now": int(time.time())}
    try:
        erased = erase_beside_runs(app.lake, app.table, who, **more, stop=stop)
    except NotFound:
        raise NotFound(f"who: there is no such profile, nor was there; {WRITE}") from None
    except BadInput:
        raise BadInput(f"who: that can be no account; {WRITE}") from None
    counts = {name: erased[name] for name in ("quiet", "accounts", "activity", "files", "items", "inbox")}
    logger.info("erased", extra=counts)
    return erased
