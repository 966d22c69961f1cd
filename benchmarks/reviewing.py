"""What one weekly review takes: processor seconds and memory, by phase, fitted to two made-up communities.

PYTHONPATH=. python benchmarks/reviewing.py [--people 1500]
"""

import argparse
import resource
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

from renown.lake import FolderLake
from renown.scoring.formula import CURRENT
from renown.simulate import END
from renown.steps import review
from renown.steps.score import score
from renown.steps.simulate import simulate


def taken(many: int) -> tuple[int, float, int]:
    """Reactions, processor seconds and bytes of memory of a review of a community of so many people."""
    with tempfile.TemporaryDirectory() as name:
        lake = FolderLake(Path(name, "lake"))
        simulate(lake, Path(name, "truth.csv"), many, 180, 7, progress=lambda _: None)
        report, _ = score(lake, at=END, population="profiles")
        begun = time.process_time()
        review.record(lake, CURRENT)
        candidate = review.fit(lake, CURRENT, END)["candidate"]
        review.compare(lake, candidate, END)
        seconds = time.process_time() - begun
    return report.reactions, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    """Each community in a process of its own; prints both, and what follows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=1500)
    many = parser.parse_args().people
    with get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        small, large = pool.map(taken, [many // 5, many], chunksize=1)
    for reactions, seconds, memory in (small, large):
        print(f"{reactions:,} reactions: {seconds:.2f} s, {memory / 1e6:,.0f} MB (with scoring before it)")
    slope = (large[1] - small[1]) / (large[0] - small[0])
    print(f"seconds = {small[1] - slope * small[0]:.2f}\nseconds_per_million = {slope * 1e6:.2f}")


if __name__ == "__main__":
    main()
