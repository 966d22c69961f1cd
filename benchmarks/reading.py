"""What an answer of the API uses: read units of the table, processor time, bytes that are sent and logged.

    PYTHONPATH=. python benchmarks/reading.py

Of ten requests five are for a scorecard, four for a profile's page and one for the leaderboard, over a made-up
community of 400 people; bytes are those of the packed answer (gzip), the log line is that of the function.
"""

import gzip
import io
import json
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

from aws_lambda_powertools import Logger

from benchmarks.publishing import size
from renown import runs
from renown.lake import FolderLake
from renown.scoring.formula import DAY
from renown.simulate import END
from renown.steps.publish import publish
from renown.steps.score import score
from renown.steps.simulate import simulate
from renown.steps.why import keep
from renown.table import Item, SqliteTable, attributes
from renown.web.held import HeldPointer
from renown.web.routes import build
from renown.web.serve import event

MIX: Final = ["/v1/profiles/{}"] * 5 + ["/@{}"] * 4 + ["/v1/leaderboard"]


class Counted(SqliteTable):
    """Counts calls, and what DynamoDB would charge for them: each item read by itself 4 KB at a time."""

    calls = units = 0

    def get(self, pk: str, sk: str) -> Item | None:
        found = super().get(pk, sk)
        self._count([found] if found else [])
        return found

    def query(self, pk: str, *, after: str = "", limit: int = 100) -> list[Item]:
        found = super().query(pk, after=after, limit=limit)
        self.calls += 1
        self.units += max(1, -(-sum(size(attributes(item)) for item in found) // 4096))
        return found

    def get_many(self, keys: Iterable[tuple[str, str]]) -> list[Item]:
        found = super().get_many(keys)
        self._count(found)
        return found

    def _count(self, found: list[Item]) -> None:
        self.calls += 1
        self.units += max(1, sum(-(-size(attributes(item)) // 4096) for item in found))


def logged(paths: Iterable[str]) -> int:
    """Bytes of the lines that the function logs of requests."""
    stream = io.StringIO()
    logger = Logger(service="api", stream=stream)
    name, one = "renown-ApiFunction-0123456789AB", "00000000-0000-0000-0000-000000000000"
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
    context = {"function_name": name, "memory_limit_in_mb": 1024, "invoked_function_arn": arn, "aws_request_id": one}

    @logger.inject_lambda_context(correlation_id_path="id")
    def handler(event: dict[str, Any], context: Any) -> None:
        logger.info("answered", path=event["path"], status=200)

    for path in paths:
        handler({"id": one, "path": path}, SimpleNamespace(**context))
    return len(stream.getvalue().encode())


def main() -> None:
    """Prints what one answer uses at the mean."""
    with tempfile.TemporaryDirectory() as folder:
        lake, table = FolderLake(Path(folder, "lake")), Counted(Path(folder, "table.sqlite"))
        simulate(lake, Path(folder, "truth.csv"), 400, 180, 7, progress=lambda _: None)
        for day in (-1, 0):
            report, _ = score(lake, at=END + day * DAY, population="profiles")
            keep(lake, table, report)
            publish(lake, table, report.run, now=END + day * DAY + 60)
        handles = [card["handle"] for card in runs.scorecards(lake, report.run)]
        site = build(HeldPointer(table, lambda: 0.0), "https://scores.example.org")
        targets = [target.format(handle) for handle in handles for target in MIX]
        table.calls = table.units = sent = 0
        begun = time.process_time()
        answers = [site.resolve(event("GET", target, [], END), None) for target in targets]
        seconds = time.process_time() - begun
        for target, answer in zip(targets, answers, strict=True):
            assert answer["statusCode"] == 200, target
            sent += len(gzip.compress(json.dumps(answer["multiValueHeaders"]).encode() + answer["body"].encode()))
        many, lines = len(targets), logged(targets)
        print(f"{many:,} answers: of each {table.calls / many:.2f} calls, {table.units / many:.2f} read units,")
        print(f"{1e3 * seconds / many:.2f} ms of processor, {sent / many:,.0f} bytes sent, {lines / many:,.0f} logged")
        table.close()


if __name__ == "__main__":
    main()
