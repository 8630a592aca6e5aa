"""Files of Garmin's account export with a value or more a day: what the watch computed of the body, and race times.

``*_sleepData.json`` has a night each, dated by the day of waking; ``UDSFile_*.json`` a day each;
``MetricsMaxMetData_*.json`` the VO2max of a day, and ``RunRacePredictions_*.json`` its forecasts.
"""

from __future__ import annotations

from collections.abc import Iterator

from runcoach.domain.race_prediction import RacePrediction
from runcoach.domain.wellness import WellnessValue, plausible
from runcoach.sources.garmin.wellness import is_measured
from runcoach.sources.garmin_export.summaries import read_objects
from runcoach.sources.remote.json_reader import date_of, number_of

SOURCE = "garmin_export"

_STAGES = ("deepSleepSeconds", "lightSleepSeconds", "remSleepSeconds")

#: Field of the race predictions → the label of the distance. The times are in seconds.
_DISTANCE_M = {"raceTime5K": 5000, "raceTime10K": 10_000, "raceTimeHalf": 21_100, "raceTimeMarathon": 42_200}

#: Longer times are not race times.
_LONGEST_S = 86_400


def read_wellness(content: bytes) -> list[WellnessValue]:
    """The plausible values of one file, the last of a day. SourceError where it is not JSON."""
    found = {
        (value.metric, value.date): value
        for entry in read_objects(content, "daily values")
        for value in plausible(_values(entry))
    }
    return [found[key] for key in sorted(found)]


def _values(entry: dict[str, object]) -> Iterator[WellnessValue]:
    day = date_of(entry.get("calendarDate"))
    if day is None:
        return
    stages = [seconds for name in _STAGES if (seconds := number_of(entry.get(name))) is not None]
    if stages and is_measured(entry):
        yield WellnessValue("sleep", day, SOURCE, "", sum(stages))
    for names, metric in (
        (("restingHeartRate", "currentDayRestingHeartRate"), "resting-hr"),
        (("totalSteps",), "steps"),
        (("vo2MaxValue",) if str(entry.get("sport", "RUNNING")).upper() == "RUNNING" else (), "vo2max"),
    ):
        value = next((number for name in names if (number := number_of(entry.get(name))) is not None), None)
        if value is not None:
            yield WellnessValue(metric, day, SOURCE, "", value)


def read_race_predictions(content: bytes) -> list[RacePrediction]:
    """The forecasts of one file, the last of a day, without what is not a time. SourceError where it is not JSON."""
    found: dict[tuple[str, int], RacePrediction] = {}
    entries = read_objects(content, "race predictions")
    for entry in sorted(entries, key=lambda each: str(each.get("timestamp") or "")):
        day = date_of(entry.get("calendarDate"))
        for name, distance_m in _DISTANCE_M.items():
            duration_s = number_of(entry.get(name))
            if day is not None and duration_s is not None and 0 < duration_s <= _LONGEST_S:
                found[day, distance_m] = RacePrediction("garmin", day, distance_m, round(duration_s))
    return [found[key] for key in sorted(found)]
