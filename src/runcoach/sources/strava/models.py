"""Strava's JSON of activities and gear as frozen values in SI units; nothing is computed.

Unknown fields are left alone, null and missing are None. A field of the wrong type, or an activity without an id or a
start, raises InvalidResponseError, which names the field.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from runcoach.domain.activity import Split
from runcoach.domain.activity_fields import STRAVA_TOTALS
from runcoach.domain.comparison import ReportedEffort
from runcoach.domain.recording import RecordedLap, Recording, Totals
from runcoach.domain.sports import ON_FOOT
from runcoach.errors import InvalidResponseError
from runcoach.sources.remote.json_reader import JsonReader

if TYPE_CHECKING:
    from runcoach.domain.streams import Streams

#: "(GMT+01:00) Europe/Rome", "(GMT-05:00) EST5EDT": offset and time zone.
_ZONE = re.compile(r"\(GMT[+-]\d\d:\d\d\) ([A-Za-z][A-Za-z0-9_+/-]*)", re.ASCII)

#: The fields of a summary whose change means an edit; kudos and counts are not among them.
_HASHED_FIELDS = (
    "name", "start_date", "start_date_local", "timezone",
    "distance", "moving_time", "elapsed_time", "total_elevation_gain", "workout_type", "gear_id",
)  # fmt: skip
_HASHED_FLAGS = ("trainer", "manual")

_DAY_S = 86_400

#: 1900-01-01 and 2100-01-01, in seconds since 1970: a manual activity may have any date between.
_EARLIEST_S, _LATEST_S = -2_208_988_800, 4_102_444_800


@dataclass(frozen=True, slots=True)
class Gear:
    """A pair of shoes or a bicycle; ``distance_m`` is Strava's total for it."""

    gear_id: str
    name: str | None
    distance_m: float | None = None
    is_retired: bool | None = None


@dataclass(frozen=True, slots=True)
class StravaActivity:
    """One activity, from a list (``is_detailed`` false: no description, splits, laps …) or in detail.

    ``start_time_s`` and ``streams.time_s`` are in seconds since 1970. Cadence is in steps a minute on foot, in
    revolutions a minute elsewhere. Power is measured, never Strava's estimate. ``splits`` is None where Strava reports
    none; its values are unchanged, except heart rates, which are rounded.
    """

    strava_id: int
    start_time_s: int
    athlete_id: int | None = None
    name: str | None = None
    sport_type: str | None = None
    utc_offset_s: int | None = None
    timezone: str | None = None
    totals: Totals = field(default_factory=Totals)
    is_private: bool = False
    is_manual: bool = False
    trainer: bool = False
    workout_type: int | None = None
    achievement_count: int | None = None
    photo_count: int | None = None
    gear_id: str | None = None
    is_detailed: bool = False
    description: str | None = None
    private_note: str | None = None
    device_name: str | None = None
    gear: Gear | None = None
    splits: tuple[Split, ...] | None = None
    laps: tuple[RecordedLap, ...] = ()
    best_efforts: tuple[ReportedEffort, ...] = ()
    streams: Streams | None = None
    notes: tuple[str, ...] = ()


def activity_of(payload: Mapping[str, Any], streams: dict[str, Any] | None = None) -> StravaActivity:
    """An activity from a summary or a detail, with its streams if given."""
    body = JsonReader(payload, "an activity", "Strava")
    strava_id = body.needed("id", body.whole("id"))
    body = JsonReader(payload, f"activity {strava_id}", "Strava")
    start_time_s = body.needed("start_date", body.moment("start_date"))
    if not _EARLIEST_S <= start_time_s < _LATEST_S:
        raise InvalidResponseError(
            f"Strava's answer is not what its API describes: the start_date of {body.where} is not a plausible date"
        )
    sport_type = body.text("sport_type") or body.text("type")
    measured_power = body.flag("device_watts") is True
    arrays: Streams | None = None
    notes: tuple[str, ...] = ()
    if streams:
        from runcoach.sources.strava.streams import streams_of  # imports numpy, which a list does not need

        arrays, notes = streams_of(streams, start_time_s, sport_type=sport_type, measured_power=measured_power)
    athlete, gear = body.child("athlete"), body.child("gear")
    return StravaActivity(
        strava_id=strava_id,
        start_time_s=start_time_s,
        athlete_id=athlete.whole("id") if athlete else None,
        name=body.text("name"),
        sport_type=sport_type,
        utc_offset_s=_utc_offset_s(body, start_time_s),
        timezone=zone[1] if (zone := _ZONE.fullmatch(body.text("timezone") or "")) else None,
        totals=_totals(body, sport_type),
        is_private=body.flag("private") is True or body.text("visibility") == "only_me",
        is_manual=body.flag("manual") is True,
        trainer=body.flag("trainer") is True,
        workout_type=body.whole("workout_type"),
        achievement_count=body.whole("achievement_count"),
        photo_count=body.whole("total_photo_count"),
        gear_id=body.text("gear_id"),
        is_detailed=body.whole("resource_state") == 3,
        description=body.text("description"),
        private_note=body.text("private_note"),
        device_name=body.text("device_name"),
        gear=_gear(gear) if gear and gear.text("id") else None,
        splits=_splits(body),
        laps=tuple(_lap(lap, sport_type) for lap in body.children("laps") or ()),
        best_efforts=tuple(filter(None, map(_effort, body.children("best_efforts") or ()))),
        streams=arrays,
        notes=notes,
    )


