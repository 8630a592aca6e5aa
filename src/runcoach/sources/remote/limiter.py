"""What the transport asks of a service's rate limits, and the limiter of services that publish none."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Protocol

from runcoach.errors import RateLimitError

#: How long a service that refuses with 429 and names no time is left alone.
DEFAULT_RETRY_AFTER_S = 900.0

#: A ``Retry-After`` beyond this is taken for this.
LONGEST_RETRY_AFTER_S = 86_400.0

_MINUTE_S = 60.0


class Limiter(Protocol):
    """Rate limits of one service; safe to use from several threads."""

    def reserve(self) -> None:
        """Take one request from the limits; RateLimitError where there is none left, and nothing is sent."""

    def release(self) -> None:
        """The request has been answered or has failed."""

    def learn(self, headers: Mapping[str, str], *, counted: bool = True) -> None:
        """Take in the limits that a response's headers state."""

    def refused(self, headers: Mapping[str, str]) -> tuple[RateLimitError, bool]:
        """The error for a 429 with these headers, and whether trying again at once may succeed."""


class PacedLimiter:
    """At most ``per_minute`` requests in any minute and ``in_flight`` at once (None: no bound); 429 ends it.

    For services that publish no limits: politeness, and obedience to ``Retry-After``. ``requests_sent`` counts.
    """

    def __init__(self, name: str, *, per_minute: int | None, in_flight: int, clock: Callable[[], float]) -> None:
        self.requests_sent = 0
        self._name = name
        self._per_minute = per_minute
        self._free = threading.Semaphore(in_flight)
        self._clock = clock
        self._sent: deque[float] = deque()
        self._closed_until: float | None = None
        self._lock = threading.Lock()

    def reserve(self) -> None:
        """Wait for a place and for the minute to have room; RateLimitError after a 429."""
        self._free.acquire()
        try:
            while (pause_s := self._pause_s()) > 0:
                time.sleep(pause_s)
        except BaseException:
            self._free.release()
            raise

    def release(self) -> None:
        """Give the place to the next request."""
        self._free.release()

    def learn(self, headers: Mapping[str, str], *, counted: bool = True) -> None:
        """Nothing: these services state no limits."""

    def refused(self, headers: Mapping[str, str]) -> tuple[RateLimitError, bool]:
        """Close until ``Retry-After``, else for :data:`DEFAULT_RETRY_AFTER_S`."""
        with self._lock:
            now = self._clock()
            self._closed_until = now + retry_after_s(headers.get("retry-after"), now)
            return self._error(self._closed_until), False

    def _pause_s(self) -> float:
        with self._lock:
            if self._closed_until is not None and self._clock() < self._closed_until:
                raise self._error(self._closed_until)
            self._closed_until = None
            now = time.monotonic()
            while self._sent and now - self._sent[0] >= _MINUTE_S:
                self._sent.popleft()
            if self._per_minute is not None and len(self._sent) >= self._per_minute:
                return self._sent[0] + _MINUTE_S - now
            self._sent.append(now)
            self.requests_sent += 1
            return 0.0

    def _error(self, until: float) -> RateLimitError:
        local = datetime.fromtimestamp(until).astimezone()
        return RateLimitError(
            f"{self._name} refuses more requests for now; try again at {local:%H:%M %Z}", window="pause", until=until
        )


def retry_after_s(header: str | None, now: float) -> float:
    """Seconds that a ``Retry-After`` header asks for (a number or an HTTP date), at most a day.

    :data:`DEFAULT_RETRY_AFTER_S` where it is missing or malformed.
    """
    if header is None:
        return DEFAULT_RETRY_AFTER_S
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(header).timestamp() - now
        except (ValueError, TypeError, OverflowError):
            return DEFAULT_RETRY_AFTER_S
    return DEFAULT_RETRY_AFTER_S if math.isnan(seconds) else min(max(seconds, 0.0), LONGEST_RETRY_AFTER_S)
