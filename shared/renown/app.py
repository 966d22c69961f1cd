"""Settings and wiring: the only place that reads the environment and chooses adapters."""

import os
import re
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from .errors import BadInput
from .scoring import CURRENT
from .table import DynamoTable, Reader, SqliteTable, Table

if TYPE_CHECKING:
    from .lake import Lake
    from .networks.base import Network
    from .networks.client import Client
    from .runs import Population

DYNAMODB: Final = "dynamodb:"
S3: Final = "s3://"
_SUM: Final = r"[a-z]+=\d{1,5}(\.\d{1,2})?"
_FORM: Final = {
    "RENOWN_POPULATION": "accounts|profiles",
    "RENOWN_SITE": r"https?://[^\s/?#@]+(/[^\s?#]*)?",
    "RENOWN_CONTACT": "[!-~]{3,200}",
    "RENOWN_SECRETS": "ssm:(/[a-zA-Z0-9_.-]+)+",
    "RENOWN_NETWORKS": r"[a-z]+(,[a-z]+)*",
    "RENOWN_SPEND": rf"{_SUM}(,{_SUM})*",
}
"""What a variable that is set has to look like."""


@dataclass(frozen=True)
class Settings:
    """Where things are.

    `home` is a folder of this machine; `lake` is `s3://bucket` or a folder; `table` is `dynamodb:name` or a SQLite
    file; `population` is whom runs score, `formula` by which version or file. `site` is the public address of the
    pages, a profile's is under it as `@handle`; `contact` is where the networks can reach the operator; `secrets` is
    where their tokens are: `ssm:/path`, or None for the environment. `collects` names the networks whose accounts are
    visited, with commas between; None: all. `spend` is how many dollars may be spent a day at
    networks that cost: `x=1.50`; nothing where there is no such thing. `stack` is what metrics are of; None: there are
    none.
    """

    home: Path
    lake: str
    table: str
    population: "Population" = "accounts"
    formula: str = CURRENT
    site: str | None = None
    contact: str | None = None
    secrets: str | None = None
    collects: str | None = None
    spend: str | None = None
    stack: str | None = None


def settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings in RENOWN_LAKE, RENOWN_TABLE, RENOWN_POPULATION, RENOWN_FORMULA, RENOWN_SITE, RENOWN_CONTACT,
    RENOWN_SECRETS, RENOWN_NETWORKS, RENOWN_SPEND and RENOWN_STACK; files are by default in the folder RENOWN_HOME.

    Raises BadInput, naming the variable, for a value that cannot be.
    """
    home = Path(environment.get("RENOWN_HOME") or ".renown")
    return Settings(
        home=home,
        lake=environment.get("RENOWN_LAKE") or str(home / "lake"),
        table=environment.get("RENOWN_TABLE") or str(home / "table.sqlite"),
        population=cast("Population", _set(environment, "RENOWN_POPULATION") or "accounts"),
        formula=environment.get("RENOWN_FORMULA") or CURRENT,
        site=(_set(environment, "RENOWN_SITE") or "").rstrip("/") or None,
        contact=_set(environment, "RENOWN_CONTACT"),
        secrets=_set(environment, "RENOWN_SECRETS"),
        collects=_set(environment, "RENOWN_NETWORKS"),
        spend=_set(environment, "RENOWN_SPEND"),
        stack=environment.get("RENOWN_STACK") or None,
    )


def _set(environment: Mapping[str, str], name: str) -> str | None:
    """The value of a variable, None where it is empty or not set."""
    value = environment.get(name) or None
    if value and not re.fullmatch(_FORM[name], value):
        raise BadInput(f"{name}: {value[:80]!r} is not of the form {_FORM[name]}")
    return value


@dataclass(frozen=True)
class App:
    """The adapters that the settings name."""

    settings: Settings
    lake: "Lake"
    table: Table


def wire(chosen: Settings) -> App:
    """The adapters for `chosen`. AWS clients find region and credentials as boto3 does."""
    return App(chosen, lake(chosen), table(chosen))


def lake(chosen: Settings) -> "Lake":
    """The lake that `chosen` names."""
    from .lake import FolderLake, S3Lake

    if not chosen.lake.startswith(S3):
        return FolderLake(Path(chosen.lake))
    import boto3

    bucket = chosen.lake.removeprefix(S3).strip("/")
    if not bucket or "/" in bucket:
        raise BadInput(f"RENOWN_LAKE: {chosen.lake}: write s3:// and the name of a bucket")
    return S3Lake(bucket, boto3.client("s3"), Path(tempfile.gettempdir(), "renown-lake"))


def table(chosen: Settings) -> Table:
    """The table that `chosen` names."""
    if not chosen.table.startswith(DYNAMODB):
        return SqliteTable(Path(chosen.table))
    import boto3

    return DynamoTable(chosen.table.removeprefix(DYNAMODB), boto3.client("dynamodb"))


def reader(
    chosen: Settings, environment: Mapping[str, str] = os.environ, clock: Callable[[], float] = time.monotonic
) -> Reader:
    """The table that `chosen` names as the API function reads it: without boto3, and the pointer not every time."""
    from .web.held import HeldPointer

    if not chosen.table.startswith(DYNAMODB):
        return HeldPointer(table(chosen), clock)
    from .dynamo import Connection, DynamoReader, place

    at = place(environment)
    return HeldPointer(DynamoReader(chosen.table.removeprefix(DYNAMODB), at, Connection(at.url)), clock)


def networks(chosen: Settings) -> "dict[str, Network]":
    """The networks that can be asked, by name: none where they could not be told whom to turn to."""
    if chosen.contact is None and chosen.site is None:
        return {}
    from .networks.registry import NETWORKS

    return NETWORKS


def collected(chosen: Settings) -> "dict[str, Network]":
    """Of the networks that can be asked, those whose accounts are visited; raises BadInput for one that is none."""
    from .networks.registry import NETWORKS

    names = chosen.collects.split(",") if chosen.collects else list(NETWORKS)
    for name in names:
        if name not in NETWORKS:
            raise BadInput(f"RENOWN_NETWORKS: {name} is no network; known are {', '.join(NETWORKS)}")
    return {name: network for name, network in networks(chosen).items() if name in names}


def client(chosen: Settings, known: Table, *, https_only: bool = False) -> "Client":
    """What asks the networks; how often each host is asked is kept in the table, `known`.

    Raises BadInput where nobody could tell the networks whom to turn to.
    """
    from .access import accesses, allowances
    from .networks.budget import Budget
    from .networks.client import Client
    from .networks.hosts import GuardedTransport
    from .networks.registry import NETWORKS
    from .steps.topics import finder

    contact = chosen.contact or chosen.site
    if contact is None:
        raise BadInput("RENOWN_CONTACT: set it to an address or e-mail where you can be reached: networks are told it")
    return Client(
        GuardedTransport(https_only=https_only),
        Budget(known, time.time),
        contact=contact,
        clock=time.time,
        sleep=time.sleep,
        access=accesses(chosen.secrets, NETWORKS),
        allowances=allowances(chosen.spend, NETWORKS),
        find=finder(lake(chosen)),
    )


@cache
def wired() -> App:
    """The adapters for this process's environment, made once: what the Lambda functions use."""
    return wire(settings())
