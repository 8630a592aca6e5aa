"""The distance curve of recordings with faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runcoach.analysis.distance_curve import distance_curve, in_clock_order, stretches
from runcoach.domain.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Callable


def test_sound_recording_is_unchanged(streams_of: Callable[..., Streams]) -> None:
    curve = distance_curve(streams_of([0, 1, 2, 3], distance_m=[0, 3, 6, 6]))
    assert curve is not None
    assert curve.time_s.tolist() == [0, 1, 2, 3]
    assert curve.distance_m.tolist() == [0, 3, 6, 6]
    assert curve.sample.tolist() == [0, 1, 2, 3]
    assert curve.clock_breaks.size == curve.resets.size == 0


def test_fewer_than_two_distances_give_none(streams_of: Callable[..., Streams]) -> None:
    assert distance_curve(streams_of([0, 1, 2])) is None
    assert distance_curve(streams_of([])) is None
    assert distance_curve(streams_of([], distance_m=[])) is None
    assert distance_curve(streams_of([0, 1, 2], distance_m=[None, 4.0, None])) is None
    assert distance_curve(streams_of([5, 5], distance_m=[4.0, 4.0])) is None


def test_drops_samples_without_distance(streams_of: Callable[..., Streams]) -> None:
    curve = distance_curve(streams_of([0, 1, 2, 3], distance_m=[None, 3, None, 9]))
    assert curve is not None
    assert (curve.sample.tolist(), curve.distance_m.tolist()) == ([1, 3], [3, 9])


def test_repeated_seconds_are_vertical_and_duplicates_are_dropped(streams_of: Callable[..., Streams]) -> None:
    curve = distance_curve(streams_of([0, 1, 1, 1, 2], distance_m=[0, 3, 3, 5, 8]))
    assert curve is not None
    assert curve.sample.tolist() == [0, 1, 3, 4]
    assert curve.clock_breaks.size == 0


def test_small_decrease_stands_still(streams_of: Callable[..., Streams]) -> None:
    curve = distance_curve(streams_of([0, 1, 2, 3, 4], distance_m=[0, 3, 2.5, 2.8, 6]))
    assert curve is not None
    assert curve.distance_m.tolist() == [0, 3, 3, 3, 6]
    assert curve.resets.size == 0


@pytest.mark.parametrize(
    ("distance_m", "covered_m", "resets"),
    [
        ([0, 500, 1000, 3, 500], [0, 500, 1000, 1003, 1500], [3]),  # to zero
        ([0, 60, 120, 60, 0, 60], [0, 60, 120, 120, 120, 180], [4]),  # to zero, with samples of the fall
        ([0, 500, 1000, 700, 900], [0, 500, 1000, 1000, 1200], [3]),  # a correction of the total
        ([0, 400, 2, 400, 1, 400], [0, 400, 402, 800, 801, 1200], [2, 4]),  # lap by lap
        ([4000, 0, 300, 600], [0, 300, 600], []),  # left over from the previous activity
    ],
)
def test_distance_continues_after_reset(
    streams_of: Callable[..., Streams], distance_m: list[float], covered_m: list[float], resets: list[int]
) -> None:
    curve = distance_curve(streams_of([60.0 * i for i in range(len(distance_m))], distance_m=list(distance_m)))
    assert curve is not None
    assert curve.distance_m.tolist() == covered_m
    assert curve.resets.tolist() == resets


@pytest.mark.parametrize("wrong", [0.0, 90_000.0])
def test_drops_single_outlier_distance(streams_of: Callable[..., Streams], wrong: float) -> None:
    curve = distance_curve(streams_of([0, 6, 12, 18], distance_m=[980, 1000, wrong, 1050]))
    assert curve is not None
    assert curve.distance_m.tolist() == [980, 1000, 1050]
    assert curve.resets.size == 0


def test_clock_stepping_back_drops_fewest_samples(streams_of: Callable[..., Streams]) -> None:
    swapped = distance_curve(streams_of([0, 1, 3, 2, 4], distance_m=[0, 3, 9, 6, 12]))
    assert swapped is not None
    assert swapped.time_s.tolist() == [0, 1, 2, 4]
    assert swapped.clock_breaks.tolist() == [2]


def test_clock_corrected_after_start_keeps_the_run(streams_of: Callable[..., Streams]) -> None:
    """Two samples an hour ahead, before the GPS time arrived: they are dropped, not the run."""
    curve = distance_curve(streams_of([3600, 3601, 2, 3, 4, 5], distance_m=[0, 3, 6, 9, 12, 15]))
    assert curve is not None
    assert curve.sample.tolist() == [2, 3, 4, 5]


def test_drops_single_sample_with_wrong_time(streams_of: Callable[..., Streams]) -> None:
    curve = distance_curve(streams_of([0, 1, 1e9, 3, 4], distance_m=[0, 3, 6, 9, 12]))
    assert curve is not None
    assert curve.time_s.tolist() == [0, 1, 3, 4]
    assert curve.clock_breaks.tolist() == [2]


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 12), max_size=12))
def test_clock_order_is_the_longest_subsequence(times: list[int]) -> None:
    kept = in_clock_order(np.array(times, dtype=np.float64))
    ordered = [times[index] for index in kept.tolist()]
    assert ordered == sorted(ordered)
    assert kept.tolist() == sorted(set(kept.tolist()))
    longest: list[int] = []  # longest[i]: the most samples in order that end with sample i
    for index, time in enumerate(times):
        longest.append(1 + max((longest[k] for k in range(index) if times[k] <= time), default=0))
    assert kept.size == max(longest, default=0)


messy = st.lists(
    st.tuples(
        st.one_of(st.integers(-3000, 40_000_000), st.integers(0, 100_000)),
        st.one_of(st.none(), st.floats(0, 2000), st.floats(0, 20)),
    ),
    max_size=40,
)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(messy)
def test_curve_of_any_samples_is_monotonic_and_idempotent(
    samples: list[tuple[int, float | None]],
) -> None:
    time_s = np.array([millis / 1000 for millis, _ in samples])
    distance_m = np.array([metres for _, metres in samples], dtype=np.float64)
    streams = Streams(time_s, {"distance_m": distance_m}).quantized()
    curve = distance_curve(streams)
    if curve is None:
        return
    step_s, step_m = np.diff(curve.time_s), np.diff(curve.distance_m)
    assert (step_s >= 0).all()
    assert (step_m >= 0).all()
    assert ((step_s > 0) | (step_m > 0)).all()
    assert (np.diff(curve.sample) > 0).all()
    assert np.array_equal(curve.time_s, streams.time_s[curve.sample])
    for at in (*curve.clock_breaks, *curve.resets):
        assert 0 < at < curve.time_s.size
    again = distance_curve(streams.quantized())
    assert again is not None
    assert np.array_equal(again.distance_m, curve.distance_m)


def test_stretches_are_series_of_consecutive_steps() -> None:
    start, end = stretches(np.array([True, True, False, True, False]))
    assert (start.tolist(), end.tolist()) == ([0, 3], [2, 4])
    assert stretches(np.zeros(0, dtype=bool))[0].size == 0
