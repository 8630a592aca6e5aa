"""A blob comes back as it was, and one that is damaged is an error of ours: soon, and in little memory."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from fuzzing import fuzzed, mutated
from hypothesis import given
from hypothesis import strategies as st

from runcoach.domain.streams import RESOLUTION, EncodedStream, quantize
from runcoach.errors import StoreError
from runcoach.store.stream_codec import decode, encode

STEPS = np.cumsum(np.resize([3.0, 2.9, 0.0, 3.1, 250.0], 300))
WHOLE = encode("distance_m", quantize("distance_m", np.where(np.arange(300) % 9 == 4, np.nan, STEPS)))


@pytest.mark.slow
@fuzzed(150)
@given(
    st.sampled_from(sorted(RESOLUTION)),
    st.lists(st.one_of(st.just(float("nan")), st.floats(-1e8, 1e8), st.integers(-3, 3)), max_size=60),
)
def test_what_is_encoded_comes_back(channel: str, values: list[float]) -> None:
    rounded = quantize(channel, np.array(values, dtype=np.float64))
    np.testing.assert_array_equal(decode(encode(channel, rounded)), rounded)


@pytest.mark.slow
@fuzzed(200)
@given(mutated(WHOLE.data), st.sampled_from(["u1", "u2", "u4", "u8"]), st.sampled_from([0, 1, 299, 300, 301, 4000]))
def test_a_damaged_blob(data: bytes, dtype: str, n: int) -> None:
    try:
        back = decode(EncodedStream("distance_m", dtype, n, 1, data))
    except StoreError as error:
        assert error.hint
    else:
        assert back.shape == (n,)


@pytest.mark.parametrize("n", [-1, 2**40, 2**62])
def test_a_length_that_cannot_be_takes_no_memory(n: int) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(StoreError):
            decode(EncodedStream("distance_m", WHOLE.dtype, n, 1, WHOLE.data))
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()
