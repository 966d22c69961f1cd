"""The state machine's definition: SAM and CloudFormation accept a `Next` to nowhere."""

import json
import re
from collections.abc import Iterator
from typing import Any

from renown import errors

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
    filled = dig(resources["RefreshMachine"])["DefinitionSubstitutions"]
    assert names == set(filled)
    for name, value in filled.items():
        assert value == {"Fn::GetAtt": [name, "Arn"]}
    policies = dig(resources["RefreshRole"])["Policies"][0]["PolicyDocument"]["Statement"]
    (invoke,) = (s for s in policies if s["Action"] == "lambda:InvokeFunction")
    assert {on["Fn::GetAtt"][0] for on in invoke["Resource"]} == names


def test_only_errors_that_pass_are_tried_again_with_jitter(machine: Scope) -> None:
    found = list(tasks(machine))
    assert [name for name, _ in found] == ["Verify", "Plan", "Conclude", "Score", "Publish", "CollectBatch"]
    for name, task in found:
        (retry,) = task["Retry"]
        assert set(retry["ErrorEquals"]) == {*OF_LAMBDA, errors.RetriableError.__name__}, name
        assert retry["JitterStrategy"] == "FULL", name


def test_a_failure_of_any_step_fails_the_run_with_its_cause(machine: Scope) -> None:
    states = machine["States"]
    for name in ("Plan", "Collect", "Conclude", "Score", "Publish"):
        assert states[name]["Catch"] == [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Failed"}]
    (caught,) = states["Verify"]["Catch"]  # links that cannot be checked today are as they were
    assert caught["Next"] == states["AllVerified?"]["Default"] == "Plan"
    assert states["Failed"] == {"Type": "Fail", "ErrorPath": "$.failure.Error", "CausePath": "$.failure.Cause"}


def test_steps_pass_keys_and_a_run_that_hangs_is_ended(machine: Scope) -> None:
    assert machine["TimeoutSeconds"] <= 86_400
    for name, task in tasks(machine):
        assert task["Resource"] == "arn:aws:states:::lambda:invoke", name
        assert task["Parameters"]["Payload"]["execution.$"] == "$$.Execution.Name", name
