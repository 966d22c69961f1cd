"""The history of a score as a picture: a line in its 80% band, and where the formula changed."""

from datetime import datetime
from typing import Any, Final

WIDTH, HEIGHT = 640.0, 200.0

LEAST: Final = 10.0
"""Points that the picture spans at least: a change of one point should not look like a cliff."""


def chart(points: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Places in a picture of WIDTH x HEIGHT for the `points` of `history.history`; None where two have no score.

    {"lines" (each a run of points by one formula, "x,y x,y"), "bands" (polygons of the interval), "marks" (x of each
    new formula), "dots" (x, y, day, score), "low", "high" (points at the bottom and the top), "first", "last" (days)}.
    """
    scored = [point for point in points if point["score"] is not None]
    if len(scored) < 2:
        return None
    times = [datetime.fromisoformat(point["at"]).timestamp() for point in scored]
    reach = [value for point in scored for value in _band(point)]
    middle, half = (max(reach) + min(reach)) / 2, max(max(reach) - min(reach), LEAST) / 2
    low, high = max(middle - half, 0.0), min(max(middle + half, LEAST), 100.0)

    def x(time: float) -> float:
        return round(WIDTH * (time - times[0]) / ((times[-1] - times[0]) or 1.0), 1)

    def y(score: float) -> float:
        return round(HEIGHT - HEIGHT * (score - low) / (high - low), 1)

    dots = [
        (x(time), y(point["score"]), point["at"][:10], point["score"])
        for time, point in zip(times, scored, strict=True)
    ]
    parts: list[list[int]] = []
    for number, point in enumerate(scored):
        if number == 0 or point["new_formula"]:
            parts.append([])
        parts[-1].append(number)
    lines = [" ".join(f"{dots[n][0]},{dots[n][1]}" for n in part) for part in parts]
    bands = []
    for part in parts:
        above = [f"{dots[n][0]},{y(_band(scored[n])[1])}" for n in part]
        below = [f"{dots[n][0]},{y(_band(scored[n])[0])}" for n in reversed(part)]
        bands.append(" ".join(above + below))
    marks = [dots[part[0]][0] for part in parts[1:]]
    said = {"low": round(low), "high": round(high), "first": dots[0][2], "last": dots[-1][2]}
    return {"lines": lines, "bands": bands, "marks": marks, "dots": dots, **said}


def _band(point: dict[str, Any]) -> tuple[float, float]:
    interval = point["interval"]
    low, high = interval["score"] if interval else (point["score"], point["score"])
    return min(float(low), point["score"]), max(float(high), point["score"])
