"""Steps of both legs, whichever legs were counted."""

from __future__ import annotations

import math

import numpy as np
import pytest

from runcoach.domain.sports import cadence_factor


@pytest.mark.parametrize(
    ("sport_type", "cadence", "factor"),
    [
        ("Run", [0, 0, 84, 86, 90], 2.0),
        ("Run", [160, 172, 180], 1.0),
        ("Run", [0, 0, 0, 170], 1.0),
        ("Run", [0, 0], 2.0),
        ("Run", [math.nan, 85], 2.0),
        ("TrailRun", [70], 2.0),
        ("VirtualRun", [85], 2.0),
        ("Walk", [55], 2.0),
        ("Hike", [50], 2.0),
        ("Ride", [85], 1.0),
        ("Swim", [28], 1.0),
        ("Transition", [80], 1.0),
        (None, [85], 1.0),
    ],
)
def test_factor(sport_type: str | None, cadence: list[float], factor: float) -> None:
    assert cadence_factor(sport_type, np.array(cadence, dtype=np.float64)) == factor


def test_a_single_figure_will_do_and_none_is_left_alone() -> None:
    assert cadence_factor("Run", 85.0) == 2.0
    assert cadence_factor("Run", math.nan) == 2.0
    assert cadence_factor("Run", None) == 1.0
