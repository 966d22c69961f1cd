"""What scoring takes, fitted to three runs: processor seconds, memory, and bytes of lake and run.

    PYTHONPATH=. python benchmarks/scoring.py [--people 2500]

Made-up communities (half a year): a small one, a large one, and the large one with a tenth of its profiles. From them
follow what a run takes by itself, for a million reactions, and for a thousand profiles. Processor seconds count the
score step and why scores changed since yesterday (`renown.steps.why.keep`), as if one processor did it all.
"""

import argparse
import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from renown import people, runs
from renown.lake import FolderLake
from renown.scoring.formula import DAY
from renown.simulate import END
from renown.steps.publish import publish
from renown.steps.score import score
from renown.steps.simulate import simulate
from renown.steps.why import keep
from renown.table import SqliteTable


@dataclass(frozen=True)
class Taken:
    """What one run took: processor seconds of scoring and of why, bytes of memory, of activity, of its files."""

    reactions: int
    profiles: int
    seconds: float
    why: float
    memory: int
    activity: int
    run: int
    timings: str


def made(folder: Path, many: int, share: float) -> None:
    """A community of so many people, of whose profiles only a share stays, and the run of yesterday."""
    lake, table = FolderLake(folder / "lake"), SqliteTable(folder / "table.sqlite")
    simulate(lake, folder / "truth.csv", many, 180, 7, progress=lambda _: None)
    known = people.load(lake)
    kept = known.profiles[: round(share * len(known.profiles))]
    people.save(lake, known.model_copy(update={"profiles": kept}))
    report, _ = score(lake, at=END - DAY, population="profiles")
    publish(lake, table, report.run, now=END)
    table.close()


def taken(folder: Path) -> Taken:
    """What today's run takes."""
    lake, table = FolderLake(folder / "lake"), SqliteTable(folder / "table.sqlite")
    begun = time.process_time()
    report, _ = score(lake, at=END, population="profiles")
    scored = time.process_time()
    keep(lake, table, report)
    table.close()
    return Taken(
        reactions=report.reactions,
        profiles=sum(1 for _ in runs.scorecards(lake, report.run)),
        seconds=scored - begun,
        why=time.process_time() - scored,
        memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        activity=_bytes(lake, "activity/"),
        run=_bytes(lake, f"runs/{report.run}/") + _bytes(lake, "whys/"),
        timings=(lake.read(runs.key(report.run, runs.TIMINGS)) or b"").decode(),
    )


def _bytes(lake: FolderLake, prefix: str) -> int:
    return sum(path.stat().st_size for path in lake.local(lake.keys(prefix)))


def main() -> None:
    """Prints the three runs, and what follows from them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=2500)
    many = parser.parse_args().people
    found = []
    for size, share in ((many // 6, 1.0), (many, 1.0), (many, 0.1)):
        with tempfile.TemporaryDirectory() as folder:
            with get_context("spawn").Pool(1) as pool:
                pool.apply(made, (Path(folder), size, share))
            with get_context("spawn").Pool(1) as pool:  # its memory is its own
                one = pool.apply(taken, (Path(folder),))
        found.append(one)
        print(one)
        sys.stdout.flush()
    of = np.array([[1.0, one.reactions / 1e6, one.profiles / 1e3] for one in found])
    for name in ("seconds", "why", "memory", "activity", "run"):
        fixed, reactions, profiles = np.linalg.solve(of, np.array([float(getattr(one, name)) for one in found]))
        print(
            f"{name:9} {fixed:14,.1f} + {reactions:16,.1f} a million reactions + {profiles:14,.1f} a thousand profiles"
        )


if __name__ == "__main__":
    main()
