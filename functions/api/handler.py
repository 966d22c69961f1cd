"""The Lambda function `api`."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from renown import app
from renown.web.routes import build
from renown.web.site import Site

logger = Logger(service="api")


@cache
def routes() -> Site:
    """The routes over the table, made once in a container's life."""
    chosen = app.settings()
    return build(app.reader(chosen), chosen.site)


@logger.inject_lambda_context(correlation_id_path="requestContext.requestId")
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """A request of API Gateway → its answer."""
    answer = routes().resolve(event, context)
    logger.info("answered", path=event["path"], status=answer["statusCode"])
    return answer
