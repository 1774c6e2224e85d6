"""A progress bar on standard error, where that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_bar(total: int, done: Callable[[], tuple[int, int]]) -> Iterator[Callable[[], None]]:
    """Shows how far a run is; the body calls what it gets whenever that may have changed.

    Args:
        total: how many files there are.
        done: says how many files are done, and how many findings there are.
    """
    if total < 2 or not sys.stderr.isatty():
        yield lambda: None
        return
    # Loaded here, since most runs in scripts and CI never show a bar.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("analysing"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("files, {task.fields[findings]:,} findings"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True, refresh_per_second=8) as bar:
        task = bar.add_task("", total=total, findings=0)

        def update() -> None:
            files, findings = done()
            bar.update(task, completed=files, findings=findings)

        yield update
