"""``RunRacePredictions_*.json``: the race times that Garmin forecast, day by day."""

from __future__ import annotations

from runcoach.domain.race_prediction import RacePrediction
from runcoach.sources.garmin_export.json_file import calendar_date, read_objects
from runcoach.sources.remote.json_reader import number_of

#: Field of the file → the label of the distance. The times are in seconds.
_DISTANCE_M = {"raceTime5K": 5000, "raceTime10K": 10_000, "raceTimeHalf": 21_100, "raceTimeMarathon": 42_200}

#: Longer times are not race times.
_LONGEST_S = 86_400


def read_race_predictions(content: bytes) -> list[RacePrediction]:
    """The forecasts of one file, the last of a day, without what is not a time. SourceError where it is not JSON."""
    found: dict[tuple[str, int], RacePrediction] = {}
    entries = read_objects(content, "race predictions")
    for entry in sorted(entries, key=lambda each: str(each.get("timestamp") or "")):
        day = calendar_date(entry.get("calendarDate"))
        for name, distance_m in _DISTANCE_M.items():
            duration_s = number_of(entry.get(name))
            if day is not None and duration_s is not None and 0 < duration_s <= _LONGEST_S:
                found[day, distance_m] = RacePrediction("garmin", day, distance_m, round(duration_s))
    return [found[key] for key in sorted(found)]
