"""Reads TCX, one recording an activity, with its laps."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace

import numpy as np

from runcoach.domain.recording import RecordedLap, Recording
from runcoach.domain.sports import cadence_factor
from runcoach.errors import NotAnActivityError, SourceError
from runcoach.sources.parsed_file import ParsedFile, counted
from runcoach.sources.sport_names import sport_from_words
from runcoach.sources.tcx_laps import TcxLap, activity_totals, elapsed_of, pauses, without_repeats
from runcoach.sources.track_points import END_OF_POINT, ChannelNames, Point, TrackPoints, epoch_s, stated_offset_s
from runcoach.sources.xml_reader import XmlError, local_name, read_xml

#: Local name of an element inside a trackpoint, in lower case → channel.
_POINT_CHANNELS: dict[str, str] = {
    "trackpoint": END_OF_POINT,
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

#: Elements of a lap with its totals.
_LAP_TOTALS = frozenset(
    {
        "totaltimeseconds", "distancemeters", "calories", "cadence",
        "avgruncadence", "maxruncadence", "maxbikecadence", "avgwatts", "maxwatts",
    }
)  # fmt: skip
_HEART_RATES = frozenset({"averageheartratebpm", "maximumheartratebpm"})

#: Elements of TCX files that are not activities → what they hold.
_OTHER_CONTENT = {"course": "courses to follow", "workout": "workout plans"}

#: Notes of TomTom that are an id, like "Activity 4a4f1c0b2e…LP".
_NOTES_WITH_ID = re.compile(r"Activity (?=\S*\d)[0-9A-Za-z….-]{7,}")

#: Notes of one line and at most this many characters are a title, longer ones a description.
_MAX_TITLE_CHARS = 60


@dataclass(slots=True)
class _Activity:
    """An ``<Activity>``: its texts by element, its laps and points."""

    sport: str
    texts: dict[str, str] = field(default_factory=dict)
    laps: list[TcxLap] = field(default_factory=list)
    points: TrackPoints = field(default_factory=TrackPoints)


class _TcxHandler:
    """Collects activities; notes what else the file holds."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.activities: list[_Activity] = []
        self.skipped: set[str] = set()
        self._channels = ChannelNames(_POINT_CHANNELS)
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
            activity.points.begin_segment()
        elif local == "lap" and activity is not None:
            self._lap = TcxLap(len(activity.points), epoch_s(attributes.get("StartTime")))
            activity.laps.append(self._lap)
            activity.texts.setdefault("start", attributes.get("StartTime", ""))
        elif local == "activity":
            self._activity = _Activity(attributes.get("Sport", ""))
            self.activities.append(self._activity)
        elif local in _HEART_RATES or local == "creator":
            self._inside = local
        elif local in _OTHER_CONTENT:
            self.skipped.add(local)

    def end(self, name: str) -> None:
        point = self._point
        if point is None:
            if self._activity is not None:
                self._end_outside_point(local_name(name), self._activity)
            return
        channel = self._channels[name]
        if channel == END_OF_POINT:
            if self._activity is not None:
                self._activity.points.add(point)
            self._point = None
        elif channel is not None and channel not in point:
            point[channel] = "".join(self.text)
        self.text.clear()

    def _end_outside_point(self, local: str, activity: _Activity) -> None:
        if local == "activity":
            self._activity = self._lap = None
        elif local == "lap" and self._lap is not None:
            self._lap.end = len(activity.points)
            self._lap = None
        elif local == "creator" or local in _HEART_RATES:
            self._inside = None
        elif self._lap is not None:
            total = self._inside if local == "value" else local if local in _LAP_TOTALS else None
            if total is not None:
                self._lap.texts.setdefault(total, "".join(self.text))
        elif local in {"id", "notes"} or (local == "name" and self._inside == "creator"):
            activity.texts.setdefault(local, "".join(self.text).strip())


def read_tcx(clean: bytes) -> ParsedFile:
    """The activities of a TCX document in clean UTF-8.

    Raises NotAnActivityError where there is none, HostileFileError for a DOCTYPE, SourceError where the document is
    malformed before the first activity.
    """
    handler = _TcxHandler()
    xml_error = read_xml(clean, handler)
    with_laps = [activity for activity in handler.activities if activity.laps]
    recordings = [recording for recording in map(_recording, with_laps) if recording is not None]
    if not recordings:
        raise _not_an_activity(handler, xml_error)
    samples = sum(len(recording.streams) for recording in recordings)
    return ParsedFile(tuple(recordings), () if xml_error is None else (xml_error.note(samples),))


def _recording(activity: _Activity) -> Recording | None:
    """The activity; None if nothing in it has a time."""
    points, (sport_type, indoor) = activity.points.columns(), sport_from_words(activity.sport)
    known = ~np.isnan(points.time_s)
    untimed = len(points) - int(known.sum())
    streams, laps = points.take(known), without_repeats(activity.laps)
    start_s = next((lap.start_s for lap in laps if not math.isnan(lap.start_s)), None)
    if start_s is None and not len(streams):
        return None
    cadence = streams.get("cadence_spm")
    factor = cadence_factor(sport_type, np.array([lap.cadence for lap in laps]) if cadence is None else cadence)
    totals = activity_totals(laps, factor)
    title, description = _split_notes(activity.texts.get("notes", ""))
    return Recording(
        format="tcx",
        sport_type=sport_type,
        start_time_s=float(streams.time_s[0]) if start_s is None else start_s,
        streams=streams if cadence is None else streams.with_channels({"cadence_spm": cadence * factor}),
        totals=totals if len(streams) else replace(totals, elapsed_s=elapsed_of(laps)),
        laps=tuple(RecordedLap(None if math.isnan(lap.start_s) else lap.start_s, lap.totals(factor)) for lap in laps),
        pauses=tuple(pauses(points.time_s, activity.points.breaks, laps)),
        indoor=indoor,
        name=title,
        description=description,
        device_name=activity.texts.get("name") or None,
        utc_offset_s=activity.points.utc_offset_s or stated_offset_s(activity.texts.get("start")),
        is_zoneless=activity.points.is_zoneless,
        notes=(f"{counted(untimed, 'point')} without a time left out",) if untimed else (),
    )


def _split_notes(text: str) -> tuple[str | None, str | None]:
    """``(title, description)`` from the notes of an activity."""
    if not text or _NOTES_WITH_ID.fullmatch(text):
        return None, None
    return (text, None) if len(text) <= _MAX_TITLE_CHARS and "\n" not in text else (None, text)


def _not_an_activity(handler: _TcxHandler, xml_error: XmlError | None) -> SourceError:
    if xml_error is not None:
        return SourceError(f"not readable as TCX: {xml_error.position}, before the first activity")
    if handler.activities:
        return NotAnActivityError("an activity without laps, samples or times")
    kinds = [content for local, content in _OTHER_CONTENT.items() if local in handler.skipped]
    return NotAnActivityError(
        f"holds {' and '.join(kinds)}, no activity" if kinds else "a TCX file without an activity"
    )
