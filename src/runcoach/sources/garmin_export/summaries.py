"""``summarizedActivities.json``: the title, type and totals of each activity in Garmin's account export."""

from __future__ import annotations

import bisect

from runcoach.domain.recording import Totals
from runcoach.errors import InvalidResponseError, SourceError
from runcoach.sources.activity_summary import ActivitySummary
from runcoach.sources.remote.json_reader import JsonReader, objects
from runcoach.sources.sport_names import sport_from_words

#: A file belongs to the activity that begins within this time of the file's own creation.
MATCH_WITHIN_S = 120

#: Units of the export: distances in centimetres, times in milliseconds.
_CM, _MS = 100.0, 1000.0

#: Garmin's number of the event type "race".
_RACE_EVENT = 1


class Summaries:
    """The summaries of an export by start; each is given out once."""

    def __init__(self, summaries: list[ActivitySummary]) -> None:
        self._left = sorted({each.activity_id: each for each in summaries}.values(), key=lambda each: each.start_time_s)

    def take(self, start_time_s: int) -> ActivitySummary | None:
        """The summary that begins closest, within :data:`MATCH_WITHIN_S`; None where there is none left."""
        at = bisect.bisect_left(self._left, start_time_s, key=lambda each: each.start_time_s)
        near = self._left[max(at - 1, 0) : at + 1]
        best = min(near, key=lambda each: abs(each.start_time_s - start_time_s), default=None)
        if best is None or abs(best.start_time_s - start_time_s) > MATCH_WITHIN_S:
            return None
        self._left.remove(best)
        return best

    @property
    def left(self) -> tuple[ActivitySummary, ...]:
        """The summaries that no file was found for, by start."""
        return tuple(self._left)


def read_objects(content: bytes, what: str) -> list[dict[str, object]]:
    """The objects of one file, a list or a single one. SourceError, which calls them ``what``, where it is not JSON."""
    from pydantic_core import from_json

    try:
        data = from_json(content)
    except ValueError as error:
        raise SourceError(f"the {what} are not valid JSON: {error}") from None
    return objects(data if isinstance(data, list) else [data])


def read_summaries(content: bytes) -> list[ActivitySummary]:
    """The summaries of one JSON file, without entries that lack an id or a start. SourceError where it is not JSON."""
    return [
        summary
        for part in read_objects(content, "summaries")
        for entry in objects(part.get("summarizedActivitiesExport"))
        if (summary := _summary(entry)) is not None
    ]


def _summary(entry: dict[str, object]) -> ActivitySummary | None:
    reader = JsonReader(entry, "an activity of the export", "Garmin")
    try:
        activity_id = reader.whole("activityId")
        start_ms = reader.number("beginTimestamp") or reader.number("startTimeGmt")
        if activity_id is None or start_ms is None:
            return None
        sport_type, indoor = sport_from_words(_key(entry, "activityType") or _key(entry, "sportType"))
        is_race = _key(entry, "eventType") == "race" or reader.whole("eventTypeId") == _RACE_EVENT
        return ActivitySummary(
            kind="garmin_export",
            activity_id=str(activity_id),
            start_time_s=int(start_ms / _MS),
            name=reader.text("name") or reader.text("activityName"),
            description=reader.text("description"),
            sport_type=sport_type,
            indoor=indoor,
            is_race=is_race,
            totals=Totals(
                distance_m=_scaled(reader, "distance", _CM),
                elapsed_s=_scaled(reader, "elapsedDuration", _MS) or _scaled(reader, "duration", _MS),
                timer_s=_scaled(reader, "duration", _MS),
                moving_s=_scaled(reader, "movingDuration", _MS),
                elevation_gain_m=_scaled(reader, "elevationGain", _CM),
                avg_hr_bpm=reader.number("avgHr"),
                max_hr_bpm=reader.number("maxHr"),
            ),
        )
    except InvalidResponseError:
        return None  # a field of the wrong type: the file of the activity still says what it was


def _key(entry: dict[str, object], name: str) -> str | None:
    """A type as text, or as an object with a ``typeKey``."""
    value = entry.get(name)
    if isinstance(value, dict):
        value = value.get("typeKey")
    return value.casefold() if isinstance(value, str) else None


def _scaled(reader: JsonReader, name: str, scale: float) -> float | None:
    value = reader.number(name)
    return None if value is None else value / scale
