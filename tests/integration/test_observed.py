"""What runs say of themselves: handlers run into the condition of every alarm that our own metrics feed."""

import io
import json
import logging
import math
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import boto3
import httpx
import pytest

from infra.local import example
from renown.errors import RetriableError
from renown.networks import hosts
from renown.observed import METRICS, NAMESPACE, measure
from tests.contract.fakes.github import FakeGitHub
from tests.contract.fakes.world import Server
from tests.template.test_alarms import fed_by
from tests.template.translated import ROOT, dig, of_type, written

from . import test_handlers as deployed
from .test_handlers import HANDLERS, NEWEST, TEMPLATE, Aws

aws, fake = deployed.aws, deployed.fake

ALARMS = {name: dig(alarm) for name, alarm in of_type(TEMPLATE, "AWS::CloudWatch::Alarm").items()}
OWN = {name for name, alarm in ALARMS.items() if fed_by(alarm)["Namespace"] == NAMESPACE}
HOUR = 3600

Measured = list[tuple[dict[str, str], dict[str, float]]]
"""Dimensions, and the values of metrics."""


def measured(text: str) -> Measured:
    """The metrics in what was written to standard output, by the rules of CloudWatch's embedded metric format:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    found = []
    for line in text.splitlines():
        document = json.loads(line)
        if "_aws" not in document:
            continue
        assert document["_aws"]["Timestamp"] > 1_600_000_000_000  # milliseconds
        (directive,) = document["_aws"]["CloudWatchMetrics"]
        assert directive["Namespace"] == NAMESPACE
        (names,) = directive["Dimensions"]
        units = {metric["Name"]: metric["Unit"] for metric in directive["Metrics"]}
        assert units == {name: METRICS[name] for name in units}
        values = {name: value for name in units for value in document[name]}
        found.append(({name: document[name] for name in names}, values))
    return found


def of_alarm(name: str, metrics: Measured) -> list[float]:
    """The values that feed an alarm: of its name, under its dimensions and no others."""
    fed = fed_by(ALARMS[name])
    wanted = {each["Name"]: each["Value"] for each in fed["Dimensions"]}
    assert wanted == {"stack": {"Ref": "AWS::StackName"}}
    found = (values.get(fed["MetricName"]) for at, values in metrics if at == {"stack": "renown"})
    return [value for value in found if value is not None]


def beyond(alarm: dict[str, Any], values: Sequence[float]) -> bool:
    """Whether the values of one period are on the alarm's side of its threshold."""
    statistics: dict[str, Callable[[Sequence[float]], float]] = {"Sum": math.fsum, "Minimum": min, "Maximum": max}
    value = statistics[fed_by(alarm)["Statistic"]](values)
    sign = {"LessThanThreshold": -1, "GreaterThanThreshold": 1}[alarm["ComparisonOperator"]]
    return sign * (value - float(alarm["Threshold"])) > 0


def on(name: str, periods: Sequence[Sequence[float]], before: bool = False) -> bool:
    """Whether an alarm is on after periods with these values, as AWS says that it is evaluated:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    """
    alarm = ALARMS[name]
    number = alarm["EvaluationPeriods"]
    number = number if isinstance(number, int) else written()["Parameters"][number["Ref"]]["Default"]
    fill = [0.0] if "Metrics" in alarm and any(periods) else []  # without any data there is nothing to fill
    last = [values or fill for values in periods[-number:]]
    if not any(last) and alarm["TreatMissingData"] == "ignore":
        return before
    missing = alarm["TreatMissingData"] == "breaching"
    return len(last) == number and all(beyond(alarm, values) if values else missing for values in last)


def test_there_is_a_test_for_each_alarm_of_our_own() -> None:
    assert {"ScoreStaleAlarm", "FewerPublishedAlarm", "SourceErrorsAlarm", "ReviewStaleAlarm"} == OWN


@pytest.mark.parametrize("reviewed", [False, True])
def test_the_formula_was_not_reviewed_for_long(
    aws: Aws, fake: FakeGitHub, capsys: pytest.CaptureFixture[str], reviewed: bool
) -> None:
    """Of the clock of `fake`: not since the last review, or since there are readers."""
    aws.put("inbox/table/made-up.csv", example.made_up_table(NEWEST))
    aws.run()
    if reviewed:
        at = datetime.fromtimestamp(time.time(), UTC).isoformat()
        aws.invoke("review", {"phase": "shadow", "at": at})
    ages = []
    for days in (8.5, 1):
        time.sleep(days * example.DAY)  # a made-up clock
        capsys.readouterr()
        aws.invoke("publish", {})
        ages += of_alarm("ReviewStaleAlarm", measured(capsys.readouterr().out))
    assert [int(age) for age in ages] == [8, 9]
    assert [on("ReviewStaleAlarm", [[age]]) for age in ages] == [False, True]
    assert on("ReviewStaleAlarm", [[ages[1]], []], before=True)  # until the next run tells


