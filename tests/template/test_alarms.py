"""Alarms and dashboard: what feeds them is measured under that name, and the runbook says what to do about each."""

import importlib
import json
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import pytest

from renown.observed import METRICS, NAMESPACE

from .translated import ROOT, Resources, dig, of_type

Properties = dict[str, Any]
Alarms = dict[str, Properties]


class Documented(NamedTuple):
    """A metric of AWS's own: the dimensions under which it is reported, and where AWS says so."""

    dimensions: frozenset[str]
    source: str


def documented(source: str, *dimensions: str) -> Documented:
    return Documented(frozenset(dimensions), f"https://docs.aws.amazon.com/{source}")


STATES, LAMBDA = "step-functions/latest/dg/procedure-cw-metrics.html", "lambda/latest/dg/monitoring-metrics-types.html"
GATEWAY = "apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html"
DYNAMODB = "amazondynamodb/latest/developerguide/metrics-dimensions.html"
SQS = "AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html"

OF_AWS: Final = {
    ("AWS/States", "ExecutionsFailed"): documented(STATES, "StateMachineArn"),
    ("AWS/States", "ExecutionsTimedOut"): documented(STATES, "StateMachineArn"),
    ("AWS/States", "ExecutionsSucceeded"): documented(STATES, "StateMachineArn"),
    ("AWS/States", "ExecutionTime"): documented(STATES, "StateMachineArn"),
    ("AWS/Lambda", "Duration"): documented(LAMBDA, "FunctionName"),
    ("AWS/Lambda", "Throttles"): documented(LAMBDA, "FunctionName"),
    ("AWS/ApiGateway", "Count"): documented(GATEWAY, "ApiName", "Stage"),
    ("AWS/ApiGateway", "4XXError"): documented(GATEWAY, "ApiName", "Stage"),
    ("AWS/ApiGateway", "5XXError"): documented(GATEWAY, "ApiName", "Stage"),
    ("AWS/ApiGateway", "Latency"): documented(GATEWAY, "ApiName", "Stage"),
    ("AWS/ApiGateway", "IntegrationLatency"): documented(GATEWAY, "ApiName", "Stage"),
    ("AWS/DynamoDB", "ReadThrottleEvents"): documented(DYNAMODB, "TableName"),
    ("AWS/DynamoDB", "WriteThrottleEvents"): documented(DYNAMODB, "TableName"),
    ("AWS/DynamoDB", "ConsumedReadCapacityUnits"): documented(DYNAMODB, "TableName"),
    ("AWS/DynamoDB", "ConsumedWriteCapacityUnits"): documented(DYNAMODB, "TableName"),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): documented(SQS, "QueueName"),
}


OF_THE_CEILING = {"Fn::Sub": "100 * found / (60 * ${ThrottleRate})"}
"""Percent of what the gateway lets through in a minute."""


@pytest.fixture(scope="module")
def alarms(resources: Resources) -> Alarms:
    return {name: dig(alarm) for name, alarm in of_type(resources, "AWS::CloudWatch::Alarm").items()}


def fed_by(alarm: Properties) -> Properties:
    """What feeds an alarm: Namespace, MetricName, Dimensions, Period and Statistic."""
    if "Metrics" not in alarm:
        return alarm
    found, looked_at = alarm["Metrics"]
    assert (found["Id"], found["ReturnData"]) == ("found", False)
    assert looked_at["Expression"] in ("FILL(found, 0)", OF_THE_CEILING)
    measured: Properties = found["MetricStat"]
    return {**measured["Metric"], "Period": measured["Period"], "Statistic": measured["Stat"]}


def dimensions(fed: Properties) -> dict[str, Any]:
    return {each["Name"]: each["Value"] for each in fed["Dimensions"]}


