"""An activity as Strava's list words it, field for field; details and streams are in ``details``, HTTP is not here."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from runcoach.sandbox.synthetic.catalog import title_of
from runcoach.sandbox.synthetic.places import timezone_label
from runcoach.sandbox.synthetic.plan import RunKind
from runcoach.sandbox.synthetic.route import encode_polyline, thinned

if TYPE_CHECKING:
    from runcoach.sandbox.synthetic.samples import Outline

_SUMMARY_POINTS = 60
_WORKOUT_TYPES = {RunKind.RACE: 1, RunKind.LONG: 2, RunKind.TEMPO: 3, RunKind.INTERVALS: 3}

#: Sports whose older ``type`` has another name than their ``sport_type``.
_TYPES = {"TrailRun": "Run", "GravelRide": "Ride", "MountainBikeRide": "Ride"}


def encode(answer: Any) -> bytes:
    """JSON as it goes over the wire."""
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()


def iso(epoch_s: int) -> str:
    """``2026-11-22T07:00:12Z``."""
    return f"{datetime.fromtimestamp(epoch_s, UTC).isoformat()[:19]}Z"


def summary_of(outline: Outline, athlete_id: int) -> dict[str, Any]:
    """The activity as the list has it (``resource_state`` 2)."""
    plan, part = outline.plan, outline.stretches
    return {
        "resource_state": 2,
        "athlete": {"id": athlete_id, "resource_state": 1},
        "name": title_of(plan, (plan.start_time + outline.utc_offset_s) % 86_400 // 3600),
        "distance": part.distance_m,
        "moving_time": part.moving_s,
        "elapsed_time": part.elapsed_s,
        "total_elevation_gain": outline.route.climb_m if outline.route else 0,
        **_kind_of_sport(outline),
        "id": plan.activity_id,
        **_when(outline),
        "location_city": None,
        "location_state": None,
        "location_country": None,
        **_applause(outline),
        **_map(outline),
        "average_speed": round(part.distance_m / part.moving_s, 3) if part.moving_s else 0.0,
        "max_speed": 0 if plan.manual else round(outline.max_speed_ms, 3),
        **_averages(outline),
        **_upload(outline),
    }


def _kind_of_sport(outline: Outline) -> dict[str, Any]:
    sport = outline.plan.sport
    said: dict[str, Any] = {"type": _TYPES.get(sport, sport), "sport_type": sport}
    if outline.plan.is_run:
        said["workout_type"] = _WORKOUT_TYPES.get(outline.plan.kind, 0 if outline.plan.seed % 3 else None)
    return said


def _when(outline: Outline) -> dict[str, Any]:
    plan, offset = outline.plan, outline.utc_offset_s
    return {
        "start_date": iso(plan.start_time),
        "start_date_local": iso(plan.start_time + offset),
        "timezone": timezone_label(plan.place.zone),
        "utc_offset": float(offset),
    }


def _applause(outline: Outline) -> dict[str, Any]:
    luck = outline.plan.seed >> 8
    race = outline.plan.kind is RunKind.RACE
    return {
        "achievement_count": 3 + luck % 10 if race else max(0, luck % 10 - 6),
        "kudos_count": 15 + luck % 45 if race else luck % 14,
        "comment_count": luck % 8 if race else luck % 2,
        "athlete_count": 40 + luck % 900 if race else 1 + luck % 4 // 3,
        "photo_count": 0,
    }


def _map(outline: Outline) -> dict[str, Any]:
    plan, route = outline.plan, outline.route
    drawn = ""
    start: list[float] = []
    end: list[float] = []
    if route is not None:
        lat, lng = route.degrees(route.east_m, route.north_m)
        few = thinned(len(lat), _SUMMARY_POINTS)
        drawn = encode_polyline(lat[few], lng[few])
        start, end = [float(lat[0]), float(lng[0])], [float(lat[-1]), float(lng[-1])]
    return {
        "map": {"id": f"a{plan.activity_id}", "summary_polyline": drawn, "resource_state": 2},
        "trainer": plan.indoor,
        "commute": False,
        "manual": plan.manual,
        "private": plan.private,
        "visibility": "only_me" if plan.private else ("everyone" if plan.seed % 4 else "followers_only"),
        "flagged": False,
        "gear_id": plan.gear_id,
        "start_latlng": start,
        "end_latlng": end,
    }


def _averages(outline: Outline) -> dict[str, Any]:
    """Figures of the sensors; what a device does not measure is left out, as Strava does."""
    plan, device = outline.plan, outline.plan.device
    measured: dict[str, Any] = {}
    if plan.manual:
        return _heart_rate(None, None)
    if device.cadence:
        measured["average_cadence"] = round(outline.moving_mean(outline.cadence_rpm), 1)
    if device.temperature:
        measured["average_temp"] = outline.temperature_c
    if outline.has_power:
        mean = outline.moving_mean(outline.watts)
        measured |= {"average_watts": round(mean, 1), "max_watts": outline.max_watts}
        measured |= {"weighted_average_watts": round(mean * 1.02), "device_watts": True}
        measured["kilojoules"] = round(mean * outline.stretches.moving_s / 1000, 1)
    pulse = outline.heart_rate_bpm
    if device.heart_rate:
        measured |= _heart_rate(outline.moving_mean((pulse[:-1] + pulse[1:]) / 2), float(pulse.max()))
    else:
        measured |= _heart_rate(None, None)
    heights = outline.route.altitude_m if outline.route else np.zeros(1)
    return {**measured, "elev_high": float(heights.max()), "elev_low": float(heights.min())}


def _heart_rate(mean_bpm: float | None, top_bpm: float | None) -> dict[str, Any]:
    if mean_bpm is None or top_bpm is None:
        return {"has_heartrate": False, "heartrate_opt_out": False, "display_hide_heartrate_option": False}
    return {
        "has_heartrate": True,
        "average_heartrate": round(mean_bpm, 1),
        "max_heartrate": float(round(top_bpm)),
        "heartrate_opt_out": False,
        "display_hide_heartrate_option": True,
    }


def _upload(outline: Outline) -> dict[str, Any]:
    plan = outline.plan
    upload: dict[str, Any] = {"upload_id": None, "external_id": None}
    if not plan.manual:
        number = plan.activity_id + 1_000_000_007
        upload = {"upload_id": number, "upload_id_str": str(number), "external_id": f"garmin_ping_{plan.seed % 10**12}"}
        upload["device_name"] = plan.device.name
    upload |= {"from_accepted_tag": False, "pr_count": 0, "total_photo_count": 0, "has_kudoed": False}
    if plan.device.heart_rate and not plan.manual:
        upload["suffer_score"] = float(round(outline.stretches.moving_s / 60 * 0.9))
    return upload
