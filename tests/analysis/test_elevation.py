"""Elevation gain with hysteresis; on real runs, how close it comes to Strava."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from runcoach.analysis.elevation import elevation_gain_m

if TYPE_CHECKING:
    from runcoach.domain.streams import Streams


@pytest.mark.parametrize(
    ("altitude_m", "gain_m"),
    [
        ([100, 110, 105, 120], 25.0),
        ([100, 101.5, 100, 101.5, 100], 0.0),  # noise of a barometer
        ([100, 101, 100.5, 102, 101.5, 103], 3.0),  # a gentle climb with noise
        ([100, 101, 99.5, 101, 99, 100], 0.0),
        ([120, 110, 100], 0.0),
        ([100, np.nan, 110, np.nan], 10.0),
        ([10.2, 8.2, 10.2], 2.0),
        ([100, 98.5, 100.9], 2.4),
        ([100, 103, 102, 104, 90, 95, 95, 93.5, 94, 99], 13.0),
        ([100], 0.0),
    ],
)
def test_climbs_count_and_noise_does_not(altitude_m: list[float], gain_m: float) -> None:
    assert elevation_gain_m(np.array(altitude_m, dtype=np.float64)) == pytest.approx(gain_m)


def test_no_gain_without_altitude() -> None:
    assert elevation_gain_m(np.array([np.nan, np.nan])) is None


def test_impossible_steps_are_no_climb() -> None:
    altitude_m = np.array([40.0, 41.0, 340.0, 341.0, 44.0, 47.0])
    assert elevation_gain_m(altitude_m, np.arange(6.0)) == pytest.approx(5.0)
    assert elevation_gain_m(altitude_m, np.arange(6.0) * 100.0) == pytest.approx(304.0)
    assert elevation_gain_m(np.array([40.0, 340.0]), np.array([0.0, 3_000.0])) == 300.0


@pytest.mark.corpus
def test_elevation_gain_is_close_to_strava(strava_run: tuple[dict[str, Any], Streams]) -> None:
    detail, streams = strava_run
    assert elevation_gain_m(streams.channels["altitude_m"]) == pytest.approx(detail["total_elevation_gain"], rel=0.05)
