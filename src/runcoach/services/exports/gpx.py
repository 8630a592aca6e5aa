"""Writes one activity as GPX 1.1, with Garmin's extensions for what GPX itself has no elements for."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import numpy as np

from runcoach.domain import sports

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcoach.domain.streams import FloatArray, Streams

_HEADER = """<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="runcoach" xmlns="http://www.topografix.com/GPX/1/1"
 xmlns:gpxtpx="http://www.garmin.com/xmlschemas/TrackPointExtension/v2"
 xmlns:gpxdata="http://www.cluetrust.com/XML/GPXDATA/1/0"
 xmlns:pwr="http://www.garmin.com/xmlschemas/PowerExtension/v1">
"""

#: Channel → the element of Garmin's TrackPointExtension and its decimals, in the order of its schema.
_TRACK_POINT = (
    ("temperature_c", "gpxtpx:atemp", 1),
    ("heart_rate_bpm", "gpxtpx:hr", 0),
    ("cadence_spm", "gpxtpx:cad", 0),
    ("speed_ms", "gpxtpx:speed", 2),
)
_OTHERS = (("distance_m", "gpxdata:distance", 1), ("power_w", "pwr:PowerInWatts", 0))

#: Characters that XML 1.0 has no form for.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: The timer stood still for longer than this between two samples.
_PAUSE_S = 0.5


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
    parts = [_HEADER, f"<metadata><time>{_times(np.zeros(1), activity['start_time'])[0]}</time></metadata>\n<trk>\n"]
    parts += [
        f"<{name}>{text(str(value))}</{name}>\n"
        for name, value in (
            ("name", activity["name"]),
            ("desc", activity["description"]),
            ("src", activity["device_name"]),
            ("type", activity["sport_type"]),
        )
        if value
    ]
    points, starts = _points(track, activity), _segment_starts(track)
    for begin, end in zip(starts, [*starts[1:], len(points)], strict=True):
        parts += ["<trkseg>\n", *points[begin:end], "</trkseg>\n"]
    parts.append("</trk>\n</gpx>\n")
    return "".join(parts)


def text(value: str) -> str:
    """A text as XML content."""
    return escape(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", value))


def _points(track: Streams, activity: Mapping[str, Any]) -> list[str]:
    """The elements of all points."""
    times = _times(track.time_s, activity["start_time"])
    lines = [
        f'<trkpt lat="{lat:.6f}" lon="{lng:.6f}">'
        for lat, lng in zip(track.channels["lat_deg"].tolist(), track.channels["lng_deg"].tolist(), strict=True)
    ]
    altitude = _elements(track.get("altitude_m"), "ele", 1, len(track))
    inner = _joined(
        [_elements(_stated(track, name, activity), tag, digits, len(track)) for name, tag, digits in _TRACK_POINT]
    )
    others = _joined([_elements(track.get(name), tag, digits, len(track)) for name, tag, digits in _OTHERS])
    return [
        f"{line}{ele}<time>{time}</time>{_extensions(one, other)}</trkpt>\n"
        for line, ele, time, one, other in zip(lines, altitude, times, inner, others, strict=True)
    ]


def _stated(track: Streams, channel: str, activity: Mapping[str, Any]) -> FloatArray | None:
    """A channel as GPX states it: cadence on foot of one leg."""
    values = track.get(channel)
    if values is not None and channel == "cadence_spm" and activity["sport_type"] in sports.ON_FOOT:
        return values / 2
    return values


def _extensions(inner: str, others: str) -> str:
    if not inner and not others:
        return ""
    point = f"<gpxtpx:TrackPointExtension>{inner}</gpxtpx:TrackPointExtension>" if inner else ""
    return f"<extensions>{point}{others}</extensions>"


def _elements(values: FloatArray | None, tag: str, digits: int, count: int) -> list[str]:
    """An element for each value, empty text for a missing one."""
    if values is None:
        return [""] * count
    return ["" if value != value else f"<{tag}>{value:.{digits}f}</{tag}>" for value in values.tolist()]  # noqa: PLR0124


def _joined(columns: list[list[str]]) -> list[str]:
    return ["".join(row) for row in zip(*columns, strict=True)]


def _segment_starts(track: Streams) -> list[int]:
    """The index of the first point of each segment."""
    timer_s = track.get("timer_s")
    if timer_s is None:
        return [0]
    stood_s = np.nan_to_num(np.diff(track.time_s) - np.diff(timer_s))
    return [0, *(np.flatnonzero(stood_s > _PAUSE_S) + 1).tolist()]


def _times(time_s: FloatArray, start: int) -> list[str]:
    """Times in UTC, with milliseconds where one has any."""
    millis = np.rint(time_s * 1000.0).astype(np.int64) + start * 1000
    moments = millis.astype("datetime64[ms]")
    stamps = np.datetime_as_string(moments, unit="ms" if (millis % 1000).any() else "s")
    return [f"{stamp}Z" for stamp in stamps.tolist()]


def file_stem(activity: Mapping[str, Any]) -> str:
    """``2026/2026-11-23-0715-42``: the local start and the id, so that files sort by time."""
    local = datetime.fromtimestamp(activity["start_time"] + activity["utc_offset_s"], UTC)
    return f"{local:%Y}/{local:%Y-%m-%d-%H%M}-{activity['id']}"
