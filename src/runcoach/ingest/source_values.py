"""Merge the values of several sources of one activity by a table of precedence. Pure functions."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from runcoach.domain.activity import Activity, pace_sec_per_km
from runcoach.domain.sports import ON_FOOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from runcoach.domain.activity import BuiltActivity

#: Runners crop, correct and rename on Strava, so its values are the latest. The rows of a bulk export are those values
#: as of the day of the export.
_STRAVA_FIRST = ("strava", "archive", "file")

#: Only the device knows these; Strava's copy is shortened or translated.
_DEVICE_FIRST = ("file", "strava", "archive")

#: For each field the kinds of source, in order of precedence.
MERGE_PRECEDENCE: dict[str, tuple[str, ...]] = {
    "strava_id": _STRAVA_FIRST,
    "athlete_id": _STRAVA_FIRST,
    "name": _STRAVA_FIRST,
    "description": _STRAVA_FIRST,
    "sport_type": _STRAVA_FIRST,
    "workout_type": _STRAVA_FIRST,
    "is_private": _STRAVA_FIRST,
    "trainer": _STRAVA_FIRST,
    "gear_name": _STRAVA_FIRST,
    "achievement_count": _STRAVA_FIRST,
    "photo_count": _STRAVA_FIRST,
    "start_time": ("strava", "file", "archive"),
    "utc_offset_s": ("strava", "file", "archive"),
    "timezone": ("strava", "file", "archive"),
    "distance_m": _STRAVA_FIRST,
    "moving_time_sec": _STRAVA_FIRST,
    "elapsed_time_sec": _STRAVA_FIRST,
    "elevation_gain_m": _STRAVA_FIRST,
    "elevation_low_m": _STRAVA_FIRST,
    "elevation_high_m": _STRAVA_FIRST,
    "avg_hr": _STRAVA_FIRST,
    "max_hr": _STRAVA_FIRST,
    "avg_cadence": _STRAVA_FIRST,
    "max_cadence": _STRAVA_FIRST,
    "avg_power": _STRAVA_FIRST,
    "max_power": _STRAVA_FIRST,
    "temperature": _STRAVA_FIRST,
    "calories": _STRAVA_FIRST,
    "device_name": _DEVICE_FIRST,
}

#: Fields computed from others or from the streams; no source states them.
DERIVED = frozenset({"avg_pace_sec_per_km", "fastest_pace_sec_per_km", "has_gps"})

#: Values where no source states or assumes any.
_DEFAULTS = {"is_private": False, "trainer": False}

#: The precedence of kinds for streams.
STREAMS_FROM = _STRAVA_FIRST


def source_values(built: BuiltActivity) -> dict[str, dict[str, Any]]:
    """``{"says": …, "assumes": …}``: the fields that a source states, and those filled with assumed values.

    With ``"samples": {"n": …}`` where it has samples.
    """
    says: dict[str, Any] = {}
    assumes: dict[str, Any] = {}
    for field in fields(Activity):
        value = getattr(built.activity, field.name)
        if field.name not in DERIVED and value is not None:
            (assumes if field.name in built.assumed else says)[field.name] = value
    samples = {} if built.streams is None else {"samples": {"n": len(built.streams)}}
    return {"says": says, "assumes": assumes, **samples}


def merge_values(sources: Sequence[tuple[str, Mapping[str, Mapping[str, Any]]]]) -> dict[str, Any]:
    """The fields of an activity from ``(kind, source values)`` pairs in the order in which the sources came.

    For each field the first kind of :data:`MERGE_PRECEDENCE` wins, within a kind the first source; stated values
    precede all assumed ones.
    """
    return {name: _first(sources, name, order) for name, order in MERGE_PRECEDENCE.items()} | _pace(sources)


def _pace(sources: Sequence[tuple[str, Mapping[str, Mapping[str, Any]]]]) -> dict[str, Any]:
    names = ("distance_m", "moving_time_sec", "sport_type")
    distance_m, moving_s, sport = (_first(sources, name, MERGE_PRECEDENCE[name]) for name in names)
    return {"avg_pace_sec_per_km": pace_sec_per_km(distance_m, moving_s) if sport in ON_FOOT else None}


def _first(sources: Sequence[tuple[str, Mapping[str, Mapping[str, Any]]]], name: str, order: tuple[str, ...]) -> Any:
    for certainty in ("says", "assumes"):
        for kind in order:
            for source_kind, values in sources:
                if source_kind == kind and name in values[certainty]:
                    return values[certainty][name]
    return _DEFAULTS.get(name)
