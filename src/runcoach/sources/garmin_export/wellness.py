"""Daily values in Garmin's account export: sleep, resting heart rate, steps and VO2max, as the watch computed them.

``*_sleepData.json`` has a night each, dated by the day of waking; ``UDSFile_*.json`` a day each;
``MetricsMaxMetData_*.json`` the VO2max of a day.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from runcoach.domain.wellness import WellnessValue, plausible
from runcoach.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = "garmin_export"

_STAGES = ("deepSleepSeconds", "lightSleepSeconds", "remSleepSeconds")

#: Nights that the watch did not measure.
_UNMEASURED = frozenset({"OFF_WRIST", "UNCONFIRMED"})


def read_wellness(content: bytes) -> list[WellnessValue]:
    """The plausible values of one file, the last of a day. SourceError where it is not JSON."""
    try:
        entries = from_json(content)
    except ValueError as error:
        raise SourceError(f"the daily values are not valid JSON: {error}") from None
    found = {
        (value.metric, value.date): value
        for entry in (entries if isinstance(entries, list) else [entries])
        if isinstance(entry, dict)
        for value in plausible(_values(entry))
    }
    return [found[key] for key in sorted(found)]


def _values(entry: dict[str, object]) -> Iterator[WellnessValue]:
    day = _day(entry.get("calendarDate"))
    if day is None:
        return
    stages = [seconds for name in _STAGES if (seconds := _number(entry.get(name))) is not None]
    if stages and str(entry.get("sleepWindowConfirmationType") or "").upper() not in _UNMEASURED:
        yield WellnessValue("sleep", day, SOURCE, "", sum(stages))
    for names, metric in (
        (("restingHeartRate", "currentDayRestingHeartRate"), "resting-hr"),
        (("totalSteps",), "steps"),
        (("vo2MaxValue",) if str(entry.get("sport", "RUNNING")).upper() == "RUNNING" else (), "vo2max"),
    ):
        value = next((number for name in names if (number := _number(entry.get(name))) is not None), None)
        if value is not None:
            yield WellnessValue(metric, day, SOURCE, "", value)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _day(value: Any) -> str | None:
    """A calendar date written as ``2026-10-21``, in an object, or as milliseconds since 1970 at midnight in UTC."""
    if isinstance(value, dict):
        value = value.get("date")
    try:
        if isinstance(value, str):
            return date.fromisoformat(value[:10]).isoformat()
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000.0, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        pass
    return None
