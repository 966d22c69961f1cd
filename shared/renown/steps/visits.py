"""Visits: what is new about people's accounts, from their networks into the lake.

The table holds for each account a cursor, which leads on from what is safe in the lake, and when its next visit is
due. Rows are written before the cursor that covers them, and rows have ids: whatever moment a visit is killed at, the
next one leaves the lake as if nothing had happened. Cursors are written on condition: of two that visit an account at
once one is first, and the other stops.
"""

import logging
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from .. import parts
from ..errors import Conflict, FatalError, Gone, HostResting, RetriableError, SkippableError, Unwanted
from ..lake import Lake
from ..networks.base import DAY, Batch, Network
from ..networks.client import Client
from ..table import Doc, Item, Table
from .due import cursor_key, due_key

HOUR: Final = 3600
DAILY: Final = 20 * HOUR
"""Less than a day: whoever was visited late in yesterday's run is due again in today's."""

WEEKLY: Final = 7 * DAY - 4 * HOUR
ACTIVE: Final = 14 * DAY
"""Whoever has had nothing new for so long is visited weekly."""

KEPT: Final = 90 * DAY
"""How long the table keeps what it knows of an account that is no longer visited."""

ROWS: Final = 50_000
"""Records of one account after which they are written: about 40 MB of memory."""

VISITS: Final = 5
"""Visits of one account in a run, as long as something is owed; the rest waits for the next run."""

logger = logging.getLogger("renown.visits")


@dataclass
class Visited:
    """What visiting accounts of one network came to.

    `accounts` were visited to the end; `unchanged` of the requests were answered with 304; `activity` counts what the
    lake did not hold; `waited` is in seconds; `skipped` says how many accounts were left out, by the reason. Not
    `complete`: the time was over first, and the same call again goes on with those that are left.
    """

    network: str
    accounts: int = 0
    requests: int = 0
    unchanged: int = 0
    activity: int = 0
    observations: int = 0
    rejected: int = 0
    waits: int = 0
    waited: float = 0.0
    skipped: dict[str, int] = field(default_factory=dict)
    complete: bool = True

    def skip(self, why: str, accounts: int = 1) -> None:
        """Counts accounts that were left out."""
        if accounts:
            self.skipped[why] = self.skipped.get(why, 0) + accounts

    def __add__(self, other: "Visited") -> "Visited":
        """Both together."""
        mine, theirs = asdict(self), asdict(other)
        names = ("accounts", "requests", "unchanged", "activity", "observations", "rejected", "waits", "waited")
        sums = {name: mine[name] + theirs[name] for name in names}
        skipped = dict(Counter(self.skipped) + Counter(other.skipped))
        return Visited(self.network, **sums, skipped=skipped, complete=self.complete and other.complete)


def _never() -> bool:
    return False


Progress = Callable[[str, Visited], None]
"""Is told an account, and what was found so far, whenever something was."""


def ignored(account: str, found: Visited) -> None:
    """Progress that nobody watches."""


