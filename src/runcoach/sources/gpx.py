"""GPX 1.0 and 1.1 → recordings, one a track; extensions are known by their local names, whoever defined them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from runcoach.domain.recording import Recording
from runcoach.errors import NotAnActivityError, SourceError
from runcoach.sources.cadence import cadence_factor
from runcoach.sources.parsed_file import ParsedFile, counted
from runcoach.sources.sport_names import sport_from_words
from runcoach.sources.track_points import Point, TrackPoints, interruptions
from runcoach.sources.xml_reader import local_name, read_xml

if TYPE_CHECKING:
    from runcoach.domain.streams import Streams
    from runcoach.sources.xml_reader import Breakage

#: What stands in place of a channel for the end of the point itself.
_POINT = ""

#: Local name of an element inside a point, in lower case → channel. Garmin's extensions (hr, cad, atemp, speed, watts),
#: cluetrust's (hr, cadence, temp, distance), Amazfit's (heartrate), Strava's (power) and what others made of them.
_IN_POINT: dict[str, str] = {
    "trkpt": _POINT,
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

#: Elements right inside a track that say something of it.
_IN_TRACK = frozenset({"name", "desc", "type"})


@dataclass(slots=True)
class _Track:
    """A ``<trk>``: its words and its points."""

    words: dict[str, str] = field(default_factory=dict)
    points: TrackPoints = field(default_factory=TrackPoints)


class _Channels(dict[str, str | None]):
    """Name of an element inside a point, as it stands → its channel; None where it has none."""

    def __missing__(self, name: str) -> str | None:
        channel = self[name] = _IN_POINT.get(local_name(name))
        return channel


class _GpxReader:
    """Collects tracks; counts the routes and waypoints that are passed over."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.tracks: list[_Track] = []
        self.passed: dict[str, int] = {"rte": 0, "wpt": 0}
        self._channels = _Channels()
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
            self._track.points.interrupt()
        elif local == "trk":
            self._track, self._track_depth = _Track(), self._depth
            self.tracks.append(self._track)
        elif local in self.passed:
            self.passed[local] += 1

    def end(self, name: str) -> None:
        point = self._point
        if point is None:
            self._end_outside(local_name(name))
            return
        channel = self._channels[name]
        if channel == _POINT:
            self._close_point(point)
        elif channel is not None and channel not in point:
            point[channel] = "".join(self.text)
        self.text.clear()

    def _end_outside(self, local: str) -> None:
        self._depth -= 1
        if self._track is None:
            return
        if local == "trk":
            self._track = None
        elif local in _IN_TRACK and self._depth == self._track_depth:
            self._track.words[local] = " ".join("".join(self.text).split())

    def _close_point(self, point: Point) -> None:
        if self._track is None:  # a point outside any track: GPX knows none, but one writer or another does
            self._track = _Track()
            self.tracks.append(self._track)
        self._track.points.add(point)
        self._point = None


def read_gpx(clean: bytes) -> ParsedFile:
    """The tracks of a GPX document in clean UTF-8.

    Raises NotAnActivityError where there is no track with a time, HostileFileError for a DOCTYPE, SourceError where
    the document breaks off before any point.
    """
    reader = _GpxReader()
    breakage = read_xml(clean, reader)
    columns = [(track, track.points.columns()) for track in reader.tracks]
    timed = [(track, points) for track, points in columns if not np.isnan(points.time_s).all()]
    if not timed:
        raise _refusal(reader, breakage)
    notes = [] if breakage is None else [breakage.note(sum(len(points) for _, points in columns))]
    timeless = len([points for _, points in columns if len(points)]) - len(timed)
    if timeless:
        notes.append(f"{counted(timeless, 'track')} without times left out")
    return ParsedFile(tuple(_recording(track, points) for track, points in timed), tuple(notes))


def _recording(track: _Track, points: Streams) -> Recording:
    sport_type, indoor = sport_from_words(track.words.get("type"))
    known = ~np.isnan(points.time_s)
    untimed = len(points) - int(known.sum())
    streams = _in_our_terms(points.take(known), sport_type)
    return Recording(
        format="gpx",
        sport_type=sport_type,
        start_time_s=float(streams.time_s[0]),
        streams=streams,
        pauses=tuple(interruptions(points.time_s, track.points.breaks)),
        indoor=indoor,
        name=track.words.get("name") or None,
        description=track.words.get("desc") or None,
        utc_offset_s=track.points.utc_offset_s,
        notes=(f"{counted(untimed, 'point')} without a time left out",) if untimed else (),
    )


def _in_our_terms(streams: Streams, sport_type: str | None) -> Streams:
    """Cadence in steps a minute, and no distance but one that runs on from the start of the track."""
    cadence, distance = streams.get("cadence_spm"), streams.get("distance_m")
    if cadence is not None:
        streams = streams.with_channels({"cadence_spm": cadence * cadence_factor(sport_type, cadence)})
    if distance is not None and not (np.diff(distance[~np.isnan(distance)]) >= 0.0).all():
        streams = streams.with_channels({"distance_m": None})  # from point to point, or of who knows what
    return streams


def _refusal(reader: _GpxReader, breakage: Breakage | None) -> SourceError:
    if any(len(track.points) for track in reader.tracks):
        return NotAnActivityError(
            "a track without times, as of a planned route",
            hint="export the recording itself, it has a time for every point",
        )
    if breakage is not None:
        return SourceError(f"not readable as GPX: {breakage.place}, before the first point")
    if reader.tracks:
        return NotAnActivityError("a track without a single point")
    words = {"rte": "route", "wpt": "waypoint"}
    instead = [counted(number, words[local]) for local, number in reader.passed.items() if number]
    return NotAnActivityError(f"no track, only {' and '.join(instead)}" if instead else "a GPX file without a track")
