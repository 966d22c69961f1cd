"""The Lambda function `verify`."""

import time
from collections import Counter
from functools import cache
from typing import Any, Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from renown import app
from renown.networks.client import Client
from renown.observed import observed
from renown.steps.verify import verify

RESERVE: Final = 30_000
"""Milliseconds before the time limit at which no other profile is begun."""

logger = Logger(service="verify")


@cache
def client() -> Client:
    """What asks the networks, made once in a container's life."""
    wired = app.wired()
    return app.client(wired.settings, wired.table)


@observed(logger)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """{"execution"} → {"profiles", "left", "links": {"proved": 3, ...}}; with some `left`: to be called again."""
    wired = app.wired()
    networks, site = app.networks(wired.settings), wired.settings.site
    asking = client()
    asking.deadline = time.time() + (context.get_remaining_time_in_millis() - RESERVE) / 1000

    def stop() -> bool:
        return context.get_remaining_time_in_millis() < RESERVE

    found = verify(wired.lake, networks, asking, now=int(time.time()), site=site, stop=stop)
    for link in found["links"]:
        if link["state"] != "proved":
            logger.info("not proved", **{name: link[name] for name in ("handle", "account", "state", "said")})
    states = dict(Counter(link["state"] for link in found["links"]))
    verified: dict[str, Any] = {"profiles": found["profiles"], "left": found["left"], "links": states}
    logger.info("verified", **verified)
    return verified
