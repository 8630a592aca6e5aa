"""Samples: they agree with what the summary said before there were any, and look like a watch's."""

from __future__ import annotations

import math

import numpy as np
import pytest

from runcoach.analysis.training.heart_rate_quality import find_faults
from runcoach.domain.streams import Streams
from runcoach.sandbox.strava.resources import STREAM_KEYS
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete
from runcoach.sandbox.synthetic.outline import Outline
from runcoach.sandbox.synthetic.plan import RunKind
from runcoach.sandbox.synthetic.samples import Samples
from runcoach.sandbox.synthetic.workouts import Mode


def recordings(history: SyntheticAthlete) -> list[tuple[Outline, Samples]]:
    found = [history.recording(each) for each in history.activity_ids[::5]]
    return [(outline, samples) for outline, samples in found if samples is not None]


def first_of(history: SyntheticAthlete, kind: RunKind) -> tuple[Outline, Samples]:
    activity = next(each for each in history.activity_ids if history.plan(each).kind is kind)
    outline, samples = history.recording(activity)
    assert samples is not None
    return outline, samples


@pytest.mark.slow
def test_totals_of_the_summary_are_those_of_the_samples(history: SyntheticAthlete) -> None:
    for outline, samples in recordings(history):
        part = outline.stretches
        assert samples.time_s[0] == 0
        assert samples.time_s[-1] == part.elapsed_s
        assert samples.distance_m[0] == 0.0
        assert samples.distance_m[-1] == part.distance_m
        spent = np.diff(samples.time_s, prepend=0)[samples.moving].sum()
        assert spent == part.moving_s
        assert np.diff(samples.time_s).min() > 0
        assert np.diff(samples.distance_m).min() >= 0


@pytest.mark.slow
def test_averages_of_the_summary_are_those_of_the_samples(history: SyntheticAthlete) -> None:
    for activity in history.activity_ids[::5]:
        detail = history.detail(activity)
        outline, samples = history.recording(activity)
        if samples is None:
            continue
        step = np.diff(samples.time_s, prepend=0) * samples.moving
        speed = samples.channels["velocity_smooth"]
        assert speed.max() == pytest.approx(detail["max_speed"], abs=0.002)
        if "heartrate" in samples.channels:
            pulse = samples.channels["heartrate"]
            assert pulse.max() == detail["max_heartrate"]
            assert (pulse * step).sum() / step.sum() == pytest.approx(detail["average_heartrate"], abs=2.0)
        if "cadence" in samples.channels:
            mean = (samples.channels["cadence"] * step).sum() / step.sum()
            assert mean == pytest.approx(detail["average_cadence"], abs=1.5)
        if "watts" in samples.channels:
            assert samples.channels["watts"].max() == pytest.approx(detail["max_watts"], abs=1)
            assert (samples.channels["watts"] * step).sum() / step.sum() == pytest.approx(
                detail["average_watts"], rel=0.02
            )
        if outline.route is not None:
            height = samples.channels["altitude"]
            assert height.max() == pytest.approx(detail["elev_high"], abs=1.5)
            assert height.min() == pytest.approx(detail["elev_low"], abs=1.5)
            climb = np.maximum(np.diff(height), 0).sum()
            assert climb == pytest.approx(detail["total_elevation_gain"], rel=0.05, abs=4)
            assert [samples.channels["lat"][0], samples.channels["lng"][0]] == detail["start_latlng"]
            assert [samples.channels["lat"][-1], samples.channels["lng"][-1]] == detail["end_latlng"]


@pytest.mark.slow
def test_the_ground_covered_is_about_the_distance(history: SyntheticAthlete) -> None:
    for outline, samples in recordings(history):
        if outline.route is None or outline.plan.kind is RunKind.GPS_SPIKE:
            continue
        north = np.diff(samples.channels["lat"]) * 111_195.0
        east = np.diff(samples.channels["lng"]) * 111_195.0 * math.cos(math.radians(outline.plan.place.lat_deg))
        assert np.hypot(north, east).sum() == pytest.approx(outline.stretches.distance_m, rel=0.03)


