"""What several contract suites run over."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from renown.lake import FolderLake, Lake, S3Lake


@pytest.fixture(params=["folder", "s3"])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lake]:
    """An empty lake of each kind; the folder's name looks like a partition, which readers must not take it for."""
    if request.param == "folder":
        yield FolderLake(tmp_path / "lake=1")
        return
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        yield S3Lake("lake", client, tmp_path / "cache")