@dataclass
class Visitor:
    """Visits accounts of one network, one after the other.

    `clock` gives unix seconds. Once `stop` is true what was found is written, and nothing more is begun.
    """

    lake: Lake
    table: Table
    network: Network
    client: Client
    clock: Callable[[], float]
    stop: Callable[[], bool] = _never
    progress: Progress = ignored

    def visit(self, accounts: Sequence[str]) -> Visited:
        """Visits each of the accounts.

        One that cannot be had is left out, a host that wants to rest with all of its accounts, and a network that
        nothing can be had from with all of them. Raises RetriableError where lake or table cannot be written.
        """
        found = Visited(self.network.name)
        before = asdict(self.client.spent)
        resting: set[str] = set()
        for number, account in enumerate(accounts):
            if self.stop():
                found.complete = False
                break
            if self.network.host(account) in resting:
                found.skip("host resting")
                continue
            error = self._account(account, found)
            if isinstance(error, HostResting):
                resting.add(error.host)
            if isinstance(error, FatalError):
                found.skip("network closed", len(accounts) - number - 1)
                break
        spent = asdict(self.client.spent)
        for name in ("requests", "unchanged", "waits", "waited"):
            setattr(found, name, spent[name] - before[name])
        return found

    def _account(self, account: str, found: Visited) -> Exception | None:
        """Visits one account and notes when it is due again; returns what prevented the visit."""
        now = int(self.clock())
        error: Exception | None = None
        ended = True
        old = self.table.get(*due_key(account))
        activity = found.activity
        try:
            ended = self._until_nothing_is_owed(account, found)
        except Conflict as conflict:
            error = conflict
        except _Prevented as prevented:
            error = prevented.error
            ended = not (isinstance(error, RetriableError) and self.stop())
        if not ended:
            found.complete = False
            return None
        active_at = now if old is None or found.activity > activity else old.doc["active_at"]
        kind, next_ = _judged(error, now, quiet=now - active_at > ACTIVE)
        if error is None:
            found.accounts += 1
        else:
            found.skip(kind)
            logger.warning("%s: %s: %s", account, kind, error)
        doc = {
            "next": next_,
            "active_at": active_at,
            "visited_at": now,
            "outcome": kind,
            "said": str(error or "")[:500],
        }
        self.table.put_many([Item(*due_key(account), doc, expires_at=now + KEPT)])
        return error

    def _until_nothing_is_owed(self, account: str, found: Visited) -> bool:
        """Visits an account until nothing is owed; False where the time was over first."""
        item = self.table.get(*cursor_key(account))
        for _ in range(VISITS):
            complete = True
            pending: list[Batch] = []
            failure: _Prevented | None = None
            try:
                for batch in self._batches(account, item.doc if item else None):
                    pending.append(batch)
                    complete = batch.complete
                    if self.stop() or sum(len(each.activity) + len(each.observations) for each in pending) >= ROWS:
                        item, pending = self._kept(account, item, pending, found), []
                        if self.stop():
                            return False
            except _Prevented as prevented:
                failure = prevented
            item = self._kept(account, item, pending, found)
            if failure:
                raise failure
            if complete:
                break
        return True

    def _batches(self, account: str, cursor: Doc | None) -> Iterator[Batch]:
        """What the network gives; whatever prevents it, a defect of ours too, is this account's trouble only."""
        try:
            yield from self.network.collect(account, cursor, self.client, int(self.clock()))
        except (RetriableError, SkippableError, FatalError) as error:
            raise _Prevented(error) from error
        except Exception as error:  # its text could be a network's: where it happened is enough
            where = "".join(traceback.format_tb(error.__traceback__)[-3:])
            logger.error("%s: a defect: %s\n%s", account, type(error).__name__, where)  # noqa: TRY400  # see above
            raise _Prevented(_Defect(type(error).__name__)) from error

    def _kept(self, account: str, item: Item | None, pending: Sequence[Batch], found: Visited) -> Item | None:
        """Writes what was found, then the cursor behind it."""
        if not pending:
            return item
        found.activity += parts.write(self.lake, [row for batch in pending for row in batch.activity])
        observations = [row for batch in pending for row in batch.observations]
        found.observations += parts.write_observations(self.lake, observations)
        rejects = [each for batch in pending for each in batch.rejects]
        found.rejected += len(rejects)
        for reject in rejects[:3]:
            logger.warning("%s: left out: %s", account, reject)
        version = item.version if item else None
        new = Item(*cursor_key(account), pending[-1].cursor, (version or 0) + 1, int(self.clock()) + KEPT)
        self.table.replace(new, expected=version)
        self.progress(account, found)
        return new


class _Prevented(Exception):
    """What prevented a visit, apart from errors of lake and table."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class _Defect(Exception):
    """Something that should not have happened: a network answered in a way that nobody thought of."""


_OUTCOMES: Final = (
    (Conflict, "visited by another", HOUR),
    (RetriableError, "no proper answer", HOUR),
    (Unwanted, "asks to be left alone", WEEKLY),
    (Gone, "gone", WEEKLY),
    (SkippableError, "not shown", DAILY),
    (FatalError, "network closed", HOUR),
)


def _judged(error: Exception | None, now: int, *, quiet: bool) -> tuple[str, int]:
    """What a visit came to, in a word or two, and when the next one is due."""
    if error is None:
        return "visited", now + (WEEKLY if quiet else DAILY)
    if isinstance(error, HostResting):
        return "host resting", int(error.until)
    found = (outcome for outcome in _OUTCOMES if isinstance(error, outcome[0]))
    _, kind, wait = next(found, (_Defect, "defect", DAILY))
    return kind, now + wait


def totals(reports: Sequence[Mapping[str, Any]]) -> list[Doc]:
    """The reports of visits summed for each network, as documents, by name."""
    sums: dict[str, Visited] = {}
    for report in reports:
        one = Visited(**report)
        sums[one.network] = sums[one.network] + one if one.network in sums else one
    return [asdict(sums[name]) for name in sorted(sums)]
