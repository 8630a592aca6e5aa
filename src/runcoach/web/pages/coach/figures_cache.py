"""Keeps figures that take many milliseconds to compute, until the database or the day changes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from runcoach.domain.windows import local_today

#: What changes with the content of the database: size and time of its file and of its write-ahead log.
_Stamp = tuple[tuple[int, int], ...]

#: Two writes within this time may have the same time in the file system.
_CLOCK_TICK_NS = 50_000_000

Value = TypeVar("Value")


@dataclass(slots=True)
class FiguresCache:
    """The figures of one database by name; safe to use from several threads."""

    database: Path
    _kept: dict[str, tuple[tuple[date, _Stamp], Any]] = field(default_factory=dict)

    def get(self, name: str, compute: Callable[[], Value]) -> Value:
        """The figure of that name, computed if anything has changed since it was."""
        # Read before computing: a write in between makes the next call compute again.
        key = (local_today(), self._stamp())
        kept = self._kept.get(name)
        if kept is not None and kept[0] == key:
            value: Value = kept[1]
            return value
        value = compute()
        if time.time_ns() - max(written_ns for _, written_ns in key[1]) > _CLOCK_TICK_NS:
            self._kept[name] = (key, value)
        return value

    def _stamp(self) -> _Stamp:
        stamps = []
        for path in (self.database, self.database.with_name(self.database.name + "-wal")):
            try:
                stat = path.stat()
            except FileNotFoundError:
                stamps.append((0, 0))
            else:
                stamps.append((stat.st_size, stat.st_mtime_ns))
        return tuple(stamps)
