"""What a running process knows of Strava's limits and clock: the last budget, reads on their way, the clock's error.

The only thing here that changes; safe to use from several threads. The rules are in ``budget``.
"""

from __future__ import annotations

import threading
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from runcoach.sources.strava import rate_limit as limits
from runcoach.sources.strava.error_mapping import limit_reached

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runcoach.errors import RateLimitError
    from runcoach.sources.strava.rate_limit import RateLimitBudget, Window


#: A ``Date`` has whole seconds and has travelled: what is less than this is no error of a clock.
_NOISE_S = 5.0


class RateLimiter:
    """Reserves reads before they are sent and learns from the headers of every answer.

    ``budget`` is the one last seen by an earlier process (None: unknown, so reads go out). ``clock`` gives seconds
    since 1970 and may be wrong: the ``Date`` of each answer tells by how much.
    """

    def __init__(self, budget: RateLimitBudget | None = None, clock: Callable[[], float] = time.time) -> None:
        self._budget = budget
        self._clock = clock
        self._in_flight = 0
        self._sent = 0
        self._skew_s = 0.0
        self._changed = threading.Condition()

    @property
    def budget(self) -> RateLimitBudget | None:
        """The limits as last seen, to be kept for the next process; None where nobody has told us."""
        return self._budget

    @property
    def skew_s(self) -> float:
        """How far Strava's clock is ahead of this machine's, in seconds; 0 before the first answer."""
        return self._skew_s

    @property
    def server_time(self) -> float:
        """The time by Strava's clock, in seconds since 1970: what its expiry times are to be compared with."""
        return self._clock() + self._skew_s

    @property
    def reads_left(self) -> int | None:
        """How many more reads may be sent before a window closes; None where it is not known."""
        with self._changed:
            return limits.reads_left(self._budget, self.server_time, self._in_flight)

    @property
    def reads_sent(self) -> int:
        """How many reads this process has sent, those that failed and were tried again included."""
        return self._sent

    def reserve(self) -> None:
        """Take one read from the budget; RateLimitError where there is none, and nothing is sent.

        Where the reads on their way may be the last ones, it waits for one of them to come back: only then is it known
        whether Strava had counted it already.
        """
        with self._changed:
            while (used_up := limits.wait(self._budget, self.server_time).window) is None:
                if limits.wait(self._budget, self.server_time, self._in_flight).window is None:
                    self._in_flight += 1
                    self._sent += 1
                    return
                self._changed.wait()
        raise self.reached(used_up)

    def release(self) -> None:
        """The read has come back, one way or the other; what its answer said has been learnt before."""
        with self._changed:
            self._in_flight -= 1
            self._changed.notify_all()

    def learn(self, headers: Mapping[str, str], *, counted: bool = True) -> None:
        """Take in what an answer's headers say of time and, where the call counted as a read, of limits."""
        date = _date(headers.get("date", ""))
        with self._changed:
            if date is not None:
                skew_s = date - self._clock()
                self._skew_s = skew_s if abs(skew_s) > _NOISE_S else 0.0
            if counted:
                self._budget = limits.merged(self._budget, limits.from_headers(headers, self.server_time))

    def refused(self, headers: Mapping[str, str]) -> tuple[RateLimitError, bool]:
        """The error for a 429, and whether to try again: its own headers may show room in every window."""
        now = self.server_time
        seen = limits.from_headers(headers, now)
        needed = limits.wait(seen, now)
        return self.reached(needed.window or "quarter"), seen is not None and needed.window is None

    def reached(self, window: Window) -> RateLimitError:
        """The error for a window that is used up until its end."""
        end = limits.waiting(window, self.server_time)
        return limit_reached(window, end.until - self._skew_s)


def _date(header: str) -> float | None:
    """Seconds since 1970 of a ``Date`` header, in the middle of its second; None where there is no such date."""
    try:
        return parsedate_to_datetime(header).timestamp() + 0.5
    except (ValueError, TypeError, OverflowError):
        return None
