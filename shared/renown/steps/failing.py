"""Failing: what a run that fails leaves in the lake, for whoever looks later than the state machine remembers."""

import json
from collections.abc import Mapping
from typing import Any, Final

from ..lake import Lake
from ..runs import moment
from ..table import Doc

FAILURES: Final = "failures/"

STEPS: Final = {
    "verified": "Verify",
    "planned": "Plan",
    "collected": "Collect",
    "concluded": "Conclude",
    "scored": "Score",
    "checked": "Check",
    "written": "Publish",
    "published": "Flip",
}
"""Under which name the state machine keeps what each step came to, in their order."""

LONGEST: Final = 4000
"""Characters of a cause that are kept: the whole stack is in the log."""


def report(lake: Lake, execution: str, state: Mapping[str, Any], now: int) -> Doc:
    """Writes `failures/EXECUTION.json` from what the state machine holds (`state`) at `now` (unix seconds).

    Returns it: {"execution", "at", "step", "error", "cause", "done"}. The step is the first that came to nothing;
    `done` is what those before it came to.
    """
    done = {name: state[name] for name in STEPS if name in state}
    step = next((step for name, step in STEPS.items() if name not in state), "unknown")
    failure = state["failure"]
    report = {
        "execution": execution,
        "at": moment(now),
        "step": step,
        "error": failure["Error"],
        "cause": str(failure.get("Cause", ""))[:LONGEST],
        "done": done,
    }
    lake.write(f"{FAILURES}{execution}.json", json.dumps(report, indent=1).encode())
    return report