def test_the_score_is_stale_where_no_other_run_is_published(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    aws.put("inbox/table/made-up.csv", example.made_up_table(NEWEST))
    aws.run()
    flips = of_alarm("ScoreStaleAlarm", measured(capsys.readouterr().out))
    aws.run()  # the same moment, nothing new: readers see what they saw
    still = of_alarm("ScoreStaleAlarm", measured(capsys.readouterr().out))
    assert (flips, still) == ([1], [0])
    assert fed_by(ALARMS["ScoreStaleAlarm"])["Period"] == HOUR
    silence: list[list[float]] = [[]] * 25
    assert not on("ScoreStaleAlarm", [[], [], flips, *silence])
    assert on("ScoreStaleAlarm", [[], [], flips, *silence, []])  # 26 hours on
    assert on("ScoreStaleAlarm", [flips, still, *silence])
    assert on("ScoreStaleAlarm", [[], *silence])  # nothing ever ran
    assert not on("ScoreStaleAlarm", [flips, *silence, flips])


@pytest.mark.parametrize(("gone", "fires"), [(1, False), (3, True)])
def test_fewer_are_published(aws: Aws, capsys: pytest.CaptureFixture[str], gone: int, fires: bool) -> None:
    """Some people were last reacted to almost a year ago: out of the formula's window two months later."""
    aws.put("inbox/table/made-up.csv", example.made_up_table(NEWEST))
    header, *rows = example.made_up_table(NEWEST - 340 * example.DAY).replace("example:", "elsewhere:").splitlines()
    old = [row for row in rows if int(row.split("elsewhere:p")[2][:2]) < gone]
    aws.put("inbox/table/old.csv", "\n".join([header, *old]) + "\n")
    moments = [datetime.fromtimestamp(at, UTC).isoformat() for at in (NEWEST, NEWEST + 60 * example.DAY)]
    cards = [aws.run({"at": at})["published"]["scorecards"] for at in moments]
    assert cards == [7 + gone, 7]
    (share,) = of_alarm("FewerPublishedAlarm", measured(capsys.readouterr().out))
    assert share == pytest.approx(100 * cards[1] / cards[0])
    assert on("FewerPublishedAlarm", [[share]]) is fires
    assert on("FewerPublishedAlarm", [[share], []], before=fires) is fires  # until the next run tells


@pytest.mark.parametrize("fires", [False, True])
def test_networks_fail(
    aws: Aws, fake: FakeGitHub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, fires: bool
) -> None:
    server = Server(fake, lambda number, request: httpx.Response(503) if fires else None)
    monkeypatch.setattr(hosts, "GuardedTransport", lambda **_: server)
    (batch,) = aws.due()
    aws.invoke("visit", {"batch": batch})
    aws.invoke("collect", {"request": {}})
    metrics = measured(capsys.readouterr().out)
    (share,) = of_alarm("SourceErrorsAlarm", metrics)
    assert (share, on("SourceErrorsAlarm", [[share]])) == ((100, True) if fires else (0, False))
    of_network = [values for at, values in metrics if at == {"stack": "renown", "network": "github"}]
    assert [values["SourceErrorShare"] for values in of_network] == [share]  # what the dashboard looks for


def test_every_metric_is_written(aws: Aws, fake: FakeGitHub, capsys: pytest.CaptureFixture[str]) -> None:
    aws.put("inbox/table/made-up.csv", example.made_up_table(NEWEST))
    aws.put("inbox/table/not-a-table.csv", "hello\n")
    aws.run({"at": "2026-09-16T04:00:00Z"})
    aws.run()
    values = [values for at, values in measured(capsys.readouterr().out) if at == {"stack": "renown"}]
    assert set().union(*values) == METRICS.keys()
    assert [each["FilesRefused"] for each in values if "FilesRefused" in each] == [1]


def test_nothing_due_is_no_error(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    assert aws.due() == []
    aws.invoke("collect", {"request": {}})
    assert measured(capsys.readouterr().out) == []


def test_without_a_stack_nothing_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    measure(None, {"Flips": 1})
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", [name for name in HANDLERS if name != "api"])
def test_what_a_step_fails_of_is_logged_with_its_run(name: str, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    written_to = io.StringIO()
    monkeypatch.setattr(HANDLERS[name].logger.registered_handler, "stream", written_to)
    boto3.client("s3").delete_bucket(Bucket=deployed.BUCKET)
    with pytest.raises(RetriableError):
        aws.invoke(name, example.event(name))
    (line,) = (json.loads(line) for line in written_to.getvalue().splitlines())
    assert (line["service"], line["correlation_id"], line["level"]) == (name, "by-hand", "ERROR")
    assert (line["message"], line["exception_name"]) == ("failed", "RetriableError")


def test_what_modules_log_names_the_run_too(aws: Aws, fake: FakeGitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    written_to = io.StringIO()
    monkeypatch.setattr(HANDLERS["visit"].logger.registered_handler, "stream", written_to)
    monkeypatch.setattr(hosts, "GuardedTransport", lambda **_: Server(fake, lambda *_: httpx.Response(404)))
    (batch,) = aws.due()
    aws.invoke("visit", {"execution": "run-7", "batch": batch})
    lines = [json.loads(line) for line in written_to.getvalue().splitlines()]
    assert {line["correlation_id"] for line in lines} == {"run-7"}
    assert [line["message"] for line in lines if line["level"] == "WARNING"]  # whom it could not visit, and why
    assert logging.getLogger("renown").handlers == []


def test_the_api_imports_nothing_that_measures() -> None:
    code = "import sys; sys.path[:0] = ['shared', 'functions/api']; import handler; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert "aws_lambda_powertools.logging" in loaded
    assert "renown.observed" not in loaded
