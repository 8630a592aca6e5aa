"""Figures of one activity that are computed from its samples and stored once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Version of the rules. Raise it when a figure would change: stored activities are then computed again.
ANALYTICS_VERSION = 1


@dataclass(frozen=True, slots=True)
class HeartRateFault:
    """A stretch whose heart rate is not to be believed, in seconds from the activity's start, and why."""

    start_s: float
    end_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class ActivityAnalytics:
    """The figures of one activity; None where the samples do not tell.

    ``heart_rate_ms`` maps beats per minute to milliseconds in motion, without ``heart_rate_faults``.
    ``max_heart_rate_bpm`` is the highest median of 30 seconds, ``threshold_heart_rate_bpm`` the highest mean of 20
    minutes.
    """

    moving_s: float
    heart_rate_ms: Mapping[int, int]
    heart_rate_faults: tuple[HeartRateFault, ...] = ()
    max_heart_rate_bpm: float | None = None
    threshold_heart_rate_bpm: float | None = None

    @property
    def heart_rate_s(self) -> float:
        """Seconds in motion with a heart rate that can be believed."""
        return sum(self.heart_rate_ms.values()) / 1000.0
