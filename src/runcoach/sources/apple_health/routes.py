"""GPX files of Apple's workout routes: as Apple writes them in one pass, any other one with the general reader."""

from __future__ import annotations

import re

import numpy as np

from runcoach.domain.streams import Streams
from runcoach.errors import NotAnActivityError, SourceError
from runcoach.sources.gpx import read_gpx
from runcoach.sources.xml_reader import clean_xml

#: A point as Apple writes it: longitude first, whole seconds in UTC, the speed in an extension.
_POINT = re.compile(
    rb'<trkpt lon="([-\d.]+)" lat="([-\d.]+)"><ele>([-\d.]+)</ele><time>(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)Z</time>'
    rb"<extensions><speed>([-\d.]+)</speed>[^\n]{0,200}?</extensions></trkpt>"
)
_CHANNELS = ("lng_deg", "lat_deg", "altitude_m", "speed_ms")


def read_route(content: bytes) -> Streams:
    """The points of a route, times in seconds since 1970, by time. SourceError without any that has a time."""
    points = _POINT.findall(content)
    if points and len(points) == content.count(b"<trkpt"):
        lng, lat, altitude, time, speed = zip(*points, strict=True)
        time_s = np.array([each.decode() for each in time], dtype="datetime64[s]").astype(np.float64)
        columns = [np.array(column).astype(np.float64) for column in (lng, lat, altitude, speed)]
        columns[-1][columns[-1] < 0.0] = np.nan  # the receiver did not know it
        return in_order(Streams(time_s, dict(zip(_CHANNELS, columns, strict=True))))
    if not content.strip():
        raise NotAnActivityError("it is empty")
    parsed = read_gpx(clean_xml(content))
    streams = max((recording.streams for recording in parsed.recordings), key=len)
    if streams.get("lat_deg") is None:
        raise SourceError("it has no positions")
    names = [name for name in _CHANNELS if name in streams.channels]
    return in_order(Streams(streams.time_s, {name: streams.channels[name] for name in names}))


def in_order(streams: Streams) -> Streams:
    """The samples by time, of several at one time the first."""
    order = np.argsort(streams.time_s, kind="stable")
    unique = order[np.diff(streams.time_s[order], prepend=-np.inf) > 0.0]
    return streams.take(unique)
