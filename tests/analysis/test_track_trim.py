"""Cutting the ends of a track: nothing near them is left, and everything else is."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from runcoach.analysis.track_trim import trim
from runcoach.domain.streams import Streams

DEGREE_M = 111_195.0


def track(east_m: list[float], north_m: list[float]) -> Streams:
    lat = 50.0 + np.array(north_m) / DEGREE_M
    lng = 8.0 + np.array(east_m) / (DEGREE_M * math.cos(math.radians(50.0)))
    return Streams(np.arange(float(len(lat))), {"lat_deg": lat, "lng_deg": lng, "power_w": np.arange(float(len(lat)))})


def test_samples_within_the_first_and_last_metres_are_removed() -> None:
    trimmed = trim(track([10.0 * n for n in range(100)], [0.0] * 100), 205.0)
    assert trimmed is not None
    assert trimmed.time_s.tolist() == list(range(21, 79))
    assert np.isfinite(trimmed.channels["lat_deg"]).all()


def test_a_track_that_passes_its_start_has_no_positions_there() -> None:
    east = [10.0 * n for n in range(100)]
    trimmed = trim(track([*east, *east[::-1], *(-x for x in east)], [0.0] * 300), 205.0)
    assert trimmed is not None
    assert trimmed.time_s[0] == 21.0
    hidden = np.isnan(trimmed.channels["lat_deg"])
    assert hidden.sum() == 42
    assert not np.isnan(trimmed.channels["power_w"]).any()


def test_a_short_track_vanishes_and_streams_without_positions_stay() -> None:
    assert trim(track([0.0, 10.0, 20.0], [0.0] * 3), 200.0) is None
    indoor = Streams(np.arange(3.0), {"power_w": np.arange(3.0)})
    assert trim(indoor, 200.0) is indoor
    outdoor = track([0.0, 10.0], [0.0, 0.0])
    assert trim(outdoor, 0.0) is outdoor


@given(st.lists(st.tuples(st.floats(-300, 300), st.floats(-300, 300)), min_size=2, max_size=40), st.floats(1.0, 300.0))
def test_no_position_is_left_near_an_end(points: list[tuple[float, float]], hidden_m: float) -> None:
    whole = track([x for x, _ in points], [y for _, y in points])
    trimmed = trim(whole, hidden_m)
    if trimmed is None:
        return
    for index in trimmed.time_s.astype(int):
        lat = trimmed.channels["lat_deg"][trimmed.time_s == index][0]
        if not np.isnan(lat):
            for end in (points[0], points[-1]):
                assert math.dist(points[index], end) >= hidden_m * 0.999 - 0.1
