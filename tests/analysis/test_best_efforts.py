"""Best efforts: exact against brute force on every kind of track, and equal to Strava's own on real runs."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from runcoach.analysis.best_efforts import best_effort, best_efforts
from runcoach.analysis.distance_curve import DistanceCurve, distance_curve
from runcoach.domain.streams import Streams

Track = tuple[list[int], list[int]]  # seconds and decimetres


def curve_through(time: list[int], decimetres: list[int]) -> DistanceCurve:
    none = np.empty(0, dtype=np.intp)
    return DistanceCurve(
        np.array(time, dtype=np.float64), np.array(decimetres) / 10.0, np.arange(len(time), dtype=np.intp), none, none
    )


def brute_force(time: list[int], distance: list[int], length: int) -> tuple[Fraction, Fraction]:
    """Least duration and earliest start, in exact arithmetic, over every x at which f can have a minimum."""

    def earliest(y: int) -> Fraction:
        j = bisect_left(distance, y)
        return Fraction(time[j]) if distance[j] == y else between(j - 1, y)

    def latest(x: int) -> Fraction:
        i = bisect_right(distance, x) - 1
        return Fraction(time[i]) if distance[i] == x else between(i, x)

    def between(i: int, x: int) -> Fraction:
        share = Fraction(x - distance[i], distance[i + 1] - distance[i])
        return time[i] + share * (time[i + 1] - time[i])

    last = distance[-1] - length
    places = {x for d in distance for x in (d, d - length) if distance[0] <= x <= last}
    return min((earliest(x + length) - latest(x), latest(x)) for x in places)


@st.composite
def tracks(draw: st.DrawFn) -> Track:
    """Running, standing, gaps, several samples a second, and the odd leap, in any order."""
    step = st.one_of(
        st.tuples(st.integers(1, 3), st.integers(0, 60)),  # running
        st.tuples(st.integers(1, 90), st.just(0)),  # standing
        st.tuples(st.integers(1, 4), st.sampled_from([20, 25, 30])),  # evenly, so that many efforts are equal
        st.tuples(st.just(0), st.integers(1, 50)),  # twice the same second
        st.tuples(st.integers(31, 200), st.integers(0, 500)),  # a gap
        st.tuples(st.integers(0, 2), st.integers(200, 3000)),  # a leap
    )
    steps = draw(st.lists(step, min_size=1, max_size=70))
    time, distance = [0], [draw(st.integers(0, 40))]
    for seconds, decimetres in steps:
        time.append(time[-1] + seconds)
        distance.append(distance[-1] + decimetres)
    return time, distance


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(track=tracks(), share=st.floats(0.001, 1.0))
@example(track=([0, 100, 200], [0, 1000, 2000]), share=1.0)
def test_is_the_least_over_all_starts(track: Track, share: float) -> None:
    time, distance = track
    length = max(1, int(share * (distance[-1] - distance[0])))
    assume(distance[-1] - distance[0] >= length)
    found = best_effort(curve_through(time, distance), length / 10.0)
    least, start = brute_force(time, distance, length)
    assert found is not None
    assert found[0] == pytest.approx(float(least), abs=1e-8)
    assert found[1] == pytest.approx(float(start), abs=1e-8)
    assert found[2] == pytest.approx(float(start + least), abs=1e-8)


#: What a second or two of running can look like; each kind of run is a mixture, (seconds, decimetres) by likelihood.
KINDS: dict[str, list[tuple[int, int]]] = {
    "even": [(1, 27), (1, 28)],
    "flickering": [(1, 20), (1, 25), (1, 30), (1, 35)],
    "with pauses": [(1, 28)] * 20 + [(1, 31)] * 20 + [(40, 0), (90, 3)],
    "smart recording": [(1, 30), (3, 90), (7, 200), (4, 100), (2, 66)],
    "coarse": [(1, 0), (1, 0), (1, 100), (2, 100), (0, 100), (5, 0)],
    "broken": [(1, 28)] * 9 + [(0, 60), (0, 7), (1, 900), (200, 400), (30, 0)],
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_equals_brute_force_on_every_kind_of_run(kind: str) -> None:
    random = np.random.default_rng(20)
    for size in random.integers(5, 400, 25).tolist():
        steps = np.array(KINDS[kind])[random.integers(0, len(KINDS[kind]), size)]
        time, decimetres = np.concatenate([[[0, 0]], steps.cumsum(axis=0)]).T.tolist()
        lengths = {metres: metres / 10 for metres in random.integers(1, decimetres[-1] + 2, 9).tolist()}
        found = best_efforts(curve_through(time, decimetres), lengths)
        expected = [brute_force(time, decimetres, label) for label in sorted(lengths) if label <= decimetres[-1]]
        assert [effort.exact_s for effort in found] == pytest.approx([float(e) for e, _ in expected], abs=1e-9)
        assert [effort.start_s for effort in found] == pytest.approx([float(s) for _, s in expected], abs=1e-8)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(track=tracks(), lengths=st.lists(st.integers(1, 4000), min_size=1, max_size=9))
def test_searches_many_distances_as_it_does_one(track: Track, lengths: list[int]) -> None:
    curve = curve_through(*track)
    together = best_efforts(curve, {length: length / 10.0 for length in lengths})
    alone = {length: best_effort(curve, length / 10.0) for length in lengths}
    assert [effort.distance_m for effort in together] == sorted(d for d, found in alone.items() if found)
    for effort in together:
        assert (effort.exact_s, effort.start_s, effort.end_s) == pytest.approx(alone[effort.distance_m], abs=1e-8)
    durations = [effort.exact_s for effort in together]
    assert durations == sorted(durations)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(track=tracks(), length=st.integers(1, 5000), begin=st.floats(0.0, 1.0))
def test_no_effort_anywhere_is_faster(track: Track, length: int, begin: float) -> None:
    """The premise of the search: efforts that begin and end between samples are never faster."""
    time, distance = (np.array(part, dtype=np.float64) for part in track)
    found = best_effort(curve_through(*track), length / 10.0)
    assume(found is not None)
    assert found is not None
    x = distance[0] + begin * (distance[-1] - distance[0] - length)
    finish = -np.interp(-(x + length), -distance[::-1], -time[::-1])
    assert finish - np.interp(x, distance, time) >= found[0] - 1e-6


def test_a_pause_is_counted_whole_and_never_smeared() -> None:
    """500 m, a minute's rest, 500 m: the kilometre pays for the rest, the best 500 m does not."""
    curve = curve_through([0, 100, 160, 260], [0, 5000, 5000, 10000])
    assert best_effort(curve, 1000.0) == (260.0, 0.0, 260.0)
    assert best_effort(curve, 500.0) == (100.0, 0.0, 100.0)
    assert best_effort(curve, 500.1) == pytest.approx((160.02, 0.0, 160.02))


