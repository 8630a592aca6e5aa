"""The kinds and states of jobs, tokens and connections; the database's CHECK constraints allow the same values."""

from __future__ import annotations

from enum import StrEnum


class JobKind(StrEnum):
    """What a queued job does."""

    FETCH = "fetch"  # an activity from Strava
    THUMBNAIL = "thumbnail"  # draw an activity's route
    ANALYTICS = "analytics"  # compute figures from an activity's samples


class JobStatus(StrEnum):
    """State of a queued job."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    ERROR = "error"  # given up, or cancelled
    RETRY = "retry"  # failed, tried again later


class TokenStatus(StrEnum):
    """State of a pair of tokens."""

    PENDING = "pending"  # a login or renewal that is not finished
    ACTIVE = "active"
    DEGRADED = "degraded"  # refused by Strava until the next login
    INACTIVE = "inactive"  # replaced or logged out


class ConnectionStatus(StrEnum):
    """State of a profile's connection to Strava."""

    NEVER = "never"  # no login yet
    CONNECTED = "connected"
    DEGRADED = "degraded"  # the login is refused
    INACTIVE = "inactive"  # Strava has paused the application
    ENDED = "ended"  # logged out
