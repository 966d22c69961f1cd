"""Where Chromium is: the runtime kit's, else the machine's own."""

import os
import shutil
import subprocess
from pathlib import Path

KIT = Path(os.environ.get("RUNTIME_KIT") or Path(__file__).parents[2] / "../shared/runtime") / "chromium.sh"


def chromium() -> str | None:
    """The path of the program; None where there is none."""
    if KIT.exists():
        return subprocess.run([KIT], capture_output=True, text=True, check=True).stdout.split()[-1]
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
