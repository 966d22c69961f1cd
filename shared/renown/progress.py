"""Progress of long work: a bar on a terminal, now and then a line elsewhere."""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from .formats import Batch
from .networks.client import Client
from .steps.visits import Visited

log = logging.getLogger(__name__)

Watch = Callable[[Path], AbstractContextManager[Callable[[Batch], None]]]


@contextmanager
def importing(console: Console, files: int) -> Iterator[Watch]:
    """Gives, for each of `files` sources, a function to call with every batch that was read."""
    with _bars(console) as bars:
        everything = bars.add_task(f"{files:,} files", total=files, visible=files > 1)

        @contextmanager
        def watch(source: Path) -> Iterator[Callable[[Batch], None]]:
            task = bars.add_task(source.name, total=1.0)
            rows = 0

            def seen(batch: Batch) -> None:
                nonlocal rows
                rows += len(batch.activity)
                bars.update(task, completed=batch.done, description=f"{source.name}  {rows:,} activities")
                log.info("%s: %.0f%%, %d activities", source.name, 100 * batch.done, rows)

            yield seen
            bars.update(task, visible=files == 1)
            bars.advance(everything)

        yield watch


@contextmanager
def visiting(console: Console, client: Callable[[], Client]) -> Iterator[Callable[[str, Visited], None]]:
    """Gives a function to call with an account and what was found so far."""
    with _bars(console) as bars:
        task = bars.add_task("asking the networks", total=None)

        def seen(account: str, found: Visited) -> None:
            requests = client().spent.requests
            said = f"{account}  {found.activity:,} new activities, {requests:,} requests"
            bars.update(task, description=said)
            log.info("%s", said)

        yield seen


@contextmanager
def working(console: Console, what: str) -> Iterator[Callable[[float], None]]:
    """Gives a function to call with the share of `what` that is done, 0 to 1."""
    with _bars(console) as bars:
        task: TaskID = bars.add_task(what, total=1.0)

        def seen(done: float) -> None:
            bars.update(task, completed=done)
            log.info("%s: %.0f%%", what, 100 * done)

        yield seen


def _bars(console: Console) -> Progress:
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
