"""An activity's detail, laps and streams as Strava's API words them, field for field; HTTP is not here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from runcoach.sandbox.strava.activity_json import iso, summary_of
from runcoach.sandbox.strava.strava_metrics import (
    METRES_PER_MILE,
    BestEffort,
    Sections,
    best_efforts,
    lap_borders,
    sections,
    split_borders,
)
from runcoach.sandbox.synthetic.catalog import description_of
from runcoach.sandbox.synthetic.route import encode_polyline

if TYPE_CHECKING:
    from collections.abc import Collection

    from runcoach.sandbox.synthetic.plan import ActivityPlan
    from runcoach.sandbox.synthetic.samples import Outline, Samples

#: Streams that can be asked for, in the order in which they are answered.
STREAM_KEYS = (
    *("time", "distance", "latlng", "altitude", "velocity_smooth"),
    *("heartrate", "cadence", "watts", "temp", "moving", "grade_smooth"),
)
_WHOLE_NUMBERS = frozenset({"heartrate", "cadence", "watts", "temp"})
_ZONE_SHARES = (0.70, 0.80, 0.92, 1.0, 1.08)


def detail_of(
    outline: Outline, samples: Samples | None, athlete_id: int, gear: dict[str, Any] | None
) -> dict[str, Any]:
    """The activity in full (``resource_state`` 3); ``samples`` None for a manual one."""
    plan = outline.plan
    detail = summary_of(outline, athlete_id) | {"resource_state": 3}
    if outline.route is not None:
        drawn = encode_polyline(*outline.route.degrees(outline.route.east_m, outline.route.north_m))
        detail["map"] = detail["map"] | {"polyline": drawn, "resource_state": 3}
    else:
        detail["map"] = detail["map"] | {"polyline": "", "resource_state": 3}
    detail |= {
        "description": description_of(plan),
        "calories": round(outline.stretches.distance_m / 1000 * 72, 1),
        "perceived_exertion": None,
        "prefer_perceived_exertion": False,
        "segment_efforts": [],
    }
    detail |= _reckoned(outline, samples, athlete_id)
    if gear is not None:
        detail["gear"] = gear
    return detail | _rest(plan)


def _reckoned(outline: Outline, samples: Samples | None, athlete_id: int) -> dict[str, Any]:
    """Splits, laps and best efforts: a manual activity has none, and Strava ranks no run without positions."""
    if samples is None:
        return {"laps": [], "best_efforts": []} if outline.plan.is_run else {"laps": []}
    said: dict[str, Any] = {}
    if outline.plan.is_run:
        metric = sections(samples, split_borders(samples.distance_m, 1000.0))
        standard = sections(samples, split_borders(samples.distance_m, METRES_PER_MILE))
        efforts = [] if outline.plan.indoor else best_efforts(samples.time_s.astype(np.float64), samples.distance_m)
        said["splits_metric"] = _splits(outline.plan, metric)
        said["splits_standard"] = _splits(outline.plan, standard)
        said["best_efforts"] = [_effort(outline, athlete_id, k, effort) for k, effort in enumerate(efforts)]
    return said | {"laps": laps_of(outline, samples, athlete_id)}


def _rest(plan: ActivityPlan) -> dict[str, Any]:
    everyone = ("heart_rate", "pace", "power", "speed", "calories")
    return {
        "photos": {"primary": None, "count": 0},
        "stats_visibility": [{"type": stat, "visibility": "everyone"} for stat in everyone],
        "hide_from_home": False,
        "embed_token": f"{plan.seed:040x}"[-40:],
        "available_zones": ["heartrate", "pace"] if plan.device.heart_rate and not plan.manual else ["pace"],
    }


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
    return 1 + sum(speed_ms > share * plan.speed_10k_ms for share in _ZONE_SHARES)


def laps_of(outline: Outline, samples: Samples, athlete_id: int) -> list[dict[str, Any]]:
    """The laps, also an answer of their own."""
    plan = outline.plan
    part = sections(samples, lap_borders(samples))
    laps = []
    for k, start in enumerate(part.start):
        begun = plan.start_time + int(samples.time_s[start])
        lap: dict[str, Any] = {
            "id": plan.activity_id * 3 + k,
            "resource_state": 2,
            "name": f"Lap {k + 1}",
            **_belongs(plan, athlete_id),
            "elapsed_time": int(part.elapsed_s[k]),
            "moving_time": int(part.moving_s[k]),
            "start_date": iso(begun),
            "start_date_local": iso(begun + outline.utc_offset_s),
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
        laps.append(lap | _lap_sensors(part, k))
    return laps


def _lap_sensors(part: Sections, lap: int) -> dict[str, Any]:
    names = {"heartrate": "average_heartrate", "cadence": "average_cadence", "watts": "average_watts"}
    said = {names[name]: round(float(values[lap]), 1) for name, values in part.means.items()}
    if "heartrate" in part.peaks:
        said["max_heartrate"] = float(part.peaks["heartrate"][lap])
    return said


def _belongs(plan: ActivityPlan, athlete_id: int) -> dict[str, Any]:
    visibility = "only_me" if plan.private else "everyone"
    return {
        "activity": {"id": plan.activity_id, "visibility": visibility, "resource_state": 1},
        "athlete": {"id": athlete_id, "resource_state": 1},
    }


def _effort(outline: Outline, athlete_id: int, number: int, effort: BestEffort) -> dict[str, Any]:
    """One best effort; its dates are the activity's, as in Strava's recent answers: only the indices place it."""
    plan = outline.plan
    return {
        "id": plan.activity_id * 4 + number,
        "resource_state": 2,
        "name": effort.name,
        **_belongs(plan, athlete_id),
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
    """The streams asked for, as far as they were recorded; ``distance`` comes unasked, as on Strava."""
    return {
        key: {
            "data": _column(samples, key),
            "series_type": "distance",
            "original_size": len(samples.time_s),
            "resolution": "high",
        }
        for key in STREAM_KEYS
        if (key in keys or key == "distance") and _recorded(samples, key)
    }


def _recorded(samples: Samples, key: str) -> bool:
    return key in {"time", "distance", "moving"} or ("lat" if key == "latlng" else key) in samples.channels


def _column(samples: Samples, key: str) -> list[Any]:
    plain: dict[str, npt.NDArray[Any]] = {
        "time": samples.time_s,
        "moving": samples.moving,
        "distance": samples.distance_m,
    }
    if key == "latlng":
        plain[key] = np.column_stack((samples.channels["lat"], samples.channels["lng"]))
    values = plain[key] if key in plain else samples.channels[key]
    column: list[Any] = (values.astype(np.int64) if key in _WHOLE_NUMBERS else values).tolist()
    return column
