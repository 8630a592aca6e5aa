"""Rows of Garmin's activity list as :class:`RemoteActivity`: SI units, nothing computed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runcoach.domain.recording import Totals
from runcoach.sources.remote.json_reader import JsonReader
from runcoach.sources.remote.protocol import RemoteActivity, fingerprint
from runcoach.sources.sport_names import sport_from_words

#: Fields of a row whose change means that the activity is to be stored again.
_STORED_FIELDS = (
    "activityName", "description", "startTimeGMT", "beginTimestamp",
    "distance", "duration", "elapsedDuration", "movingDuration", "elevationGain",
)  # fmt: skip


def remote_activity(row: Mapping[str, Any]) -> RemoteActivity:
    """One row of the list. InvalidResponseError without an id or a start, or for a field of the wrong type."""
    reader = JsonReader(dict(row), "an activity of Garmin's list", "Garmin")
    activity_id = reader.needed("activityId", reader.whole("activityId"))
    start_time_s = reader.moment("startTimeGMT")
    if start_time_s is None:
        start_time_s = reader.needed("startTimeGMT", reader.whole("beginTimestamp")) // 1000
    type_key, event_key = _key(reader, "activityType"), _key(reader, "eventType")
    sport_type, indoor = sport_from_words(type_key)
    privacy = _key(reader, "privacy")
    return RemoteActivity(
        remote_id=str(activity_id),
        fingerprint=fingerprint([[row.get(name) for name in _STORED_FIELDS], [type_key, event_key]]),
        start_time_s=start_time_s,
        utc_offset_s=_utc_offset_s(reader, start_time_s),
        name=reader.text("activityName") or None,
        description=reader.text("description") or None,
        sport_type=sport_type,
        indoor=indoor,
        is_race=None if event_key is None else event_key == "race",
        is_private=None if privacy is None else privacy == "private",
        totals=Totals(
            distance_m=reader.number("distance"),
            elapsed_s=reader.number("elapsedDuration") or reader.number("duration"),
            timer_s=reader.number("duration"),
            moving_s=reader.number("movingDuration"),
            elevation_gain_m=reader.number("elevationGain"),
            avg_hr_bpm=reader.number("averageHR"),
            max_hr_bpm=reader.number("maxHR"),
            avg_cadence_spm=reader.number("averageRunningCadenceInStepsPerMinute"),
            max_cadence_spm=reader.number("maxRunningCadenceInStepsPerMinute"),
            avg_power_w=reader.number("avgPower"),
            calories_kcal=reader.number("calories"),
        ),
        # A child of a multisport activity is a part of its parent's file.
        skipped="part of a multisport activity" if reader.whole("parentId") is not None else None,
    )


def owner_id(row: Mapping[str, Any]) -> str | None:
    """The athlete a row belongs to; None where it does not say."""
    owner = JsonReader(dict(row), "an activity of Garmin's list", "Garmin").whole("ownerId")
    return None if owner is None else str(owner)


def _utc_offset_s(reader: JsonReader, start_time_s: int) -> int | None:
    """Local minus GMT start, in whole quarters of an hour; None where one is missing or they differ by over a day."""
    local_s = reader.moment("startTimeLocal")
    if local_s is None:
        return None
    offset_s = round((local_s - start_time_s) / 900) * 900
    return offset_s if abs(offset_s) <= 15 * 3600 else None


def _key(reader: JsonReader, name: str) -> str | None:
    child = reader.child(name)
    return None if child is None else child.text("typeKey")
