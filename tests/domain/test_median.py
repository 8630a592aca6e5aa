from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcoach.domain.median import median


@given(st.lists(st.floats(-1e6, 1e6), min_size=1))
def test_the_median_is_that_of_the_standard_library(values: list[float]) -> None:
    assert median(values) == statistics.median(values)


def test_there_is_no_median_of_nothing() -> None:
    with pytest.raises(ValueError, match="nothing"):
        median([])
