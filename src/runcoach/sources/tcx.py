"""TCX → recordings, one an activity, with its laps; what the laps say of the timer is worked out elsewhere."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from runcoach.domain.recording import Recording
from runcoach.errors import NotAnActivityError, SourceError
from runcoach.sources.cadence import cadence_factor
from runcoach.sources.parsed_file import ParsedFile, counted
from runcoach.sources.sport_names import sport_from_words
from runcoach.sources.tcx_laps import TcxLap, activity_totals, pauses
from runcoach.sources.track_points import Point, TrackPoints, epoch_s, stated_offset_s
from runcoach.sources.xml_reader import local_name, read_xml

if TYPE_CHECKING:
    from runcoach.sources.xml_reader import Breakage

#: What stands in place of a channel for the end of the point itself.
_POINT = ""

#: Local name of an element inside a trackpoint, in lower case → channel.
_IN_POINT: dict[str, str] = {
    "trackpoint": _POINT,
    "time": "time",
    "latitudedegrees": "lat_deg",
    "longitudedegrees": "lng_deg",
    "altitudemeters": "altitude_m",
    "distancemeters": "distance_m",
    "value": "heart_rate_bpm",
    "cadence": "cadence_spm",
    "runcadence": "cadence_spm",
    "speed": "speed_ms",
    "watts": "power_w",
}

#: Elements of a lap that state a figure of it.
_IN_LAP = frozenset(
    {
        "totaltimeseconds", "distancemeters", "calories", "cadence",
        "avgruncadence", "maxruncadence", "maxbikecadence", "avgwatts", "maxwatts",
    }
)  # fmt: skip
_HEART_RATES = frozenset({"averageheartratebpm", "maximumheartratebpm"})

#: What else a TCX file may be full of, as a person would say it.
_OTHER_CONTENT = {"course": "courses to follow", "workout": "workout plans"}

#: A note of one line and at most so many characters is a title, a longer one a description.
_LONGEST_TITLE = 60


@dataclass(slots=True)
class _Activity:
    """An ``<Activity>``: its words, laps and points."""

    sport: str
    words: dict[str, str] = field(default_factory=dict)
    laps: list[TcxLap] = field(default_factory=list)
    points: TrackPoints = field(default_factory=TrackPoints)


class _Channels(dict[str, str | None]):
    """Name of an element inside a trackpoint, as it stands → its channel; None where it has none."""

    def __missing__(self, name: str) -> str | None:
        channel = self[name] = _IN_POINT.get(local_name(name))
        return channel


class _TcxReader:
    """Collects activities; notices what the file holds instead."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.activities: list[_Activity] = []
        self.passed: dict[str, int] = {}
        self._channels = _Channels()
        self._activity: _Activity | None = None
        self._lap: TcxLap | None = None
        self._point: Point | None = None
        self._inside: str | None = None  # the creator, or one of a lap's heart rates

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.text.clear()
        if self._point is not None:
            return
        local = local_name(name)
        activity = self._activity
        if local == "trackpoint" and self._lap is not None:
            self._point = {}
        elif local == "track" and activity is not None:
            activity.points.interrupt()
        elif local == "lap" and activity is not None:
            self._lap = TcxLap(len(activity.points), epoch_s(attributes.get("StartTime")))
            activity.laps.append(self._lap)
            activity.words.setdefault("start", attributes.get("StartTime", ""))
        elif local == "activity":
            self._activity = _Activity(attributes.get("Sport", ""))
            self.activities.append(self._activity)
        elif local in _HEART_RATES or local == "creator":
            self._inside = local
        elif local in _OTHER_CONTENT:
            self.passed[local] = self.passed.get(local, 0) + 1

    def end(self, name: str) -> None:
        point = self._point
        if point is None:
            if self._activity is not None:
                self._end_outside(local_name(name), self._activity)
            return
        channel = self._channels[name]
        if channel == _POINT:
            if self._activity is not None:
                self._activity.points.add(point)
            self._point = None
        elif channel is not None and channel not in point:
            point[channel] = "".join(self.text)
        self.text.clear()

    def _end_outside(self, local: str, activity: _Activity) -> None:
        if local == "activity":
            self._activity = self._lap = None
        elif local == "lap" and self._lap is not None:
            self._lap.end = len(activity.points)
            self._lap = None
        elif local == "creator" or local in _HEART_RATES:
            self._inside = None
        elif self._lap is not None:
            figure = self._inside if local == "value" else local if local in _IN_LAP else None
            if figure is not None:
                self._lap.figures.setdefault(figure, "".join(self.text))
        elif local in {"id", "notes"} or (local == "name" and self._inside == "creator"):
            activity.words.setdefault(local, "".join(self.text).strip())


def read_tcx(clean: bytes) -> ParsedFile:
    """The activities of a TCX document in clean UTF-8.

    Raises NotAnActivityError where there is none, HostileFileError for a DOCTYPE, SourceError where the document
    breaks off before any activity.
    """
    reader = _TcxReader()
    breakage = read_xml(clean, reader)
    held = [activity for activity in reader.activities if activity.laps]
    found = [recording for recording in map(_recording, held) if recording is not None]
    if not found:
        raise _refusal(reader, breakage)
    samples = sum(len(recording.streams) for recording in found)
    return ParsedFile(tuple(found), () if breakage is None else (breakage.note(samples),))


def _recording(activity: _Activity) -> Recording | None:
    """The activity, or None where nothing in it has a time."""
    points, sport = activity.points.columns(), sport_from_words(activity.sport)[0]
    known = ~np.isnan(points.time_s)
    untimed = len(points) - int(known.sum())
    streams = points.take(known)
    start_s = next((lap.start_s for lap in activity.laps if not math.isnan(lap.start_s)), None)
    if start_s is None and not len(streams):
        return None
    cadence = streams.get("cadence_spm")
    steps = cadence_factor(sport, np.array([lap.cadence for lap in activity.laps]) if cadence is None else cadence)
    title, description = _notes(activity.words.get("notes", ""))
    return Recording(
        format="tcx",
        sport_type=sport,
        start_time_s=float(streams.time_s[0]) if start_s is None else start_s,
        streams=streams if cadence is None else streams.with_channels({"cadence_spm": cadence * steps}),
        totals=activity_totals(activity.laps, steps),
        laps=tuple(lap.recorded(steps) for lap in activity.laps),
        pauses=tuple(pauses(points.time_s, activity.points.breaks, activity.laps)),
        name=title,
        description=description,
        device_name=activity.words.get("name") or None,
        utc_offset_s=activity.points.utc_offset_s or stated_offset_s(activity.words.get("start")),
        notes=(f"{counted(untimed, 'point')} without a time left out",) if untimed else (),
    )


def _notes(text: str) -> tuple[str | None, str | None]:
    """``(title, description)`` of what a person wrote beside the activity."""
    if not text:
        return None, None
    return (text, None) if len(text) <= _LONGEST_TITLE and "\n" not in text else (None, text)


def _refusal(reader: _TcxReader, breakage: Breakage | None) -> SourceError:
    if breakage is not None:
        return SourceError(f"not readable as TCX: {breakage.place}, before the first activity")
    if reader.activities:
        return NotAnActivityError("an activity without laps, samples or times")
    kinds = [words for local, words in _OTHER_CONTENT.items() if local in reader.passed]
    return NotAnActivityError(
        f"holds {' and '.join(kinds)}, no activity" if kinds else "a TCX file without an activity"
    )
