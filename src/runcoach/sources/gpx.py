"""Reads GPX 1.0 and 1.1, one recording a track; extensions are known by their local names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from runcoach.domain.recording import Recording
from runcoach.domain.sports import cadence_factor
from runcoach.errors import NotAnActivityError, SourceError
from runcoach.sources.parsed_file import ParsedFile, counted
from runcoach.sources.sport_names import sport_from_words
from runcoach.sources.track_points import END_OF_POINT, ChannelNames, Point, TrackPoints, interruptions
from runcoach.sources.xml_reader import XmlError, local_name, read_xml

if TYPE_CHECKING:
    from runcoach.domain.streams import Streams

#: Local name of an element inside a point, in lower case → channel. Extensions of Garmin (hr, cad, atemp, speed,
#: watts), cluetrust (hr, cadence, temp, distance), Amazfit (heartrate), Strava (power) and variants of them.
_POINT_CHANNELS: dict[str, str] = {
    "trkpt": END_OF_POINT,
    "time": "time",
    "ele": "altitude_m",
    "speed": "speed_ms",
    "hr": "heart_rate_bpm",
    "heartrate": "heart_rate_bpm",
    "heart_rate": "heart_rate_bpm",
    "heartratebpm": "heart_rate_bpm",
    "cad": "cadence_spm",
    "cadence": "cadence_spm",
    "runcadence": "cadence_spm",
    "run_cadence": "cadence_spm",
    "atemp": "temperature_c",
    "temp": "temperature_c",
    "temperature": "temperature_c",
    "power": "power_w",
    "watts": "power_w",
    "powerinwatts": "power_w",
    "distance": "distance_m",
}

#: Child elements of a track that are read.
_TRACK_TEXTS = frozenset({"name", "desc", "type"})


@dataclass(slots=True)
class _Track:
    """A ``<trk>``: its texts by element and its points."""

    texts: dict[str, str] = field(default_factory=dict)
    points: TrackPoints = field(default_factory=TrackPoints)


class _GpxHandler:
    """Collects tracks; counts the routes and waypoints, which are not read."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.tracks: list[_Track] = []
        self.skipped: dict[str, int] = {"rte": 0, "wpt": 0}
        self._channels = ChannelNames(_POINT_CHANNELS)
        self._track: _Track | None = None
        self._point: Point | None = None
        self._depth = self._track_depth = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.text.clear()
        if self._point is not None:
            return
        local = local_name(name)
        if local == "trkpt":
            self._point = {}
            if "lat" in attributes and "lon" in attributes:
                self._point["lat_deg"], self._point["lng_deg"] = attributes["lat"], attributes["lon"]
            return
        self._depth += 1
        if local == "trkseg" and self._track is not None:
            self._track.points.begin_segment()
        elif local == "trk":
            self._track, self._track_depth = _Track(), self._depth
            self.tracks.append(self._track)
        elif local in self.skipped:
            self.skipped[local] += 1

    def end(self, name: str) -> None:
        point = self._point
        if point is None:
            self._end_outside_point(local_name(name))
            return
        channel = self._channels[name]
        if channel == END_OF_POINT:
            if self._track is None:  # invalid GPX that some programs write: a point outside a track
                self._track = _Track()
                self.tracks.append(self._track)
            self._track.points.add(point)
            self._point = None
        elif channel is not None and channel not in point:
            point[channel] = "".join(self.text)
        self.text.clear()

    def _end_outside_point(self, local: str) -> None:
        self._depth -= 1
        if self._track is None:
            return
        if local == "trk":
            self._track = None
        elif local in _TRACK_TEXTS and self._depth == self._track_depth:
            self._track.texts[local] = " ".join("".join(self.text).split())


def read_gpx(clean: bytes) -> ParsedFile:
    """The tracks of a GPX document in clean UTF-8.

    Raises NotAnActivityError where there is no track with a time, HostileFileError for a DOCTYPE, SourceError where
    the document is malformed before the first point.
    """
    handler = _GpxHandler()
    xml_error = read_xml(clean, handler)
    columns = [(track, track.points.columns()) for track in handler.tracks]
    timed = [(track, points) for track, points in columns if not np.isnan(points.time_s).all()]
    if not timed:
        raise _not_an_activity(handler, xml_error)
    notes = [] if xml_error is None else [xml_error.note(sum(len(points) for _, points in columns))]
    untimed = len([points for _, points in columns if len(points)]) - len(timed)
    if untimed:
        notes.append(f"{counted(untimed, 'track')} without times left out")
    return ParsedFile(tuple(_recording(track, points) for track, points in timed), tuple(notes))


def _recording(track: _Track, points: Streams) -> Recording:
    sport_type, indoor = sport_from_words(track.texts.get("type"))
    known = ~np.isnan(points.time_s)
    untimed = len(points) - int(known.sum())
    notes = [f"{counted(untimed, 'point')} without a time left out"] if untimed else []
    streams = _convert_units(points.take(known), sport_type, notes)
    return Recording(
        format="gpx",
        sport_type=sport_type,
        start_time_s=float(streams.time_s[0]),
        streams=streams,
        pauses=tuple(interruptions(points.time_s, track.points.breaks)),
        indoor=indoor,
        name=track.texts.get("name") or None,
        description=track.texts.get("desc") or None,
        utc_offset_s=track.points.utc_offset_s,
        is_zoneless=track.points.is_zoneless,
        notes=tuple(notes),
    )


def _convert_units(streams: Streams, sport_type: str | None, notes: list[str]) -> Streams:
    """Convert cadence to steps a minute; drop a distance that is not cumulative in the order of time, with a note."""
    cadence, distance = streams.get("cadence_spm"), streams.get("distance_m")
    if cadence is not None:
        streams = streams.with_channels({"cadence_spm": cadence * cadence_factor(sport_type, cadence)})
    if distance is not None:
        ordered = distance[np.argsort(streams.time_s, kind="stable")]
        if not (np.diff(ordered[~np.isnan(ordered)]) >= 0.0).all():
            notes.append("recorded distance is not cumulative: not used")
            streams = streams.with_channels({"distance_m": None})
    return streams


def _not_an_activity(handler: _GpxHandler, xml_error: XmlError | None) -> SourceError:
    if any(len(track.points) for track in handler.tracks):
        return NotAnActivityError(
            "a track without times, as of a planned route",
            hint="export the recording itself, it has a time for every point",
        )
    if xml_error is not None:
        return SourceError(f"not readable as GPX: {xml_error.position}, before the first point")
    if handler.tracks:
        return NotAnActivityError("a track without a single point")
    things = {"rte": "route", "wpt": "waypoint"}
    instead = [counted(number, things[local]) for local, number in handler.skipped.items() if number]
    return NotAnActivityError(f"no track, only {' and '.join(instead)}" if instead else "a GPX file without a track")
