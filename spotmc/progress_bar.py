"""How far something is, for a person who waits, on standard error."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from montecarlo.experiments.experiment import Standing

NARROW = 15  # columns of a bar that leaves room for words


class Bar:
    """Is told how far it is; this one shows nothing."""

    def __call__(self, done: int) -> None:
        """So much is done."""

    def stands(self, standing: "Standing | None") -> None:
        """So it stands at the end of a round; None before that of the first, and where there are no rounds."""


@contextmanager
def progress_bar(total: int, what: str, *, of_bytes: bool = False) -> Iterator[Bar]:
    """Give what is told how much of ``total`` is done; it shows nothing where no person looks."""
    if not sys.stderr.isatty():
        yield Bar()
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    line = BarColumn()
    far = DownloadColumn() if of_bytes else TaskProgressColumn()
    columns = (TextColumn("{task.description}"), line, far, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as shown:
        task = shown.add_task(what, total=total)

        class Shown(Bar):
            def __call__(self, done: int) -> None:
                shown.update(task, completed=done)

            def stands(self, standing: "Standing | None") -> None:
                if standing:
                    line.bar_width = NARROW
                    shown.update(task, total=standing.expected, description=standing.words)

        yield Shown()
