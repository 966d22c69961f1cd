"""Whose visit is due: what the table knows of accounts. No engine is needed to read it."""

from collections.abc import Iterator, Mapping, Sequence

from ..networks.base import Network
from ..people import People
from ..table import Item, Table


def cursor_key(account: str) -> tuple[str, str]:
    """Where the table has an account's cursor."""
    return f"account#{account}", "cursor"


def due_key(account: str) -> tuple[str, str]:
    """Where the table says when an account's next visit is due, and what the last one came to."""
    return f"due#{account.partition(':')[0]}", account


def due(table: Table, accounts: Sequence[str], now: int) -> list[str]:
    """Those of some accounts of one network whose visit is due at `now` (unix seconds), longest overdue first."""
    known = {item.sk: item.doc["next"] for item in _all(table, due_key(accounts[0])[0])} if accounts else {}
    return sorted((each for each in accounts if known.get(each, 0) <= now), key=lambda each: (known.get(each, 0), each))


def proved(people: People, networks: Mapping[str, Network]) -> dict[str, list[str]]:
    """The accounts of people who opted in that are proved to be theirs, by network; only of networks we know."""
    found: dict[str, list[str]] = {}
    for account in sorted(people.owners()):
        network = account.partition(":")[0]
        if network in networks:
            found.setdefault(network, []).append(account)
    return found


def _all(table: Table, pk: str) -> Iterator[Item]:
    after = ""
    while items := table.query(pk, after=after, limit=1000):
        yield from items
        after = items[-1].sk
