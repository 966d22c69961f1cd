"""The score step against networkx.pagerank on the same graph, in one run.

    python benchmarks/score.py [FILE]      FILE: SNAP's Higgs activity; default: $RENOWN_DATA, else a made-up community

Prints medians of the repeats and their ratios. networkx gets the graph from the same reactions; building it and
ranking it are timed apart, since a program may have the graph already.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import networkx as nx
import numpy as np

from renown import parts, runs
from renown.formats.registry import by_name
from renown.lake import FolderLake
from renown.scoring.trust import pagerank
from renown.simulate import simulate
from renown.steps.imports import import_source
from renown.steps.score import score

REPEATS = 5


def timed(work: Callable[[], object]) -> float:
    """Seconds that `work` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def fill(lake: FolderLake, source: Path) -> None:
    """Activity to score: of `source`, or made up where that is absent."""
    if source.exists():
        import_source(lake, by_name("higgs"), source, latest=2**31)
        return
    print(f"{source} is absent: 2,000 made-up people instead")
    for rows in simulate(2000, 60, 7).days():
        parts.write(lake, rows)


def main() -> None:
    """Fills a lake, then times both, alternating."""
    data = Path(os.environ.get("RENOWN_DATA", "../shared/data"))
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else data / "higgs" / "higgs-activity_time.txt.gz"
    with tempfile.TemporaryDirectory() as folder:
        lake = FolderLake(Path(folder))
        fill(lake, source)
        files = [str(path) for path in lake.local(parts.keys(lake))]
        pairs = duckdb.execute(
            "SELECT DISTINCT actor, author FROM read_parquet($files) WHERE actor <> author AND verb <> 'Create'",
            {"files": files},
        ).fetchall()
        graph = nx.DiGraph(pairs)
        codes = {name: code for code, name in enumerate(graph)}
        reactor, author = (np.array([codes[pair[side]] for pair in pairs]) for side in (0, 1))
        ours, build, rank, flow = [], [], [], []
        for _ in range(REPEATS):
            for key in lake.keys("runs/"):
                lake.delete(key)
            ours.append(timed(lambda: score(lake)))
            build.append(timed(lambda: nx.DiGraph(pairs)))
            rank.append(timed(lambda: nx.pagerank(graph)))
            flow.append(timed(lambda: pagerank(reactor, author, len(codes))))
        report = runs.latest(lake)
    print(f"{report.reactions:,} reactions, {report.edges:,} edges, {graph.number_of_nodes():,} accounts, n={REPEATS}")
    mine, graph_time, rank_time, flow_time = (statistics.median(times) for times in (ours, build, rank, flow))
    print(f"score step, from the lake's files to the run's files   {mine:.2f} s")
    print(f"networkx: building the graph                           {graph_time:.2f} s")
    print(f"networkx: pagerank on the finished graph               {rank_time:.2f} s")
    print(f"renown's own pagerank on the same graph                {flow_time:.3f} s")
    ranked = statistics.median(r / o for r, o in zip(rank, ours, strict=True))
    both = statistics.median((b + r) / o for b, r, o in zip(build, rank, ours, strict=True))
    alike = statistics.median(r / f for r, f in zip(rank, flow, strict=True))
    print(f"ratio: pagerank alone {ranked:.1f}, with its graph {both:.1f} times the score step; {alike:.0f} times ours")


if __name__ == "__main__":
    main()