def test_begins_and_ends_between_samples() -> None:
    """Slow, fast, slow: the best 100 m lies within the fast stretch, its best 300 m reaches out on both sides."""
    curve = curve_through([0, 100, 140, 240], [0, 1000, 3000, 4000])
    assert best_effort(curve, 100.0) == pytest.approx((20.0, 100.0, 120.0))
    assert best_effort(curve, 300.0) == pytest.approx((140.0, 0.0, 140.0))


def test_rounding_never_drags_an_effort_past_a_pause() -> None:
    """In binary, 0.2 + 50.1 is past 50.3 and 50.3 − 50.1 is short of 0.2; the effort still lies between the pauses."""
    assert 0.2 + 50.1 > 50.3
    assert 50.3 - 50.1 < 0.2
    curve = curve_through([0, 1, 301, 311, 911, 912], [0, 2, 2, 503, 503, 505])
    assert best_effort(curve, 50.1) == (10.0, 301.0, 311.0)


def test_of_equal_efforts_the_earliest_counts() -> None:
    steady = curve_through(list(range(3600)), [28 * second for second in range(3600)])
    assert [effort.start_s for effort in best_efforts(steady)] == [0.0] * 6


def test_distances_that_the_run_does_not_reach_are_absent() -> None:
    curve = curve_through([0, 600], [0, 10000])
    assert [effort.distance_m for effort in best_efforts(curve)] == [400, 800, 1000]
    assert best_effort(curve, 1000.0) == (600.0, 0.0, 600.0)
    assert best_effort(curve, 1000.1) is None
    assert best_efforts(curve, {}) == []


def test_a_length_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="must be positive"):
        best_effort(curve_through([0, 600], [0, 10000]), 0)


def test_effort_carries_label_and_measured_length() -> None:
    curve = curve_through([0, 6000], [0, 220000])
    half = best_efforts(curve)[-1]
    assert (half.distance_m, half.length_m) == (21100, 21097.0)
    assert half.duration_s == math.ceil(6000 * 21097 / 22000)


@pytest.mark.corpus
def test_equals_strava_to_the_second(strava_run: tuple[dict[str, Any], Streams]) -> None:
    detail, streams = strava_run
    curve = distance_curve(streams)
    assert curve is not None
    reported = {effort["distance"]: effort["elapsed_time"] for effort in detail["best_efforts"]}
    found = best_efforts(curve, {length: float(length) for length in reported})
    assert {effort.distance_m: effort.duration_s for effort in found} == reported
