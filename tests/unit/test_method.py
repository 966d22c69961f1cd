"""The method's pictures: what was said and what happened, as places on a plot."""

import pytest

from renown.web.method import SIDE, calibration, ranks


def against(difference: float, low: float, high: float) -> dict[str, object]:
    return {"best": "count", "difference": difference, "low": low, "high": high}


def test_differences_share_one_line() -> None:
    graded = {
        "cutoffs": [
            {"cutoff": "2026-01-01T00:00:00Z", "against": {"spearman": against(0.1, 0.0, 0.3)}},
            {"cutoff": "2026-02-01T00:00:00Z", "against": {"spearman": against(-0.05, -0.1, 0.0)}},
        ]
    }
    better, worse = ranks(graded)
    assert [better[name] for name in ("zero", "left", "at", "right")] == pytest.approx([0.25, 0.25, 0.5, 1.0])
    assert [worse[name] for name in ("zero", "left", "at", "right")] == pytest.approx([0.25, 0.0, 0.125, 0.25])


def test_strata_are_weighed_by_their_accounts_over_all_cutoffs() -> None:
    def row(n: int, said: float, happened: float) -> dict[str, object]:
        return {"from": 1.0, "n": n, "said": said, "happened": happened, "coverage80": happened / 10}

    graded = {"cutoffs": [{"calibration": [row(10, 1.0, 4.0)]}, {"calibration": [row(30, 3.0, 8.0)]}, {}]}
    found = calibration(graded)
    assert found["strata"] == [{"from": 1.0, "n": 40, "said": 2.5, "happened": 7.0, "coverage80": pytest.approx(0.7)}]
    ((x, y, n),) = found["dots"]
    assert (y, n) == (0.0, 40)  # the most that there is, at the top
    assert 0 < x < SIDE


def test_nothing_graded_is_an_empty_plot() -> None:
    assert calibration({"cutoffs": []})["dots"] == []
    assert ranks({"cutoffs": []}) == []
