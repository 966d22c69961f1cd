"""The step `judge`: how well a readable formula agrees with people who judged pairs of others."""

import io
import zlib
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..errors import BadInput
from ..formats.files import Unpacked
from ..scoring import judgement
from ..scoring.judgement import FEATURES, Fit, Pairs

FOLDS: Final = 10
REPEATS: Final = 10
LEAST_PEOPLE: Final = 2 * FOLDS


def judge(path: Path, test: Path | None = None, *, seed: int = 7) -> dict[str, Any]:
    """How often the formula fitted to the pairs in `path` (CSV, also .gz) agrees with people on people it never saw.

    Without `test`: cross-validation by person, REPEATS times; `auc` is the mean, `spread` its standard deviation
    over the repeats, `all_converged` whether every fit did. With `test`: fitted to all of `path`, `auc` over all
    pairs of `test`, and `unseen` over those of its pairs with nobody of `path` (auc: None where it has none).

    Either way `n` and `people` count what was judged, `se` is the standard error over people, `fit` and
    `coefficients` (weight: points a doubling; share: of what typical pairs differ by) are of all of `path`, and
    `baselines` are the AUC of one count alone on the same pairs. Every random choice comes from `seed`.

    Raises BadInput, in one line, for a file that is not such pairs or has too few people to split.
    """
    pairs = read(path)
    found = judgement.fit(pairs.differences(), pairs.chose_a)
    rng = np.random.default_rng(seed)
    judged = pairs if test is None else read(test)
    return {
        **(_cross_validated(pairs, path, rng) if test is None else _tested(found, pairs, judged, rng)),
        "n": len(judged.a),
        "people": len(judged.people),
        "seed": seed,
        "fit": {
            "n": len(pairs.a),
            "converged": found.converged,
            "iterations": found.iterations,
            "slope": found.slope,
        },
        "coefficients": [
            {**feature._asdict(), "weight": float(weight), "share": float(share)}
            for feature, weight, share in zip(FEATURES, found.weights, found.shares, strict=True)
        ],
        "baselines": {
            "followers": _alone(judged, judgement.FOLLOWERS),
            "listed": _alone(judged, judgement.LISTED),
        },
    }


def read(path: Path) -> Pairs:
    """The pairs in a CSV file, with or without byte order mark, plain or gzip. Raises BadInput."""
    file = Unpacked(path)
    try:
        with io.TextIOWrapper(file.stream, "utf-8-sig", newline="") as lines:
            return judgement.parse(lines, str(path))
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8: {error.reason}") from error
    except (EOFError, OSError, zlib.error) as error:
        raise BadInput(f"{path}: cannot be read to its end: {error}") from error
    finally:
        file.close()


def _cross_validated(pairs: Pairs, path: Path, rng: np.random.Generator) -> dict[str, Any]:
    if len(pairs.people) < LEAST_PEOPLE:
        raise BadInput(
            f"{path}: {len(pairs.people)} people; at least {LEAST_PEOPLE} are needed, or another --test file"
        )
    repeats = [judgement.unseen(pairs, FOLDS, rng) for _ in range(REPEATS)]
    values = [judgement.auc(pairs.chose_a, leads) for leads, _ in repeats]
    return {
        "auc": float(np.mean(values)),
        "se": judgement.standard_error(pairs, repeats[0][0], rng),
        "spread": float(np.std(values)),
        "folds": FOLDS,
        "repeats": REPEATS,
        "all_converged": all(converged for _, converged in repeats),
    }


def _tested(found: Fit, pairs: Pairs, others: Pairs, rng: np.random.Generator) -> dict[str, Any]:
    leads = others.differences() @ found.weights
    known = {tuple(person) for person in pairs.people}
    new = np.array([tuple(person) not in known for person in others.people])
    both = new[others.a] & new[others.b]
    unseen = judgement.auc(others.chose_a[both], leads[both])
    return {
        "auc": judgement.auc(others.chose_a, leads),
        "se": judgement.standard_error(others, leads, rng),
        "unseen": {"auc": None if np.isnan(unseen) else unseen, "n": int(both.sum()), "people": int(new.sum())},
    }


def _alone(pairs: Pairs, count: int) -> float:
    """The AUC of one count alone."""
    values = np.log2(1 + pairs.people[:, count])
    return judgement.auc(pairs.chose_a, values[pairs.a] - values[pairs.b])
