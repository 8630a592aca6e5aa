"""Build an activity from one recording: totals, splits, laps and efforts.

A total that the device states precedes one computed from its samples. All computations use streams rounded to their
stored resolution, so that recomputing gives the same numbers.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from runcoach.analysis import stream_summary
from runcoach.analysis.best_efforts import best_efforts
from runcoach.analysis.distance_curve import distance_curve
from runcoach.analysis.effort_quality import assess
from runcoach.analysis.splits import compute_splits
from runcoach.analysis.track_distance import distance_from_positions, paused_s
from runcoach.domain import sports
from runcoach.domain.activity import Activity, BuiltActivity, Effort, Lap, Quality, SourceRecord, Split, pace_sec_per_km
from runcoach.domain.activity_fields import values_from_totals
from runcoach.domain.recording import Totals
from runcoach.domain.streams import Streams
from runcoach.errors import NotAnActivityError
from runcoach.ingest.local_time import local_time
from runcoach.ingest.validation import EARLIEST_S, validate
from runcoach.store.stream_codec import pack

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runcoach.domain.recording import RecordedLap, Recording


def build(recording: Recording, source: SourceRecord, *, fallback_sport: str | None = None) -> BuiltActivity:
    """Build the activity of one recording; NotAnActivityError where it has neither samples nor totals.

    ``fallback_sport`` is used where the recording does not state its sport.
    """
    absolute, notes = validate(recording)
    start = _start_time(recording, absolute)
    streams = _relative(recording, absolute, start)
    totals = _totals(recording, streams)
    if source.kind == "file" and totals.distance_m is None and not totals.elapsed_s:
        raise NotAnActivityError("it holds neither a distance nor a duration")
    sport = recording.sport_type or fallback_sport or sports.UNKNOWN
    if recording.sport_type is None:
        notes = (*notes, f"does not say its sport, taken as {sport}")
    efforts = efforts_of(streams) if sports.is_running(sport) else ()
    activity = _activity(recording, totals, sport, start, local_time(start, streams, recording.utc_offset_s))
    return BuiltActivity(
        activity=activity,
        assumed=_assumed(recording, streams),
        source=replace(source, notes=(*recording.notes, *notes), totals=recording.totals),
        streams=None if streams is None else pack(streams),
        splits=splits_for(sport, streams),
        laps=_laps(recording.laps, start),
        efforts=efforts,
    )


def efforts_of(streams: Streams | None) -> tuple[Effort, ...]:
    """The assessed efforts over every ranked distance."""
    curve = None if streams is None else distance_curve(streams)
    return () if curve is None else tuple(assess(best_efforts(curve), curve))


def splits_for(sport: str, streams: Streams | None) -> tuple[Split, ...]:
    """Kilometre splits, for sports on foot."""
    return tuple(compute_splits(streams)) if streams is not None and sport in sports.ON_FOOT else ()


def fastest_km_s(efforts: Iterable[Effort]) -> int | None:
    """Seconds of the best kilometre, rounded up; None without one that is not suspect."""
    for effort in efforts:
        if effort.distance_m == 1000 and effort.quality is not Quality.SUSPECT:
            return effort.duration_s
    return None


def _assumed(recording: Recording, streams: Streams | None) -> frozenset[str]:
    """The fields that the source does not state."""
    has_point = streams is not None and streams.get("lat_deg") is not None
    is_assumed = {
        "name": not recording.name,
        "sport_type": recording.sport_type is None,
        "utc_offset_s": not has_point and recording.utc_offset_s is None,
        "trainer": recording.indoor is None,
        "is_private": True,
    }
    return frozenset(name for name, assumed in is_assumed.items() if assumed)


def _start_time(recording: Recording, absolute: Streams) -> int:
    """Start in whole seconds since 1970: as stated, unless the samples contradict it."""
    stated = recording.start_time_s
    if stated is not None and stated < EARLIEST_S:
        stated = None
    if not len(absolute):
        if stated is None:
            raise NotAnActivityError("no sample has a believable date")
        return int(stated)
    first = float(np.min(absolute.time_s[: 1 + len(absolute) // 10]))
    if stated is None or not first - 3_600.0 <= stated <= first:
        return int(first)
    return int(stated)


def _relative(recording: Recording, absolute: Streams, start: int) -> Streams | None:
    """Streams in seconds from the start, rounded to their resolution, with distance and timer where available."""
    if not len(absolute):
        return None
    streams = Streams(absolute.time_s - start, absolute.channels)
    pauses = tuple((begin - start, end - start) for begin, end in recording.pauses)
    lat, lng = streams.get("lat_deg"), streams.get("lng_deg")
    if streams.get("distance_m") is None and lat is not None and lng is not None:
        distance = distance_from_positions(lat, lng, streams.time_s, pauses)
        streams = streams.with_channels({"distance_m": distance})
    if pauses:
        streams = streams.with_channels({"timer_s": streams.time_s - paused_s(streams.time_s, pauses)})
    return streams.quantized()


def _totals(recording: Recording, streams: Streams | None) -> Totals:
    """The stated totals, completed from the samples."""
    stated = recording.totals
    if streams is None:
        return replace(stated, moving_s=stated.moving_s or stated.timer_s)
    measured = stream_summary.summarize(streams)
    values = {
        name: getattr(measured, name) if getattr(stated, name) is None else getattr(stated, name)
        for name in Totals.__slots__
    }
    elapsed = values["elapsed_s"]
    was_stopped = bool(recording.pauses) or (
        stated.timer_s is not None and elapsed is not None and stated.timer_s < elapsed - 1.0
    )
    if was_stopped and stated.timer_s is not None:
        values["moving_s"] = stated.timer_s
    elif stated.moving_s is None:
        values["moving_s"] = measured.moving_s
    return Totals(**values)


def _activity(recording: Recording, totals: Totals, sport: str, start: int, where: tuple[int, str | None]) -> Activity:
    offset, zone = where
    on_foot = sport in sports.ON_FOOT
    return Activity(
        name=recording.name or default_name(sport, start + offset),
        sport_type=sport,
        start_time=start,
        utc_offset_s=offset,
        timezone=zone,
        avg_pace_sec_per_km=pace_sec_per_km(totals.distance_m, totals.moving_s) if on_foot else None,
        description=recording.description,
        trainer=bool(recording.indoor),
        device_name=recording.device_name,
        **values_from_totals(totals),
    )


def default_name(sport: str, local_start_s: int) -> str:
    """The name that Strava gives an activity without a title, by local time: "Morning Run"."""
    hour = datetime.fromtimestamp(local_start_s, UTC).hour
    parts = ((4, "Night"), (11, "Morning"), (14, "Lunch"), (17, "Afternoon"), (21, "Evening"), (24, "Night"))
    part = next(name for until, name in parts if hour < until)
    title = "".join(f" {letter}" if letter.isupper() else letter for letter in sport)
    return f"{part}{title}"


def _laps(laps: tuple[RecordedLap, ...], start: int) -> tuple[Lap, ...]:
    return tuple(
        Lap(
            lap_index=index,
            start_s=None if lap.start_time_s is None else lap.start_time_s - start,
            distance_m=_rounded(lap.totals.distance_m, 2),
            elapsed_s=_rounded(lap.totals.elapsed_s, 3),
            moving_s=_rounded(lap.totals.moving_s or lap.totals.timer_s, 3),
            elevation_gain_m=_rounded(lap.totals.elevation_gain_m, 1),
            avg_hr_bpm=_rounded_int(lap.totals.avg_hr_bpm),
            max_hr_bpm=_rounded_int(lap.totals.max_hr_bpm),
            avg_cadence_spm=_rounded(lap.totals.avg_cadence_spm, 1),
            avg_power_w=_rounded(lap.totals.avg_power_w, 1),
            calories_kcal=_rounded_int(lap.totals.calories_kcal),
            name=lap.name,
        )
        for index, lap in enumerate(laps, start=1)
    )


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(float(value), digits)


def _rounded_int(value: float | None) -> int | None:
    return None if value is None else round(float(value))
