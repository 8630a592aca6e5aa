"""Downsampling keeps ends and peaks, with the same samples for every channel."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcoach.analysis.downsampling import downsample

values = st.one_of(st.just(float("nan")), st.integers(-1000, 1000).map(float))


@st.composite
def columns(draw: st.DrawFn) -> list[np.ndarray]:
    n = draw(st.integers(1, 200))
    return [np.array(draw(st.lists(values, min_size=n, max_size=n))) for _ in range(draw(st.integers(0, 3)))] or [
        np.arange(float(n))
    ]


@pytest.mark.slow
@given(channels=columns(), limit=st.integers(2, 120))
def test_indices_ascend_and_respect_limit(channels: list[np.ndarray], limit: int) -> None:
    n = len(channels[0])
    kept = downsample(channels, n, limit)
    assert len(kept) <= max(limit, 0)
    assert (np.diff(kept) > 0).all()
    assert kept[0] == 0
    assert kept[-1] == n - 1
    if n <= limit:
        assert list(kept) == list(range(n))


@pytest.mark.slow
@given(channels=columns(), more=st.integers(0, 100))
def test_keeps_extremes_of_every_channel(channels: list[np.ndarray], more: int) -> None:
    n = len(channels[0])
    kept = downsample(channels, n, 2 + 2 * len(channels) + more)
    for channel in channels:
        if not np.isnan(channel).all():
            assert np.nanmax(channel[kept]) == np.nanmax(channel)
            assert np.nanmin(channel[kept]) == np.nanmin(channel)


def test_one_channel_keeps_extremes_of_every_bucket() -> None:
    rng = np.random.default_rng(3)
    channel = np.cumsum(rng.normal(size=5000))
    kept = downsample([channel], 5000, 404)  # the ends and the extremes, and two of each of 200 buckets
    buckets = np.linspace(0, 5000, 201).astype(int)
    for begin, end in pairwise(buckets):
        inside = kept[(kept >= begin) & (kept < end)]
        assert channel[inside].max() == channel[begin:end].max()
        assert channel[inside].min() == channel[begin:end].min()


def test_channels_are_scaled_by_their_range() -> None:
    large = np.sin(np.arange(4000) / 50) * 1000
    small = np.zeros(4000)
    small[::400] = 0.01  # each a peak of its own
    kept = downsample([large, small], 4000, 200)
    assert np.isin(np.arange(0, 4000, 400), kept).all()


def test_chart_is_close_to_all_samples() -> None:
    seconds = np.arange(3600.0)
    heart = 150 + 15 * np.sin(seconds / 200) + 5 * np.sin(seconds / 31)
    kept = downsample([heart], 3600, 300)
    drawn = np.interp(seconds, seconds[kept], heart[kept])
    assert np.abs(drawn - heart).max() < 2.0
    evenly = np.linspace(0, 3599, 300).astype(int)
    assert drawn.max() >= np.interp(seconds, seconds[evenly], heart[evenly]).max()


def test_without_channels_keeps_evenly_spaced_samples() -> None:
    assert list(downsample([], 11, 6)) == [0, 2, 4, 6, 8, 10]
    assert list(downsample([np.full(11, np.nan)], 11, 2)) == [0, 10]


def test_limit_below_two_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        downsample([], 10, 1)
