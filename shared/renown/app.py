"""Settings and wiring: the only place that reads the environment and chooses adapters."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from .errors import BadInput
from .lake import FolderLake, Lake, S3Lake
from .runs import Population
from .scoring.formula import CURRENT
from .table import DynamoTable, SqliteTable, Table

DYNAMODB: Final = "dynamodb:"
S3: Final = "s3://"


class Settings(BaseModel):
    """Where things are.

    `lake` is `s3://bucket` or a folder; `table` is `dynamodb:name` or a SQLite file; `population` is whom runs score,
    `formula` by which version or file.
    """

    model_config = ConfigDict(frozen=True)

    lake: str
    table: str
    population: Population = "accounts"
    formula: str = CURRENT


def settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings in RENOWN_LAKE, RENOWN_TABLE, RENOWN_POPULATION and RENOWN_FORMULA; files are by default in the
    folder RENOWN_HOME.

    Raises BadInput, naming the variable, for a value that cannot be.
    """
    home = Path(environment.get("RENOWN_HOME") or ".renown")
    try:
        return Settings(
            lake=environment.get("RENOWN_LAKE") or str(home / "lake"),
            table=environment.get("RENOWN_TABLE") or str(home / "table.sqlite"),
            population=environment.get("RENOWN_POPULATION") or "accounts",
            formula=environment.get("RENOWN_FORMULA") or CURRENT,
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


@cache
def wired() -> App:
    """The adapters for this process's environment, made once: what the Lambda functions use."""
    return wire(settings())
