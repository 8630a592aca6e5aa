"""The sports, in Strava's ``sport_type`` words, which are the ones runners meet everywhere."""

from __future__ import annotations

#: What counts as running: only these are ranked, and only these have a pace.
RUNNING = frozenset({"Run", "TrailRun", "VirtualRun"})

#: On foot: cadence is counted in steps of both legs.
ON_FOOT = RUNNING | {"Walk", "Hike", "Snowshoe"}

#: Running that stays out of the ranks unless indoor efforts are asked for, as on Strava.
INDOOR_RUNNING = frozenset({"VirtualRun"})

#: A source that does not say which sport it holds becomes this; nothing is guessed from speed.
UNKNOWN = "Workout"


def is_running(sport_type: str) -> bool:
    """Whether an activity of this sport has best efforts."""
    return sport_type in RUNNING
