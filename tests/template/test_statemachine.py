"""The state machine's definition: SAM and CloudFormation accept a `Next` to nowhere."""

import json
import re
from collections.abc import Iterator
from typing import Any

from renown import errors, lease
from renown.runs import LATEST
from renown.steps.batches import PLANS
from renown.steps.failing import FAILURES, STEPS

from .translated import Resources, dig

Scope = dict[str, Any]

# The service errors of Lambda's integration that pass by themselves.
OF_LAMBDA = {
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
}


def scopes(scope: Scope) -> Iterator[Scope]:
    """The machine, and the machine inside of every map."""
    yield scope
    for state in scope["States"].values():
        if state["Type"] == "Map":
            yield from scopes(state["ItemProcessor"])


def tasks(machine: Scope) -> Iterator[tuple[str, Scope]]:
    for scope in scopes(machine):
        for name, state in scope["States"].items():
            if state["Type"] == "Task":
                yield name, state


def follows(state: Scope) -> set[str]:
    steps = [state, *state.get("Choices", []), *state.get("Catch", [])]
    return {step["Next"] for step in steps if "Next" in step} | {state[k] for k in ("Default",) if k in state}


def test_every_state_is_reached_and_every_way_ends(machine: Scope) -> None:
    for scope in scopes(machine):
        states = scope["States"]
        reached, open_ = set(), [scope["StartAt"]]
        while open_:
            name = open_.pop()
            assert name in states, f"no state {name}"
            if name not in reached:
                reached.add(name)
                open_ += follows(states[name])
        assert reached == set(states)
        for name, state in states.items():
            ends = state.get("End", False) or state["Type"] in ("Succeed", "Fail")
            assert ends is not bool(follows(state)), name


def test_the_functions_are_those_that_the_template_fills_in(machine: Scope, resources: Resources) -> None:
    names = set(re.findall(r"\$\{(\w+)\}", json.dumps(machine)))
    filled = dict(dig(resources["RefreshMachine"])["DefinitionSubstitutions"])
    assert names == set(filled)
    assert filled.pop("LakeBucket") == {"Ref": "LakeBucket"}
    names.remove("LakeBucket")
    large = {name for name in names if "Large" in name}
    assert large == {"HasLarge", "LargeCluster", "LargeTask", "LargeSubnets"}
    assert {filled.pop(name)["Fn::If"][0] for name in large} == {"HasLarge"}
    names -= large
    for name, value in filled.items():
        assert value == {"Fn::GetAtt": [name, "Arn"]}
    policies = dig(resources["RefreshRole"])["Policies"][0]["PolicyDocument"]["Statement"]
    (invoke,) = (s for s in policies if s["Action"] == "lambda:InvokeFunction")
    assert {on["Fn::GetAtt"][0] for on in invoke["Resource"]} == names


def test_only_errors_that_pass_are_tried_again_with_jitter(machine: Scope) -> None:
    found = dict(tasks(machine))
    assert found.pop("GivenUp")["Resource"] == "arn:aws:states:::aws-sdk:s3:putObject"
    assert found.pop("ScoreLarge")["Resource"] == "arn:aws:states:::ecs:runTask.sync"
    assert found.pop("ScoredLarge")["Resource"] == "arn:aws:states:::aws-sdk:s3:getObject"
    assert list(found) == [
        *("Begin", "Verify", "Plan", "Conclude", "Score", "Check", "Flip", "End", "ReportFailure"),
        *("Import", "Visit", "WritePart"),
    ]
    for name, task in found.items():
        assert task["Resource"] == "arn:aws:states:::lambda:invoke", name
        (retry,) = task["Retry"]
        assert set(retry["ErrorEquals"]) == {*OF_LAMBDA, errors.RetriableError.__name__}, name
        assert retry["JitterStrategy"] == "FULL", name


