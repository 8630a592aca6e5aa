"""Reads a training session of Polar's account export: one recording an exercise, with laps, pauses and samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from runcoach.domain.recording import RecordedLap, Recording, Totals
from runcoach.domain.sports import cadence_factor
from runcoach.errors import NotAnActivityError, SourceError
from runcoach.sources.parsed_file import ParsedFile
from runcoach.sources.polar.samples import Pauses, read_streams
from runcoach.sources.polar.values import child, clean_text, duration_s, first_number, local_time_s, offset_s, sport_of
from runcoach.sources.remote.json_reader import objects
from runcoach.sources.sport_names import sport_from_words


def read_polar(data: bytes) -> ParsedFile:
    """The exercises of a session. NotAnActivityError without one, SourceError where it is not JSON."""
    from pydantic_core import from_json

    try:
        session = from_json(data)
    except ValueError as error:
        raise SourceError(f"not readable as a session of Polar: {error}") from None
    exercises = objects(session.get("exercises")) if isinstance(session, dict) else []
    recordings = tuple(
        _recording(session, each) for each in exercises if local_time_s(each.get("startTime")) is not None
    )
    if not recordings:
        raise NotAnActivityError("a session of Polar without an exercise that has a start")
    return ParsedFile(recordings)


def _recording(session: Mapping[str, Any], exercise: Mapping[str, Any]) -> Recording:
    sport_type, indoor, note = sport_of(exercise, session)
    start_s = local_time_s(exercise.get("startTime"))
    pauses = tuple(_pauses(exercise))
    offset = offset_s(exercise, session)
    recording = Recording(
        format="polar",
        sport_type=sport_type,
        start_time_s=start_s,
        streams=read_streams(exercise, pauses, sport_type),
        totals=_totals(session, exercise, sport_type),
        laps=tuple(_laps(exercise, start_s or 0.0, pauses, sport_type)),
        pauses=pauses,
        indoor=indoor,
        name=_title(session),
        description=clean_text(session, "note", "notes"),
        device_name=clean_text(child(session, "product"), "modelName"),
        utc_offset_s=offset,
        is_zoneless=offset is None,
        notes=(note,) if note else (),
    )
    return recording if offset is None else recording.shifted(-offset)


def _title(session: Mapping[str, Any]) -> str | None:
    """The runner's title; Polar fills the field with the name of the sport, which is none."""
    name = clean_text(session, "name")
    return None if name is None or sport_from_words(name)[0] is not None else name


def _pauses(exercise: Mapping[str, Any]) -> Iterator[tuple[float, float]]:
    for pause in objects(exercise.get("pauseTimes")):
        begin_s, end_s = local_time_s(pause.get("startTime")), local_time_s(pause.get("endTime"))
        if begin_s is not None and end_s is not None and end_s > begin_s:
            yield begin_s, end_s


def _totals(session: Mapping[str, Any], exercise: Mapping[str, Any], sport_type: str | None) -> Totals:
    """The exercise's totals; those that only the session states belong to its single exercise."""
    is_single = len(objects(session.get("exercises"))) == 1
    start_s, stop_s = local_time_s(exercise.get("startTime")), local_time_s(exercise.get("stopTime"))
    elapsed = None if start_s is None or stop_s is None or stop_s <= start_s else stop_s - start_s
    timer = duration_s(exercise, "duration")
    whole = session if is_single else {}
    statistics = _lap_totals(exercise, sport_type)
    return replace(
        statistics,
        elapsed_s=timer if elapsed is None else max(elapsed, timer or 0.0),
        timer_s=timer,
        avg_hr_bpm=statistics.avg_hr_bpm or first_number(whole, "hrAvg", "averageHeartRate"),
        max_hr_bpm=statistics.max_hr_bpm or first_number(whole, "hrMax", "maximumHeartRate"),
        calories_kcal=statistics.calories_kcal or first_number(whole, "calories", "kiloCalories"),
    )


def _lap_totals(entry: Mapping[str, Any], sport_type: str | None) -> Totals:
    """What an exercise or a lap states of its distance, climb, heart rate, cadence, power and energy."""
    heart_rate, cadence, power = (_statistic(entry, name) for name in ("heartRate", "cadence", "power"))
    factor = cadence_factor(sport_type, cadence[0])
    return Totals(
        distance_m=first_number(entry, "distanceMeters", "distance"),
        elevation_gain_m=first_number(entry, "ascentMeters", "ascent"),
        avg_hr_bpm=heart_rate[0],
        max_hr_bpm=heart_rate[1],
        avg_cadence_spm=None if cadence[0] is None else cadence[0] * factor,
        max_cadence_spm=None if cadence[1] is None else cadence[1] * factor,
        avg_power_w=power[0],
        max_power_w=power[1],
        calories_kcal=first_number(entry, "calories", "kiloCalories"),
    )


def _statistic(entry: Mapping[str, Any], name: str) -> tuple[float | None, float | None]:
    """``(average, maximum)``: of ``{"heartRate": {"avg", "max"}}``, or of today's list of statistics by type."""
    found = child(entry, name)
    for each in objects(child(entry, "statistics").get("statistics")):
        kind = str(each.get("type")).removeprefix("STATISTICS_TYPE_").replace("_", "").casefold()
        if kind == name.casefold():
            found = each
    return first_number(found, "avg", "average"), first_number(found, "max", "maximum")


def _laps(exercise: Mapping[str, Any], start_s: float, pauses: Pauses, sport_type: str | None) -> Iterator[RecordedLap]:
    """The laps that the runner took, else those by distance; each begins where the timer of the one before ended."""
    laps = exercise.get("laps")
    manual, automatic = (
        (laps.get("laps"), laps.get("autoLaps")) if isinstance(laps, dict) else (laps, exercise.get("autoLaps"))
    )
    timer_s = 0.0
    for entry in objects(manual) or objects(automatic):
        duration = duration_s(entry, "duration")
        if duration is None:
            return
        begin_s = _wall_clock_s(start_s, timer_s, pauses)
        timer_s += duration
        elapsed = _wall_clock_s(start_s, timer_s, pauses) - begin_s
        yield RecordedLap(begin_s, replace(_lap_totals(entry, sport_type), timer_s=duration, elapsed_s=elapsed))


def _wall_clock_s(start_s: float, timer_s: float, pauses: Pauses) -> float:
    """When the timer showed this many seconds."""
    at_s = start_s + timer_s
    for begin, end in sorted(pauses):
        at_s = at_s + (end - begin) if at_s > begin else at_s
    return at_s