def at(alarms: Alarms, resources: Resources) -> Iterator[tuple[str, dict[str, Any], Properties]]:
    """Function, its properties, and the alarm that watches how long it takes."""
    for name, function in of_type(resources, "AWS::Lambda::Function").items():
        (found,) = (
            alarm
            for alarm in alarms.values()
            if fed_by(alarm)["MetricName"] == "Duration" and dimensions(alarm) == {"FunctionName": {"Ref": name}}
        )
        yield name.removesuffix("Function").lower(), dig(function), found


def test_every_alarm_has_a_metric_that_somebody_writes(alarms: Alarms) -> None:
    for name, alarm in alarms.items():
        fed = fed_by(alarm)
        if fed["Namespace"] == NAMESPACE:  # that they are written is in tests/integration/test_observed.py
            assert fed["MetricName"] in METRICS, name
            assert dimensions(fed) == {"stack": {"Ref": "AWS::StackName"}}, name
        else:
            known = OF_AWS[fed["Namespace"], fed["MetricName"]]
            assert dimensions(fed).keys() == known.dimensions, name
        assert alarm["TreatMissingData"] in ("breaching", "notBreaching", "ignore"), name
        period, periods = fed["Period"], alarm["EvaluationPeriods"]
        assert period in (60, 300, 3600), name
        assert periods == {"Ref": "StaleAfterHours"} or period * periods <= 86_400, name  # AWS's limit


def test_dimensions_are_of_what_is_deployed(alarms: Alarms, resources: Resources) -> None:
    named: dict[str, tuple[dict[str, Any], str]] = {
        "TableName": ({"Ref": "Table"}, "AWS::DynamoDB::Table"),
        "QueueName": ({"Fn::GetAtt": ["MissedRuns", "QueueName"]}, "AWS::SQS::Queue"),
    }
    for name, alarm in alarms.items():
        for dimension, value in dimensions(fed_by(alarm)).items():
            if dimension in named:
                assert value == named[dimension][0], name
    machines = [value for alarm in alarms.values() if (value := dimensions(fed_by(alarm)).get("StateMachineArn"))]
    assert {each["Ref"] for each in machines} == of_type(resources, "AWS::StepFunctions::StateMachine").keys()
    for value, kind in named.values():
        (names,) = (name if isinstance(name, str) else name[0] for name in value.values())
        assert names in of_type(resources, kind)
    (stage,) = of_type(resources, "AWS::ApiGateway::Stage").values()
    api = resources["Api"]
    name = dig(api).get("Name") or dig(api)["Body"]["info"]["title"]  # without a name, the gateway takes the title
    of_api = [dimensions(fed_by(a)) for a in alarms.values() if fed_by(a)["Namespace"] == "AWS/ApiGateway"]
    assert of_api == [{"ApiName": name, "Stage": dig(stage)["StageName"]}] * len(of_api)
    assert of_api


def test_what_has_to_be_watched_is(alarms: Alarms) -> None:
    watched = {fed_by(alarm)["MetricName"] for alarm in alarms.values()}
    assert watched == {
        *("ExecutionsFailed", "ExecutionsTimedOut", "Flips", "PublishedShare", "SourceErrorShare", "ReviewAge"),
        *("5XXError", "Count", "Throttles", "ReadThrottleEvents", "WriteThrottleEvents", "Duration"),
        "ApproximateNumberOfMessagesVisible",
    }


def test_a_function_is_slow_before_it_is_ended(alarms: Alarms, resources: Resources) -> None:
    """At 80% of its time; one that stops by itself before its time is over, when that did not succeed."""
    for step, function, alarm in at(alarms, resources):
        limit = function["Timeout"] * 1000
        handler = importlib.import_module(f"functions.{step}.handler")
        reserve = getattr(handler, "RESERVE", None)
        assert alarm["Statistic"] == "Maximum"
        assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
        assert alarm["Threshold"] == (0.8 * limit if reserve is None else limit - reserve / 2), step


