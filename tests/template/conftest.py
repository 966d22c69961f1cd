"""The template and the state machine, read once."""

import json
from typing import Any

import pytest

from .translated import ROOT, Resources, translated, written


@pytest.fixture(scope="session")
def source() -> dict[str, Any]:
    return written()


@pytest.fixture(scope="session")
def resources() -> Resources:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        return translated()


@pytest.fixture(scope="session")
def machine() -> dict[str, Any]:
    definition: dict[str, Any] = json.loads((ROOT / "infra/statemachine/refresh.asl.json").read_text("utf-8"))
    return definition
