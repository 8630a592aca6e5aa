"""Connections to a service that publishes no limits: two requests at once, sixty a minute except on this machine."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from runcoach.sources.remote.limiter import PacedLimiter
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
        is_local = urlsplit(base_url).hostname in {"127.0.0.1", "localhost", "::1"}
        per_minute = None if is_local else PER_MINUTE
        self.limiter = PacedLimiter(service.name, per_minute=per_minute, in_flight=IN_FLIGHT, clock=clock)
        super().__init__(service, self.limiter, **options)
