"""The sound runs among real files, each with one fault injected: their totals and efforts stay as they were."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runcoach.domain.activity import BuiltActivity, Quality, SourceRecord
from runcoach.domain.recording import Recording, Totals
from runcoach.domain.streams import FloatArray, Streams
from runcoach.errors import SourceError
from runcoach.ingest.builder import build
from runcoach.sources.file_formats import read_bytes

pytestmark = [pytest.mark.corpus, pytest.mark.slow]

DEGREE_M = 111_257.0
SHORTEST_M, LEAST_SAMPLES = 1_500.0, 500

Fault = Callable[[Recording], Recording | None]


def activity_of(recording: Recording) -> BuiltActivity:
    return build(recording, SourceRecord("file", recording.format, "run", Totals()))


@pytest.fixture(scope="module")
def sound_runs(corpus: Path) -> list[tuple[str, Recording, BuiltActivity]]:
    """The runs of the corpus in which nothing was found to note."""
    found = []
    for path in sorted((corpus / "activities").glob("[fgt]*/*")):
        try:
            recordings = read_bytes(path.read_bytes(), path.name).recordings
        except SourceError:
            continue
        for recording in recordings:
            if recording.sport_type != "Run" or len(recording.streams) < LEAST_SAMPLES:
                continue
            built = activity_of(recording)
            if not built.source.notes and (built.activity.distance_m or 0.0) > SHORTEST_M:
                found.append((path.name, recording, built))
    assert len(found) > 10
    return found


def reordered(recording: Recording, order: Any) -> Recording:
    return replace(recording, streams=recording.streams.take(np.asarray(order, dtype=np.intp)))


def last_to_first(run: Recording) -> Recording:
    return reordered(run, np.arange(len(run.streams))[::-1])


def blocks_in_reverse(run: Recording) -> Recording:
    return reordered(run, np.concatenate(np.array_split(np.arange(len(run.streams)), 5)[::-1]))


def interleaved(run: Recording) -> Recording:
    return reordered(run, np.concatenate([np.arange(first, len(run.streams), 3) for first in range(3)]))


def twice(run: Recording) -> Recording:
    return reordered(run, np.concatenate([np.arange(len(run.streams))] * 2))


def each_sample_twice(run: Recording) -> Recording:
    return reordered(run, np.repeat(np.arange(len(run.streams)), 2))


def with_latitude(change: Callable[[FloatArray], None]) -> Fault:
    def injected(run: Recording) -> Recording | None:
        lat = run.streams.get("lat_deg")
        step_s = float(np.median(np.diff(run.streams.time_s)))
        if lat is None or not np.isfinite(lat).all() or step_s > 2.0:
            return None
        lat = lat.copy()
        change(lat)
        return replace(run, streams=run.streams.with_channels({"lat_deg": lat}))

    return injected


def first_position_elsewhere(lat: FloatArray) -> None:
    lat[0] += 0.5


def five_stray_points(lat: FloatArray) -> None:
    for number in range(1, 6):
        lat[lat.size * number // 7] += (80.0 + 100.0 * number) / DEGREE_M


def with_distance(change: Callable[[FloatArray], FloatArray]) -> Fault:
    def injected(run: Recording) -> Recording | None:
        distance_m = run.streams.get("distance_m")
        if distance_m is None:
            return None
        return replace(run, streams=run.streams.with_channels({"distance_m": change(distance_m)}))

    return injected


def counted_from_an_earlier_run(distance_m: FloatArray) -> FloatArray:
    return distance_m + 40_330.8


def lost_for_ten_samples(distance_m: FloatArray) -> FloatArray:
    lost = distance_m.copy()
    lost[lost.size // 3 : lost.size // 3 + 10] = 0.0
    return lost


def with_totals(change: Callable[[Totals], Totals]) -> Fault:
    return lambda run: replace(run, totals=change(run.totals), laps=())


def no_distance(totals: Totals) -> Totals:
    return replace(totals, distance_m=0.0)


def negative_distance(totals: Totals) -> Totals:
    return replace(totals, distance_m=-2_147_483_648.0)


def elapsed_without_pauses(totals: Totals) -> Totals:
    return replace(totals, elapsed_s=None if totals.elapsed_s is None else totals.elapsed_s / 2.0)


def stale(sample: int, days: float) -> Fault:
    def injected(run: Recording) -> Recording:
        time_s = run.streams.time_s.copy()
        time_s[sample] += days * 86_400.0
        return replace(run, streams=Streams(time_s, run.streams.channels))

    return injected


def unset_altitude(run: Recording) -> Recording | None:
    altitude_m = run.streams.get("altitude_m")
    if altitude_m is None:
        return None
    altitude_m = altitude_m.copy()
    altitude_m[5::7] = -500.0
    return replace(run, streams=run.streams.with_channels({"altitude_m": altitude_m}))


FAULTS: dict[str, Fault] = {
    "last to first": last_to_first,
    "blocks in reverse": blocks_in_reverse,
    "interleaved": interleaved,
    "twice": twice,
    "each sample twice": each_sample_twice,
    "first position elsewhere": with_latitude(first_position_elsewhere),
    "five stray points": with_latitude(five_stray_points),
    "counted from an earlier run": with_distance(counted_from_an_earlier_run),
    "distance lost for a while": with_distance(lost_for_ten_samples),
    "no stated distance": with_totals(no_distance),
    "negative stated distance": with_totals(negative_distance),
    "elapsed without pauses": with_totals(elapsed_without_pauses),
    "stale first record": stale(0, -48.7),
    "stale record in the middle": stale(LEAST_SAMPLES // 2, 1.0),
    "unset altitude": unset_altitude,
}


def efforts_of(built: BuiltActivity) -> dict[int, float]:
    return {effort.distance_m: effort.exact_s for effort in built.efforts if effort.quality is not Quality.SUSPECT}


def differences(found: BuiltActivity, sound: BuiltActivity) -> list[str]:
    """What differs by more than 1 % or 2 (moving time by more than 3 %, efforts by more than 2.5 %)."""
    shares = {"distance_m": 0.01, "elapsed_time_sec": 0.01, "moving_time_sec": 0.03, "start_time": 0.0}
    pairs = [(name, getattr(found.activity, name), getattr(sound.activity, name), shares[name]) for name in shares]
    lengths = efforts_of(found).keys() & efforts_of(sound).keys()
    pairs += [(f"{length} m", efforts_of(found)[length], efforts_of(sound)[length], 0.025) for length in lengths]
    return [
        f"{name}: {given} for {right}"
        for name, given, right, share in pairs
        if abs(given - right) > max(share * right, 2.0)
    ]


@pytest.mark.parametrize("fault", FAULTS)
def test_totals_and_efforts_stay(fault: str, sound_runs: list[tuple[str, Recording, BuiltActivity]]) -> None:
    tried = 0
    for name, run, sound in sound_runs:
        broken = FAULTS[fault](run)
        if broken is not None:
            tried += 1
            assert differences(activity_of(broken), sound) == [], name
    assert tried > 5
