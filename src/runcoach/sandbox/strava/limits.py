"""Strava's rate limits: fixed windows and the four headers."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_QUARTER_S, _DAY_S = 900, 86_400


@dataclass(frozen=True, slots=True)
class Limits:
    """Calls allowed per quarter hour and per day: reads, and all."""

    read_quarter: int = 100
    read_day: int = 1000
    quarter: int = 200
    day: int = 2000


STANDARD = Limits()


@dataclass(slots=True)
class _Used:
    read_quarter: int = 0
    read_day: int = 0
    quarter: int = 0
    day: int = 0


class Budget:
    """Used and allowed calls. Quarters begin at :00 :15 :30 :45, days at 00:00 UTC, by ``clock`` (epoch seconds).

    As on Strava, refused calls count too: usage may exceed the limit.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._used = _Used()
        self._quarter, self._day = self._windows()
        self._lock = threading.Lock()

    def spend(self, *, reading: bool) -> str | None:
        """Count one call; None if it is allowed, else the name of the exceeded limit as Strava writes it."""
        with self._lock:
            self._roll()
            used, limits = self._used, self._limits
            over = None
            if used.quarter >= limits.quarter or used.day >= limits.day:
                over = "overall rate limit"
            elif reading and (used.read_quarter >= limits.read_quarter or used.read_day >= limits.read_day):
                over = "read rate limit"
            used.quarter, used.day = used.quarter + 1, used.day + 1
            if reading:
                used.read_quarter, used.read_day = used.read_quarter + 1, used.read_day + 1
            return over

    def headers(self) -> dict[str, str]:
        """Limits and usage as ``quarter,day``."""
        with self._lock:
            self._roll()
            used, limits = self._used, self._limits
            return {
                "X-RateLimit-Limit": f"{limits.quarter},{limits.day}",
                "X-RateLimit-Usage": f"{used.quarter},{used.day}",
                "X-ReadRateLimit-Limit": f"{limits.read_quarter},{limits.read_day}",
                "X-ReadRateLimit-Usage": f"{used.read_quarter},{used.read_day}",
            }

    def change(self, **values: int) -> None:
        """Set limits by name, and usage by ``used_`` and the name; ValueError for an invalid one."""
        with self._lock:
            self._roll()
            for name, value in values.items():
                bare = name.removeprefix("used_")
                if bare not in Limits.__slots__ or value < 0:
                    raise ValueError(f"unknown limit {name!r}, or negative value {value}")
                if name != bare:
                    setattr(self._used, bare, value)
                else:
                    self._limits = replace(self._limits, **{name: value})

    def _windows(self) -> tuple[int, int]:
        now = int(self._clock())
        return now // _QUARTER_S, now // _DAY_S

    def _roll(self) -> None:
        """Reset the counts of windows that ended; the clock may have moved either way."""
        quarter, day = self._windows()
        if quarter != self._quarter:
            self._used.quarter = self._used.read_quarter = 0
        if day != self._day:
            self._used.day = self._used.read_day = 0
        self._quarter, self._day = quarter, day
