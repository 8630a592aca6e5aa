"""``RunRacePredictions_*.json``: the race times that Garmin forecast, day by day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from runcoach.domain.race_prediction import RacePrediction
from runcoach.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Field of the file → the label of the distance. The times are in seconds.
_DISTANCE_M = {"raceTime5K": 5000, "raceTime10K": 10_000, "raceTimeHalf": 21_100, "raceTimeMarathon": 42_200}

#: Longer times are not race times.
_LONGEST_S = 86_400

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  (a calendar date as midnight without a zone)


def read_race_predictions(content: bytes) -> list[RacePrediction]:
    """The forecasts of one file, the last of a day, without what is not a time. SourceError where it is not JSON."""
    try:
        entries = from_json(content)
    except ValueError as error:
        raise SourceError(f"the race predictions are not valid JSON: {error}") from None
    found: dict[tuple[str, int], RacePrediction] = {}
    for entry in sorted(_dated(entries), key=lambda each: str(each[1].get("timestamp") or "")):
        for prediction in _predictions(*entry):
            found[prediction.date, prediction.distance_m] = prediction
    return sorted(found.values(), key=lambda each: (each.date, each.distance_m))


def _dated(entries: Any) -> Iterator[tuple[str, dict[str, object]]]:
    """``(day, entry)`` of every entry with a valid ``calendarDate``."""
    for entry in entries if isinstance(entries, list) else [entries]:
        day = _day(entry.get("calendarDate")) if isinstance(entry, dict) else None
        if day is not None:
            yield day, entry


def _predictions(day: str, entry: dict[str, object]) -> Iterator[RacePrediction]:
    for name, distance_m in _DISTANCE_M.items():
        duration_s = entry.get(name)
        if isinstance(duration_s, int | float) and not isinstance(duration_s, bool) and 0 < duration_s <= _LONGEST_S:
            yield RacePrediction("garmin", day, distance_m, round(duration_s))


def _day(value: Any) -> str | None:
    """A calendar date, written as ``2026-10-21`` or in milliseconds since 1970, as ISO 8601."""
    try:
        if isinstance(value, str):
            return date.fromisoformat(value[:10]).isoformat()
        if isinstance(value, int) and not isinstance(value, bool):
            return (_EPOCH + timedelta(milliseconds=value)).date().isoformat()
    except (ValueError, OverflowError):
        pass
    return None