def recording_of(activity: StravaActivity) -> Recording:
    """The activity as a recording; without streams it has no samples."""
    streams = activity.streams
    if streams is None:
        import numpy as np

        from runcoach.domain.streams import Streams

        streams = Streams(np.empty(0))
    return Recording(
        format="strava",
        sport_type=activity.sport_type,
        start_time_s=float(activity.start_time_s),
        streams=streams,
        totals=activity.totals,
        laps=activity.laps,
        indoor=activity.trainer,
        name=activity.name,
        description=activity.description,
        device_name=activity.device_name,
        utc_offset_s=activity.utc_offset_s,
        notes=activity.notes,
    )


def summary_hash(payload: Mapping[str, Any]) -> str:
    """A hash of an activity's summary fields, which changes when it was edited.

    It is the same for a summary and a detail, for 1000 and 1000.0, and for any count of kudos. A new description does
    not change it: summaries have none.
    """
    values = [_plain(payload.get(name)) for name in _HASHED_FIELDS]
    values += [payload.get(name) is True for name in _HASHED_FLAGS]
    values.append(_plain(payload.get("sport_type") or payload.get("type")))
    values.append(payload.get("private") is True or payload.get("visibility") == "only_me")
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:32]


def _plain(value: object) -> str | float | bool | None:
    """A value in a canonical form; None for lists and objects."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return f"{value:.3f}" if abs(value) < 1e15 else str(value)
    return value if isinstance(value, str) else None


def _utc_offset_s(body: JsonReader, start_time_s: int) -> int | None:
    """Seconds that local time is ahead of UTC; from the local start where the offset itself is missing."""
    offset_s = body.whole("utc_offset")
    if offset_s is None:
        local_s = body.moment("start_date_local")  # local time, in spite of its Z
        return None if local_s is None or abs(local_s - start_time_s) > _DAY_S else local_s - start_time_s
    if abs(offset_s) > _DAY_S:
        raise InvalidResponseError(f"unexpected response from Strava: the utc_offset of {body.where} is not an offset")
    return offset_s


def _totals(body: JsonReader, sport_type: str | None) -> Totals:
    """Totals of an activity or a lap, which have the same keys; estimated power is left out."""
    totals = Totals(**{name: body.number(key) for name, key in STRAVA_TOTALS.items()})
    if totals.avg_cadence_spm is not None and sport_type in ON_FOOT:  # Strava counts one leg
        totals = replace(totals, avg_cadence_spm=totals.avg_cadence_spm * 2)
    if body.flag("device_watts") is not True:
        totals = replace(totals, avg_power_w=None, max_power_w=None)
    return totals


def _splits(body: JsonReader) -> tuple[Split, ...] | None:
    """The kilometre splits as reported; a missing number is the position in the list, a repeated one an error."""
    reported = body.children("splits_metric")
    if reported is None:
        return None
    splits = tuple(_split(split, place) for place, split in enumerate(reported, start=1))
    if len({split.km for split in splits}) != len(splits):
        raise InvalidResponseError(f"unexpected response from Strava: splits of {body.where} repeat a number")
    return splits


def _split(split: JsonReader, place: int) -> Split:
    km = split.whole("split")
    return Split(
        km=place if km is None else km,
        distance_m=split.number("distance"),
        elapsed_s=split.whole("elapsed_time"),
        moving_s=split.whole("moving_time"),
        elevation_gain_m=split.number("elevation_difference"),
        avg_hr_bpm=split.whole("average_heartrate"),
        avg_speed_ms=split.number("average_speed"),
    )


def _lap(lap: JsonReader, sport_type: str | None) -> RecordedLap:
    start_time_s = lap.moment("start_date")
    return RecordedLap(
        start_time_s=None if start_time_s is None else float(start_time_s),
        totals=_totals(lap, sport_type),
        name=lap.text("name"),
    )


def _effort(effort: JsonReader) -> ReportedEffort | None:
    """A best effort as reported; None without a distance or a time."""
    distance_m, elapsed_s = effort.number("distance"), effort.whole("elapsed_time")
    if distance_m is None or elapsed_s is None:
        return None
    return ReportedEffort(effort.text("name") or f"{distance_m:g} m", distance_m, elapsed_s)


def _gear(gear: JsonReader) -> Gear:
    return Gear(
        gear_id=gear.needed("id", gear.text("id")),
        name=gear.text("name"),
        distance_m=gear.number("distance"),
        is_retired=gear.flag("retired"),
    )
