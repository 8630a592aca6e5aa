"""The connections to Garmin: its name in messages, and politeness towards an API that publishes no limits."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from runcoach.sources.remote.exchange import Service
from runcoach.sources.remote.limiter import PacedLimiter, requests_per_minute
from runcoach.sources.remote.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable

GARMIN = Service(
    "Garmin",
    "garmin",
    "try again later; https://connect.garmin.com/status tells whether others have the same trouble",
    "garmin_api_url",
)

IN_FLIGHT, PER_MINUTE = 2, 60


class GarminTransport(Transport):
    """A transport to Garmin with its ``limiter``; further keywords are those of :class:`Transport`."""

    def __init__(
        self,
        base_url: str,
        *,
        clock: Callable[[], float] = time.time,
        limiter: PacedLimiter | None = None,
        **options: Any,
    ) -> None:
        self.limiter = limiter or PacedLimiter(
            GARMIN.name, per_minute=requests_per_minute(base_url, PER_MINUTE), in_flight=IN_FLIGHT, clock=clock
        )
        super().__init__(GARMIN, self.limiter, **options)
