"""Build an activity from one recording: totals, splits, laps and efforts.

Samples are checked and repaired first, then reconciled with the stated totals. All computations use streams rounded to
their stored resolution, so that recomputing gives the same numbers.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from runcoach.analysis.clean_efforts import find_efforts
from runcoach.analysis.distance_curve import distance_curve
from runcoach.analysis.splits import compute_splits
from runcoach.analysis.stream_summary import summarize
from runcoach.analysis.track_distance import paused_s
from runcoach.domain import sports
from runcoach.domain.activity import Activity, BuiltActivity, Effort, Lap, Quality, SourceRecord, Split, pace_sec_per_km
from runcoach.domain.activity_fields import rounded, values_from_totals
from runcoach.domain.streams import Streams
from runcoach.domain.units import format_duration
from runcoach.errors import NotAnActivityError
from runcoach.ingest.distances import repair_distance
from runcoach.ingest.local_time import in_utc, local_time
from runcoach.ingest.reconcile import ELAPSED_S, finite_totals, reconcile, stated_totals
from runcoach.ingest.sample_figures import ANALYSIS_ERRORS, sample_figures
from runcoach.ingest.timestamps import (
    EARLIEST_S,
    STATED,
    Pauses,
    drop_stale_records,
    drop_wrong_dates,
    has_times,
    is_undated,
    sort_by_time,
)
from runcoach.ingest.validation import validate
from runcoach.store.stream_codec import pack

if TYPE_CHECKING:
    from runcoach.domain.recording import RecordedLap, Recording, Totals
    from runcoach.domain.training.activity_analytics import SampleFigures

#: A lap that starts earlier than this before its activity has a wrong start.
_LAP_BEFORE_START_S = 3_600.0


class _Samples(NamedTuple):
    """The checked samples of a recording: ``streams`` in seconds from ``start`` (since 1970), None without any."""

    start: int
    streams: Streams | None
    pauses: Pauses = ()
    is_device: bool = False
    removed_m: float = 0.0


def build(
    recording: Recording, source: SourceRecord, *, sport: str | None = None, fallback_sport: str | None = None
) -> BuiltActivity:
    """Build the activity of one recording; NotAnActivityError where it has neither a distance nor a duration.

    ``sport`` is the activity's sport as a source states it that precedes this one: samples are checked, and splits,
    efforts and figures computed, for it. ``fallback_sport`` is used where the recording does not state its sport. What
    was repaired or not used, and why, is in the notes of the source.
    """
    own_sport = recording.sport_type or fallback_sport or sports.UNKNOWN
    sport = sport or own_sport
    recording, notes = in_utc(recording)
    samples = _samples(recording, sport, notes)
    if recording.format == "strava":
        totals, streams = _completed(recording.totals, samples.streams, sport), samples.streams
    else:
        totals, streams, reasons = reconcile(
            recording.totals,
            samples.streams,
            sport,
            paused_s=sum(end - begin for begin, end in samples.pauses),
            is_device=samples.is_device,
            is_indoor=bool(recording.indoor),
            removed_m=samples.removed_m,
        )
        notes += reasons
    if source.kind == "file" and totals.distance_m is None and not totals.elapsed_s:
        raise NotAnActivityError("it holds neither a distance nor a duration")
    undated = is_undated(recording, samples.start)
    notes += ["clock not set: the date is unknown"] if undated else []
    notes += [f"does not say its sport, taken as {own_sport}"] if recording.sport_type is None else []
    place = None if sport in sports.VIRTUAL else streams
    where = local_time(samples.start, place, recording.utc_offset_s)
    laps = _laps(recording.laps, samples.start)
    return BuiltActivity(
        activity=_activity(recording, totals, own_sport, samples.start, where),
        parts_sport=sport,
        assumed=_assumed(recording, place, undated=undated),
        source=replace(source, notes=(*recording.notes, *notes), totals=finite_totals(recording.totals)),
        streams=None if streams is None else pack(streams),
        splits=splits_for(sport, streams),
        laps=laps,
        efforts=efforts_of(streams) if sports.is_running(sport) else (),
        figures=None if streams is None else _figures(streams, sport, laps),
    )


def efforts_of(streams: Streams | None, ignored: Sequence[Effort] = ()) -> tuple[Effort, ...]:
    """The efforts over every ranked distance: those that count and faster suspect ones, without ``ignored`` ones."""
    curve = distance_curve(streams) if streams is not None and has_times(streams) else None
    return () if curve is None else tuple(find_efforts(curve, ignored=ignored))


def splits_for(sport: str, streams: Streams | None) -> tuple[Split, ...]:
    """Kilometre splits, for sports on foot."""
    if streams is None or sport not in sports.ON_FOOT or not has_times(streams):
        return ()
    return tuple(compute_splits(streams, standing_ms=sports.standing_speed_ms(sport)))


def fastest_km_s(efforts: Iterable[Effort]) -> int | None:
    """Seconds of the best kilometre, rounded up; None without one that is not suspect."""
    for effort in efforts:
        if effort.distance_m == 1000 and effort.quality is not Quality.SUSPECT:
            return effort.duration_s
    return None


def _assumed(recording: Recording, place: Streams | None, *, undated: bool) -> frozenset[str]:
    """The fields that the source does not state."""
    has_point = place is not None and place.get("lat_deg") is not None
    is_assumed = {
        "name": not recording.name,
        "sport_type": recording.sport_type is None,
        "start_time": undated,
        "utc_offset_s": not has_point and recording.utc_offset_s is None,
        "trainer": recording.indoor is None,
        "is_private": True,
    }
    return frozenset(name for name, assumed in is_assumed.items() if assumed)


def _samples(recording: Recording, sport: str, notes: list[str]) -> _Samples:
    """The checked samples of a recording. Those of Strava are not repaired: they are what Strava computes from."""
    absolute = drop_wrong_dates(recording.streams, recording.start_time_s, time.time(), notes)
    pauses = recording.pauses
    if recording.format == "strava":
        absolute, dropped = validate(absolute)
        notes += dropped
        start = _start_time(recording, absolute, notes)
        return _Samples(start, _relative(absolute, start, pauses) if len(absolute) else None, pauses)
    absolute = drop_stale_records(absolute, recording, notes)
    absolute, dropped = validate(absolute)
    notes += dropped
    absolute, pauses = sort_by_time(absolute, pauses, notes)
    start = _start_time(recording, absolute, notes)
    if not len(absolute):
        return _Samples(start, None, pauses)
    stated_m = stated_totals(recording.totals).distance_m
    repair = repair_distance(absolute, start, stated_m, pauses, sports.max_speed_ms(sport))
    notes += repair.notes
    return _Samples(start, _relative(repair.streams, start, pauses), pauses, repair.is_device, repair.removed_m)


def _start_time(recording: Recording, absolute: Streams, notes: list[str]) -> int:
    """Start in whole seconds since 1970: as stated, unless the samples contradict it or it is in the future."""
    stated = recording.start_time_s
    if stated is not None and not EARLIEST_S <= stated <= time.time() + 86_400.0 and recording.format not in STATED:
        stated = None
    if not len(absolute):
        return int(EARLIEST_S if stated is None else stated)
    first = float(np.min(absolute.time_s[: 1 + len(absolute) // 10]))
    if stated is None or not first - 3_600.0 <= stated <= first:
        return int(first)
    if _ends_too_early(recording, absolute):
        notes.append(f"stated start {format_duration(first - stated)} before the first sample not used")
        return int(first)
    return int(stated)


def _ends_too_early(recording: Recording, absolute: Streams) -> bool:
    """Whether the samples fit into the stated elapsed time, but not from the stated start on: that is wrong."""
    elapsed_s = stated_totals(recording.totals).elapsed_s
    if elapsed_s is None or recording.start_time_s is None:
        return False
    end_s = float(np.max(absolute.time_s))
    fits = end_s - float(np.min(absolute.time_s)) <= elapsed_s + ELAPSED_S
    return fits and recording.start_time_s + elapsed_s + ELAPSED_S < end_s


def _relative(absolute: Streams, start: int, pauses: Pauses) -> Streams:
    """Streams in seconds from the start, rounded to their resolution, with a timer where there are pauses."""
    streams = absolute.shifted(-start)
    if pauses:
        spans = ((begin - start, end - start) for begin, end in pauses)
        streams = streams.with_channels({"timer_s": streams.time_s - paused_s(streams.time_s, spans)})
    return streams.quantized()


def _completed(stated: Totals, streams: Streams | None, sport: str) -> Totals:
    """Strava's totals, completed from the samples."""
    if streams is None:
        return replace(stated, moving_s=stated.moving_s or stated.timer_s)
    return stated.or_else(summarize(streams, sports.standing_speed_ms(sport)))


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
    return tuple(_lap(index, lap, stated_totals(lap.totals), start) for index, lap in enumerate(laps, start=1))


