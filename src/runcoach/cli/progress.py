"""A progress bar on stderr, shown only where that is a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress

    from runcoach.cli.invocation import Invocation


class ProgressBar:
    """Context manager around Rich's progress bar; does nothing with ``--quiet`` or without a terminal.

    ``start=False`` delays the bar, which draws from a thread, until the first :meth:`update`: a process pool must be
    forked before.
    """

    def __init__(self, current: Invocation, description: str = "", *, start: bool = True) -> None:
        self._current = current
        self._description = description
        self._start = start
        self._bar: Progress | None = None

    def __enter__(self) -> Self:
        if self._current.is_interactive:
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
            from rich.table import Column

            description = TextColumn(
                "{task.description}", markup=False, table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")
            )
            self._bar = Progress(
                BarColumn(bar_width=20),
                MofNCompleteColumn(table_column=Column(no_wrap=True)),
                TimeRemainingColumn(table_column=Column(no_wrap=True)),
                description,
                console=self._current.console(stderr=True),
                transient=True,
                expand=True,
            )
            self._task = self._bar.add_task(self._description, total=None)
            if self._start:
                self._bar.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, done: int, total: int | None, description: str | None = None) -> None:
        """Set what is done of the total (None or 0: not known yet) and, optionally, the text behind the bar."""
        if self._bar is not None:
            from runcoach.cli.output import text

            self._bar.start()
            shown = self._description if description is None else text(description).plain
            self._bar.update(self._task, completed=done, total=total or None, description=shown)
