"""Columns over time: what fits together, and rounding that loses nothing twice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcoach.domain.streams import RESOLUTION, Streams, concatenate, quantize


def test_a_channel_must_be_known_and_as_long_as_time() -> None:
    with pytest.raises(ValueError, match="no channel"):
        Streams(np.arange(3.0), {"mood": np.arange(3.0)})
    with pytest.raises(ValueError, match="2 samples where time has 3"):
        Streams(np.arange(3.0), {"power_w": np.arange(2.0)})


@given(st.sampled_from(sorted(RESOLUTION)), st.floats(-1e6, 1e6))
def test_rounding_twice_is_rounding_once_and_moves_half_a_step_at_most(name: str, value: float) -> None:
    once = quantize(name, np.array([value]))
    np.testing.assert_array_equal(quantize(name, once), once)
    assert abs(once[0] - value) <= RESOLUTION[name] * 0.5000001


def test_missing_stays_missing() -> None:
    assert np.isnan(quantize("heart_rate_bpm", np.array([np.nan]))).all()


def test_channels_come_and_go() -> None:
    streams = Streams(np.arange(3.0), {"power_w": np.ones(3)})
    assert streams.with_channels({"power_w": None}).get("power_w") is None
    assert len(streams.take(np.array([True, False, True]))) == 2


def test_parts_one_after_the_other_leave_gaps_where_a_part_is_silent() -> None:
    joined = concatenate([Streams(np.arange(2.0), {"power_w": np.ones(2)}), Streams(np.arange(1.0))])
    assert len(joined) == 3
    power = joined.get("power_w")
    assert power is not None
    np.testing.assert_array_equal(power, [1.0, 1.0, np.nan])
    assert len(concatenate([])) == 0
