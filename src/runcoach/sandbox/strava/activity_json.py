"""Activities, laps and streams in the JSON of Strava's API, field for field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polyline

from runcoach.sandbox.messages import iso
from runcoach.sandbox.strava.strava_metrics import (
    METRES_PER_MILE,
    BestEffort,
    Sections,
    best_efforts,
    lap_borders,
    sections,
    split_borders,
)
from runcoach.sandbox.synthetic.catalog import description_of, timezone_label, title_of
from runcoach.sandbox.synthetic.plan import ActivityPlan, RunKind

if TYPE_CHECKING:
    from collections.abc import Collection

    from runcoach.sandbox.synthetic.outline import Outline
    from runcoach.sandbox.synthetic.samples import Samples

#: Streams that can be requested, in the order in which they are answered.
STREAM_KEYS = (
    *("time", "distance", "latlng", "altitude", "velocity_smooth"),
    *("heartrate", "cadence", "watts", "temp", "moving", "grade_smooth"),
)
_INTEGER_STREAMS = frozenset({"heartrate", "cadence", "watts", "temp"})
_SUMMARY_POINTS = 60
_PACE_ZONE_SHARES = (0.70, 0.80, 0.92, 1.0, 1.08)  # of the speed over 10 km
_WORKOUT_TYPES = {RunKind.RACE: 1, RunKind.LONG: 2, RunKind.TEMPO: 3, RunKind.INTERVALS: 3}
#: Sports whose older ``type`` differs from their ``sport_type``.
_TYPES = {"TrailRun": "Run", "GravelRide": "Ride", "MountainBikeRide": "Ride"}


def summary_of(outline: Outline, athlete_id: int) -> dict[str, Any]:
    """The activity as in the list (``resource_state`` 2)."""
    plan, part, offset_s = outline.plan, outline.stretches, outline.utc_offset_s
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
        "timezone": timezone_label(plan.place.zone),
        "utc_offset": float(offset_s),
        **dict.fromkeys(("location_city", "location_state", "location_country")),
        **_social_counts(plan),
        **_map(outline),
        "average_speed": round(part.distance_m / part.moving_s, 3) if part.moving_s else 0.0,
        "max_speed": 0 if plan.manual else round(outline.max_speed_ms, 3),
        **_averages(outline),
        **_upload(outline),
    }


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
        **_computed(outline, samples, athlete_id),
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


def _computed(outline: Outline, samples: Samples | None, athlete_id: int) -> dict[str, Any]:
    """Splits, best efforts and laps: none of a manual activity, and no best efforts without positions."""
    plan = outline.plan
    if samples is None:
        return {"laps": [], "best_efforts": []} if plan.is_run else {"laps": []}
    computed: dict[str, Any] = {}
    if plan.is_run:
        for name, unit_m in (("splits_metric", 1000.0), ("splits_standard", METRES_PER_MILE)):
            computed[name] = _splits(plan, sections(samples, split_borders(samples.distance_m, unit_m)))
        efforts = [] if plan.indoor else best_efforts(samples.time_s.astype(np.float64), samples.distance_m)
        computed["best_efforts"] = [_effort(outline, athlete_id, k, effort) for k, effort in enumerate(efforts)]
    return computed | {"laps": laps_of(outline, samples, athlete_id)}


def _splits(plan: ActivityPlan, part: Sections) -> list[dict[str, Any]]:
    splits = []
    for k in range(len(part.start)):
        speed = part.distance_m[k] / part.moving_s[k] if part.moving_s[k] else 0.0
        grade = part.rise_m[k] / part.distance_m[k] if part.distance_m[k] else 0.0
        split = {
            "distance": float(part.distance_m[k]),
            "elapsed_time": int(part.elapsed_s[k]),
            "elevation_difference": float(part.rise_m[k]),
            "moving_time": int(part.moving_s[k]),
            "split": k + 1,
            "average_speed": round(float(speed), 2),
            "average_grade_adjusted_speed": round(float(speed * (1 + 3.3 * grade)), 2),
            "pace_zone": _pace_zone(plan, float(speed)),
        }
        if "heartrate" in part.means:
            split["average_heartrate"] = float(part.means["heartrate"][k])
        splits.append(split)
    return splits


def _pace_zone(plan: ActivityPlan, speed_ms: float) -> int:
    return 1 + sum(speed_ms > share * plan.speed_10k_ms for share in _PACE_ZONE_SHARES)


def laps_of(outline: Outline, samples: Samples, athlete_id: int) -> list[dict[str, Any]]:
    """The laps, in the detail and as a reply of their own."""
    plan = outline.plan
    part = sections(samples, lap_borders(samples))
    averages = {"heartrate": "average_heartrate", "cadence": "average_cadence", "watts": "average_watts"}
    laps = []
    for k, start in enumerate(part.start):
        started_at = plan.start_time + int(samples.time_s[start])
        lap: dict[str, Any] = {
            "id": plan.activity_id * 3 + k,
            "resource_state": 2,
            "name": f"Lap {k + 1}",
            **_references(plan, athlete_id),
            "elapsed_time": int(part.elapsed_s[k]),
            "moving_time": int(part.moving_s[k]),
            "start_date": iso(started_at),
            "start_date_local": iso(started_at + outline.utc_offset_s),
            "distance": float(part.distance_m[k]),
            "average_speed": round(float(part.distance_m[k] / part.moving_s[k]), 2) if part.moving_s[k] else 0.0,
            "max_speed": float(part.top_speed_ms[k]),
            "lap_index": k + 1,
            "split": k + 1,
            "start_index": int(start),
            "end_index": int(part.end[k]),
            "total_elevation_gain": float(part.climb_m[k]),
            "device_watts": "watts" in part.means,
            "pace_zone": _pace_zone(plan, float(part.distance_m[k] / max(part.moving_s[k], 1.0))),
        }
        lap |= {averages[name]: round(float(values[k]), 1) for name, values in part.means.items()}
        if "heartrate" in part.peaks:
            lap["max_heartrate"] = float(part.peaks["heartrate"][k])
        laps.append(lap)
    return laps


def _references(plan: ActivityPlan, athlete_id: int) -> dict[str, Any]:
    visibility = "only_me" if plan.private else "everyone"
    return {
        "activity": {"id": plan.activity_id, "visibility": visibility, "resource_state": 1},
        "athlete": {"id": athlete_id, "resource_state": 1},
    }


def _effort(outline: Outline, athlete_id: int, number: int, effort: BestEffort) -> dict[str, Any]:
    """One best effort; as in Strava's answers, its dates are the activity's and only the indices locate it."""
    plan = outline.plan
    return {
        "id": plan.activity_id * 4 + number,
        "resource_state": 2,
        "name": effort.name,
        **_references(plan, athlete_id),
        "elapsed_time": effort.elapsed_s,
        "moving_time": effort.elapsed_s,
        "start_date": iso(plan.start_time),
        "start_date_local": iso(plan.start_time + outline.utc_offset_s),
        "distance": effort.distance_m,
        "pr_rank": None,
        "achievements": [],
        "start_index": effort.start_index,
        "end_index": effort.end_index,
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
