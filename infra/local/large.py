"""Scores by the image for a large machine, and compares with the function's run: the same files, byte by byte."""

import json
import subprocess
import sys
import tempfile

import boto3
from samtranslator.yaml_helper import yaml_parse

from . import sam
from .sam import ROOT, CheckError, check
from .sam_local import LAKE, invoke, stores, variables

AT = '"2026-09-18T12:00:00Z"'


def files(run: str) -> dict[str, bytes]:
    """The run's files in the lake, without how long it took."""
    bucket = boto3.resource("s3").Bucket(LAKE)
    found = bucket.objects.filter(Prefix=f"runs/{run}/")
    return {each.key: each.get()["Body"].read() for each in found if not each.key.endswith("/timings.json")}


def task(at: str) -> None:
    """Runs the image as the template's task would be run."""
    template = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))
    (container,) = template["Resources"]["LargeTask"]["Properties"]["ContainerDefinitions"]
    given = {**variables(at)["ScoreFunction"], "EXECUTION": "by-hand", "AT": AT}
    given |= {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    lacking = {each["Name"] for each in container["Environment"]} - given.keys()
    given |= dict.fromkeys(lacking & {"RENOWN_FORMULA"}, template["Parameters"]["Formula"]["Default"])
    check(lacking <= {"RENOWN_FORMULA"}, f"the template gives the task more: {lacking}")
    options = [argument for name, value in given.items() for argument in ("-e", f"{name}={value}")]
    print(sam.run("docker", "run", "--rm", *options, "renown-score").strip()[-300:])


def main() -> None:
    """Builds, imports and scores by the functions, takes the run away, and has the image make it again."""
    try:
        if "--built" not in sys.argv:
            sam.build()
        sam.run("make", "--silent", "large-image")
        with stores() as at, tempfile.NamedTemporaryFile("w", suffix=".json") as env:
            json.dump(variables(at), env)
            env.flush()
            invoke("Collect", env.name)
            run = invoke("Score", env.name, request={"at": json.loads(AT)})["run"]
            by_function = files(run)
            boto3.resource("s3").Bucket(LAKE).objects.filter(Prefix="runs/").delete()
            task(at)
            check(files(run) == by_function and len(by_function) > 5, f"another run than the function's {run}")
            print(f"  {len(by_function)} files of run {run}")
    except (CheckError, subprocess.SubprocessError, OSError) as error:
        sam.fail(str(error))
    print("ok: the image makes the function's run, byte by byte")


if __name__ == "__main__":
    main()
