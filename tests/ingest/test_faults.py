"""A sound run with one fault injected comes out as the sound run does, or says what is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runcoach.domain.activity import BuiltActivity, Quality, SourceRecord
from runcoach.domain.recording import RecordedLap, Recording, Totals
from runcoach.domain.streams import FloatArray, Streams, concatenate
from runcoach.ingest.builder import build

START = 1_778_396_400.0
DEGREE_M = 111_257.0  # of latitude at 52.5°


def sound_run(seed: int = 0, seconds: int = 1_500, every_s: int = 1) -> Recording:
    """About 5 km north from Berlin at a pace that drifts, with every channel and correct totals."""
    random = np.random.default_rng(seed)
    time_s = np.arange(0.0, seconds + 1.0, every_s)
    speed_ms = 3.35 + 0.4 * np.sin(time_s / 200.0 + random.uniform(0, 6)) + random.normal(0, 0.05, time_s.size)
    distance_m = np.concatenate([[0.0], np.cumsum(speed_ms[1:] * every_s)])
    channels = {
        "lat_deg": 52.5 + distance_m / DEGREE_M,
        "lng_deg": np.full(time_s.size, 13.4),
        "altitude_m": 40.0 + 6.0 * np.sin(distance_m / 400.0),
        "distance_m": distance_m,
        "speed_ms": speed_ms,
        "heart_rate_bpm": np.round(140.0 + 10.0 * np.sin(time_s / 300.0)),
    }
    totals = Totals(distance_m=float(distance_m[-1]), elapsed_s=float(seconds), timer_s=float(seconds))
    return Recording("fit", "Run", START, Streams(START + time_s, channels), totals)


def gpx_of(recording: Recording) -> Recording:
    """The same run as an app writes it: positions and altitude alone."""
    only = {name: recording.streams.channels[name] for name in ("lat_deg", "lng_deg", "altitude_m")}
    streams = Streams(recording.streams.time_s, only)
    return Recording("gpx", "Run", float(streams.time_s[0]), streams)


def activity_of(recording: Recording) -> BuiltActivity:
    return build(recording, SourceRecord("file", recording.format, "run", Totals()))


def efforts_of(built: BuiltActivity) -> dict[int, float]:
    return {effort.distance_m: effort.exact_s for effort in built.efforts if effort.quality is not Quality.SUSPECT}


def total_distance(run: Recording) -> FloatArray:
    """Metres since the start, from the distances or from the positions (the run goes north)."""
    channels = run.streams.channels
    return channels["distance_m"] if "distance_m" in channels else (channels["lat_deg"] - 52.5) * DEGREE_M


def splits_over(built: BuiltActivity, length_m: float) -> set[int]:
    return {split.km for split in built.splits if (split.distance_m or 0.0) > length_m}


def assert_same(fault: Recording, sound: Recording, *, share: float = 0.005, noted: bool = True) -> BuiltActivity:
    """Totals and efforts agree within ``share``, and the fault is noted."""
    found, expected = activity_of(fault), activity_of(sound)
    for name in ("distance_m", "elapsed_time_sec", "moving_time_sec", "avg_pace_sec_per_km", "start_time"):
        given, right = getattr(found.activity, name), getattr(expected.activity, name)
        assert given == pytest.approx(right, rel=share, abs=1.01), (name, found.source.notes)
    assert found.activity.elevation_gain_m == pytest.approx(expected.activity.elevation_gain_m, abs=3.0)
    total_m, expected_m = found.activity.distance_m or 0.0, expected.activity.distance_m or 0.0
    found_s, expected_s = efforts_of(found), efforts_of(expected)
    for label in found_s.keys() ^ expected_s.keys():
        assert min(total_m, expected_m) < label + 1, "an effort may be missing only where one total is too short"
    for label in found_s.keys() & expected_s.keys():
        assert found_s[label] == pytest.approx(expected_s[label], rel=share, abs=1.0), label
    # A split ends at a sample: the last one differs by up to one sample and the difference of the totals.
    margin_m = float(np.diff(total_distance(sound)).max()) + abs(total_m - expected_m)
    assert splits_over(found, 50.0 + margin_m) <= splits_over(expected, 50.0)
    assert splits_over(expected, 50.0 + margin_m) <= splits_over(found, 50.0)
    assert bool(found.source.notes) is noted, found.source.notes
    return found


def reordered(recording: Recording, order: FloatArray) -> Recording:
    return replace(recording, streams=recording.streams.take(order.astype(np.intp)))


def blocks(size: int, count: int) -> list[FloatArray]:
    return [np.asarray(block) for block in np.array_split(np.arange(size), count)]


Fault = Callable[[Recording, int], Recording]


def shuffled_blocks(run: Recording, seed: int) -> Recording:
    pieces = blocks(len(run.streams), 5)
    order = np.random.default_rng(seed).permutation(5)
    order = order[::-1] if (order == np.arange(5)).all() else order
    return reordered(run, np.concatenate([pieces[index] for index in order]))


def last_to_first(run: Recording, seed: int) -> Recording:
    return reordered(run, np.arange(len(run.streams), dtype=np.float64)[::-1])


def interleaved(run: Recording, seed: int) -> Recording:
    step = 2 + seed % 5
    return reordered(run, np.concatenate([np.arange(first, len(run.streams), step) for first in range(step)]))


def repeated_segments(run: Recording, seed: int) -> Recording:
    pieces = [np.concatenate(blocks(len(run.streams), 4)[: count + 1]) for count in range(4)]
    return reordered(run, np.concatenate(pieces))


@pytest.mark.parametrize("fault", [shuffled_blocks, last_to_first, interleaved, repeated_segments])
@pytest.mark.parametrize("form", [gpx_of, lambda run: run], ids=["positions", "device"])
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_order_and_repetition(fault: Fault, form: Callable[[Recording], Recording], seed: int) -> None:
    run = form(sound_run(seed, every_s=1 + seed % 5))
    assert_same(fault(run, seed), run)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), metres=st.integers(60, 5_000), count=st.integers(1, 3))
def test_stray_points(seed: int, metres: int, count: int) -> None:
    run = gpx_of(sound_run(seed))
    lat = run.streams.channels["lat_deg"].copy()
    at = 200 + seed % 1_000
    lat[at : at + count] += metres / DEGREE_M
    spiked = replace(run, streams=run.streams.with_channels({"lat_deg": lat}))
    found = assert_same(spiked, run)
    assert any("stray GPS point" in note for note in found.source.notes)


@pytest.mark.parametrize("samples", [slice(1), slice(4), slice(-3, None)])
@pytest.mark.parametrize("metres", [120.0, 55_000.0])
def test_stray_points_at_an_end(samples: slice, metres: float) -> None:
    run = gpx_of(sound_run())
    lat = run.streams.channels["lat_deg"].copy()
    lat[samples] += metres / DEGREE_M
    assert_same(replace(run, streams=run.streams.with_channels({"lat_deg": lat})), run)


def test_place_of_the_day_before_until_the_first_fix() -> None:
    run = gpx_of(sound_run())
    lat = run.streams.channels["lat_deg"].copy()
    lat[:90] = 52.4
    found = activity_of(replace(run, streams=run.streams.with_channels({"lat_deg": lat})))
    expected = activity_of(run).activity.distance_m
    assert found.activity.distance_m == pytest.approx((expected or 0.0) - 3.35 * 90, abs=50.0)
    assert found.source.notes[0].startswith("90 stray GPS points removed")


def test_sensor_that_is_lost_for_a_while() -> None:
    run = sound_run()
    distance_m = run.streams.channels["distance_m"].copy()
    distance_m[500:520] = 0.0
    found = assert_same(with_distance(run, distance_m), run)
    assert found.source.notes == ("20 samples without distance (0 m)",)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_stray_point_in_the_distance_of_the_device(seed: int) -> None:
    run = sound_run(seed)
    lat, distance_m = (run.streams.channels[name].copy() for name in ("lat_deg", "distance_m"))
    at = 300 + seed % 900
    lat[at] += 120.0 / DEGREE_M
    distance_m[at] += 120.0
    distance_m[at + 1 :] += 240.0
    totals = replace(run.totals, distance_m=float(distance_m[-1]))
    spiked = run.streams.with_channels({"lat_deg": lat, "distance_m": distance_m})
    assert_same(replace(run, streams=spiked, totals=totals), run)


WRONG_TOTALS = {
    "zero": Totals(distance_m=0.0, elapsed_s=0.0, timer_s=0.0),
    "zero distance": Totals(distance_m=0.0, elapsed_s=1_500.0, timer_s=1_500.0),
    "negative": Totals(distance_m=-2_147_483_648.0, elapsed_s=1_500.0, timer_s=1_500.0),
    "not finite": Totals(distance_m=float("nan"), elapsed_s=float("inf"), timer_s=1_500.0),
    "impossible": Totals(distance_m=500_000.0, elapsed_s=1_500.0, timer_s=1_500.0),
    "laps of a part": Totals(distance_m=3_000.0, timer_s=900.0),
    "elapsed without pauses": Totals(distance_m=None, elapsed_s=700.0, timer_s=None),
    "timer longer than all": Totals(distance_m=None, elapsed_s=None, timer_s=8_134.0),
}


@pytest.mark.parametrize("kind", [kind for kind in WRONG_TOTALS if kind != "timer longer than all"])
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_wrong_totals(kind: str, seed: int) -> None:
    run = sound_run(seed)
    assert_same(replace(run, totals=WRONG_TOTALS[kind]), run)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(
    distance=st.none() | st.floats(-1e9, 1e9),
    elapsed=st.none() | st.floats(-10, 1e5),
    timer=st.none() | st.floats(-10, 1e5),
    moving=st.none() | st.floats(-10, 1e5),
)
def test_moving_time_never_exceeds_elapsed_time(
    distance: float | None, elapsed: float | None, timer: float | None, moving: float | None
) -> None:
    totals = Totals(distance_m=distance, elapsed_s=elapsed, timer_s=timer, moving_s=moving)
    activity = activity_of(replace(sound_run(every_s=5), totals=totals)).activity
    assert activity.moving_time_sec is not None
    assert activity.elapsed_time_sec is not None
    assert 0 <= activity.moving_time_sec <= activity.elapsed_time_sec


def cut(run: Recording, share: float) -> Recording:
    return replace(run, streams=run.streams.take(np.arange(int(len(run.streams) * share))))


@pytest.mark.parametrize("share", [0.1, 0.33, 0.6, 0.85])
def test_samples_of_a_part_leave_distance_and_time_as_stated(share: float) -> None:
    run = sound_run()
    found, expected = activity_of(cut(run, share)), activity_of(run)
    for name in ("distance_m", "elapsed_time_sec", "moving_time_sec", "avg_pace_sec_per_km"):
        assert getattr(found.activity, name) == pytest.approx(getattr(expected.activity, name), abs=1.0)
    assert any(note.startswith("samples cover") for note in found.source.notes)


@pytest.mark.parametrize("share", [0.92, 0.96, 0.98])
def test_samples_that_lack_the_end_leave_the_pace_as_it_was(share: float) -> None:
    run = sound_run()
    found, expected = activity_of(cut(run, share)).activity, activity_of(run).activity
    assert found.distance_m == expected.distance_m
    assert found.avg_pace_sec_per_km == pytest.approx(expected.avg_pace_sec_per_km, rel=0.01)


@pytest.mark.parametrize("share", [0.2, 0.08, 0.04])
def test_samples_that_lack_the_start_leave_the_pace_as_it_was(share: float) -> None:
    run = sound_run()
    kept = run.streams.take(np.arange(int(share * len(run.streams)), len(run.streams)))
    found, expected = activity_of(replace(run, streams=kept)).activity, activity_of(run).activity
    assert (found.distance_m, found.elapsed_time_sec) == (expected.distance_m, expected.elapsed_time_sec)
    assert found.avg_pace_sec_per_km == pytest.approx(expected.avg_pace_sec_per_km, rel=0.01)


def test_stated_start_from_which_the_samples_do_not_fit_is_not_used() -> None:
    run = sound_run()
    assert_same(replace(run, start_time_s=START - 3_500.0), run)


def test_standing_after_the_last_sample_is_no_moving_time() -> None:
    run = sound_run()
    found = activity_of(replace(run, totals=replace(run.totals, elapsed_s=1_580.0))).activity
    assert (found.moving_time_sec, found.elapsed_time_sec) == (1_500, 1_580)


def test_positions_of_the_second_half_alone_leave_distance_and_time_as_stated() -> None:
    run = sound_run()
    positions = gpx_of(run).streams.take(np.arange(900, len(run.streams)))
    found, expected = activity_of(replace(run, streams=positions)), activity_of(run)
    for name in ("distance_m", "elapsed_time_sec", "moving_time_sec", "avg_pace_sec_per_km"):
        assert getattr(found.activity, name) == pytest.approx(getattr(expected.activity, name), abs=1.0)
    assert any(note.startswith("samples cover") for note in found.source.notes)


def test_foot_pod_that_connects_late_is_replaced_by_positions() -> None:
    run = sound_run()
    distance_m = np.maximum(run.streams.channels["distance_m"] - 2_500.0, 0.0)
    assert_same(with_distance(run, distance_m), run)


def test_foot_pod_that_connects_late_is_replaced_by_speed() -> None:
    run = sound_run()
    run = replace(run, streams=run.streams.with_channels({"lat_deg": None, "lng_deg": None}))
    assert_same(with_distance(run, np.maximum(run.streams.channels["distance_m"] - 900.0, 0.0)), run)


def test_elapsed_time_of_weeks_after_the_last_sample_is_not_used() -> None:
    run = sound_run()
    assert_same(replace(run, totals=replace(run.totals, elapsed_s=4_294_967.0)), run)


def test_file_cut_off_without_totals_has_the_pace_of_its_samples() -> None:
    run = sound_run()
    found = activity_of(replace(cut(run, 0.5), totals=Totals()))
    assert found.activity.avg_pace_sec_per_km == pytest.approx(activity_of(run).activity.avg_pace_sec_per_km, rel=0.2)


def with_distance(run: Recording, distance_m: FloatArray) -> Recording:
    return replace(run, streams=run.streams.with_channels({"distance_m": distance_m}))


def offset(distance_m: FloatArray) -> FloatArray:
    return distance_m + 40_330.8


def kilometres(distance_m: FloatArray) -> FloatArray:
    return distance_m / 1000.0


def per_point(distance_m: FloatArray) -> FloatArray:
    return np.diff(distance_m, prepend=0.0)


def per_lap(distance_m: FloatArray) -> FloatArray:
    return distance_m % 1000.0


def zero(distance_m: FloatArray) -> FloatArray:
    return np.zeros(distance_m.size)


@pytest.mark.parametrize("distance", [offset, kilometres, per_point, per_lap, zero])
@pytest.mark.parametrize("evidence", ["positions", "speed"])
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_distance_that_is_not_metres_since_the_start(
    distance: Callable[[FloatArray], FloatArray], evidence: str, seed: int
) -> None:
    run = sound_run(seed)
    if evidence == "speed":
        run = replace(run, streams=run.streams.with_channels({"lat_deg": None, "lng_deg": None}))
    assert_same(with_distance(run, distance(run.streams.channels["distance_m"])), run, share=0.01)


@pytest.mark.parametrize("distance", [kilometres, per_point])
def test_distance_in_other_units_without_positions_and_speed(distance: Callable[[FloatArray], FloatArray]) -> None:
    run = sound_run()
    bare = run.streams.with_channels({"lat_deg": None, "lng_deg": None, "speed_ms": None})
    run = replace(run, streams=bare)
    assert_same(with_distance(run, distance(run.streams.channels["distance_m"])), run, share=0.01)


@pytest.mark.parametrize("days", [-48.7, -400.0, 30.0])
@pytest.mark.parametrize("at", [0, -1])
def test_stale_record(days: float, at: int) -> None:
    run = sound_run()
    time_s = run.streams.time_s.copy()
    time_s[at] += days * 86_400.0
    stale = replace(run, streams=Streams(time_s, run.streams.channels))
    assert_same(stale, run)


def test_stale_record_without_a_stated_start() -> None:
    run = gpx_of(sound_run())
    time_s = run.streams.time_s.copy()
    time_s[0] -= 48.7 * 86_400.0
    stale = Recording("gpx", "Run", float(time_s[0]), Streams(time_s, run.streams.channels))
    assert_same(stale, run)


@pytest.mark.parametrize("unset", [-500.0, 0.0, 20_000.0])
@pytest.mark.parametrize("samples", [slice(0, 30), slice(100, 900, 3), slice(-20, None)])
def test_unset_altitude(unset: float, samples: slice) -> None:
    run = sound_run()
    altitude_m = run.streams.channels["altitude_m"].copy()
    altitude_m[samples] = unset
    assert_same(replace(run, streams=run.streams.with_channels({"altitude_m": altitude_m})), run)


def test_unset_altitude_among_low_ones() -> None:
    run = sound_run()
    altitude_m = run.streams.channels["altitude_m"] - 30.0  # 4 to 16 m above the sea
    low = replace(run, streams=run.streams.with_channels({"altitude_m": altitude_m}))
    unset = altitude_m.copy()
    unset[:30] = unset[100:900:3] = 0.0
    assert_same(replace(run, streams=run.streams.with_channels({"altitude_m": unset})), low)


def test_zero_is_an_altitude_on_the_beach() -> None:
    run = sound_run()
    altitude_m = np.round(2.0 * np.sin(run.streams.time_s / 40.0), 1)
    found = activity_of(replace(run, streams=run.streams.with_channels({"altitude_m": altitude_m})))
    assert found.source.notes == ()
    assert (altitude_m == 0.0).any()


@pytest.mark.parametrize("date_s", [4_083_000_000.0, 174_700_000_000.0, -2_147_483_648.0, 0.0])
def test_implausible_dates_keep_the_run_without_a_date(date_s: float) -> None:
    run = sound_run()
    moved = Streams(run.streams.time_s - START + date_s, run.streams.channels)
    found = activity_of(replace(run, start_time_s=date_s, streams=moved))
    expected = activity_of(run)
    assert (found.activity.distance_m, found.activity.elapsed_time_sec) == (
        expected.activity.distance_m,
        expected.activity.elapsed_time_sec,
    )
    assert efforts_of(found) == efforts_of(expected)
    assert "start_time" in found.assumed
    assert "clock not set: the date is unknown" in found.source.notes


def test_totals_without_samples_and_date_are_kept() -> None:
    found = activity_of(
        Recording("fit", "Run", None, Streams(np.empty(0)), Totals(distance_m=5_000.0, timer_s=1_500.0))
    )
    assert (found.activity.distance_m, found.activity.moving_time_sec) == (5_000.0, 1_500)
    assert "start_time" in found.assumed


@pytest.mark.parametrize("ratio", [0.9, 0.95, 1.05, 1.2])
def test_corrected_treadmill_total_scales_the_samples(ratio: float) -> None:
    streams = sound_run().streams.with_channels({"lat_deg": None, "lng_deg": None})
    run = replace(sound_run(), streams=streams, indoor=True)
    assert run.totals.distance_m is not None
    total_m = run.totals.distance_m * ratio
    found = activity_of(replace(run, totals=replace(run.totals, distance_m=total_m)))
    assert found.activity.distance_m == pytest.approx(total_m)
    assert sum(split.distance_m or 0.0 for split in found.splits) == pytest.approx(total_m, abs=1.0)
    fastest_km = efforts_of(found)[1000]
    assert fastest_km < 1000.0 / total_m * 1_500.0
    assert any("scaled" in note for note in found.source.notes)


def test_treadmill_totals_of_a_part_scale_nothing() -> None:
    run = replace(sound_run(), indoor=True)
    run = replace(run, streams=run.streams.with_channels({"lat_deg": None, "lng_deg": None}))
    assert_same(replace(run, totals=Totals(distance_m=3_000.0, timer_s=900.0)), run)


def test_lap_that_begins_before_the_first_point_counts_from_its_start() -> None:
    run = sound_run()
    lap = RecordedLap(START - 120.0, Totals(distance_m=run.totals.distance_m, timer_s=1_500.0))
    found = activity_of(replace(run, format="tcx", start_time_s=START - 120.0, totals=lap.totals, laps=(lap,)))
    assert (found.activity.start_time, found.activity.elapsed_time_sec) == (START - 120.0, 1_620)
    assert found.activity.moving_time_sec == 1_500


def test_points_without_usable_times_take_the_time_of_the_laps() -> None:
    run = sound_run()
    still = Streams(np.full(len(run.streams), START), run.streams.channels)
    totals = Totals(distance_m=run.totals.distance_m, timer_s=1_500.0)
    found = activity_of(replace(run, format="tcx", streams=still, totals=totals))
    assert (found.activity.elapsed_time_sec, found.activity.moving_time_sec) == (1_500, 1_500)
    assert found.activity.avg_pace_sec_per_km == activity_of(run).activity.avg_pace_sec_per_km
    assert (found.efforts, found.splits) == ((), ())
    assert any("same time" in note for note in found.source.notes)


def test_negative_lap_distance_is_missing() -> None:
    run = sound_run()
    laps = (RecordedLap(START, Totals(distance_m=-2_147_483_648.0, elapsed_s=1_500.0)),)
    assert activity_of(replace(run, laps=laps)).laps[0].distance_m is None


def test_drive_home_stays_out_of_the_efforts() -> None:
    run = gpx_of(sound_run())
    home_s = np.arange(1.0, 601.0)
    lat = float(run.streams.channels["lat_deg"][-1]) + np.cumsum(np.full(600, 13.0)) / DEGREE_M
    channels = {"lat_deg": lat, "lng_deg": np.full(600, 13.4), "altitude_m": np.full(600, 40.0)}
    drive = Streams(run.streams.time_s[-1] + home_s, channels)
    found = activity_of(replace(run, streams=concatenate([run.streams, drive])))
    assert efforts_of(found) == pytest.approx(efforts_of(activity_of(run)), abs=0.1)
    assert any(effort.quality is Quality.SUSPECT for effort in found.efforts)


def test_clock_that_really_stepped_back_is_not_sorted() -> None:
    """The samples are in the order in which they were run; sorting them would tear two stretches into each other."""
    run = sound_run()
    time_s = run.streams.time_s.copy()
    time_s[800:] -= 300.0
    found = activity_of(replace(run, streams=Streams(time_s, run.streams.channels), totals=Totals()))
    assert not any("sorted" in note for note in found.source.notes)


def test_sound_run_has_no_notes() -> None:
    for form in (gpx_of(sound_run()), sound_run()):
        assert activity_of(form).source.notes == ()
