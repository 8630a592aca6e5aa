"""The connections to intervals.icu: its name in messages, and politeness."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from runcoach.sources.remote.exchange import Service
from runcoach.sources.remote.limiter import PacedLimiter, requests_per_minute
from runcoach.sources.remote.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable

INTERVALS = Service("intervals.icu", "intervals", "try again later", "intervals_api_url")

IN_FLIGHT, PER_MINUTE = 2, 60


class IntervalsTransport(Transport):
    """A transport to intervals.icu with its ``limiter``; further keywords are those of :class:`Transport`."""

    def __init__(
        self,
        base_url: str,
        *,
        clock: Callable[[], float] = time.time,
        limiter: PacedLimiter | None = None,
        **options: Any,
    ) -> None:
        self.limiter = limiter or PacedLimiter(
            INTERVALS.name, per_minute=requests_per_minute(base_url, PER_MINUTE), in_flight=IN_FLIGHT, clock=clock
        )
        super().__init__(INTERVALS, self.limiter, **options)
