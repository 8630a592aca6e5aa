"""Values of Polar's JSON by their names in either form of the export: times, durations, numbers, sports."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from runcoach.sources.remote.json_reader import inner
from runcoach.sources.sport_names import sport_from_words

#: Polar's numbers of sports, which today's export states alone → the name in the older one; those that are certain.
_SPORTS = {
    "1": "running",
    "2": "cycling",
    "3": "walking",
    "4": "jogging",
    "5": "mountain biking",
    "9": "nordic walking",
    "11": "hiking",
    "13": "squash",
    "15": "strength training",
    "17": "treadmill running",
    "18": "indoor cycling",
    "19": "road running",
    "23": "swimming",
    "27": "trail running",
    "38": "road biking",
    "39": "soccer",
}

#: No figure of an exercise reaches this, whatever its unit.
_LARGEST = 1e12

_DURATION = re.compile(r"P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?", re.ASCII)


def first_number(data: Mapping[str, Any], *names: str) -> float | None:
    """The first number among fields of these names that is less than :data:`_LARGEST`."""
    return next((number for name in names if (number := number_of(data.get(name))) is not None), None)


def number_of(value: Any) -> float | None:
    """A number less than :data:`_LARGEST`; None for anything else, NaN included."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and abs(value) < _LARGEST else None


def child(data: Mapping[str, Any], *names: str) -> dict[str, object]:
    """The object inside, by a path of names; empty where there is none."""
    found = inner(data, *names)
    return found if isinstance(found, dict) else {}


def clean_text(data: Mapping[str, Any], *names: str) -> str | None:
    """The first text that is not blank among fields of these names."""
    for name in names:
        value = data.get(name)
        if isinstance(value, str) and value.strip():
            return value.encode(errors="replace").decode().strip()
    return None


def duration_s(data: Mapping[str, Any], name: str) -> float | None:
    """A duration: ``NAMEMillis`` in milliseconds, or ``NAME`` as ISO 8601 (``PT1H2M3.5S``)."""
    milliseconds = first_number(data, f"{name}Millis")
    if milliseconds is not None:
        return milliseconds / 1000.0
    value = data.get(name)
    match = _DURATION.fullmatch(value) if isinstance(value, str) and len(value) < 50 else None
    if match is None or not any(match.groups()):
        return None
    days, hours, minutes, seconds = (float(group or 0) for group in match.groups())
    return ((days * 24.0 + hours) * 60.0 + minutes) * 60.0 + seconds


def offset_s(*sources: Mapping[str, Any]) -> int | None:
    """The offset from UTC that the first of several objects states, in seconds; None where none does."""
    for source in sources:
        minutes = first_number(source, "timezoneOffsetMinutes", "timezoneOffset", "timeZoneOffset")
        if minutes is not None and abs(minutes) <= 15 * 60:
            return round(minutes * 60.0)
    return None


def local_time_s(value: Any) -> float | None:
    """A local time without a zone as seconds since 1970 as if it were UTC; None where it is not a time."""
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp()
    except (ValueError, OverflowError):
        return None


def sport_of(exercise: Mapping[str, Any], session: Mapping[str, Any]) -> tuple[str | None, bool | None, str | None]:
    """``(sport_type, indoor, note)`` of an exercise: by Polar's name or number, else by the session's name."""
    for source in (exercise, session):
        value = source.get("sport")
        number = str(value.get("id")) if isinstance(value, dict) else None
        name = value if isinstance(value, str) else _SPORTS.get(number or "")
        sport, indoor = sport_from_words(name)
        if sport is not None:
            return sport, indoor, None
    sport, indoor = sport_from_words(clean_text(session, "name"))
    unknown = child(exercise, "sport").get("id") or exercise.get("sport")
    note = f"sport {unknown} of Polar is not known" if sport is None and isinstance(unknown, str | int) else None
    return sport, indoor, note
