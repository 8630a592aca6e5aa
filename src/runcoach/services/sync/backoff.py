"""When a worker may contact Strava again after a failure or a rate limit; pure."""

from __future__ import annotations

from dataclasses import dataclass

from runcoach.sources.strava.rate_limit import DAY_S, MARGIN_S

#: The first and the longest pause while Strava is unavailable; each is twice as long as the one before.
BACKOFF_S, MAX_BACKOFF_S = 5.0, 900.0


@dataclass(slots=True)
class Backoff:
    """Why and until when Strava is not contacted: a rate limit, a failure, or an error that needs the user.

    ``needs_help`` holds until the next event, request or scheduled sync. Times are in seconds since 1970.
    """

    limited_until: float = 0.0
    retry_at: float = 0.0
    failures: int = 0
    needs_help: bool = False

    def failed(self, now: float) -> None:
        """Wait before the next attempt, each time longer."""
        self.retry_at = now + min(BACKOFF_S * 2**self.failures, MAX_BACKOFF_S)
        self.failures += 1

    def clear(self) -> None:
        """Allow the next attempt at once, except before a rate limit resets."""
        self.retry_at, self.failures, self.needs_help = 0.0, 0, False

    def drop_future(self, now: float) -> None:
        """Drop times that are further ahead than any pause: they were set while the clock was wrong."""
        if self.retry_at > now + MAX_BACKOFF_S:
            self.retry_at = 0.0
        if self.limited_until > now + DAY_S + MARGIN_S:
            self.limited_until = 0.0

    @property
    def until(self) -> float:
        """The time of the next attempt."""
        return max(self.limited_until, self.retry_at)