def test_a_failure_of_any_step_is_reported_and_fails_the_run_with_its_cause(machine: Scope) -> None:
    states = machine["States"]
    for name in ("Plan", "Collect", "Conclude", "Score", "ScoreLarge", "ScoredLarge", "Check", "Publish", "Flip"):
        caught = states[name]["Catch"][-1]
        assert caught == {"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "ReportFailure"}
    (caught,) = states["Verify"]["Catch"]  # links that cannot be checked today are as they were
    assert caught["Next"] == states["AllVerified?"]["Default"] == "Plan"
    assert states["Begin"]["Catch"][0]["Next"] == "Failed"  # it holds no lease
    reported = states["ReportFailure"]
    assert (reported["Next"], reported["Catch"][0]["Next"], reported["ResultPath"]) == ("Failed", "Failed", None)
    failed = states["Failed"]  # an error of Step Functions' own may not be given again under its name
    assert (failed["ErrorPath"], failed["CausePath"]) == ("States.Format('Run.{}', $.failure.Error)", "$.failure.Cause")


def test_what_does_not_fit_into_the_function_is_scored_by_a_task_if_there_is_one(machine: Scope) -> None:
    states = machine["States"]
    too_large, _ = states["Score"]["Catch"]
    assert errors.TooLarge.__name__ in too_large["ErrorEquals"]
    assert {"Sandbox.Timedout", "Runtime.ExitError"} < set(too_large["ErrorEquals"])  # no time left, no memory left
    assert (too_large["Next"], too_large["ResultPath"]) == ("Larger", "$.failure")
    assert states["Larger"]["Parameters"] == {"there": "${HasLarge}"}
    assert states["Larger"]["ResultPath"] == "$.larger"
    (yes,) = states["LargeThere?"]["Choices"]
    assert (yes["Variable"], yes["StringEquals"], yes["Next"]) == ("$.larger.there", "yes", "ScoreLarge")
    assert states["LargeThere?"]["Default"] == "ReportFailure"
    assert states["ScoreLarge"]["ResultPath"] is None
    assert states["ScoreLarge"]["Next"] == "ScoredLarge"
    assert states["ScoredLarge"]["Parameters"]["Key"] == LATEST
    assert (states["ScoredLarge"]["ResultPath"], states["ScoredLarge"]["Next"]) == (
        states["Score"]["ResultPath"],
        states["Score"]["Next"],
    )


def test_what_the_steps_come_to_is_where_the_report_of_a_failure_looks(machine: Scope) -> None:
    states = machine["States"]
    kept = {states[step]["ResultPath"].removeprefix("$."): step for step in STEPS.values()}
    assert kept == STEPS
    order, name = [], "Begin"
    while name != "End":
        order.append(name)
        name = states[name].get("Next") or next(
            choice["Next"] for choice in states[name]["Choices"] if choice["Next"] not in order
        )
        name = "Plan" if name == "AllVerified?" else name
    assert [name for name in order if name in STEPS.values()] == list(STEPS.values())


def test_one_run_at_a_time(machine: Scope) -> None:
    """The lease is taken first, given back last, and outlives no run: the machine ends each before it expires."""
    states = machine["States"]
    assert machine["StartAt"] == "Begin"
    assert machine["TimeoutSeconds"] == lease.LONGEST
    assert states["Begin"]["Next"] == "Alone?"
    assert states["Alone?"]["Default"] == "AnotherIsUnderWay"
    assert states["AnotherIsUnderWay"]["End"] is True
    assert states["Flip"]["Next"] == "End"
    for step, phase in (("Begin", "begin"), ("Plan", "plan"), ("End", "end"), ("ReportFailure", "fail")):
        assert states[step]["Parameters"]["Payload"]["phase"] == phase


def test_a_run_is_written_in_parts_before_readers_see_it(machine: Scope) -> None:
    states = machine["States"]
    assert [states[name]["Next"] for name in ("Score", "Check", "Publish", "Flip")] == [
        "Check",
        "Publish",
        "Flip",
        "End",
    ]
    given = {name: states[name]["Parameters"]["Payload"]["phase"] for name in ("Check", "Flip")}
    parts = states["Publish"]
    assert {**given, "Publish": parts["ItemSelector"]["phase"]} == {"Check": "check", "Publish": "part", "Flip": "flip"}
    assert parts["ItemsPath"] == f"{states['Check']['ResultPath']}.result.parts"
    assert (
        parts["ItemSelector"]["plan.$"] == states["Flip"]["Parameters"]["Payload"]["plan.$"] == "$.checked.result.plan"
    )
    assert states["Flip"]["Parameters"]["Payload"]["written.$"] == parts["ResultPath"]
    assert "ToleratedFailurePercentage" not in parts  # one part that is missing, and nothing is shown
    (write,) = parts["ItemProcessor"]["States"].values()
    assert write["OutputPath"] == "$.part"


def test_batches_are_read_from_the_plan_and_one_that_fails_does_not_fail_the_run(
    machine: Scope, resources: Resources
) -> None:
    collect = machine["States"]["Collect"]
    assert collect["ItemReader"]["Parameters"] == {"Bucket": "${LakeBucket}", "Key.$": "$.planned.plan"}
    assert collect["ItemProcessor"]["ProcessorConfig"]["Mode"] == "DISTRIBUTED"
    inner = collect["ItemProcessor"]["States"]
    assert inner["FileOrHosts?"]["Choices"] == [{"Variable": "$.batch.format", "IsPresent": True, "Next": "Import"}]
    assert inner["FileOrHosts?"]["Default"] == "Visit"
    for name in ("Import", "Visit"):
        assert inner[name]["Catch"][0]["Next"] == "GivenUp"
    key = inner["GivenUp"]["Parameters"]["Key.$"]
    assert key == f"States.Format('{PLANS}{{}}/{{}}.json', $.execution, $.number)"
    assert 0 < collect["ToleratedFailurePercentage"] < 100  # all of them are no host's fault
    policy = dig(resources["RefreshBatches"])
    assert policy["Roles"] == [{"Ref": "RefreshRole"}]
    start, watch = policy["PolicyDocument"]["Statement"]
    assert (start["Action"], start["Resource"]) == ("states:StartExecution", {"Ref": "RefreshMachine"})
    assert watch["Resource"]["Fn::Sub"].endswith(":execution:${RefreshMachine.Name}:*")
    rules = dig(resources["LakeBucket"])["LifecycleConfiguration"]["Rules"]
    assert {rule["Prefix"] for rule in rules if "ExpirationInDays" in rule} >= {PLANS, FAILURES}


def test_steps_pass_keys_and_a_run_that_hangs_is_ended(machine: Scope) -> None:
    assert machine["TimeoutSeconds"] <= 86_400
    for name, task in tasks(machine):
        if name == "WritePart":
            assert task["Parameters"]["Payload"]["execution.$"] == "$.execution"
            assert machine["States"]["Publish"]["ItemSelector"]["execution.$"] == "$$.Execution.Name"
        elif name in ("Import", "Visit"):  # an execution of its own: what it does is of the run
            assert task["Parameters"]["Payload"]["execution.$"] == "$.execution"
            assert machine["States"]["Collect"]["ItemSelector"]["execution.$"] == "$$.Execution.Name"
        elif name == "ScoreLarge":
            (container,) = task["Parameters"]["Overrides"]["ContainerOverrides"]
            assert {"Name": "EXECUTION", "Value.$": "$$.Execution.Name"} in container["Environment"]
            assert task["TimeoutSeconds"] < machine["TimeoutSeconds"]
        elif name not in ("GivenUp", "ScoredLarge"):
            assert task["Parameters"]["Payload"]["execution.$"] == "$$.Execution.Name", name