@pytest.mark.slow
def test_people_run_at_the_speed_of_people(history: SyntheticAthlete) -> None:
    for outline, samples in recordings(history):
        if outline.plan.kind in {RunKind.GPS_SPIKE, RunKind.RIDE}:
            continue
        steps = np.diff(samples.distance_m) / np.diff(samples.time_s)
        assert steps.max() < 6.0
        if "heartrate" in samples.channels:
            pulse = samples.channels["heartrate"]
            assert pulse.min() > 60
            assert pulse.max() < 195


@pytest.mark.slow
def test_heart_rate_drifts_upwards(history: SyntheticAthlete) -> None:
    samples = next(
        samples
        for outline, samples in recordings(history)
        if outline.plan.kind is RunKind.RACE and "heartrate" in samples.channels and outline.stretches.elapsed_s > 3600
    )
    pulse = samples.channels["heartrate"]
    third = len(pulse) // 3
    assert pulse[-third:].mean() > pulse[third : 2 * third].mean() + 1


@pytest.mark.slow
def test_hardly_any_heart_rate_is_not_to_be_believed(history: SyntheticAthlete) -> None:
    doubted_s = total_s = 0.0
    for _, samples in recordings(history):
        if "heartrate" not in samples.channels:
            continue
        time_s = samples.time_s.astype(np.float64)
        faults = find_faults(Streams(time_s, {"heart_rate_bpm": samples.channels["heartrate"]}))
        doubted_s += sum(fault.end_s - fault.start_s for fault in faults)
        total_s += time_s[-1]
    assert doubted_s < 0.02 * total_s


@pytest.mark.slow
def test_auto_pause_leaves_a_gap_and_standing_a_flat(history: SyntheticAthlete) -> None:
    gaps = flats = 0
    for outline, samples in recordings(history):
        part = outline.stretches
        for stretch in np.flatnonzero(part.mode == Mode.PAUSED):
            before = int(np.searchsorted(samples.time_s, part.start_s[stretch]))
            assert samples.time_s[before + 1] - samples.time_s[before] == part.duration_s[stretch]
            assert not samples.moving[before + 1]
            assert samples.distance_m[before + 1] == samples.distance_m[before]
            gaps += 1
        if Mode.STANDING in part.mode:
            still = ~samples.moving[1:]
            assert np.diff(samples.distance_m)[still].max() == 0
            flats += 1
    assert gaps > 5
    assert flats > 5


@pytest.mark.slow
def test_smart_recording_skips_seconds(history: SyntheticAthlete) -> None:
    smart = [
        samples
        for outline, samples in recordings(history)
        if outline.plan.device.smart_recording and outline.plan.is_run
    ]
    assert smart
    for samples in smart:
        moving = np.diff(samples.time_s)[samples.moving[1:]]
        assert 1.8 < moving.mean() < 4
        assert moving.max() <= 8


def test_a_gps_spike_jumps_away_and_back(history: SyntheticAthlete) -> None:
    outline, samples = first_of(history, RunKind.GPS_SPIKE)
    steps = np.diff(samples.distance_m) / np.diff(samples.time_s)
    assert steps.max() > 40
    assert (steps > 12.5).sum() <= 8
    assert outline.ground_m < outline.stretches.distance_m - 300
    east = np.diff(samples.channels["lng"]) * 111_195.0 * math.cos(math.radians(outline.plan.place.lat_deg))
    assert np.abs(east).max() > 30


def test_every_kind_of_stream_exists(history: SyntheticAthlete) -> None:
    activity = next(
        each
        for each in history.activity_ids
        if history.plan(each).kind is RunKind.EASY and history.recording(each)[0].has_power
    )
    streams = history.streams(activity, STREAM_KEYS)
    assert streams is not None
    assert tuple(streams) == STREAM_KEYS
    assert {len(stream["data"]) for stream in streams.values()} == {streams["time"]["original_size"]}
    assert {type(stream["data"][5]) for stream in streams.values()} == {int, float, bool, list}
