"""Figures of one activity that are computed from its samples and stored once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcoach.domain.training.durability import DurabilityEffort
    from runcoach.domain.training.route_track import RouteTrack


class FaultReason(StrEnum):
    """Why a heart rate is not to be believed."""

    DROPOUT = "dropout"  # the sensor shows none
    CADENCE = "cadence"  # it is the cadence
    FROZEN = "frozen"  # it stays the same for too long
    JUMP = "jump"  # it jumps there and back


@dataclass(frozen=True, slots=True)
class HeartRateFault:
    """A stretch whose heart rate is not to be believed, in seconds from the activity's start, and why."""

    start_s: float
    end_s: float
    reason: FaultReason


@dataclass(frozen=True, slots=True)
class RunFigures:
    """The figures of a run that come from its distance and altitude.

    ``grade_factor`` is the energy cost of the run relative to flat ground, above 1 where it was costlier: pace divided
    by it is the grade-adjusted pace. ``split_grade_factors`` are those of each kilometre, ``lap_grade_factors`` those
    of each lap in order; None for an empty one. All are None or empty without an altitude.
    ``efficiency_m_per_beat`` is metres per heartbeat, on equivalent flat ground where the altitude is known;
    ``decoupling`` is the share of it that is lost from the first to the second half of a long run.
    """

    grade_factor: float | None = None
    split_grade_factors: tuple[float | None, ...] = ()
    lap_grade_factors: tuple[float | None, ...] = ()
    efficiency_m_per_beat: float | None = None
    decoupling: float | None = None
    durability: tuple[DurabilityEffort, ...] = ()


@dataclass(frozen=True, slots=True)
class ActivityAnalytics:
    """The figures of one activity; None where the samples do not tell.

    ``heart_rate_ms`` maps beats per minute to milliseconds in motion, without ``heart_rate_faults``.
    ``max_heart_rate_bpm`` is the highest median of 30 seconds, ``threshold_heart_rate_bpm`` the highest mean of 20
    minutes. ``run`` are the figures of running; None for other sports.
    """

    moving_s: float
    heart_rate_ms: Mapping[int, int]
    heart_rate_faults: tuple[HeartRateFault, ...] = ()
    max_heart_rate_bpm: float | None = None
    threshold_heart_rate_bpm: float | None = None
    run: RunFigures | None = None


@dataclass(frozen=True, slots=True)
class SampleFigures:
    """What follows from an activity's samples and its sport; ``track`` is None where it has no route."""

    analytics: ActivityAnalytics
    track: RouteTrack | None
