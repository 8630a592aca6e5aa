"""Options of a sync and of its dry run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """Options of one sync.

    ``limit`` bounds the activities fetched, ``wait`` allows waiting for rate limits and retries, ``queue_only``
    fetches what is queued without reading the list.
    """

    full: bool = False
    since: date | None = None
    limit: int | None = None
    wait: bool = False
    all_sports: bool = False
    accept_deletions: bool = False
    queue_only: bool = False

    @property
    def after_s(self) -> int | None:
        """Strava's exclusive ``after`` parameter for ``since``: one second before that day's local midnight."""
        if self.since is None:
            return None
        return int(datetime.combine(self.since, time.min).astimezone().timestamp()) - 1
