"""Checkov's findings in the template: each has a reason in the template's Metadata, and each reason a finding."""

import json
import subprocess
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from . import sam
from .sam import ROOT, CheckError, check

COMMAND = ("-f", "template.yaml", "--framework", "cloudformation", "--skip-download", "--quiet", "-o", "json")


def findings() -> dict[str, list[str]]:
    """What Checkov finds: the resources of each of its checks that fails."""
    program = str(ROOT / ".venv-checkov/bin/checkov")
    done = subprocess.run([program, *COMMAND], cwd=ROOT, text=True, capture_output=True, check=False)
    try:
        told: dict[str, Any] = json.loads(done.stdout)
        summary, failed = told["summary"], told["results"]["failed_checks"]
    except (ValueError, TypeError, KeyError) as error:
        raise CheckError(f"checkov: {done.stdout[-2000:]}\n{done.stderr[-2000:]}") from error
    check(summary["passed"] > 50 and not summary["parsing_errors"], f"checkov did not read the template: {summary}")
    found: dict[str, list[str]] = {}
    for each in failed:
        found.setdefault(each["check_id"], []).append(each["resource"].rpartition(".")[2])
    return found


def main() -> None:
    """Compares findings with reasons; ends with an error where they differ."""
    reasons = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))["Metadata"]["checkov"]
    try:
        found = findings()
        for check_id, reason in sorted(reasons.items()):
            print(f"  {check_id}: {', '.join(found.get(check_id, []))}\n    {reason}")
        more = {check_id: on for check_id, on in found.items() if check_id not in reasons}
        check(not more, f"without a reason in the template's Metadata: {more}")
        check(reasons.keys() <= found.keys(), f"not found any more: {sorted(reasons.keys() - found.keys())}")
    except CheckError as error:
        sam.fail(str(error))


if __name__ == "__main__":
    main()
