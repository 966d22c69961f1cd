"""The pages in a real browser. `make browser` runs these; `make test` does not."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from infra.local.served import renown, serving
from tests.browser.chromium import chromium
from tests.browser.community import Community, made_up, served
from tests.browser.hostile import poisoned, strangers


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, without a window."""
    path = chromium()
    if path is None:
        pytest.skip("no Chromium: install one, or set RUNTIME_KIT")
    with sync_playwright() as playwright:
        yield (launched := playwright.chromium.launch(executable_path=path, args=["--no-sandbox"]))
        launched.close()


@pytest.fixture(scope="session")
def community(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Community]:
    """A made-up community."""
    home = tmp_path_factory.mktemp("community")
    made_up(home)
    with serving(home) as address:
        yield served(address)


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a community in which every text that a network can set is an attack."""
    home = tmp_path_factory.mktemp("strangers")
    strangers(home)
    with serving(home) as address:
        yield address


@pytest.fixture(scope="session")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a community whose table somebody wrote attacks into, past every check."""
    home = tmp_path_factory.mktemp("poisoned")
    renown(home, "simulate", "--people", "120", "--days", "120", "--seed", "7")
    renown(home, "score")
    renown(home, "publish")
    poisoned(home)
    with serving(home) as address:
        yield address
