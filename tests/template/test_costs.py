"""What the bill counts of the template is what is in it."""

import json

from renown.costs import newest
from renown.steps.erase_beside_runs import PATIENCE

from .translated import ROOT, Resources, dig, of_type, written

MEASURED = newest("measured")


def test_what_watches_is_counted(resources: Resources) -> None:
    assert MEASURED["watch"]["alarms"] == len(of_type(resources, "AWS::CloudWatch::Alarm"))
    assert MEASURED["watch"]["dashboards"] == len(of_type(resources, "AWS::CloudWatch::Dashboard"))


def test_memory_is_what_the_template_gives(resources: Resources) -> None:
    parts = {"collect": "Visit", "score": "Score", "publish": "Publish", "erase": "Erase", "api": "Api"}
    for part, function in parts.items():
        given = dig(resources[f"{function}Function"])["MemorySize"]
        memory = written()["Parameters"][given["Ref"]]["Default"] if isinstance(given, dict) else given
        assert abs(MEASURED[part]["memory_gb"] - memory / 1024) < 0.01, part


def test_a_review_makes_as_many_transitions_as_are_counted() -> None:
    machine = json.loads((ROOT / "infra/statemachine/review.asl.json").read_text("utf-8"))
    assert len(machine["States"]) == MEASURED["review"]["transitions"]


def test_an_erasure_may_last_as_long_as_is_counted() -> None:
    assert MEASURED["erase"]["most_seconds"] == PATIENCE


def test_a_run_makes_no_more_transitions_than_are_counted() -> None:
    machine = json.loads((ROOT / "infra/statemachine/refresh.asl.json").read_text("utf-8"))
    maps = [state for state in machine["States"].values() if state["Type"] == "Map"]
    assert maps
    assert len(machine["States"]) <= MEASURED["run"]["transitions"]
    for state in maps:
        assert len(state["ItemProcessor"]["States"]) <= MEASURED["run"]["transitions_per_batch"]
