"""Items of an import, read in their order: by this process, or by several others a little ahead of whoever writes."""

from __future__ import annotations

import os
import sys
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcoach.services.imports.discovery import ImportItem, Problem
from runcoach.services.imports.parsing import ParsedItem, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import ProcessPoolExecutor

#: A process is given so many items at a time: to wake each other for every one costs a tenth of reading it …
AT_A_TIME = 4

#: … and so many times ahead of the writer: memory stays bounded whatever the archive's size.
AHEAD = 2


@dataclass(frozen=True, slots=True)
class _Task:
    """Items read together; ``begun`` says for each whether it is read at all, ``parsed`` what those come to."""

    items: Sequence[ImportItem | Problem]
    begun: Sequence[bool]
    parsed: Future[list[ParsedItem]] | list[ParsedItem]

    def results(self) -> Iterator[tuple[ImportItem | Problem, ParsedItem | None]]:
        """Each item with what it came to; waits for the process that reads it."""
        parsed = iter(self.parsed.result() if isinstance(self.parsed, Future) else self.parsed)
        for item, begun in zip(self.items, self.begun, strict=True):
            yield item, next(parsed) if begun else None


class ParsePool:
    """Reads items, with so many ``workers``: none is this process itself; a context manager."""

    def __init__(self, workers: int) -> None:
        self._at_a_time, self._ahead = (AT_A_TIME, AHEAD * workers) if workers else (1, 0)
        self._pool = _pool(workers) if workers else None

    def __enter__(self) -> ParsePool:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the other processes; what they have not begun is dropped."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def read(
        self, items: Sequence[ImportItem | Problem], sport: str | None, is_here: Callable[[ImportItem], bool]
    ) -> Iterator[tuple[ImportItem | Problem, ParsedItem | None]]:
        """Each item with what it came to; None for one that cannot be read, or that ``is_here`` already."""
        waiting: deque[_Task] = deque()
        for first in range(0, len(items), self._at_a_time):
            waiting.append(self._begin(items[first : first + self._at_a_time], sport, is_here))
            if len(waiting) > self._ahead:
                yield from waiting.popleft().results()
        for task in waiting:
            yield from task.results()

    def _begin(
        self, items: Sequence[ImportItem | Problem], sport: str | None, is_here: Callable[[ImportItem], bool]
    ) -> _Task:
        begun = [isinstance(item, ImportItem) and not is_here(item) for item in items]
        unread = [
            item for item, is_begun in zip(items, begun, strict=True) if is_begun and isinstance(item, ImportItem)
        ]
        if self._pool is None:
            return _Task(items, begun, parse_all(unread, sport))
        return _Task(items, begun, self._pool.submit(parse_all, unread, sport))


def parse_all(items: Sequence[ImportItem], sport: str | None) -> list[ParsedItem]:
    """What each of several items comes to."""
    return [parse(item, sport) for item in items]


def _pool(workers: int) -> ProcessPoolExecutor:
    """Processes that leave Ctrl-C to this one and end with it, however it ends; they have begun when this returns.

    Where it is safe, on Linux and with no other thread about, they are forks of this process and start at once; else
    each imports everything anew, which takes as long as reading a hundred files.
    """
    import multiprocessing
    import threading
    from concurrent.futures import ProcessPoolExecutor

    how = "fork" if sys.platform == "linux" and threading.active_count() == 1 else "spawn"
    pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context(how), initializer=_settle_in)
    pool.submit(int)  # the first task starts them
    return pool


def _settle_in() -> None:
    """What a reading process does first: Ctrl-C is for the writer, and without the writer there is nothing to do."""
    import multiprocessing
    import signal
    import threading
    from multiprocessing.connection import wait

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def follow() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
