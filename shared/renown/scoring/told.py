"""What of the reactions to somebody may be shown to everybody: nobody is named who did not opt in."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from .engine import Outcome, sql

LONGEST: Final = 300
"""Characters of an object or address that is shown; a longer one is left out: cut off it would lead nowhere. It bounds
a page of 100 receipts to 260 KB."""

_COLUMNS: Final = (
    "id VARCHAR, reaction VARCHAR, actor VARCHAR, weight DOUBLE, verb VARCHAR, moment BIGINT, object VARCHAR,"
    " url VARCHAR, reactor VARCHAR"
)


def tell(outcome: Outcome, ids: Sequence[str]) -> None:
    """Makes the tables `told_of` of `ids` (profiles or accounts), and `told` of the reactions to them, in `outcome`."""
    con = outcome.tables
    con.register("ids", {"id": np.array(ids, dtype=object)})
    con.execute("CREATE OR REPLACE TEMP TABLE told_of AS SELECT DISTINCT id FROM ids")
    con.unregister("ids")
    if not con.execute("SELECT COUNT(*) FROM edges").fetchall()[0][0]:  # perhaps there is no activity to look at
        con.execute(f"CREATE OR REPLACE TEMP TABLE told ({_COLUMNS})")
        return
    # `reactions` is a view over `activity`: narrowed to theirs it need not look for repeats in the whole lake again.
    theirs = "SELECT id FROM told_of UNION SELECT account FROM owners WHERE profile IN (SELECT id FROM told_of)"
    con.execute(
        "CREATE OR REPLACE TEMP VIEW activity AS"
        f" SELECT * FROM parts WHERE id IN (SELECT id FROM parts WHERE author IN ({theirs}))"
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE told AS {sql('told')}", {"longest": LONGEST})
    con.execute("CREATE OR REPLACE TEMP VIEW activity AS SELECT * FROM parts")
