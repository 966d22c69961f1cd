"""What all commands write with: text for people, JSON for programs."""

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from .shown import shown

out = Console(soft_wrap=True, emoji=False, width=None if sys.stdout.isatty() else 120)
err = Console(stderr=True, soft_wrap=True, emoji=False)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def safe(text: str) -> str:
    """A stranger's text for a terminal: no markup, no control characters, nothing hidden."""
    return escape(shown(text))


def print_json(value: Any) -> None:
    """Prints `value` as JSON on standard output, as programs want it: no colours, no wrapping."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


@contextmanager
def stopping() -> Iterator[Callable[[], bool]]:
    """Gives a function that is true once Ctrl-C was pressed: work ends at the next whole step (twice: at once)."""
    asked: list[int] = []

    def ask(number: int, frame: object) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)
        err.print("stopping after this step (Ctrl-C again: at once) ...")

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: bool(asked)
    finally:
        signal.signal(signal.SIGINT, before)


def interrupted() -> typer.Exit:
    """Says so, and ends with 130."""
    return typer.Exit(failed("interrupted; the lake is whole, and the same command goes on from there", 130))


def failed(message: str, code: int) -> int:
    """Says why a command failed; returns the exit code."""
    err.print(f"renown: {message}", markup=False, highlight=False)
    return code
