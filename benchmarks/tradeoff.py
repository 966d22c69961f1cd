"""What holding strangers back costs the forecast, and what letting them in gains a thousand sybils.

    python benchmarks/tradeoff.py [FILE]      FILE: SNAP's Higgs activity; default: $RENOWN_DATA

On data of a broadcast attention cannot vouch for most people who react. Prints, for rising shares that strangers may
add of what trusted reactors add, the forecast at four cutoffs (horizon 1 day) and the points that a ring of 1,000
gains for the median account, with nothing bought. The last row is what the formula does there: everybody counts.
"""

import math
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np

from renown import parts
from renown.formats.registry import by_name
from renown.lake import FolderLake
from renown.scoring.agreement import ndcg, spearman
from renown.scoring.attacks import attacks
from renown.scoring.backtest import frozen
from renown.scoring.engine import Sources
from renown.scoring.formula import DAY, Formula, load
from renown.scoring.redteam import attacked, prepared
from renown.steps.imports import import_source

SHARES = (0.0, 0.15, 0.5, 1.0, 2.0, 5.0, 10.0)
CUTOFFS = (3.0, 3.5, 4.0, 5.0)
"""Days after the first activity."""


def holding_back(share: float, formula: Formula) -> Formula:
    """`formula` with trust always applied and strangers adding at most `share`; infinite: with trust never applied."""
    apply = 0.0 if math.isfinite(share) else math.inf
    changed = formula.trust.model_copy(update={"stranger_share": share, "defended_from": apply})
    return formula.model_copy(update={"trust": changed})


def main() -> None:
    """Imports the data and prints the curve."""
    data = Path(os.environ.get("RENOWN_DATA", "../shared/data"))
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else data / "higgs" / "higgs-activity_time.txt.gz"
    with tempfile.TemporaryDirectory() as folder:
        lake = FolderLake(Path(folder))
        import_source(lake, by_name("higgs"), source, latest=2**31)
        sources = Sources(lake.local(parts.keys(lake)), overlapping=False)
        ((first, last),) = duckdb.execute(
            'SELECT MIN("at"), MAX("at") FROM read_parquet($files)', {"files": [str(path) for path in sources.parts]}
        ).fetchall()
        print("strangers may add   Spearman   NDCG@100   gained by 1,000 sybils")
        for share in (*SHARES, math.inf):
            formula = holding_back(share, load().over(1))
            cases = [frozen(sources, formula, round(first + days * DAY)) for days in CUTOFFS]
            said = [(case.said["score"], case.happened) for case in cases]
            order, top = (np.mean([measure(*pair) for pair in said]) for measure in (spearman, ndcg))
            rng = np.random.default_rng(7)
            base = prepared(sources, formula, last, rng)
            ring = next(a for a in attacks(base.scene, rng) if (a.kind, a.sybils, a.bought) == ("fresh ring", 1000, 0))
            gain = attacked(replace(sources, seeds=base.seeds), formula, base, ring).gain
            print(f"{share:>17.2f}   {order:>8.3f}   {top:>8.3f}   {gain:>+10.1f}")


if __name__ == "__main__":
    main()
