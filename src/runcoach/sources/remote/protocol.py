"""What a remote source supplies: a check of its credentials, its list of activities, and the file of one of them.

Queue, retries, merging and storage belong to ``services.sync``; a source knows none of them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from runcoach.domain.recording import Totals

if TYPE_CHECKING:
    from runcoach.domain.wellness import WellnessValue


@dataclass(frozen=True, slots=True)
class RemoteAthlete:
    """The owner of a key: ``athlete_id`` as the source writes it (None: it did not say) and a name to show."""

    athlete_id: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class RemoteActivity:
    """One row of a source's list. Times are seconds since 1970 (UTC); ``totals`` are the source's own figures.

    ``fingerprint`` changes when a stored field changes at the source. ``skipped`` is the reason why the row is not
    to be imported; None where it is. ``has_file`` is False for an activity without a recording (typed in by hand).
    """

    remote_id: str
    fingerprint: str
    start_time_s: int
    utc_offset_s: int | None = None
    name: str | None = None
    description: str | None = None
    sport_type: str | None = None
    indoor: bool | None = None
    is_race: bool | None = None
    is_private: bool | None = None
    totals: Totals = field(default_factory=Totals)
    has_file: bool = True
    skipped: str | None = None


def fingerprint(values: object) -> str:
    """A hash of JSON values, 32 hexadecimal digits."""
    return hashlib.sha256(json.dumps(values, default=str).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """The recording of one activity, possibly in a ZIP or gzip: a file name for messages, and its bytes."""

    name: str
    content: bytes = field(repr=False)


class RemoteSource(Protocol):
    """A remote source with a key. Methods may be called from several threads.

    Every method raises the errors of ``runcoach.errors``: RemoteUnavailableError where a later try may work,
    RateLimitError at a limit, DegradedError where the key is refused for good.
    """

    def athlete(self) -> RemoteAthlete:
        """Check the credentials with one request and name their owner."""

    def list_activities(self, oldest: date | None = None) -> Iterator[list[RemoteActivity]]:
        """Pages of the list, newest first, one request each, from ``oldest`` on (None: all)."""

    def exists(self, remote_id: str) -> bool:
        """Whether the source still has an activity; one request."""

    def download(self, remote_id: str) -> RemoteFile | None:
        """The original file of an activity; None where it has none. NotFoundError where the activity is gone."""


@runtime_checkable
class WellnessSource(Protocol):
    """A remote source that also has daily values of the body."""

    def wellness(self, since: date, until: date) -> Iterator[list[WellnessValue]]:
        """The values from one day to another, both included; one request for each list."""


@runtime_checkable
class HeartRateZoneSource(Protocol):
    """A remote source that also knows the runner's heart rate zones."""

    def heart_rate_zones(self) -> dict[str, object]:
        """``max_bpm``, ``rest_bpm``, ``threshold_bpm`` and ``zones`` where the source states them; one request."""