def test_the_gateways_ceiling_is_seen_from_below(alarms: Alarms, resources: Resources) -> None:
    (stage,) = of_type(resources, "AWS::ApiGateway::Stage").values()
    (method,) = dig(stage)["MethodSettings"]
    (alarm,) = (alarm for alarm in alarms.values() if fed_by(alarm)["MetricName"] == "Count")
    assert (alarm["Metrics"][1]["Expression"], alarm["Threshold"]) == (OF_THE_CEILING, 80)
    assert (method["ThrottlingRateLimit"], fed_by(alarm)["Period"]) == ({"Ref": "ThrottleRate"}, 60)


def test_alarms_are_sent_where_there_is_an_address(alarms: Alarms, resources: Resources) -> None:
    sent = {"Fn::If": ["HasAlarmEmail", [{"Ref": "AlarmTopic"}], {"Ref": "AWS::NoValue"}]}
    for name, alarm in alarms.items():
        assert alarm["AlarmActions"] == alarm["OKActions"] == sent, name
    assert resources["AlarmTopic"]["Condition"] == "HasAlarmEmail"
    silent = [alarm for alarm in alarms.values() if "ActionsEnabled" in alarm]
    assert [alarm["ActionsEnabled"] for alarm in silent] == [{"Fn::If": ["IsScheduled", True, False]}] * 2
    assert {fed_by(alarm)["MetricName"] for alarm in silent} == {"Flips", "ReviewAge"}


def test_the_runbook_has_an_entry_for_each_alarm(alarms: Alarms) -> None:
    text = (ROOT / "docs/runbook.md").read_text("utf-8")
    entries = dict(re.findall(r"^### (\w+Alarm)\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL))
    assert entries.keys() == alarms.keys()
    for name, entry in entries.items():
        meaning, look, do = re.split(r"\n- \*\*(?:Look at|Do)\*\*", entry.strip())
        assert min(map(len, (meaning, look, do))) > 25, name
        assert "docs/runbook.md" in alarms[name]["AlarmDescription"]
    for metric in METRICS:
        assert f"`{metric}`" in text


SEARCHED = r"SEARCH\('\{Renown,stack,network\} stack=\"\$\{AWS::StackName\}\" MetricName=\"(\w+)\"', 'Maximum', 3600\)"


def test_the_dashboard_shows_alarms_and_metrics_that_are_there(alarms: Alarms, resources: Resources) -> None:
    (board,) = of_type(resources, "AWS::CloudWatch::Dashboard").values()
    body = dig(board)["DashboardBody"]["Fn::Sub"]
    assert set(re.findall(r"\$\{(\w+)(?:\.Arn)?\}", body)) <= resources.keys()
    first, *others = (widget["properties"] for widget in json.loads(body)["widgets"])
    assert {f"${{{name}.Arn}}" for name in alarms} == set(first["alarms"])
    metrics = [metric for widget in others for metric in widget["metrics"]]
    shown, watched = {"Flips"}, set()  # the alarm shows it
    for metric in metrics:
        if isinstance(metric[0], dict):
            shown |= set(re.findall(SEARCHED, metric[0]["expression"]))
            continue
        namespace, name, *pairs = [each for each in metric if isinstance(each, str)]
        own = frozenset({"stack"}) if namespace == NAMESPACE else OF_AWS[namespace, name].dimensions
        assert set(pairs[::2]) == own, name
        shown |= {name} if namespace == NAMESPACE else set()
        watched |= {pairs[1]} if namespace == "AWS/Lambda" else set()
    assert shown == METRICS.keys()
    assert watched == {f"${{{name}}}" for name in of_type(resources, "AWS::Lambda::Function")}


def test_traces_are_taken_where_they_cost_no_permission_of_readers(resources: Resources) -> None:
    for name, function in of_type(resources, "AWS::Lambda::Function").items():
        assert dig(function).get("TracingConfig") == (None if name == "ApiFunction" else {"Mode": "Active"}), name
    (stage,) = of_type(resources, "AWS::ApiGateway::Stage").values()
    assert dig(stage)["TracingEnabled"] is True
    assert dig(resources["RefreshMachine"])["TracingConfiguration"] == {"Enabled": True}
