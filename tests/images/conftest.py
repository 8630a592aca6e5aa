"""Tracks from metres east and north of a point."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from runcoach.domain.streams import FloatArray

METRES_PER_DEGREE = 111_195.0


@pytest.fixture
def degrees() -> Callable[..., tuple[FloatArray, FloatArray]]:
    """``(lat_deg, lng_deg)`` of points in metres to the east and north, of shape ``(n, 2)``."""

    def make(points: FloatArray, lat: float = 48.0, lng: float = 7.8) -> tuple[FloatArray, FloatArray]:
        points = np.asarray(points, dtype=float)
        lat_deg: FloatArray = lat + points[:, 1] / METRES_PER_DEGREE
        lng_deg: FloatArray = lng + points[:, 0] / METRES_PER_DEGREE / np.cos(np.radians(lat))
        return lat_deg, (lng_deg + 180.0) % 360.0 - 180.0

    return make


@pytest.fixture
def straight() -> Callable[..., FloatArray]:
    """A line of points to the east, ``step`` metres apart."""

    def make(length: float, step: float = 3.0) -> FloatArray:
        xs = np.arange(0.0, length + step / 2, step)
        return np.column_stack([xs, np.zeros_like(xs)])

    return make
