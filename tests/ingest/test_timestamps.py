"""Samples with wrong dates."""

from __future__ import annotations

import numpy as np
import pytest

from runcoach.domain.streams import Streams
from runcoach.ingest.timestamps import EARLIEST_S, drop_wrong_dates

NOW = 1_789_913_600.0


@pytest.mark.parametrize(
    ("stated_start_s", "start_s", "note"),
    [
        (NOW - 86_400.0, NOW - 86_400.0, "implausible dates: 2 samples moved to the stated start"),
        (None, EARLIEST_S, "implausible dates: 2 samples kept without a date"),
        (0.0, EARLIEST_S, "implausible dates: 2 samples kept without a date"),
        (NOW + 10 * 86_400.0, EARLIEST_S, "implausible dates: 2 samples kept without a date"),
    ],
)
def test_samples_of_1970_begin_at_a_plausible_stated_start(
    stated_start_s: float | None, start_s: float, note: str
) -> None:
    notes: list[str] = []
    streams = drop_wrong_dates(Streams(np.array([0.0, 5.0])), stated_start_s, NOW, notes)
    assert streams.time_s.tolist() == [start_s, start_s + 5.0]
    assert notes == [note]
