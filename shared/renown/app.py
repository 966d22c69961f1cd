"""Settings and wiring: the only place that reads the environment and chooses adapters."""

import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from .errors import BadInput
from .lake import FolderLake, Lake, S3Lake
from .runs import Population
from .scoring.formula import CURRENT
from .table import DynamoTable, SqliteTable, Table

if TYPE_CHECKING:
    from .networks.base import Network
    from .networks.client import Client

DYNAMODB: Final = "dynamodb:"
S3: Final = "s3://"
_SUM: Final = r"[a-z]+=\d{1,5}(\.\d{1,2})?"


class Settings(BaseModel):
    """Where things are.

    `home` is a folder of this machine; `lake` is `s3://bucket` or a folder; `table` is `dynamodb:name` or a SQLite
    file; `population` is whom runs score, `formula` by which version or file. `site` is the public address of the
    pages, a profile's is under it as `@handle`; `contact` is where the networks can reach the operator; `secrets` is
    where their tokens are: `ssm:/path`, or None for the environment. `spend` is how many dollars may be spent a day at
    networks that cost: `x=1.50`; nothing where there is no such thing.
    """

    model_config = ConfigDict(frozen=True)

    home: Path
    lake: str
    table: str
    population: Population = "accounts"
    formula: str = CURRENT
    site: Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?$")] | None = None
    contact: Annotated[str, StringConstraints(pattern=r"^[!-~]{3,200}$")] | None = None
    secrets: Annotated[str, StringConstraints(pattern=r"^ssm:(/[a-zA-Z0-9_.-]+)+$")] | None = None
    spend: Annotated[str, StringConstraints(pattern=rf"^{_SUM}(,{_SUM})*$")] | None = None


def settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings in RENOWN_LAKE, RENOWN_TABLE, RENOWN_POPULATION, RENOWN_FORMULA, RENOWN_SITE, RENOWN_CONTACT,
    RENOWN_SECRETS and RENOWN_SPEND; files are by default in the folder RENOWN_HOME.

    Raises BadInput, naming the variable, for a value that cannot be.
    """
    home = Path(environment.get("RENOWN_HOME") or ".renown")
    try:
        return Settings(
            home=home,
            lake=environment.get("RENOWN_LAKE") or str(home / "lake"),
            table=environment.get("RENOWN_TABLE") or str(home / "table.sqlite"),
            population=environment.get("RENOWN_POPULATION") or "accounts",
            formula=environment.get("RENOWN_FORMULA") or CURRENT,
            site=(environment.get("RENOWN_SITE") or "").rstrip("/") or None,
            contact=environment.get("RENOWN_CONTACT") or None,
            secrets=environment.get("RENOWN_SECRETS") or None,
            spend=environment.get("RENOWN_SPEND") or None,
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise BadInput(f"RENOWN_{str(first['loc'][0]).upper()}: {first['msg']}") from error


@dataclass(frozen=True)
class App:
    """The adapters that the settings name."""

    settings: Settings
    lake: Lake
    table: Table


def wire(chosen: Settings) -> App:
    """The adapters for `chosen`. AWS clients find region and credentials as boto3 does."""
    return App(chosen, lake(chosen), table(chosen))


def lake(chosen: Settings) -> Lake:
    """The lake that `chosen` names."""
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


def networks(chosen: Settings) -> "dict[str, Network]":
    """The networks that can be asked, by name: none where they could not be told whom to turn to."""
    if chosen.contact is None and chosen.site is None:
        return {}
    from .networks.registry import NETWORKS

    return NETWORKS


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
