"""Several sources of one activity: which of them wins for which field, in one table; pure functions over values."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from runcoach.domain.activity import Activity, pace_sec_per_km
from runcoach.domain.sports import ON_FOOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from runcoach.domain.activity import BuiltActivity

#: On Strava a runner crops, corrects, renames: its word is the latest one. The archive's rows are that word too, as of
#: the day on which the archive was made.
_STRAVA_FIRST = ("strava", "archive", "file")

#: What only the device can know; Strava's copy of it is shortened or translated.
_DEVICE_FIRST = ("file", "strava", "archive")

#: The table: for each field the kinds of source in the order in which they are believed.
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

#: Fields that follow from others or from the streams, and are nobody's word.
DERIVED = frozenset({"avg_pace_sec_per_km", "fastest_pace_sec_per_km", "has_gps"})

#: What holds where no source says or assumes anything.
_DEFAULTS = {"is_private": False, "trainer": False}

#: The kinds of source from the most to the least believed, for streams: the table's first column.
STREAMS_FROM = _STRAVA_FIRST


def source_values(whole: BuiltActivity) -> dict[str, dict[str, Any]]:
    """``{"says": …, "assumes": …}``: what a source states of each field, and what stands in for its silence.

    With ``"samples": {"n": …}`` where it has brought so many.
    """
    says: dict[str, Any] = {}
    assumes: dict[str, Any] = {}
    for field in fields(Activity):
        value = getattr(whole.activity, field.name)
        if field.name not in DERIVED and value is not None:
            (assumes if field.name in whole.assumed else says)[field.name] = value
    samples = {} if whole.streams is None else {"samples": {"n": len(whole.streams)}}
    return {"says": says, "assumes": assumes, **samples}


def merge_values(accounts: Sequence[tuple[str, Mapping[str, Mapping[str, Any]]]]) -> dict[str, Any]:
    """The fields of an activity from the accounts of its sources, ``(kind, account)`` in the order they came.

    For each field the first kind of :data:`MERGE_PRECEDENCE` wins, of one kind the first that came; what is assumed
    comes after everything that is said.
    """
    return {name: _first(accounts, name, order) for name, order in MERGE_PRECEDENCE.items()} | _pace(accounts)


def _pace(accounts: Sequence[tuple[str, Mapping[str, Mapping[str, Any]]]]) -> dict[str, Any]:
    names = ("distance_m", "moving_time_sec", "sport_type")
    distance_m, moving_s, sport = (_first(accounts, name, MERGE_PRECEDENCE[name]) for name in names)
    return {"avg_pace_sec_per_km": pace_sec_per_km(distance_m, moving_s) if sport in ON_FOOT else None}


def _first(accounts: Sequence[tuple[str, Mapping[str, Mapping[str, Any]]]], name: str, order: tuple[str, ...]) -> Any:
    for certainty in ("says", "assumes"):
        for kind in order:
            for source_kind, account in accounts:
                if source_kind == kind and name in account[certainty]:
                    return account[certainty][name]
    return _DEFAULTS.get(name)
