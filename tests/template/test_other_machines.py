"""The state machines beside the run's: each calls one function, and says what it fails of."""

import json
import re
from typing import Any

import pytest

from renown import errors
from renown.steps.erase_beside_runs import PATIENCE
from renown.steps.review import CANDIDATES
from renown.steps.shadow import FOLDER as SHADOWS

from .test_statemachine import OF_LAMBDA, follows
from .translated import ROOT, Resources, dig, statements

MACHINES = {"Erase": "erase", "Review": "review"}
"""The machine's name in the template, and its file's."""


def definition(file: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / f"infra/statemachine/{file}.asl.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize("file", MACHINES.values())
def test_every_state_is_reached_and_every_way_ends(file: str) -> None:
    machine = definition(file)
    states = machine["States"]
    reached, open_ = set(), [machine["StartAt"]]
    while open_:
        name = open_.pop()
        if name not in reached:
            reached.add(name)
            open_ += follows(states[name])
    assert reached == set(states)
    for name, state in states.items():
        assert (state.get("End", False) or state["Type"] == "Fail") is not bool(follows(state)), name


@pytest.mark.parametrize(("name", "file"), MACHINES.items())
def test_it_calls_its_function_and_tries_again_what_passes(name: str, file: str, resources: Resources) -> None:
    machine, function = definition(file), f"{name}Function"
    assert set(re.findall(r"\$\{(\w+)\}", json.dumps(machine))) == {function}
    arn = {"Fn::GetAtt": [function, "Arn"]}
    assert dig(resources[f"{name}Machine"])["DefinitionSubstitutions"] == {function: arn}
    assert ({"lambda:InvokeFunction"}, [arn]) in statements(resources[f"{name}MachineRole"])
    tasks = [state for state in machine["States"].values() if state["Type"] == "Task"]
    assert tasks
    for task in tasks:
        assert task["Parameters"]["FunctionName"] == f"${{{function}}}"
        assert task["Parameters"]["Payload"]["execution.$"] == "$$.Execution.Name"
        (retry,) = task["Retry"]
        assert set(retry["ErrorEquals"]) == {*OF_LAMBDA, errors.RetriableError.__name__}
        assert retry["JitterStrategy"] == "FULL"


def test_the_log_of_erasing_names_nobody(resources: Resources) -> None:
    assert dig(resources["EraseMachine"])["LoggingConfiguration"]["IncludeExecutionData"] is False


def test_erasing_ends_when_the_function_says_so() -> None:
    machine = definition("erase")
    states = machine["States"]
    assert machine["TimeoutSeconds"] > PATIENCE + states["Wait"]["Seconds"] + 900
    quiet, unfinished = states["Quiet?"]["Choices"]
    assert (quiet["Variable"], quiet["BooleanEquals"]) == ("$.erased.result.quiet", True)
    assert (unfinished["Variable"], unfinished["Next"]) == ("$.erased.result.next", "Erase")
    assert (states["Quiet?"]["Default"], states["Wait"]["Next"]) == ("Wait", "Erase")
    (caught,) = states["Erase"]["Catch"]
    assert caught["ErrorEquals"] == [errors.BadInput.__name__, errors.NotFound.__name__]


def test_the_review_goes_through_its_phases(resources: Resources) -> None:
    machine = definition("review")
    states = machine["States"]
    order, name = [], machine["StartAt"]
    while name != "Report":
        order.append(states[name]["Parameters"]["Payload"]["phase"])
        assert "Catch" not in states[name]  # it fails of what a phase fails of
        name = states[name]["Next"]
    assert order == ["backtest", "calibrate", "shadow"]
    assert states["Shadow"]["Parameters"]["Payload"]["candidate.$"] == "$.calibrated.result.candidate"
    schedule = dig(resources["ReviewMachineWeekly"])
    daily = dig(resources["RefreshMachineDaily"])
    assert schedule["ScheduleExpression"] == {"Ref": "ReviewSchedule"}
    for same in ("ScheduleExpressionTimezone", "State", "FlexibleTimeWindow"):
        assert schedule[same] == daily[same]
    assert "Name" not in schedule
    for same in ("RetryPolicy", "DeadLetterConfig"):
        assert schedule["Target"][same] == daily["Target"][same]
    assert schedule["Target"]["Arn"] == {"Ref": "ReviewMachine"}
    assert json.loads(schedule["Target"]["Input"]) == {}


def test_what_the_review_makes_is_bounded(resources: Resources) -> None:
    rules = dig(resources["LakeBucket"])["LifecycleConfiguration"]["Rules"]
    ends = {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule}
    assert ends[CANDIDATES] == ends[SHADOWS] == 90
