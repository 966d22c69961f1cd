"""What the steps of a run say of themselves on AWS: log lines that name the run, and metrics that alarms read.

A metric is a log line in CloudWatch's embedded metric format: no call, no permission, no time. The API has none of its
own (writing and importing them would slow it): API Gateway and Lambda count its requests already.
"""

import functools
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from .published import Pointer

NAMESPACE: Final = "Renown"

METRICS: Final = {
    "Flips": "Count",  # 1: readers see another run now; 0: they saw this one already
    "PublishedShare": "Percent",  # scorecards of the run against those of the run before
    "ScorecardsPublished": "Count",
    "MeanScore": "None",
    "AccountsVisited": "Count",
    "NewActivity": "Count",
    "SourceErrorShare": "Percent",  # of the accounts whose visit was due, those that their network did not give
    "FilesRefused": "Count",
    "ReviewAge": "None",  # days since the formula was reviewed
}
"""Every metric and its unit. The template's alarms, the dashboard and docs/runbook.md name them."""

TROUBLES: Final = ("no proper answer", "host resting", "network closed", "defect")
"""Why an account was left out (`steps.visits`), where that is the network's or our fault and not the account's."""

Handler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]


def observed(logger: Logger) -> Callable[[Handler], Handler]:
    """A step's handler whose log lines, whichever module writes them, name the step and the execution of the state
    machine (`execution` in the event), as does the line that says what it failed of."""

    def decorated(handler: Handler) -> Handler:
        @logger.inject_lambda_context(correlation_id_path="execution")
        @functools.wraps(handler)
        def run(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
            with _through(logger):
                try:
                    return handler(event, context)
                except Exception:
                    logger.exception("failed")
                    raise

        return run

    return decorated


@contextmanager
def _through(logger: Logger) -> Iterator[None]:
    """What our modules log goes the way of `logger`, with what it knows of the run."""
    package = logging.getLogger("renown")
    before = package.handlers, package.propagate, package.level
    package.handlers, package.propagate = [logger.registered_handler], False
    package.setLevel(logger.log_level)
    try:
        yield
    finally:
        package.handlers, package.propagate, level = before
        package.setLevel(level)


def measure(stack: str | None, values: Mapping[str, float], **dimensions: str) -> None:
    """Writes values of METRICS to standard output, of one stack, and of more `dimensions` where there are any.

    Nothing where there is no stack: on a laptop.
    """
    if stack is None or not values:
        return
    metrics = EphemeralMetrics(namespace=NAMESPACE)
    for name, of in {"stack": stack, **dimensions}.items():
        metrics.add_dimension(name, of)
    for name, value in values.items():
        metrics.add_metric(name, METRICS[name], value)
    metrics.flush_metrics()


def of_publishing(before: Pointer | None, after: Pointer) -> dict[str, float]:
    """The metrics of a run that was published after the one that `before` names (None: it is the first)."""
    values: dict[str, float] = {"Flips": int(before is None or before.run != after.run)}
    values["ScorecardsPublished"] = after.scorecards
    if after.mean is not None:
        values["MeanScore"] = after.mean
    if before and before.population == after.population and before.scorecards:
        values["PublishedShare"] = 100 * after.scorecards / before.scorecards
    return values


def of_reviewing(days: float | None) -> dict[str, float]:
    """The metric of a review so many days ago; none before anything was published."""
    return {} if days is None else {"ReviewAge": days}


def of_visits(networks: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """The metrics of the visits that reports of networks (`steps.visits.Visited`) tell of; none where none was due."""
    visited = sum(each["accounts"] for each in networks)
    due = visited + sum(sum(each["skipped"].values()) for each in networks)
    if not due:
        return {}
    failed = sum(each["skipped"].get(trouble, 0) for each in networks for trouble in TROUBLES)
    return {
        "AccountsVisited": visited,
        "NewActivity": sum(each["activity"] for each in networks),
        "SourceErrorShare": 100 * failed / due,
    }


def of_files(files: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """The metrics of the files that were taken in."""
    return {"FilesRefused": sum(each["refused"] is not None for each in files)} if files else {}
