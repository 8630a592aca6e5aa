"""Distance from positions, and time in pauses."""

from __future__ import annotations

import numpy as np
import pytest

from runcoach.analysis.track_distance import distance_from_positions, paused_s


def test_distance_is_measured_on_the_ellipsoid() -> None:
    """A degree of meridian at 0° and 60°, a degree of parallel at 60°: 110,574.4 m, 111,412.3 m and 55,800.0 m."""
    lat, lng = np.array([0.0, 1.0, 59.5, 60.5, 60.0, 60.0]), np.array([10.0, 10.0, 10.0, 10.0, 10.0, 11.0])
    metres = distance_from_positions(lat, lng, np.arange(6.0))
    assert metres[1] == pytest.approx(110_574.4, abs=1.0)
    assert metres[3] - metres[2] == pytest.approx(111_412.3, abs=1.0)
    assert metres[5] - metres[4] == pytest.approx(55_800.0, abs=1.0)


def test_antimeridian_step_is_short() -> None:
    metres = distance_from_positions(np.zeros(2), np.array([179.9995, -179.9995]), np.arange(2.0))
    assert metres[-1] == pytest.approx(111.32, abs=0.01)


def test_missing_position_has_no_distance_and_loses_none() -> None:
    lat = np.array([np.nan, 50.0, np.nan, 50.002, 50.004])
    metres = distance_from_positions(lat, np.where(np.isnan(lat), np.nan, 8.0), np.arange(5.0))
    assert np.isnan(metres).tolist() == [True, False, True, False, False]
    assert metres[1] == 0.0
    assert metres[4] == pytest.approx(444.9, abs=0.1)
    assert np.isnan(distance_from_positions(np.full(2, np.nan), np.full(2, np.nan), np.arange(2.0))).all()


def test_pause_adds_no_distance() -> None:
    lat = np.array([50.0, 50.001, 50.101, 50.102])
    metres = distance_from_positions(lat, np.full(4, 8.0), np.array([0.0, 30.0, 900.0, 930.0]), [(30.0, 900.0)])
    assert np.diff(metres) == pytest.approx([111.2, 0.0, 111.2], abs=0.1)


def test_overlapping_pauses_count_once() -> None:
    assert paused_s(np.array([0.0, 15.0, 30.0, 99.0]), [(20.0, 40.0), (10.0, 25.0)]).tolist() == [0, 5, 20, 30]
    assert paused_s(np.array([0.0, 99.0]), [(10.0, 50.0), (20.0, 30.0), (40.0, 60.0)]).tolist() == [0, 50]
    assert paused_s(np.array([0.0, 9.0]), []).tolist() == [0, 0]
