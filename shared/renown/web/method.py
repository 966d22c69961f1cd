"""The method in words and pictures: the formula on one screen, what it forecast, and what gaming it costs."""

import math
from typing import Any, Final

SIDE: Final = 300.0
"""Width and height of a plot, in its own units."""


def ranks(backtest: dict[str, Any]) -> list[dict[str, Any]]:
    """Each cutoff's difference to the best simple method, by measure, with its 95% interval, as places on a line.

    `left`, `right` and `at` are shares (0 to 1) of a line from the least to the greatest bound of all; `zero` is where
    there is no difference.
    """
    rows = [
        {"cutoff": record["cutoff"], "measure": measure, **found}
        for record in backtest["cutoffs"]
        for measure, found in record["against"].items()
    ]
    low = min([0.0, *(row["low"] for row in rows)])
    high = max([0.0, *(row["high"] for row in rows)])
    width = (high - low) or 1.0
    return [
        {
            **row,
            "left": (row["low"] - low) / width,
            "right": (row["high"] - low) / width,
            "at": (row["difference"] - low) / width,
            "zero": -low / width,
        }
        for row in rows
    ]


def calibration(backtest: dict[str, Any]) -> dict[str, Any]:
    """What was said and what happened by stratum over all cutoffs, and as dots of a square plot; both axes doublings.

    Returns {"strata": [{"from", "n", "said", "happened", "coverage80"}], "dots": [(x, y, n)], "side"}; strata of
    nobody are left out.
    """
    sums: dict[float, list[float]] = {}
    for record in backtest["cutoffs"]:
        for row in record.get("calibration", ()):
            total = sums.setdefault(row["from"], [0.0] * 4)
            values = (1.0, row["said"], row["happened"], row["coverage80"])
            for number, value in enumerate(values):
                total[number] += row["n"] * value
    strata = [
        {"from": bottom, "n": int(n), "said": said / n, "happened": happened / n, "coverage80": held / n}
        for bottom, (n, said, happened, held) in sorted(sums.items())
    ]
    most = max([1.0, *(math.log2(1 + max(row["said"], row["happened"])) for row in strata)])
    dots = [
        (SIDE * math.log2(1 + row["said"]) / most, SIDE - SIDE * math.log2(1 + row["happened"]) / most, row["n"])
        for row in strata
    ]
    return {"strata": strata, "dots": dots, "side": SIDE}
