"""An activity and its parts, as they are stored: splits, laps and efforts. Units are SI and part of the names."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcoach.domain.recording import Totals
    from runcoach.domain.streams import PackedStreams
    from runcoach.domain.training.activity_analytics import SampleFigures


class Quality(StrEnum):
    """The quality of an effort."""

    OK = "ok"
    CHECK = "check"  # ranks, but is marked: much faster than the runner's other efforts imply
    SUSPECT = "suspect"  # does not rank: the recording has a fault inside the effort


@dataclass(frozen=True, slots=True)
class Effort:
    """The fastest stretch of one distance inside one run.

    ``distance_m`` is the label (21100), ``length_m`` the distance measured (21097); ``start_s`` and ``end_s`` are
    seconds from the activity's start.
    """

    distance_m: int
    length_m: float
    exact_s: float
    start_s: float
    end_s: float
    quality: Quality = Quality.OK
    reason: str | None = None

    @property
    def duration_s(self) -> int:
        """Whole seconds, rounded up as road races do."""
        return round_up_s(self.exact_s)


@dataclass(frozen=True, slots=True)
class Split:
    """One kilometre (or mile) of an activity; the last one may be partial. None where the source says nothing."""

    km: int
    distance_m: float | None
    elapsed_s: int | None
    moving_s: int | None
    elevation_gain_m: float | None = None
    avg_hr_bpm: int | None = None
    avg_speed_ms: float | None = None

    @property
    def pace_sec_per_km(self) -> int | None:
        """Moving time over distance."""
        return pace_sec_per_km(self.distance_m, self.moving_s)


@dataclass(frozen=True, slots=True)
class Lap:
    """One lap as the device or Strava closed it; ``start_s`` is seconds from the activity's start."""

    lap_index: int
    start_s: float | None
    distance_m: float | None = None
    elapsed_s: float | None = None
    moving_s: float | None = None
    elevation_gain_m: float | None = None
    avg_hr_bpm: int | None = None
    max_hr_bpm: int | None = None
    avg_cadence_spm: float | None = None
    avg_power_w: float | None = None
    calories_kcal: int | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """The canonical record of one activity. Field names are the columns of the table ``activity``."""

    name: str
    sport_type: str
    start_time: int
    utc_offset_s: int
    timezone: str | None = None
    distance_m: float | None = None
    moving_time_sec: int | None = None
    elapsed_time_sec: int | None = None
    elevation_gain_m: float | None = None
    avg_hr: int | None = None
    max_hr: int | None = None
    avg_cadence: float | None = None
    max_cadence: float | None = None
    avg_pace_sec_per_km: int | None = None
    fastest_pace_sec_per_km: int | None = None
    calories: int | None = None
    avg_power: float | None = None
    max_power: float | None = None
    temperature: float | None = None
    description: str | None = None
    gear_name: str | None = None
    achievement_count: int | None = None
    photo_count: int | None = None
    elevation_low_m: float | None = None
    elevation_high_m: float | None = None
    is_private: bool = False
    strava_id: int | None = None
    athlete_id: int | None = None
    workout_type: int | None = None
    trainer: bool = False
    has_gps: bool = False
    is_undated: bool = False  # the clock was not set: start_time is no date
    device_name: str | None = None


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """Where an activity's figures came from: the ``item``-th of ``items`` in a file, an archive or an answer.

    ``totals`` are the source's own figures, in addition to computed ones; ``notes`` are shown to the user.
    ``original`` is the file itself, without gzip or ZIP, where it is to be kept.
    """

    kind: str  # file, archive or strava
    format: str
    name: str
    totals: Totals
    sha256: str | None = None
    item: int = 0
    items: int = 1
    notes: tuple[str, ...] = ()
    original: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class BuiltActivity:
    """An activity with all its parts, ready to be written in one transaction.

    ``assumed`` names the fields of ``activity`` that the source does not state and that were filled with defaults (a
    title, a sport, the offset of the local time): what any other source states precedes them. ``parts_sport`` is the
    sport that splits, efforts and ``figures`` are computed for. ``figures`` are None without samples, and where they
    are left to an analytics job.
    """

    activity: Activity
    source: SourceRecord
    parts_sport: str
    assumed: frozenset[str] = frozenset()
    streams: PackedStreams | None = None
    splits: tuple[Split, ...] = ()
    splits_source: str = "computed"  # or strava
    laps: tuple[Lap, ...] = ()
    efforts: tuple[Effort, ...] = ()
    figures: SampleFigures | None = None


#: Seconds a kilometre beyond which a distance is a rounding error, not a distance.
_SLOWEST_PACE = 1e9


def round_up_s(exact_s: float) -> int:
    """Whole seconds as road races count them: rounded up, where a millionth of a second is noise, not a second.

    Equals ``best_efforts[].elapsed_time`` as Strava reports it, on every effort that could be checked.
    """
    return math.ceil(exact_s - 1e-6)


def pace_sec_per_km(distance_m: float | None, moving_s: float | None) -> int | None:
    """Moving time over distance in whole seconds a kilometre; None where either is missing or close to 0."""
    km = (distance_m or 0.0) / 1000.0
    if not km or not moving_s:
        return None
    pace = moving_s / km
    return round(pace) if abs(pace) < _SLOWEST_PACE else None
