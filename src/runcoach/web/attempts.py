"""Limits failed attempts to authenticate, for each client address."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

#: Failed attempts that an address has at once, and the seconds after which it has another one.
BURST, INTERVAL_S = 20, 3.0

#: Addresses remembered; the one that failed the longest ago is dropped first.
_MAX_ADDRESSES = 1000


class AttemptLimiter:
    """A token bucket for each address: a failed attempt takes one, and without one left no attempt is compared."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}  # address → (attempts left, as of)

    def wait_s(self, address: str) -> float:
        """Seconds until the address may try again; 0 where it may now."""
        with self._lock:
            return max(0.0, 1.0 - self._attempts(address)) * INTERVAL_S

    def count_failure(self, address: str) -> None:
        """Take one attempt from the address."""
        with self._lock:
            left = self._attempts(address) - 1.0
            self._left.pop(address, None)
            self._left[address] = (left, self._clock())
            if len(self._left) > _MAX_ADDRESSES:
                self._left.pop(next(iter(self._left)))

    def _attempts(self, address: str) -> float:
        left, at = self._left.get(address, (float(BURST), 0.0))
        return min(float(BURST), left + (self._clock() - at) / INTERVAL_S)
