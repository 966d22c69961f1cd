"""The frame of a run: one at a time, batches that are given up, and what a failure leaves."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from infra.local import example
from renown.errors import NotFound, RenownError

from . import test_handlers as deployed
from .test_handlers import NEWEST, Aws

aws = deployed.aws


def test_a_second_start_does_nothing_while_one_runs(aws: Aws) -> None:
    assert aws.invoke("plan", {"execution": "first", "phase": "begin"}) == {"running": None}
    assert aws.invoke("plan", {"execution": "second", "phase": "begin"}) == {"running": "first"}
    assert aws.invoke("plan", {"execution": "first", "phase": "end"}) == {}
    assert aws.invoke("plan", {"execution": "second", "phase": "begin"}) == {"running": None}


def test_a_batch_that_was_given_up_is_told_of_and_the_run_goes_on(aws: Aws) -> None:
    aws.put("inbox/table/made-up.csv", example.made_up_table(NEWEST))
    aws.put("inbox/table/other.csv", example.made_up_table(NEWEST - 60))
    aws.put("inbox/table/third.csv", example.made_up_table(NEWEST - 120))
    first, second, third = aws.due()
    aws.invoke("collect", {"batch": first, "number": 0})
    aws.put("plans/run-1/1.json", json.dumps({"Error": "Sandbox.Timedout", "Cause": "timed out"}))
    concluded = aws.invoke("collect", {"request": {"at": None}})
    assert [each["key"] for each in concluded["files"]] == [first["key"]]
    assert concluded["lost"] == [
        {"batch": second, "error": "Sandbox.Timedout", "cause": "timed out"},
        {"batch": third, "error": "unknown", "cause": ""},  # its execution died before it could say why
    ]
    assert aws.due("run-2") == [second, third]


def test_where_every_batch_is_given_up_the_run_fails(aws: Aws) -> None:
    aws.put("inbox/table/made-up.csv", example.made_up_table(NEWEST))
    aws.due()
    with pytest.raises(RenownError, match="none of 1 batches could be collected; the first: unknown"):
        aws.invoke("collect", {"request": {}})
    with pytest.raises(NotFound, match="no plan"):
        aws.invoke("collect", {"execution": "another", "request": {}})


@pytest.mark.parametrize(
    ("came", "step"),
    [
        (["begun", "verified"], "Plan"),
        (["begun", "verified", "planned", "collected"], "Conclude"),
        (["begun", "verified", "planned", "collected", "concluded", "scored"], "Check"),
        (["begun", "verified", "planned", "collected", "concluded", "scored", "checked"], "Publish"),
        (["begun", "verified", "planned", "collected", "concluded", "scored", "checked", "written"], "Flip"),
    ],
)
def test_a_failed_run_says_of_which_step_and_frees_the_way(aws: Aws, came: list[str], step: str) -> None:
    aws.invoke("plan", {"phase": "begin"})
    state: dict[str, Any] = {name: {"result": name} for name in came}
    state["failure"] = {"Error": "Sandbox.Timedout", "Cause": "x" * 10_000}
    assert aws.invoke("plan", {"phase": "fail", "state": state}) == {"step": step, "error": "Sandbox.Timedout"}
    left = aws.read("failures/run-1.json")
    assert (left["execution"], left["step"], left["error"]) == ("run-1", step, "Sandbox.Timedout")
    assert left["cause"] == "x" * 4000
    assert left["done"] == {name: state[name] for name in came if name != "begun"}
    assert aws.invoke("plan", {"execution": "next", "phase": "begin"}) == {"running": None}


@pytest.mark.parametrize("execution", ["", "a/b", "..\\x", "x" * 81])
def test_an_execution_without_a_name_that_can_be_is_refused(aws: Aws, execution: str) -> None:
    with pytest.raises(ValidationError, match="execution"):
        aws.invoke("plan", {"execution": execution})
