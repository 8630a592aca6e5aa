"""Connections to a service that publishes no limits: two requests at once, sixty a minute."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from runcoach.sources.remote.limiter import PacedLimiter, requests_per_minute
from runcoach.sources.remote.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcoach.sources.remote.exchange import Service

IN_FLIGHT, PER_MINUTE = 2, 60


class PacedTransport(Transport):
    """A transport with a paced ``limiter``; further keywords are those of :class:`Transport`."""

    def __init__(
        self, service: Service, base_url: str, *, clock: Callable[[], float] = time.time, **options: Any
    ) -> None:
        self.limiter = PacedLimiter(
            service.name, per_minute=requests_per_minute(base_url, PER_MINUTE), in_flight=IN_FLIGHT, clock=clock
        )
        super().__init__(service, self.limiter, **options)
