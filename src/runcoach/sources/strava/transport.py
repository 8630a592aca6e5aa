"""The connections to Strava: its name in messages, and its rate limits."""

from __future__ import annotations

from typing import Any

from runcoach.sources.remote.exchange import Service
from runcoach.sources.remote.transport import Transport
from runcoach.sources.strava.limiter import RateLimiter

STRAVA = Service(
    "Strava",
    "strava",
    "try again later; https://status.strava.com tells whether others have the same trouble",
    "strava_api_url or strava_oauth_url",
)


class StravaTransport(Transport):
    """A transport to Strava with its ``limiter``; the keywords are those of :class:`Transport`."""

    def __init__(self, limiter: RateLimiter | None = None, **options: Any) -> None:
        self.limiter = limiter or RateLimiter()
        super().__init__(STRAVA, self.limiter, **options)
