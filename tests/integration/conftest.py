"""The command line as tests call it."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from renown import cli, terminal

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def renown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `renown ...` in a home of its own; gives exit code, standard output and standard error."""
    monkeypatch.setenv("RENOWN_HOME", str(tmp_path / "home"))
    for console in (terminal.out, terminal.err):
        monkeypatch.setattr(console, "width", 400)

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["renown", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        shown = capsys.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    return run
