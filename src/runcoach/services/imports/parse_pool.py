"""Parses the items of an import in their order, in this process or ahead of the writer in several others."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from runcoach.services.imports.discovery import ImportItem, Problem
from runcoach.services.imports.parsing import ParsedItem, parse

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

#: Items a task: a task for each item costs a tenth of the time to parse it.
CHUNK_SIZE = 4

#: Tasks ahead of the writer for each worker: bounds memory whatever the archive's size.
TASKS_AHEAD = 2


class ParsePool:
    """Parses items with ``workers`` processes (0: in this process); a context manager.

    ``keep_originals``: results hold the files that they were read from.
    """

    def __init__(self, workers: int, *, keep_originals: bool = False) -> None:
        self._keep_originals = keep_originals
        self._chunk_size, self._tasks_ahead = (CHUNK_SIZE, TASKS_AHEAD * workers) if workers else (1, 0)
        self._pool = _start_pool(workers) if workers else None

    def __enter__(self) -> ParsePool:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the workers; tasks not begun are dropped."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def parse(
        self, items: Sequence[ImportItem | Problem], sport: str | None, is_known: Callable[[ImportItem], bool]
    ) -> Iterator[tuple[ImportItem | Problem, ParsedItem | None]]:
        """Yield each item with its result; None for problems and for items that ``is_known`` accepts."""
        pending: deque[Iterator[tuple[ImportItem | Problem, ParsedItem | None]]] = deque()
        for first in range(0, len(items), self._chunk_size):
            chunk = items[first : first + self._chunk_size]
            new = [item for item in chunk if isinstance(item, ImportItem) and not is_known(item)]
            pending.append(_with_results(chunk, new, self._submit(new, sport)))
            if len(pending) > self._tasks_ahead:
                yield from pending.popleft()
        for results in pending:
            yield from results

    def _submit(self, items: Sequence[ImportItem], sport: str | None) -> Callable[[], list[ParsedItem]]:
        """Begin to parse items; the function returned waits for the results."""
        if self._pool is None:
            return partial(parse_all, items, sport, self._keep_originals)
        return self._pool.submit(parse_all, items, sport, self._keep_originals).result


def _with_results(
    items: Sequence[ImportItem | Problem], new: Sequence[ImportItem], results: Callable[[], list[ParsedItem]]
) -> Iterator[tuple[ImportItem | Problem, ParsedItem | None]]:
    """Yield each item with its result, which only the ``new`` ones have; waits for the worker."""
    parsed = iter(results())
    for item in items:
        yield item, next(parsed) if item in new else None


def parse_all(items: Sequence[ImportItem], sport: str | None, keep_originals: bool) -> list[ParsedItem]:
    """Parse several items."""
    return [parse(item, sport, keep_originals=keep_originals) for item in items]


def _start_pool(workers: int) -> ProcessPoolExecutor:
    """Processes that ignore Ctrl-C and exit with this one, however it ends; started when this returns.

    Forked on Linux while no other thread runs, which is fast; otherwise spawned, which takes as long as parsing a
    hundred files.
    """
    import multiprocessing
    import threading
    from concurrent.futures import ProcessPoolExecutor

    method = "fork" if sys.platform == "linux" and threading.active_count() == 1 else "spawn"
    pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context(method), initializer=_init_worker)
    pool.submit(int)  # the first task starts them
    return pool


def _init_worker() -> None:
    """Ignore Ctrl-C, which is for the writer, and exit when the writer does."""
    import multiprocessing
    import signal
    import threading
    from multiprocessing.connection import wait

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def exit_with_parent() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=exit_with_parent, daemon=True).start()
