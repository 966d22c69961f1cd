"""What holds for every test: no credentials, no settings of the machine, the same examples every time."""

import os

import pytest
from hypothesis import settings

settings.register_profile("renown", derandomize=True, deadline=None, max_examples=50)
settings.register_profile("thorough", deadline=None, max_examples=1000)
settings.load_profile("renown")


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's AWS or Renown settings reaches a test; moto gets dummies."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "RENOWN_")) and name not in ("RENOWN_DATA", "RENOWN_CONTRACTS"):
            monkeypatch.delenv(name)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
