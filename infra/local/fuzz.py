"""The API against its own description: schemathesis makes requests up from the OpenAPI, right ones and wrong ones, and
checks that every answer is a declared one and none is a failure of ours."""

import subprocess
import tempfile
from pathlib import Path
from typing import Final

from . import sam, served
from .sam import ROOT, CheckError, check

TOOL: Final = ROOT / ".venv-schemathesis/bin/schemathesis"

EXAMPLES: Final = "100"
"""Made-up requests of each kind for every route; the same ones every time."""

OPAQUE: Final = "positive_data_acceptance"
"""Not checked: a cursor, or a run, of the right form and made up is refused all the same."""

OPTIONS: Final = ("--generation-deterministic", "--max-examples", EXAMPLES, "--exclude-checks", OPAQUE, "--no-color")


def main() -> None:
    """Serves a made-up community on loopback, and asks."""
    try:
        with tempfile.TemporaryDirectory(prefix="renown-fuzz-") as home:
            table, pointer, best = served.community(Path(home))
            table.close()
            config = Path(home, "schemathesis.toml")
            config.write_text(
                f'[parameters]\n"path.handle" = "{best[0]["handle"]}"\n"path.network" = "simulated"\n'
                f'"path.native_id" = "{best[0]["handle"]}"\n',
                "utf-8",
            )
            with served.serving(Path(home)) as url:
                command = [str(TOOL), "--config-file", str(config), "run", f"{url}/openapi.json", *OPTIONS]
                done = subprocess.run(command, cwd=home, text=True, capture_output=True, check=False)
        print(done.stdout)
        check(not done.returncode, f"the API does not do as its description says (run {pointer.run})\n{done.stderr}")
    except (CheckError, subprocess.SubprocessError, OSError) as error:
        sam.fail(str(error))


if __name__ == "__main__":
    main()
