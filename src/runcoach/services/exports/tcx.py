"""Writes one activity as TCX 2, which has a form for samples without a position and for totals without samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from runcoach.domain.sports import FAMILIES
from runcoach.domain.streams import Streams
from runcoach.services.exports.track_xml import cadence_of_one_leg, elements, segments, text, times

_HEADER = """<?xml version="1.0" encoding="UTF-8"?>
<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"
 xmlns:x="http://www.garmin.com/xmlschemas/ActivityExtension/v2" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<Activities>
"""

#: All sports that TCX knows, beside Other.
_SPORTS = {
    **dict.fromkeys(FAMILIES["running"], "Running"),
    **dict.fromkeys(FAMILIES["cycling"], "Biking"),
}


def tcx(activity: Mapping[str, Any], streams: Streams | None, *, with_totals: bool = True) -> str:
    """An activity (columns of the table) with its samples, if any, as one lap.

    The lap states the totals of the whole activity, without ``with_totals`` nothing but what its samples show. A track
    ends where the timer stood still. Cadence counts one leg. The title is in ``Notes``.
    """
    begun = times(np.zeros(1), activity["start_time"])[0]
    sport = _SPORTS.get(activity["sport_type"], "Other")
    parts = [_HEADER, f'<Activity Sport="{sport}">\n<Id>{begun}</Id>\n<Lap StartTime="{begun}">\n']
    parts.append(_totals(activity, streams, with_totals=with_totals))
    if streams is not None:
        points = _points(streams, activity)
        for begin, end in segments(streams):
            parts += ["<Track>\n", *points[begin:end], "</Track>\n"]
    parts.append(f"</Lap>\n<Notes>{text(activity['name'])}</Notes>\n")
    if activity["device_name"]:
        parts.append(f'<Creator xsi:type="Device_t"><Name>{text(activity["device_name"])}</Name></Creator>\n')
    parts.append("</Activity>\n</Activities>\n</TrainingCenterDatabase>\n")
    return "".join(parts)


def _totals(activity: Mapping[str, Any], streams: Streams | None, *, with_totals: bool) -> str:
    """The elements of the lap before its tracks; those that the schema requires are there in any case."""
    timer_s, distance_m = activity["moving_time_sec"], activity["distance_m"]
    if streams is not None:
        clock = streams.get("timer_s")
        timer_s = float(np.nanmax(streams.time_s if clock is None else clock))
        if not with_totals:
            timer_s -= float(streams.time_s[0])
            metres = streams.get("distance_m")
            known = () if metres is None else metres[np.isfinite(metres)]
            distance_m = float(np.ptp(known)) if len(known) else None
    return (
        f"<TotalTimeSeconds>{timer_s or 0}</TotalTimeSeconds>\n<DistanceMeters>{distance_m or 0}</DistanceMeters>\n"
        f"<Calories>{activity['calories'] or 0}</Calories>\n"
        "<Intensity>Active</Intensity>\n<TriggerMethod>Manual</TriggerMethod>\n"
    )


def _points(streams: Streams, activity: Mapping[str, Any]) -> list[str]:
    """The elements of all samples in the order of the schema."""
    count = len(streams)
    cadence = cadence_of_one_leg(streams, activity["sport_type"])
    on_foot = cadence is not None and cadence is not streams.get("cadence_spm")
    heart_rate = elements(streams.get("heart_rate_bpm"), "Value", 0, count)
    columns = zip(
        times(streams.time_s, activity["start_time"]),
        elements(streams.get("lat_deg"), "LatitudeDegrees", 6, count),
        elements(streams.get("lng_deg"), "LongitudeDegrees", 6, count),
        elements(streams.get("altitude_m"), "AltitudeMeters", 1, count),
        elements(streams.get("distance_m"), "DistanceMeters", 1, count),
        [f"<HeartRateBpm>{value}</HeartRateBpm>" if value else "" for value in heart_rate],
        elements(None if on_foot else cadence, "Cadence", 0, count),
        elements(streams.get("speed_ms"), "x:Speed", 2, count),
        elements(cadence if on_foot else None, "x:RunCadence", 0, count),
        elements(streams.get("power_w"), "x:Watts", 0, count),
        strict=True,
    )
    return [
        f"<Trackpoint><Time>{time}</Time>{_position(lat, lng)}{''.join(plain)}"
        f"{_extension(speed + run_cadence + power)}</Trackpoint>\n"
        for time, lat, lng, *plain, speed, run_cadence, power in columns
    ]


def _position(lat: str, lng: str) -> str:
    return f"<Position>{lat}{lng}</Position>" if lat and lng else ""


def _extension(inner: str) -> str:
    return f"<Extensions><x:TPX>{inner}</x:TPX></Extensions>" if inner else ""
