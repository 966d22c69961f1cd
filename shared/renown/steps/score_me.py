"""Score me: one person's accounts, collected and scored in a lake of their own."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from .. import people, runs
from ..activity import parse_account
from ..errors import BadInput
from ..people import Link, People, Profile
from ..table import Doc
from .collect import Collector, conclude
from .due import due_key
from .score import score
from .visits import Progress

ME: Final = "me"


def account_of(given: str, collector: Collector) -> str:
    """The account that a person means by `given`, as its network calls it.

    Raises BadInput for what cannot be one, and what the network raises where it cannot be asked.
    """
    name, _ = parse_account(given)
    network = collector.networks.get(name)
    if network is None:
        raise BadInput(f"{given[:200]}: no network {name}; there are {', '.join(sorted(collector.networks))}")
    return network.resolve(given, collector.client())


def score_me(
    collector: Collector, accounts: Sequence[str], version: str, progress: Progress
) -> tuple[runs.Report | None, list[Doc]]:
    """Collects `accounts` and scores them as one person, `@me`, by the formula `version`.

    Returns the run, None where nothing was found at all or the time was over first, and for each account {"account",
    "outcome", "said"}: what visiting it came to.
    """
    now = int(collector.clock())
    at = datetime.fromtimestamp(now, UTC)
    links = tuple(Link(account=account, proof="whoever ran score-me", proved_at=at) for account in accounts)
    people.save(collector.lake, People(profiles=(Profile(handle=ME, name="Me", opted_in_at=at, links=links),)))
    by_network: dict[str, list[str]] = {}
    for account in accounts:
        by_network.setdefault(account.partition(":")[0], []).append(account)
    found = [collector.visit(collector.networks[name], theirs, progress) for name, theirs in by_network.items()]
    conclude(collector.lake, found)
    outcomes = []
    for account in accounts:
        item = collector.table.get(*due_key(account))
        doc = item.doc if item else {"outcome": "interrupted", "said": ""}
        outcomes.append({"account": account, "outcome": doc["outcome"], "said": doc["said"]})
    if not collector.lake.keys("activity/") or not all(each["complete"] for each in found):
        return None, outcomes
    report, _ = score(collector.lake, at=None, population="profiles", version=version)
    return report, outcomes
