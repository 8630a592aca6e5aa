"""The figures of one activity, of any samples that a device may write."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from runcoach.analysis.training.activity_analytics import analyze, milliseconds_by_bpm
from runcoach.domain.streams import FloatArray, Streams

sizes = st.integers(0, 60)
steps_s = st.sampled_from([0.0, 0.5, 1.0, 1.0, 1.0, 5.0, 40.0, 900.0, -3.0])
heart_rates = st.sampled_from([np.nan, 20.0, 60.0, 140.0, 141.0, 150.0, 172.0, 172.0, 172.0, 173.0, 240.0])
cadences = st.sampled_from([np.nan, 0.0, 86.0, 172.0, 173.0])


@st.composite
def streams(draw: st.DrawFn) -> Streams:
    size = draw(sizes)

    def channel(values: st.SearchStrategy[float]) -> FloatArray:
        column: FloatArray = draw(arrays(np.float64, size, elements=values))
        return column

    time_s = np.cumsum(channel(steps_s))
    channels = {"heart_rate_bpm": channel(heart_rates), "cadence_spm": channel(cadences)}
    if draw(st.booleans()):
        channels["distance_m"] = np.cumsum(channel(st.sampled_from([0.0, 3.0, 15.0])))
    return Streams(time_s, channels).quantized()


@pytest.mark.slow
@given(streams())
@settings(max_examples=60, deadline=None)
@example(Streams(np.array([-3.0, *np.arange(897.0, 765.0, -3.0)]), {"heart_rate_bpm": np.full(45, 60.0)}).quantized())
def test_any_samples_have_figures_that_agree(samples: Streams) -> None:
    figures = analyze(samples)
    assert figures.moving_s >= 0.0
    assert 0.0 <= sum(figures.heart_rate_ms.values()) / 1000.0 <= figures.moving_s + 0.001
    assert all(30 <= bpm <= 240 for bpm in figures.heart_rate_ms)
    for fault in figures.heart_rate_faults:
        assert fault.start_s in samples.time_s
        assert fault.end_s in samples.time_s
    if figures.max_heart_rate_bpm is not None:
        assert figures.max_heart_rate_bpm <= np.nanmax(samples.channels["heart_rate_bpm"])


def test_a_sample_stands_for_the_time_since_the_one_before_it() -> None:
    bpm = np.array([100.0, 120.0, np.nan, 140.0, 140.0])
    moving_s = np.array([0.0, 2.0, 5.0, 5.5, 600.0])
    assert milliseconds_by_bpm(bpm, moving_s) == {120: 2000, 140: 500 + 30_000}


@pytest.mark.parametrize("size", [0, 1, 2])
def test_a_few_samples_have_hardly_any_figures(size: int) -> None:
    figures = analyze(Streams(np.arange(float(size)), {"heart_rate_bpm": np.full(size, 150.0)}))
    assert figures.max_heart_rate_bpm is None
    assert figures.threshold_heart_rate_bpm is None
