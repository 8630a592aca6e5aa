"""Streams come back exactly, missing samples stay missing, and a damaged blob is an error, never a number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from runcoach.domain.streams import RESOLUTION, EncodedStream, quantize
from runcoach.errors import StoreError
from runcoach.store.stream_codec import decode, encode

channels = st.sampled_from(sorted(RESOLUTION))
values = arrays.arrays(
    np.float64,
    st.integers(0, 200),
    elements=st.one_of(st.floats(-180, 180), st.floats(-1e6, 1e6), st.just(float("nan"))),
)


@pytest.mark.slow
@given(channels, values)
def test_what_is_encoded_comes_back_to_the_last_bit(channel: str, values: np.ndarray) -> None:
    rounded = quantize(channel, values)
    back = decode(encode(channel, rounded))
    assert back.shape == rounded.shape
    np.testing.assert_array_equal(back, rounded)


def test_resolution_is_kept() -> None:
    lat = np.array([52.123456, 52.123457, -0.000001])
    np.testing.assert_array_equal(decode(encode("lat_deg", lat)), lat)
    distance = np.array([0.0, 0.1, 12_345.6])
    np.testing.assert_array_equal(decode(encode("distance_m", distance)), distance)


def test_a_missing_heart_rate_stays_missing() -> None:
    bpm = np.array([np.nan, 120.0, np.nan, 0.0, 121.0, np.nan])
    back = decode(encode("heart_rate_bpm", bpm))
    np.testing.assert_array_equal(np.isnan(back), np.isnan(bpm))
    assert back[3] == 0.0


def test_a_steady_clock_takes_almost_nothing() -> None:
    assert len(encode("time_s", np.arange(36_000.0)).data) < 120


@pytest.mark.parametrize("bad", [np.inf, -np.inf, 1e300])
def test_what_would_not_come_back_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="out of range"):
        encode("distance_m", np.array([0.0, bad]))


@given(st.binary(max_size=60), st.sampled_from(["u1", "u2", "u4", "u8", "f8", ""]), st.integers(0, 1000))
def test_any_damage_is_a_store_error(data: bytes, dtype: str, n: int) -> None:
    try:
        back = decode(EncodedStream("distance_m", dtype, n, 1, data))
    except StoreError:
        return
    assert back.shape == (n,)


def test_a_torn_blob_and_a_later_codec_are_named() -> None:
    whole = encode("altitude_m", quantize("altitude_m", np.random.default_rng(1).normal(100, 5, 500)))
    with pytest.raises(StoreError, match="altitude_m is damaged"):
        decode(replace(whole, data=whole.data[:-5]))
    with pytest.raises(StoreError, match="codec 2"):
        decode(replace(whole, codec=2))
