"""Sports by Strava's ``sport_type``, and the rules that depend on the sport."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runcoach.domain.streams import FloatArray

#: Running that stays out of the ranks unless indoor efforts are asked for, as on Strava.
INDOOR_RUNNING = frozenset({"VirtualRun"})

#: Recorded in a virtual world: positions are not where the runner was.
VIRTUAL = frozenset({"VirtualRun", "VirtualRide", "VirtualRow"})

#: ``workout_type`` of a race, as Strava numbers it.
RACE = 1

#: A source that does not say which sport it holds becomes this; nothing is guessed from speed.
UNKNOWN = "Workout"

#: Names of families of sports → the sport types of each.
FAMILIES: dict[str, tuple[str, ...]] = {
    "running": ("Run", "TrailRun", "VirtualRun"),
    "cycling": ("Ride", "MountainBikeRide", "GravelRide", "EBikeRide", "EMountainBikeRide", "VirtualRide"),
}

#: What counts as running: only these are ranked, and only these have a pace.
RUNNING = frozenset(FAMILIES["running"])

#: Sports whose positions are a way that was run.
OUTDOOR_RUNNING = RUNNING - VIRTUAL

#: On foot: cadence is counted in steps of both legs.
ON_FOOT = RUNNING | {"Walk", "Hike", "Snowshoe"}


def sport_types(names: Iterable[str]) -> tuple[str, ...]:
    """The sport types that sport types and names of families (in any case) stand for."""
    return tuple(sport for name in names for sport in FAMILIES.get(name.lower(), (name,)))


def is_indoor(activity: Mapping[str, Any]) -> bool:
    """Whether an activity, given its columns, was indoors: its efforts rank only where indoor ones are asked for."""
    return bool(activity["trainer"]) or not activity["has_gps"] or activity["sport_type"] in INDOOR_RUNNING


#: No activity of these sports is faster, in m/s; for all others 100 m/s.
_MAX_SPEED_MS = {
    **dict.fromkeys(sorted(ON_FOOT), 12.5),  # 12.4 m/s is the fastest ever measured
    **dict.fromkeys(("Swim", "StandUpPaddling"), 4.0),
    **dict.fromkeys(("Rowing", "Kayaking", "Canoeing", "VirtualRow"), 8.0),
    **dict.fromkeys(("Ride", "MountainBikeRide", "GravelRide", "EBikeRide", "VirtualRide", "Velomobile"), 40.0),
}

#: Slower than this is rest, in m/s. GPS drifts at about 0.8 m/s around a runner at rest; swimmers and hikers on
#: steep ground move more slowly than that.
_STANDING_MS = {"Swim": 0.1, "Walk": 0.4, "Hike": 0.2, "Snowshoe": 0.2, "RockClimbing": 0.0, "BackcountrySki": 0.2}

#: Sports on a court or in a gym: distance says nothing about rest.
_WITHOUT_DISTANCE = frozenset(
    {"Badminton", "Crossfit", "HighIntensityIntervalTraining", "Pickleball", "Pilates", "Racquetball", "Squash"}
    | {"StairStepper", "TableTennis", "Tennis", "WeightTraining", "Yoga"}
)


def max_speed_ms(sport_type: str) -> float:
    """The plausible maximum speed of a sport in m/s."""
    return _MAX_SPEED_MS.get(sport_type, 100.0)


def standing_speed_ms(sport_type: str) -> float:
    """The speed below which a sport's moving time stops; 0 where speed says nothing about rest."""
    return 0.0 if sport_type in _WITHOUT_DISTANCE else _STANDING_MS.get(sport_type, 0.8)


def is_running(sport_type: str) -> bool:
    """Whether an activity of this sport has best efforts."""
    return sport_type in RUNNING


#: From this cadence on foot on, both legs are counted: 240 steps a minute are implausible, 140 are usual for runners.
BOTH_LEGS_FROM = 120.0


def cadence_factor(sport_type: str | None, cadence: FloatArray | float | None) -> float:
    """The factor that makes a recorded cadence steps per minute: 2 on foot where one leg was counted, otherwise 1.

    Most devices and exports count one leg. They count both where the median of the values above 0 reaches
    :data:`BOTH_LEGS_FROM`. Other sports and an unknown sport keep their numbers.
    """
    if sport_type not in ON_FOOT or cadence is None:
        return 1.0
    import numpy as np

    values = np.atleast_1d(np.asarray(cadence, dtype=np.float64))
    turning = values[values > 0.0]
    return 2.0 if turning.size == 0 or float(np.median(turning)) < BOTH_LEGS_FROM else 1.0
