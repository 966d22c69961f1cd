"""Clients that people wrote for Klout, against `renown serve`. `make old-clients` runs these; `make test` does not."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from renown.numbers import candidates
from renown.table import SqliteTable
from tests.integration.test_klout import SHAPES, fill, shape

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-klout/bin/python"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """HOST:PORT of a served instance with published scores."""
    home = tmp_path_factory.mktemp("home")
    table = SqliteTable(home / "table.sqlite")
    fill(table, home)
    table.close()
    command = [sys.executable, "-m", "renown", "serve", "--port", "0"]
    environment = {**os.environ, "RENOWN_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        address = re.search(r"http://([0-9.:]+)/", said)
        assert address, said
        yield address[1]
        process.terminate()


def test_the_klout_package_of_2012(served: str) -> None:
    if not PYTHON.exists():
        pytest.skip("no .venv-klout: `make old-clients` makes it")
    command = [
        str(PYTHON),
        str(ROOT / "tests/clients/klout_client.py"),
        served,
        "ada",
        "mastodon",
        "ada@example.social",
    ]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    print(json.dumps(found["score"]))
    assert found["identity"] == found["by_account"] == {"id": candidates("ada")[0], "network": "ks"}
    assert found["account"] == {"id": "2244994945", "network": "tw"}
    assert shape(found["score"], SHAPES["score"])
    assert (found["score"]["score"], found["score"]["bucket"]) == (55.75, "50-59")
    assert found["score"]["scoreDelta"] == {"dayChange": 1.75, "weekChange": 3.25, "monthChange": 7.75}
    assert [topic["displayName"] for topic in found["topics"]] == ["Machine Learning", "</script>\u2028"]
    assert shape(found["influence"], SHAPES["influence"])
    assert shape(found["influence"]["myInfluencers"][0], SHAPES["entity"])
    status, said = found["unknown"]
    assert (status, said["error"]) == (404, 404)
