"""The bill of materials of what is deployed: `sbom.json`, CycloneDX, from the locks. The same locks, the same bytes.

    python -m infra.supply.sbom

cyclonedx-py reads the locks; what it cannot know is added here: hashes belong to the component and not to an address,
which functions carry it, and its licence.
"""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final

from . import FUNCTIONS, ROOT, pins
from .licences import licences

TOOL: Final = ROOT / ".venv-audit/bin/cyclonedx-py"
SBOM: Final = ROOT / "sbom.json"


def carried() -> dict[str, list[str]]:
    """The package URL of everything that is deployed, and what carries it."""
    found: dict[str, list[str]] = {}
    for what, lock in FUNCTIONS.items():
        for pin in pins(lock):
            found.setdefault(f"pkg:pypi/{pin.name}@{pin.version}", []).append(what)
    return found


def made() -> dict[str, Any]:
    """The bill as cyclonedx-py makes it of all locks together, in our words."""
    with tempfile.TemporaryDirectory() as folder:
        together = Path(folder, "requirements.txt")
        lines = {f"{pin.name}=={pin.version}": pin.hashes for lock in FUNCTIONS.values() for pin in pins(lock)}
        together.write_text("".join(f"{line}{_hashes(lines[line])}\n" for line in sorted(lines)), "utf-8")
        options = ["--output-reproducible", "--spec-version", "1.6", "--output-format", "JSON", "--no-validate"]
        command = [str(TOOL), "requirements", str(together), *options]
        bill: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    by, known = carried(), licences()
    bill["components"] = [_component(each, by[each["purl"]], known[each["name"]]) for each in bill["components"]]
    bill["dependencies"] = [{"ref": each["bom-ref"]} for each in bill["components"]]
    bill["metadata"] = {}  # the tool's own versions and addresses say nothing of what is deployed
    ours = {"bom-ref": "renown", "type": "application", "name": "renown"}
    bill["metadata"]["component"] = ours | {"licenses": [{"expression": "Apache-2.0"}]}
    return bill


def _component(found: dict[str, Any], by: list[str], licence: str) -> dict[str, Any]:
    """A component with its hashes and carriers, and without the addresses that the tool supposes."""
    hashes = [each for reference in found["externalReferences"] for each in reference["hashes"]]
    return {
        "type": "library",
        "bom-ref": found["purl"],
        "name": found["name"],
        "version": found["version"],
        "purl": found["purl"],
        "licenses": [{"expression": licence}],
        "hashes": sorted(hashes, key=lambda each: str(each["content"])),
        "properties": [{"name": "renown:carried-by", "value": what} for what in by],
    }


def _hashes(hashes: tuple[str, ...]) -> str:
    return "".join(f" --hash=sha256:{each}" for each in hashes)


if __name__ == "__main__":
    SBOM.write_text(json.dumps(made(), indent=1) + "\n", "utf-8")
    print(f"{SBOM.name}: {len(carried())} packages")
