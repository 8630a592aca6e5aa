"""Writes one activity as GPX 1.1, with Garmin's extensions for what GPX itself has no elements for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from runcoach.domain.streams import Streams
from runcoach.services.exports.track_xml import cadence_of_one_leg, elements, segments, text, times

_HEADER = """<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="runcoach" xmlns="http://www.topografix.com/GPX/1/1"
 xmlns:gpxtpx="http://www.garmin.com/xmlschemas/TrackPointExtension/v2"
 xmlns:gpxdata="http://www.cluetrust.com/XML/GPXDATA/1/0"
 xmlns:pwr="http://www.garmin.com/xmlschemas/PowerExtension/v1">
"""


def gpx(activity: Mapping[str, Any], streams: Streams) -> str | None:
    """The track of an activity (columns of the table) as GPX; None where no sample has a position.

    Samples without a position are left out. A segment ends where the timer stood still. ``gpxtpx:cad`` counts one leg,
    as its readers expect; ``gpxdata:distance`` is the distance since the start in metres.
    """
    lat_deg, lng_deg = streams.get("lat_deg"), streams.get("lng_deg")
    if lat_deg is None or lng_deg is None:
        return None
    has_position = np.isfinite(lat_deg) & np.isfinite(lng_deg)
    if not has_position.any():
        return None
    track = streams.take(has_position)
    begun = times(np.zeros(1), activity["start_time"])[0]
    parts = [_HEADER, f"<metadata><time>{begun}</time></metadata>\n<trk>\n"]
    columns = (("name", "name"), ("desc", "description"), ("src", "device_name"), ("type", "sport_type"))
    parts += [f"<{tag}>{text(str(activity[name]))}</{tag}>\n" for tag, name in columns if activity[name]]
    points = _points(track, activity)
    for begin, end in segments(track):
        parts += ["<trkseg>\n", *points[begin:end], "</trkseg>\n"]
    parts.append("</trk>\n</gpx>\n")
    return "".join(parts)


def _points(track: Streams, activity: Mapping[str, Any]) -> list[str]:
    """The elements of all points; those of Garmin's TrackPointExtension in the order of its schema."""
    count = len(track)
    columns = zip(
        track.channels["lat_deg"].tolist(),
        track.channels["lng_deg"].tolist(),
        elements(track.get("altitude_m"), "ele", 1, count),
        times(track.time_s, activity["start_time"]),
        elements(track.get("temperature_c"), "gpxtpx:atemp", 1, count),
        elements(track.get("heart_rate_bpm"), "gpxtpx:hr", 0, count),
        elements(cadence_of_one_leg(track, activity["sport_type"]), "gpxtpx:cad", 0, count),
        elements(track.get("speed_ms"), "gpxtpx:speed", 2, count),
        elements(track.get("distance_m"), "gpxdata:distance", 1, count),
        elements(track.get("power_w"), "pwr:PowerInWatts", 0, count),
        strict=True,
    )
    return [
        f'<trkpt lat="{lat:.6f}" lon="{lng:.6f}">{altitude}<time>{time}</time>'
        f"{_extensions(temperature + heart_rate + cadence + speed, distance + power)}</trkpt>\n"
        for lat, lng, altitude, time, temperature, heart_rate, cadence, speed, distance, power in columns
    ]


def _extensions(inner: str, others: str) -> str:
    if not inner and not others:
        return ""
    point = f"<gpxtpx:TrackPointExtension>{inner}</gpxtpx:TrackPointExtension>" if inner else ""
    return f"<extensions>{point}{others}</extensions>"
