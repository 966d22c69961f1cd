"""What all commands write with: text for people, JSON for programs."""

import json
import sys
from typing import Annotated, Any

import typer
from rich.console import Console

out = Console(soft_wrap=True, emoji=False, width=None if sys.stdout.isatty() else 120)
err = Console(stderr=True, soft_wrap=True, emoji=False)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def print_json(value: Any) -> None:
    """Prints `value` as JSON on standard output, as programs want it: no colours, no wrapping."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")
