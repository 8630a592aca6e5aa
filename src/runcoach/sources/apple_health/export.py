"""Reads Apple Health's export once from its beginning to its end: workouts with their readings, and daily values."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np

from runcoach.domain.recording import Recording
from runcoach.domain.sports import UNKNOWN
from runcoach.domain.streams import Streams, concatenate
from runcoach.errors import NotAnActivityError, SourceError
from runcoach.sources.apple_health.daily_values import daily_values
from runcoach.sources.apple_health.export_file import ExportPieces, find_export_xml
from runcoach.sources.apple_health.records import RecordReader
from runcoach.sources.apple_health.sensors import SensorIndex, Sensors, join
from runcoach.sources.apple_health.workouts import Workout, read_workout, workout_elements
from runcoach.sources.archive.opening import open_archive
from runcoach.sources.gpx import read_gpx
from runcoach.sources.parsed_file import counted
from runcoach.sources.sport_names import sport_from_words
from runcoach.sources.xml_reader import clean_xml

if TYPE_CHECKING:
    from runcoach.domain.wellness import WellnessValue
    from runcoach.sources.archive.members import ArchiveMembers

#: A point as Apple writes it: longitude first, whole seconds in UTC, the speed in an extension.
_POINT = re.compile(
    rb'<trkpt lon="([-\d.]+)" lat="([-\d.]+)"><ele>([-\d.]+)</ele><time>(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)Z</time>'
    rb"<extensions><speed>([-\d.]+)</speed>[^\n]{0,200}?</extensions></trkpt>"
)
_CHANNELS = ("lng_deg", "lat_deg", "altitude_m", "speed_ms")

#: Bytes of a route in which the time of its first point is looked for.
_ROUTE_HEAD_BYTES = 8192


@dataclass(frozen=True, slots=True, eq=False)
class ExportedWorkout:
    """A workout with the readings of its sensors; ``routes`` are the members of the archive with its positions.

    ``fingerprint`` is the same in every export: a workout never changes in Apple Health.
    """

    workout: Workout
    sensors: Sensors
    routes: tuple[str, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class AppleExport:
    """What an export holds.

    ``problem`` says why its end is missing, None where it is whole; ``notes`` what was not used.
    """

    name: str
    workouts: tuple[ExportedWorkout, ...]
    values: tuple[WellnessValue, ...]
    notes: tuple[str, ...] = ()
    problem: str | None = None


def read_export(path: Path, progress: Callable[[int, int], None] = lambda *_: None) -> AppleExport:
    """Everything in an export that is used. ``progress`` is called with bytes read and bytes in all.

    Raises SourceError where it cannot be read at all, HostileFileError where it is made to do harm.
    """
    with open_archive(path) as members:
        name = find_export_xml(members)
        if name is None:
            raise NotAnActivityError("no export of Apple Health")
        total = members.size(name)
        pieces = ExportPieces(members, name, lambda done: progress(done, total))
        records, workouts, refused = RecordReader(), list[Workout](), Counter[str]()
        for piece in pieces:
            records.read(piece)
            for element in workout_elements(piece):
                try:
                    workouts.append(read_workout(element))
                except SourceError as error:
                    refused[error.message] += 1
        values, value_notes = daily_values(records)
        records.readings.clear()
        index = SensorIndex(records.series)
        routes = _RouteMembers(members, workouts)
        # Where two devices recorded one workout, the one with a route comes first: its samples are kept.
        workouts.sort(key=lambda each: (each.start_s // 86_400, not each.routes, each.start_s))
        exported = tuple(
            ExportedWorkout(each, index.of_workout(each), routes.of_workout(each), fingerprint(each))
            for each in workouts
        )
        notes = [f"{counted(number, 'workout')} not imported: {reason}" for reason, number in refused.items()]
        return AppleExport(name, exported, values, (*notes, *records.notes(), *value_notes), pieces.problem)


def fingerprint(workout: Workout) -> str:
    """SHA-256 of what identifies a workout: kind, source, start and end in UTC."""
    parts = (workout.activity_type, workout.source, f"{workout.start_s:.0f}", f"{workout.end_s:.0f}")
    return hashlib.sha256("\0".join(("apple_health", *parts)).encode()).hexdigest()


def recording_of(exported: ExportedWorkout, routes: dict[str, bytes | None]) -> Recording:
    """The recording of a workout, with the contents of its routes (None: the file is missing or unreadable)."""
    workout = exported.workout
    notes = [*workout.notes]
    parts = []
    for name, content in routes.items():
        if content is None:
            notes.append(f"route {PurePosixPath(name).name} is missing from the export")
            continue
        try:
            parts.append(read_route(content))
        except SourceError as error:
            notes.append(f"route {PurePosixPath(name).name} not used: {error.message}")
    if exported.sensors.heart_rate_from is not None:
        notes.append(f"heart rate from {exported.sensors.heart_rate_from}")
    parts.sort(key=lambda part: float(part.time_s[0]))
    route = in_order(concatenate(parts)) if parts else None
    return Recording(
        format="workout",
        sport_type=sport_type(workout.activity_type),
        start_time_s=workout.start_s,
        streams=join(workout, exported.sensors, route),
        totals=workout.totals,
        laps=workout.laps,
        pauses=workout.pauses,
        indoor=workout.is_indoor,
        device_name=workout.device,
        utc_offset_s=workout.utc_offset_s,
        notes=tuple(notes),
    )


def read_route(content: bytes) -> Streams:
    """The points of a route, times in seconds since 1970, by time. SourceError without any that has a time.

    A file as Apple writes it is read in one pass, any other one with the general reader.
    """
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


def sport_type(activity_type: str) -> str:
    """The sport of ``HKWorkoutActivityTypeRunning``; one of any other kind is :data:`UNKNOWN`."""
    return sport_from_words(activity_type.removeprefix("HKWorkoutActivityType"))[0] or UNKNOWN


class _RouteMembers:
    """Finds the GPX files of workouts: by the name that the workout states, else by the time of the first point."""

    def __init__(self, members: ArchiveMembers, workouts: list[Workout]) -> None:
        self._members = members
        names = [name for name in members.names if name.casefold().endswith(".gpx")]
        self._by_name = {_last(name): name for name in names}
        stated = {_last(route) for workout in workouts for route in workout.routes}
        is_missing = any(name not in self._by_name for name in stated)
        self._unnamed = [name for name in names if _last(name) not in stated] if is_missing else []
        self._times: list[tuple[float, str]] | None = None

    def of_workout(self, workout: Workout) -> tuple[str, ...]:
        """The members with the routes of a workout; the stated path where there is none."""
        return tuple(self._by_name.get(_last(route)) or self._by_time(workout) or route for route in workout.routes)

    def _by_time(self, workout: Workout) -> str | None:
        if self._times is None:
            self._times = [(_first_time_s(self._members, name), name) for name in self._unnamed]
        return next((name for at_s, name in self._times if workout.start_s - 60.0 <= at_s <= workout.end_s), None)


def _last(path: str) -> str:
    return unicodedata.normalize("NFC", path.rpartition("/")[2]).casefold()


def _first_time_s(members: ArchiveMembers, name: str) -> float:
    """The time of the first point in the head of a GPX file; NaN without any."""
    try:
        with members.open(name, 2**30) as stream:
            head = stream.read(_ROUTE_HEAD_BYTES) or b""
        points = head[head.find(b"<trkpt") :]
        return float(read_route(points[: points.find(b"</trkpt>") + len(b"</trkpt>")]).time_s[0])
    except (SourceError, IndexError):
        return float("nan")
