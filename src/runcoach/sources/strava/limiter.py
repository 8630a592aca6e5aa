"""A process's state of Strava's rate limits and clock: the last budget, reads in flight, the clock skew.

Safe to use from several threads. The rules are in ``rate_limit``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from runcoach.sources.strava import rate_limit as limits
from runcoach.sources.strava.error_mapping import limit_reached, limit_unknown

if TYPE_CHECKING:
    from runcoach.errors import RateLimitError
    from runcoach.sources.strava.rate_limit import RateLimitBudget, Window


#: A ``Date`` has whole seconds and is delayed by the network: smaller differences are not clock skew.
_MIN_SKEW_S = 5.0


class RateLimiter:
    """Reserves reads before they are sent, and updates the budget from the headers of every response.

    ``budget`` are the limits as last seen, at first by an earlier process (None: unknown, reads are allowed).
    ``reads_sent`` counts the reads of this process with failed tries. ``clock`` returns seconds since 1970 and may be
    wrong: ``skew_s`` are the seconds that Strava's clock is ahead of it, by the ``Date`` of the last response.
    """

    def __init__(
        self,
        budget: RateLimitBudget | None = None,
        clock: Callable[[], float] = time.time,
        *,
        blocked_until: float | None = None,
    ) -> None:
        self.budget = budget
        self.reads_sent = 0
        self.skew_s = 0.0
        self._clock = clock
        self._blocked_until = blocked_until
        self._in_flight = 0
        self._changed = threading.Condition()

    @property
    def blocked_until(self) -> float | None:
        """The end of a pause after a 429 without usable headers, by this machine's clock; None where there is none."""
        until = self._blocked_until
        # A later time was stored while the clock was wrong: no pause is longer than a quarter of an hour.
        is_current = until is not None and 0 < until - self._clock() <= limits.QUARTER_S + limits.MARGIN_S
        return until if is_current else None

    @property
    def server_time(self) -> float:
        """The time by Strava's clock, in seconds since 1970; its expiry times refer to it."""
        return self._clock() + self.skew_s

    @property
    def reads_left(self) -> int | None:
        """Reads that may be sent before a window is used up; None if unknown."""
        with self._changed:
            return limits.reads_left(self.budget, self.server_time, self._in_flight)

    def reserve(self) -> None:
        """Take one read from the budget. Raises RateLimitError if there is none left.

        If the reads in flight may be the last ones, waits for one of them to return: only then is it known whether
        Strava had counted it already.
        """
        if (until := self.blocked_until) is not None:
            raise limit_unknown(until)
        with self._changed:
            while (window := limits.used_up(self.budget, self.server_time)) is None:
                if limits.used_up(self.budget, self.server_time, self._in_flight) is None:
                    self._in_flight += 1
                    self.reads_sent += 1
                    return
                self._changed.wait()
        raise self.reached(window)

    def release(self) -> None:
        """End a reserved read, answered or failed; call :meth:`learn` before."""
        with self._changed:
            self._in_flight -= 1
            self._changed.notify_all()

    def learn(self, headers: Mapping[str, str], *, counted: bool = True) -> None:
        """Update the clock skew and, if the request counted as a read, the budget from a response's headers."""
        try:
            date = parsedate_to_datetime(headers.get("date", "")).timestamp() + 0.5  # the middle of its second
        except (ValueError, TypeError, OverflowError):
            date = None
        with self._changed:
            if date is not None:
                skew_s = date - self._clock()
                self.skew_s = skew_s if abs(skew_s) > _MIN_SKEW_S else 0.0
            if counted:
                self.budget = limits.merged(self.budget, limits.from_headers(headers, self.server_time))

    def refused(self, headers: Mapping[str, str]) -> tuple[RateLimitError, bool]:
        """The error for a 429, and whether to try again: its headers may have reads left in every window."""
        now = self.server_time
        budget = limits.from_headers(headers, now)
        window = limits.used_up(budget, now)
        if window is None and limits.reads_left(budget, now) is None:
            self._blocked_until = limits.end_of("quarter", now) - self.skew_s
            return limit_unknown(self._blocked_until), False
        return self.reached(window or "quarter"), window is None

    def reached(self, window: Window) -> RateLimitError:
        """The error for a window that is used up until its end."""
        return limit_reached(window, limits.end_of(window, self.server_time) - self.skew_s)
