"""Athlete, gear, activities and streams in the JSON of Strava's API, field for field."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import polyline

from runcoach.sandbox.http_server import iso
from runcoach.sandbox.strava.strava_metrics import METRES_PER_MILE, best_efforts_of, laps_of, splits_of
from runcoach.sandbox.synthetic.plan import GEAR, ActivityPlan, Gear, RunKind, description_of, title_of

if TYPE_CHECKING:
    from runcoach.sandbox.synthetic.outline import Outline
    from runcoach.sandbox.synthetic.samples import Samples

#: Streams that can be requested, in the order in which they are answered.
STREAM_KEYS = (
    *("time", "distance", "latlng", "altitude", "velocity_smooth"),
    *("heartrate", "cadence", "watts", "temp", "moving", "grade_smooth"),
)
_INTEGER_STREAMS = frozenset({"heartrate", "cadence", "watts", "temp"})
_SUMMARY_POINTS = 60
_WORKOUT_TYPES = {RunKind.RACE: 1, RunKind.LONG: 2, RunKind.TEMPO: 3, RunKind.INTERVALS: 3}
#: Sports whose older ``type`` differs from their ``sport_type``.
_TYPES = {"TrailRun": "Run", "GravelRide": "Ride", "MountainBikeRide": "Ride"}


def summary_of(outline: Outline, athlete_id: int) -> dict[str, Any]:
    """The activity as in the list (``resource_state`` 2)."""
    plan, part, offset_s = outline.plan, outline.stretches, outline.plan.utc_offset_s
    summary = {
        "resource_state": 2,
        "athlete": {"id": athlete_id, "resource_state": 1},
        "name": title_of(plan),
        "distance": part.distance_m,
        "moving_time": part.moving_s,
        "elapsed_time": part.elapsed_s,
        "total_elevation_gain": outline.route.climb_m if outline.route else 0,
        "type": _TYPES.get(plan.sport, plan.sport),
        "sport_type": plan.sport,
    }
    if plan.is_run:
        summary["workout_type"] = _WORKOUT_TYPES.get(plan.kind, 0 if plan.seed % 3 else None)
    return summary | {
        "id": plan.activity_id,
        "start_date": iso(plan.start_time),
        "start_date_local": iso(plan.start_time + offset_s),
        "timezone": _timezone(plan.place.zone),
        "utc_offset": float(offset_s),
        **dict.fromkeys(("location_city", "location_state", "location_country")),
        **_social_counts(plan),
        **_map(outline),
        "average_speed": round(part.distance_m / part.moving_s, 3) if part.moving_s else 0.0,
        "max_speed": 0 if plan.manual else round(outline.max_speed_ms, 3),
        **_averages(outline),
        **_upload(outline),
    }


@cache
def _timezone(zone: str) -> str:
    """A time zone as Strava writes it, always with its standard offset: ``(GMT+01:00) Europe/Berlin``."""
    return f"(GMT{datetime(2025, 1, 15, tzinfo=ZoneInfo(zone)).isoformat()[-6:]}) {zone}"


def _social_counts(plan: ActivityPlan) -> dict[str, Any]:
    dice, race = plan.seed >> 8, plan.kind is RunKind.RACE
    return {
        "achievement_count": 3 + dice % 10 if race else max(0, dice % 10 - 6),
        "kudos_count": 15 + dice % 45 if race else dice % 14,
        "comment_count": dice % 8 if race else dice % 2,
        "athlete_count": 40 + dice % 900 if race else 1 + dice % 4 // 3,
        "photo_count": 0,
    }


def _map(outline: Outline) -> dict[str, Any]:
    plan = outline.plan
    points = _points(outline)
    kept = min(len(points), _SUMMARY_POINTS)
    summary_points = [points[k * (len(points) - 1) // max(1, kept - 1)] for k in range(kept)]
    summary_line = polyline.encode(summary_points) if points else ""
    return {
        "map": {"id": f"a{plan.activity_id}", "summary_polyline": summary_line, "resource_state": 2},
        "trainer": plan.indoor,
        "commute": False,
        "manual": plan.manual,
        "private": plan.private,
        "visibility": "only_me" if plan.private else ("everyone" if plan.seed % 4 else "followers_only"),
        "flagged": False,
        "gear_id": plan.gear_id,
        "start_latlng": list(points[0]) if points else [],
        "end_latlng": list(points[-1]) if points else [],
    }


def _points(outline: Outline) -> list[tuple[float, float]]:
    """Latitude and longitude of the points of the route; [] without positions."""
    if outline.route is None:
        return []
    lat, lng = outline.route.degrees(outline.route.east_m, outline.route.north_m)
    return list(zip(lat.tolist(), lng.tolist(), strict=True))


def _averages(outline: Outline) -> dict[str, Any]:
    """Averages of the sensors; as on Strava, a channel that was not recorded has no keys."""
    plan, device = outline.plan, outline.plan.device
    if plan.manual:
        return _heart_rate(None)
    averages: dict[str, Any] = {}
    if device.cadence:
        averages["average_cadence"] = round(outline.moving_mean(outline.cadence_rpm), 1)
    if device.temperature:
        averages["average_temp"] = outline.temperature_c
    if outline.has_power:
        mean = outline.moving_mean(outline.watts)
        averages |= {"average_watts": round(mean, 1), "max_watts": outline.max_watts}
        averages |= {"weighted_average_watts": round(mean * 1.02), "device_watts": True}
        averages["kilojoules"] = round(mean * outline.stretches.moving_s / 1000, 1)
    averages |= _heart_rate(outline if device.heart_rate else None)
    heights = outline.route.altitude_m if outline.route else np.zeros(1)
    return averages | {"elev_high": float(heights.max()), "elev_low": float(heights.min())}


def _heart_rate(outline: Outline | None) -> dict[str, Any]:
    if outline is None:
        return {"has_heartrate": False, "heartrate_opt_out": False, "display_hide_heartrate_option": False}
    return {
        "has_heartrate": True,
        "average_heartrate": round(outline.mean_heart_rate_bpm, 1),
        "max_heartrate": float(outline.max_heart_rate_bpm),
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


def detail_of(
    outline: Outline, samples: Samples | None, athlete_id: int, gear: dict[str, Any] | None
) -> dict[str, Any]:
    """The detailed activity (``resource_state`` 3); ``samples`` None for a manual one."""
    plan = outline.plan
    detail = summary_of(outline, athlete_id) | {"resource_state": 3}
    points = _points(outline)
    detail["map"] |= {"polyline": polyline.encode(points) if points else "", "resource_state": 3}
    detail |= {
        "description": description_of(plan),
        "calories": round(outline.stretches.distance_m / 1000 * 72, 1),
        "perceived_exertion": None,
        "prefer_perceived_exertion": False,
        "segment_efforts": [],
        **_computed(plan, samples, athlete_id),
    }
    if gear is not None:
        detail["gear"] = gear
    everyone = ("heart_rate", "pace", "power", "speed", "calories")
    return detail | {
        "photos": {"primary": None, "count": 0},
        "stats_visibility": [{"type": stat, "visibility": "everyone"} for stat in everyone],
        "hide_from_home": False,
        "embed_token": f"{plan.seed:040x}"[-40:],
        "available_zones": ["heartrate", "pace"] if plan.device.heart_rate and not plan.manual else ["pace"],
    }


def _computed(plan: ActivityPlan, samples: Samples | None, athlete_id: int) -> dict[str, Any]:
    """Splits, best efforts and laps: none of a manual activity, and of other sports laps only."""
    if samples is None:
        return {"laps": [], "best_efforts": []} if plan.is_run else {"laps": []}
    laps = {"laps": laps_of(plan, samples, athlete_id)}
    if not plan.is_run:
        return laps
    return {
        "splits_metric": splits_of(plan, samples, 1000.0),
        "splits_standard": splits_of(plan, samples, METRES_PER_MILE),
        "best_efforts": best_efforts_of(plan, samples, athlete_id),
        **laps,
    }


def streams_of(samples: Samples, keys: Collection[str]) -> dict[str, dict[str, Any]]:
    """The requested streams that were recorded; as on Strava, always with ``distance``."""
    columns: dict[str, Any] = {"time": samples.time_s, "distance": samples.distance_m, "moving": samples.moving}
    columns |= samples.channels
    if "lat" in columns:
        columns["latlng"] = np.column_stack((columns["lat"], columns["lng"]))
    streams = {}
    for key in STREAM_KEYS:
        if key in columns and (key in keys or key == "distance"):
            data = (columns[key].astype(np.int64) if key in _INTEGER_STREAMS else columns[key]).tolist()
            streams[key] = {"data": data, "series_type": "distance", "original_size": len(data), "resolution": "high"}
    return streams


_PROFILE: dict[str, Any] = {
    "username": "sandra_sand",
    "resource_state": 2,
    "firstname": "Sandra",
    "lastname": "Sand",
    "bio": "Runs on loopback.",
    "city": "Freiburg",
    "state": "Baden-Württemberg",
    "country": "Germany",
    "sex": "F",
    "premium": True,
    "summit": True,
    "created_at": "2013-03-01T08:00:00Z",
    "updated_at": "2026-10-01T08:00:00Z",
    "badge_type_id": 1,
    "weight": 58.5,
    "profile_medium": "avatar/athlete/medium.png",
    "profile": "avatar/athlete/large.png",
    "friend": None,
    "follower": None,
}

_PROFILE_IN_FULL: dict[str, Any] = {
    "blocked": False,
    "can_follow": True,
    "follower_count": 42,
    "friend_count": 40,
    "mutual_friend_count": 0,
    "athlete_type": 1,
    "date_preference": "%d/%m/%Y",
    "measurement_preference": "meters",
    "clubs": [],
}


def profile_of(athlete_id: int, gear_distance_m: Callable[[str], float] | None) -> dict[str, Any]:
    """The athlete: in full with the distance of each pair of shoes and bike, else a summary."""
    profile = {"id": athlete_id} | _PROFILE
    if gear_distance_m is None:
        return profile
    shoes, bikes = (
        [gear_summary(gear, gear_distance_m(gear.gear_id)) for gear in GEAR if gear.is_bike is bike]
        for bike in (False, True)
    )
    return profile | _PROFILE_IN_FULL | {"resource_state": 3, "shoes": shoes, "bikes": bikes}


def gear_summary(gear: Gear, distance_m: float) -> dict[str, Any]:
    """A pair of shoes or a bike in an activity's detail (``resource_state`` 2)."""
    return {
        "id": gear.gear_id,
        "primary": gear.primary,
        "name": gear.name,
        "nickname": gear.nickname,
        "resource_state": 2,
        "retired": gear.retired,
        "distance": round(distance_m),
        "converted_distance": round(distance_m / 1000, 1),
    }


def gear_detail(gear: Gear, distance_m: float) -> dict[str, Any]:
    """A pair of shoes or a bike at ``/gear/{id}`` (``resource_state`` 3)."""
    extra = {"frame_type": 3, "weight": 11.0} if gear.is_bike else {"notification_distance": 0}
    named = {"brand_name": gear.brand, "model_name": gear.model, "description": gear.description}
    return gear_summary(gear, distance_m) | {"resource_state": 3} | named | extra
