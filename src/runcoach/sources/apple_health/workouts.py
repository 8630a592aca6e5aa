"""The ``<Workout>`` elements of an export: what each states, before its route and its sensor readings are joined."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from runcoach.domain.recording import RecordedLap, Totals
from runcoach.errors import SourceError
from runcoach.sources.apple_health import quantities
from runcoach.sources.apple_health.quantities import moment, quantity, quantity_with_unit
from runcoach.sources.apple_health.records import EARLIEST_S
from runcoach.sources.xml_reader import clean_xml, read_element

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_BEGIN, _END = b"<Workout", b"</Workout>"
_QUANTITY = "HKQuantityTypeIdentifier"
_EVENT = "HKWorkoutEventType"
_INDOOR = ("HKIndoorWorkout", "HKMetadataKeyIndoorWorkout")
_ZONE = ("HKTimeZone", "HKMetadataKeyTimeZone")
_ASCENT, _TEMPERATURE = "HKElevationAscended", "HKWeatherTemperature"
_DEVICE_NAME = re.compile(r"\bname:([^,>]+)")


@dataclass(frozen=True, slots=True, eq=False)
class Workout:
    """A workout as the export states it. Times are seconds since 1970 (UTC).

    ``routes`` are the paths of its GPX files as written. ``pauses`` include those that the watch made itself. ``laps``
    are the intervals of a structured workout, else those that the runner marked.
    ``utc_offset_s`` is that of the workout's own zone, else of the phone at the time of the export.
    """

    activity_type: str
    source: str
    start_s: float
    end_s: float
    utc_offset_s: int
    totals: Totals = field(default_factory=Totals)
    is_indoor: bool | None = None
    pauses: tuple[tuple[float, float], ...] = ()
    routes: tuple[str, ...] = ()
    laps: tuple[RecordedLap, ...] = ()
    device: str | None = None
    notes: tuple[str, ...] = ()


def workout_elements(piece: bytes) -> Iterator[bytes]:
    """The ``<Workout>`` elements in a piece of an export, each with its parts; one that is cut off is left out."""
    at = find_workout(piece, 0)
    while at >= 0:
        tag_end = piece.find(b"<", at + 1)
        tag = piece[at : tag_end if tag_end >= 0 else len(piece)].rstrip()
        if tag.endswith(b"/>"):
            yield tag
            end = at + len(tag)
        else:
            end = piece.find(_END, at) + len(_END)
            if end < len(_END):
                return
            yield piece[at:end]
        at = find_workout(piece, end)


def find_workout(piece: bytes, at: int) -> int:
    """Where the next ``<Workout>`` begins; −1 without any. Tags of its parts begin with the same letters."""
    while (at := piece.find(_BEGIN, at)) >= 0 and not piece[at + len(_BEGIN) : at + len(_BEGIN) + 1].isspace():
        at += len(_BEGIN)
    return at


def read_workout(element: bytes) -> Workout:
    """A workout from its element. SourceError where it is malformed or has no dates or an impossible one."""
    root = read_element(clean_xml(element))
    attributes, events = root.attrib, [each.attrib for each in root.iter("WorkoutEvent")]
    intervals: dict[tuple[str | None, str | None], _Part] = {}  # some exports write each twice
    for each in root.iter("WorkoutActivity"):
        intervals.setdefault((each.get("startDate"), each.get("endDate")), _part(each))
    parts = [_part(root), *intervals.values()]
    routes = [each.get("path") for each in root.iterfind(".//WorkoutRoute/FileReference")]
    start, end = moment(attributes.get("startDate")), moment(attributes.get("endDate"))
    if start is None or end is None or end[0] < start[0]:
        raise SourceError("no readable start and end")
    if start[0] < EARLIEST_S:
        day = datetime.fromtimestamp(start[0], UTC).date()
        raise SourceError(f"dated {day.isoformat()}, the clock was not set")
    notes: list[str] = []
    zone, indoor = _metadata(parts, _ZONE), _metadata(parts, _INDOOR)
    return Workout(
        activity_type=attributes.get("workoutActivityType", ""),
        source=attributes.get("sourceName", ""),
        start_s=start[0],
        end_s=end[0],
        utc_offset_s=start[1] if zone is None else _offset_in(zone, start),
        totals=_totals(parts, end[0] - start[0], notes),
        is_indoor=None if indoor is None else indoor.strip() not in {"0", ""},
        pauses=_pauses(events, end[0]),
        routes=tuple(dict.fromkeys(route for route in routes if route is not None)),
        laps=_laps(parts[1:], events),
        device=_device(attributes.get("device")),
        notes=tuple(notes),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """The attributes, metadata and statistics of a workout, or of one of its intervals (``<WorkoutActivity>``)."""

    attributes: dict[str, str]
    metadata: dict[str, str]
    statistics: dict[str, dict[str, str]]


def _part(element: Element) -> _Part:
    entries = [each for each in element.findall("MetadataEntry") if "key" in each.attrib]
    return _Part(
        element.attrib,
        {each.attrib["key"]: each.get("value", "") for each in reversed(entries)},  # the first of one key counts
        {each.get("type", "").removeprefix(_QUANTITY): each.attrib for each in element.findall("WorkoutStatistics")},
    )


def _metadata(parts: Sequence[_Part], keys: tuple[str, ...]) -> str | None:
    """The first metadata entry with one of these keys, of the workout, else of its intervals."""
    return next((part.metadata[key] for part in parts for key in keys if key in part.metadata), None)


def _totals(parts: Sequence[_Part], elapsed_s: float, notes: list[str]) -> Totals:
    """What the workout states; since iOS 16 distance and energy are statistics, before they were attributes.

    Sums that only the intervals state are added up.
    """
    whole = parts[0]
    duration_s = _stated(whole.attributes, "duration", quantities.SECONDS, notes)
    heart, power = whole.statistics.get("HeartRate", {}), whole.statistics.get("RunningPower", {})
    energy = [
        _statistic(part.statistics.get("ActiveEnergyBurned", {}), "sum", quantities.KILOCALORIES, notes)
        for part in parts
    ]
    ascent = [quantity_with_unit(part.metadata.get(_ASCENT), quantities.METRES) for part in parts]
    stated_m = _stated(whole.attributes, "totalDistance", quantities.METRES, notes)
    distance = [_distance_m(part, notes) for part in parts]
    return Totals(
        distance_m=max((m for m in (stated_m, _first_or_sum(distance)) if m is not None), default=None),
        elapsed_s=elapsed_s,
        timer_s=None if duration_s is None else min(duration_s, elapsed_s),
        elevation_gain_m=_first_or_sum(ascent),
        avg_hr_bpm=_statistic(heart, "average", quantities.PER_MINUTE, notes),
        max_hr_bpm=_statistic(heart, "maximum", quantities.PER_MINUTE, notes),
        avg_power_w=_statistic(power, "average", quantities.WATTS, notes),
        max_power_w=_statistic(power, "maximum", quantities.WATTS, notes),
        temperature_c=quantities.celsius(_metadata(parts, (_TEMPERATURE,))),
        calories_kcal=_first_or_sum(energy)
        or _stated(whole.attributes, "totalEnergyBurned", quantities.KILOCALORIES, notes),
    )


def _first_or_sum(values: list[float | None]) -> float | None:
    """The value of the whole, which is the first, else the sum of those of the intervals; None without any."""
    if values[0] is not None:
        return values[0]
    known = [value for value in values[1:] if value is not None]
    return sum(known) if known else None


def _distance_m(part: _Part, notes: list[str]) -> float | None:
    """The longest of the distances: a part may state one for each way to move."""
    stated = [
        _statistic(statistics, "sum", quantities.METRES, notes)
        for name, statistics in part.statistics.items()
        if name.startswith("Distance")
    ]
    return max((metres for metres in stated if metres is not None), default=None)


def _laps(intervals: Sequence[_Part], events: Sequence[dict[str, str]]) -> tuple[RecordedLap, ...]:
    """The intervals where there are several, else what the runner marked as laps."""
    if len(intervals) > 1:
        return tuple(filter(None, map(_interval, intervals)))
    marked = {}
    for event in events:
        begin = moment(event.get("date")) if event.get("type") == f"{_EVENT}Lap" else None
        duration_s = _stated(event, "duration", quantities.SECONDS, [])
        if begin is not None and duration_s:
            marked[begin[0]] = RecordedLap(begin[0], Totals(elapsed_s=duration_s))
    return tuple(marked[at] for at in sorted(marked))


def _interval(part: _Part) -> RecordedLap | None:
    """An interval as a lap; None without a start."""
    begin, heart = moment(part.attributes.get("startDate")), part.statistics.get("HeartRate", {})
    if begin is None:
        return None
    return RecordedLap(
        begin[0],
        Totals(
            distance_m=_distance_m(part, []),
            elapsed_s=_stated(part.attributes, "duration", quantities.SECONDS, []),
            avg_hr_bpm=_statistic(heart, "average", quantities.PER_MINUTE, []),
            max_hr_bpm=_statistic(heart, "maximum", quantities.PER_MINUTE, []),
        ),
    )


def _statistic(statistics: dict[str, str], name: str, units: dict[str, float], notes: list[str]) -> float | None:
    return _in_unit(statistics.get(name), statistics.get("unit"), units, notes)


def _stated(workout: dict[str, str], name: str, units: dict[str, float], notes: list[str]) -> float | None:
    return _in_unit(workout.get(name), workout.get(f"{name}Unit"), units, notes)


def _in_unit(value: str | None, unit: str | None, units: dict[str, float], notes: list[str]) -> float | None:
    if value is not None and unit is not None and quantities.factor(unit, units) is None:
        note = f"a total in {unit!r} is not used: the unit is not known"
        notes += [note] if note not in notes else []
    return quantity(value, unit, units)


def _pauses(events: list[dict[str, str]], end_s: float) -> tuple[tuple[float, float], ...]:
    """Spans between a pause, by hand or by the watch itself, and the resumption of the same kind.

    A pause by hand without one lasts until the end; one by the watch without one is none.
    """
    moments = {
        (at[0], event.get("type", "").removeprefix(_EVENT))
        for event in events
        if (at := moment(event.get("date"))) is not None
    }
    pauses, since = [], dict[str, float]()
    for at_s, kind in sorted(moments):
        if kind in _RESUMED_BY:
            since.setdefault(_RESUMED_BY[kind], at_s)
        elif kind in since:
            pauses.append((since.pop(kind), at_s))
    if "Resume" in since:
        pauses.append((since["Resume"], end_s))
    return tuple(sorted((begin, end) for begin, end in pauses if end > begin))


#: Kind of pause → the event that ends it.
_RESUMED_BY = {"Pause": "Resume", "MotionPaused": "MotionResumed"}


def _offset_in(zone: str, start: tuple[float, int]) -> int:
    """The UTC offset of a zone at the start of a workout; the phone's where the zone is not known."""
    try:
        offset = datetime.fromtimestamp(start[0], UTC).astimezone(ZoneInfo(zone.strip())).utcoffset()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return start[1]
    return start[1] if offset is None else round(offset.total_seconds())


def _device(text: str | None) -> str | None:
    """The name in ``<<HKDevice: 0x28…>, name:Apple Watch, manufacturer:Apple Inc., …>``."""
    match = _DEVICE_NAME.search(text or "")
    return match[1].strip() or None if match else None
