"""Statuses as they are stored and shown in JSON."""

from __future__ import annotations

from enum import StrEnum


class JobStatus(StrEnum):
    """Of a queued job; ``retry`` waits for another attempt, ``error`` was given up or cancelled."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    ERROR = "error"
    RETRY = "retry"


class ConnectionStatus(StrEnum):
    """Of a profile's connection: ``degraded`` is a refused login, ``inactive`` a paused application."""

    NEVER = "never"
    CONNECTED = "connected"
    DEGRADED = "degraded"
    INACTIVE = "inactive"
    ENDED = "ended"
