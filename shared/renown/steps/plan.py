"""Plan: what there is to collect: files that the operator put into the lake's inbox, and accounts to be visited."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Final

from .. import people
from ..formats.registry import FORMATS
from ..lake import Lake
from ..networks.base import Network
from ..table import Table
from .due import due, proved

INBOX: Final = "inbox/"
"""Files to import stand under `inbox/<format>/`; a file is known by its key: give new content a new name."""

DONE: Final = "imports/inbox/"
"""Marks of files that are imported, under their key behind `inbox/`."""

MOST_VISITS: Final = 40
"""Batches of one network: above that, hosts share one."""

MOST_FILES: Final = 300
"""Batches of files in a run: a state machine's history ends at 25,000 events."""

Batch = dict[str, str | list[str]]


def plan(lake: Lake, table: Table, networks: Mapping[str, Network], now: int) -> dict[str, list[Batch]]:
    """What is due at `now` (unix seconds): {"batches": [{"format", "key"}, ... {"network", "hosts"}, ...]}.

    A host is in one batch only, whoever asks it. A file under a folder that is no format is left alone: nobody could
    read it.
    """
    done = {key.removeprefix(DONE) for key in lake.keys(DONE)}
    files = [key for key in lake.keys(INBOX) if key.removeprefix(INBOX) not in done and _format(key) in FORMATS]
    imports: list[Batch] = [{"format": _format(key), "key": key} for key in files[:MOST_FILES]]
    return {"batches": [*imports, *_visits(lake, table, networks, now)]}


def _visits(lake: Lake, table: Table, networks: Mapping[str, Network], now: int) -> Iterator[Batch]:
    for name, accounts in proved(people.load(lake), networks).items():
        hosts = sorted({networks[name].host(account) for account in due(table, accounts, now)})
        for number in range(min(len(hosts), MOST_VISITS)):
            yield {"network": name, "hosts": hosts[number::MOST_VISITS]}


def _format(key: str) -> str:
    return PurePosixPath(key).parts[1]
