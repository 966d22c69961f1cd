"""What a run collects, in the lake: the plan, and beside it what each of its batches came to.

The state machine reads the plan from there and hands only numbers on: what it passes from state to state has a limit
(256 KB), what one run collects has none.
"""

import json
from typing import Any, Final

from ..errors import NotFound, RenownError
from ..lake import Lake
from ..table import Doc

PLANS: Final = "plans/"
"""`plans/EXECUTION.json` is a list of batches, `plans/EXECUTION/7.json` what came of number 7."""


def keep_plan(lake: Lake, execution: str, planned: list[Any]) -> str:
    """Writes the batches of a run into the lake; returns the key."""
    key = f"{PLANS}{execution}.json"
    lake.write(key, json.dumps(planned).encode())
    return key


def keep_result(lake: Lake, execution: str, number: int, result: Doc) -> None:
    """Writes what batch `number` of a run came to; again replaces it."""
    lake.write(f"{PLANS}{execution}/{number}.json", json.dumps(result).encode())


def results(lake: Lake, execution: str) -> tuple[list[Doc], list[Doc]]:
    """What the batches of a run came to, and those that came to nothing: {"batch", "error", "cause"}.

    The state machine leaves {"Error", "Cause"} where it gave a batch up. Raises NotFound where the run has no plan, and
    RenownError where all of its batches were given up: that is no host's fault.
    """
    planned = lake.read(f"{PLANS}{execution}.json")
    if planned is None:
        raise NotFound(f"{PLANS}{execution}.json: this run has no plan")
    came, lost = [], []
    for number, batch in enumerate(json.loads(planned)):
        result = json.loads(lake.read(f"{PLANS}{execution}/{number}.json") or b'{"Error": "unknown"}')
        if "Error" in result:
            lost.append({"batch": batch, "error": result["Error"], "cause": str(result.get("Cause", ""))[:1000]})
        else:
            came.append(result)
    if lost and not came:
        raise RenownError(f"none of {len(lost)} batches could be collected; the first: {lost[0]['error']}")
    return came, lost