def _lap(index: int, lap: RecordedLap, totals: Totals, start: int) -> Lap:
    start_s = None if lap.start_time_s is None else lap.start_time_s - start
    return Lap(
        lap_index=index,
        start_s=start_s if start_s is not None and start_s > -_LAP_BEFORE_START_S else None,
        distance_m=rounded(totals.distance_m, 2),
        elapsed_s=rounded(totals.elapsed_s, 3),
        moving_s=rounded(totals.moving_s or totals.timer_s, 3),
        elevation_gain_m=rounded(totals.elevation_gain_m, 1),
        avg_hr_bpm=_rounded_int(totals.avg_hr_bpm),
        max_hr_bpm=_rounded_int(totals.max_hr_bpm),
        avg_cadence_spm=rounded(totals.avg_cadence_spm, 1),
        avg_power_w=rounded(totals.avg_power_w, 1),
        calories_kcal=_rounded_int(totals.calories_kcal),
        name=lap.name,
    )


def _figures(streams: Streams, sport: str, laps: Sequence[Lap]) -> SampleFigures | None:
    """The figures of the samples; None where they are damaged, which the analytics job reports."""
    ends = [(lap.start_s, lap.elapsed_s) for lap in laps]
    known = [
        (start_s, start_s + elapsed_s) for start_s, elapsed_s in ends if start_s is not None and elapsed_s is not None
    ]
    try:
        return sample_figures(streams, sport, known if len(known) == len(laps) else ())
    except ANALYSIS_ERRORS:
        return None


def _rounded_int(value: float | None) -> int | None:
    return None if value is None else round(float(value))
