"""The picture of a history: inside its frame, in order, and broken where the formula changed."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from renown.web.chart import HEIGHT, LEAST, WIDTH, chart


def point(day: int, score: float | None, *, new: bool = False, wide: float = 3.0) -> dict[str, Any]:
    band = None if score is None else {"score": [max(score - wide, 0), min(score + wide, 100)]}
    at = f"2026-{day // 28 + 1:02d}-{day % 28 + 1:02d}T04:00:00Z"
    return {"at": at, "formula": "f", "new_formula": new, "score": score, "interval": band}


days = st.lists(st.tuples(st.none() | st.floats(0, 100), st.booleans(), st.floats(0, 30)), min_size=2, max_size=40)


@given(days)
def test_everything_stands_inside_the_frame(given_: list[Any]) -> None:
    points = [point(day, score, new=new, wide=wide) for day, (score, new, wide) in enumerate(given_)]
    made = chart(points)
    scored = [each for each in points if each["score"] is not None]
    if len(scored) < 2:
        assert made is None
        return
    assert made
    xs = [x for x, _, _, _ in made["dots"]]
    assert xs == sorted(xs)
    assert (xs[0], xs[-1], len(xs)) == (0, WIDTH, len(scored))
    pairs = [pair.split(",") for shape in (*made["lines"], *made["bands"]) for pair in shape.split()]
    assert all(-0.1 <= float(x) <= WIDTH + 0.1 and -0.1 <= float(y) <= HEIGHT + 0.1 for x, y in pairs)
    assert len(made["lines"]) == len(made["bands"]) == 1 + len(made["marks"])
    assert len(made["marks"]) == sum(each["new_formula"] for each in scored[1:])


def test_a_higher_score_stands_higher_and_a_small_change_is_small() -> None:
    made = chart([point(0, 50.0, wide=0), point(1, 51.0, wide=0)])
    assert made
    (_, before, _, _), (_, after, _, _) = made["dots"]
    assert 0 < before - after <= HEIGHT / LEAST


def test_no_picture_of_one_day() -> None:
    assert chart([]) is None
    assert chart([point(0, 50.0), point(1, None)]) is None
