"""The sports, in Strava's ``sport_type`` words, which are the ones runners meet everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Running that stays out of the ranks unless indoor efforts are asked for, as on Strava.
INDOOR_RUNNING = frozenset({"VirtualRun"})

#: A source that does not say which sport it holds becomes this; nothing is guessed from speed.
UNKNOWN = "Workout"

#: Names of families of sports → the sport types of each.
FAMILIES: dict[str, tuple[str, ...]] = {
    "running": ("Run", "TrailRun", "VirtualRun"),
    "cycling": ("Ride", "MountainBikeRide", "GravelRide", "EBikeRide", "EMountainBikeRide", "VirtualRide"),
}

#: What counts as running: only these are ranked, and only these have a pace.
RUNNING = frozenset(FAMILIES["running"])

#: On foot: cadence is counted in steps of both legs.
ON_FOOT = RUNNING | {"Walk", "Hike", "Snowshoe"}


def sport_types(names: Iterable[str]) -> tuple[str, ...]:
    """The sport types that sport types and names of families (in any case) stand for."""
    return tuple(sport for name in names for sport in FAMILIES.get(name.lower(), (name,)))


def is_indoor(activity: Mapping[str, Any]) -> bool:
    """Whether an activity, given its columns, was indoors: its efforts rank only where indoor ones are asked for."""
    return bool(activity["trainer"]) or not activity["has_gps"] or activity["sport_type"] in INDOOR_RUNNING


def is_running(sport_type: str) -> bool:
    """Whether an activity of this sport has best efforts."""
    return sport_type in RUNNING
