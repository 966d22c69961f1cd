"""SAM, from PATH or the kit, and a template built for this machine; everything that fails does so with its output."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from platform import machine
from typing import Final, NoReturn

ROOT: Final = Path(__file__).resolve().parents[2]
BUILD: Final = ROOT / ".aws-sam/build"

KIT: Final = ROOT / (os.environ.get("RUNTIME_KIT") or "../shared/runtime")
"""Scripts that supply what a machine lacks; used for that only, and only where the folder is."""

PROCESSOR: Final = f"Architecture={'arm64' if machine() in ('arm64', 'aarch64') else 'x86_64'}"
"""The template's parameter for this machine: what is built here has to run here."""


class CheckError(Exception):
    """A check failed: the text says which, and what was found."""


def fail(message: str) -> NoReturn:
    """Ends the program with a message."""
    sys.exit(f"FAILED: {message}")


def check(condition: object, message: str) -> None:
    """Raises CheckError with the message where the condition does not hold."""
    if not condition:
        raise CheckError(message)


def kit(script: str) -> str | None:
    """The path of one of the kit's scripts, None where there is no kit."""
    path = KIT / script
    return str(path) if path.is_file() else None


def run(*command: str) -> str:
    """Runs a command in the project's folder and returns its output; where it fails, raises CheckError with it."""
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False)
    if done.returncode:
        raise CheckError(f"{' '.join(command)[:200]}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def program() -> str:
    """The SAM CLI."""
    found = shutil.which("sam") or kit("sam.sh")
    if found is None:
        raise CheckError("no `sam` on PATH: install the AWS SAM CLI, or set RUNTIME_KIT")
    return found


def sam(*arguments: str) -> str:
    """Runs the SAM CLI with the project's configuration for local work; returns its output."""
    return run(program(), *arguments, "--config-file", "infra/samconfig.toml", "--config-env", "local")


def runtime() -> str:
    """A Python of the version that Lambda runs."""
    of_pyenv = next(Path.home().glob(".pyenv/versions/3.13*/bin/python"), None)  # its shim on PATH may start none
    found = str(of_pyenv) if of_pyenv else shutil.which("python3.13")
    if found is None:
        raise CheckError("no python3.13 on PATH: it is the version that the functions run on")
    return found


def build() -> None:
    """Checks the template and builds the functions and the layer for this machine, with their byte code."""
    sam("validate")
    sam("validate", "--lint")
    sam("build", "--parameter-overrides", PROCESSOR)
    run("make", "--silent", "compiled", f"LAMBDA_PYTHON={runtime()}")
