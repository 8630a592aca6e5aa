"""The fields of an activity, one row each: type, unit, which source wins, where the value comes from.

Columns of lists and details, the INSERT, the merge of sources, the API's schema and the mapping of Strava's totals
follow from this table. The dataclass :class:`~runcoach.domain.activity.Activity` and the database table ``activity``
are held to it by ``tests/domain/test_activity_fields.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runcoach.domain.json_format import Timestamp

if TYPE_CHECKING:
    from runcoach.domain.recording import Totals

#: Kinds of source, the most trusted first: the runner crops, corrects and renames on Strava, and a row of the export
#: archive is the state of Strava on the day of the export.
STRAVA_FIRST = ("strava", "archive", "garmin", "garmin_export", "runkeeper", "intervals", "file", "apple_health")

#: Kind of source → its name on pages.
SOURCE_TITLES = {
    "strava": "Strava's API",
    "archive": "Strava's archive",
    "garmin": "Garmin",
    "garmin_export": "Garmin's export",
    "runkeeper": "Runkeeper's export",
    "intervals": "intervals.icu",
    "file": "File",
    "apple_health": "Apple Health",
}

#: For fields that the runner can edit: the edit precedes every source.
EDIT_FIRST = ("edit", *STRAVA_FIRST)

#: For what only the device knows; Strava's copy is shortened or translated.
DEVICE_FIRST = ("garmin", "file", "intervals", "apple_health", "strava", "archive", "garmin_export", "runkeeper")

#: For the start and its time zone.
ARCHIVE_LAST = ("strava", "garmin", "intervals", "file", "apple_health", "garmin_export", "runkeeper", "archive")

#: For fields that follow from others or from the streams.
DERIVED = ()


@dataclass(frozen=True, slots=True)
class ActivityField:
    """One column of the table ``activity``.

    ``precedence`` are the kinds of source that state it, the winning one first; empty for a derived field. ``total`` is
    the field of :class:`~runcoach.domain.recording.Totals` that it comes from, rounded to ``digits`` decimals;
    ``strava_key`` is its key in Strava's JSON.
    """

    name: str
    type: type
    unit: str = ""
    precedence: tuple[str, ...] = STRAVA_FIRST
    total: str | None = None
    digits: int | None = None
    strava_key: str | None = None
    is_required: bool = False
    in_list: bool = True  # False: only in the detail
    is_written: bool = True  # False: set by SQLite or by the store, never by a source


def _total(name: str, kind: type, unit: str, total: str, strava_key: str | None, **options: Any) -> ActivityField:
    digits = options.pop("digits", None if kind is int else 1)
    return ActivityField(name, kind, unit, total=total, digits=digits, strava_key=strava_key, **options)


def _store(name: str, kind: type, unit: str = "", **options: Any) -> ActivityField:
    return ActivityField(name, kind, unit, DERIVED, is_written=False, **options)


#: All fields in the order of the JSON output: those of lists, then those of the detail alone.
ACTIVITY_FIELDS = (
    _store("id", int, is_required=True),
    ActivityField("strava_id", int, strava_key="id"),
    ActivityField("name", str, "", EDIT_FIRST, strava_key="name", is_required=True),
    ActivityField("sport_type", str, "", EDIT_FIRST, strava_key="sport_type", is_required=True),
    ActivityField("start_time", Timestamp, "s", ("edit", *ARCHIVE_LAST), strava_key="start_date", is_required=True),
    ActivityField("utc_offset_s", int, "s", ARCHIVE_LAST, strava_key="utc_offset", is_required=True),
    ActivityField("timezone", str, "", ARCHIVE_LAST, strava_key="timezone"),
    _store("local_date", str, is_required=True),
    _total("distance_m", float, "m", "distance_m", "distance", digits=2),
    _store("distance_km", float, "km"),
    _total("moving_time_sec", int, "s", "moving_s", "moving_time"),
    _total("elapsed_time_sec", int, "s", "elapsed_s", "elapsed_time"),
    _total("elevation_gain_m", float, "m", "elevation_gain_m", "total_elevation_gain"),
    _total("avg_hr", int, "bpm", "avg_hr_bpm", "average_heartrate"),
    _total("max_hr", int, "bpm", "max_hr_bpm", "max_heartrate"),
    _total("avg_cadence", float, "spm", "avg_cadence_spm", "average_cadence"),
    ActivityField("avg_pace_sec_per_km", int, "s/km", DERIVED),
    ActivityField("fastest_pace_sec_per_km", int, "s/km", DERIVED),
    ActivityField("gear_name", str, "", EDIT_FIRST, strava_key="gear.name"),
    ActivityField("is_private", bool, strava_key="private", is_required=True),
    ActivityField("workout_type", int, "", EDIT_FIRST, strava_key="workout_type"),
    ActivityField("trainer", bool, strava_key="trainer", is_required=True),
    ActivityField("has_gps", bool, "", DERIVED, is_required=True),
    ActivityField("is_undated", bool, "", DERIVED, is_required=True),
    _store("updated_at", Timestamp, "s", is_required=True),
    ActivityField("athlete_id", int, strava_key="athlete.id", in_list=False),
    _total("max_cadence", float, "spm", "max_cadence_spm", None, in_list=False),
    _total("calories", int, "kcal", "calories_kcal", "calories", in_list=False),
    _total("avg_power", float, "W", "avg_power_w", "average_watts", in_list=False),
    _total("max_power", float, "W", "max_power_w", "max_watts", in_list=False),
    _total("temperature", float, "°C", "temperature_c", "average_temp", in_list=False),
    ActivityField("description", str, strava_key="description", in_list=False),
    ActivityField("achievement_count", int, strava_key="achievement_count", in_list=False),
    ActivityField("photo_count", int, strava_key="total_photo_count", in_list=False),
    _total("elevation_low_m", float, "m", "elevation_low_m", "elev_low", in_list=False),
    _total("elevation_high_m", float, "m", "elevation_high_m", "elev_high", in_list=False),
    ActivityField("device_name", str, "", DEVICE_FIRST, strava_key="device_name", in_list=False),
    _store("created_at", Timestamp, "s", is_required=True, in_list=False),
    _store("deleted_at", Timestamp, "s", in_list=False),
)

#: Field → the kinds of source that state it, the winning one first.
MERGE_PRECEDENCE = {field.name: field.precedence for field in ACTIVITY_FIELDS if field.precedence}

#: ``Totals`` field → its key in Strava's JSON.
STRAVA_TOTALS = {field.total: field.strava_key for field in ACTIVITY_FIELDS if field.total and field.strava_key}


def values_from_totals(totals: Totals) -> dict[str, Any]:
    """The fields of an activity that come from totals, rounded as they are stored."""
    return {field.name: rounded(getattr(totals, field.total), field.digits) for field in ACTIVITY_FIELDS if field.total}


def rounded(value: float | None, digits: int | None) -> float | None:
    """The value rounded as it is stored; None stays None."""
    return None if value is None else round(float(value), digits)
