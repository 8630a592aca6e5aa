"""Daily values in Garmin's account export: sleep, resting heart rate, steps and VO2max, as the watch computed them.

``*_sleepData.json`` has a night each, dated by the day of waking; ``UDSFile_*.json`` a day each;
``MetricsMaxMetData_*.json`` the VO2max of a day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcoach.domain.wellness import WellnessValue, plausible
from runcoach.sources.garmin_export.json_file import calendar_date, read_objects
from runcoach.sources.remote.json_reader import number_of

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = "garmin_export"

_STAGES = ("deepSleepSeconds", "lightSleepSeconds", "remSleepSeconds")

#: Nights that the watch did not measure.
_UNMEASURED = frozenset({"OFF_WRIST", "UNCONFIRMED"})


def read_wellness(content: bytes) -> list[WellnessValue]:
    """The plausible values of one file, the last of a day. SourceError where it is not JSON."""
    found = {
        (value.metric, value.date): value
        for entry in read_objects(content, "daily values")
        for value in plausible(_values(entry))
    }
    return [found[key] for key in sorted(found)]


def _values(entry: dict[str, object]) -> Iterator[WellnessValue]:
    day = calendar_date(entry.get("calendarDate"))
    if day is None:
        return
    stages = [seconds for name in _STAGES if (seconds := number_of(entry.get(name))) is not None]
    if stages and str(entry.get("sleepWindowConfirmationType") or "").upper() not in _UNMEASURED:
        yield WellnessValue("sleep", day, SOURCE, "", sum(stages))
    for names, metric in (
        (("restingHeartRate", "currentDayRestingHeartRate"), "resting-hr"),
        (("totalSteps",), "steps"),
        (("vo2MaxValue",) if str(entry.get("sport", "RUNNING")).upper() == "RUNNING" else (), "vo2max"),
    ):
        value = next((number for name in names if (number := number_of(entry.get(name))) is not None), None)
        if value is not None:
            yield WellnessValue(metric, day, SOURCE, "", value)
