"""Cadence as runners count it: steps of both legs a minute, whichever way a source counts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from runcoach.domain.sports import ON_FOOT

if TYPE_CHECKING:
    from runcoach.domain.streams import FloatArray

#: From here on a cadence on foot counts both legs: nobody takes 240 steps a minute, nearly every runner takes 140.
BOTH_LEGS_FROM = 120.0


def cadence_factor(sport_type: str | None, cadence: FloatArray | float | None) -> float:
    """What a cadence has to be multiplied by: 2 on foot where one leg was counted, 1 anywhere else.

    Devices and exports count one leg nearly always. They are believed to count both where the median of what is not
    nought reaches :data:`BOTH_LEGS_FROM`. On pedals and for an unknown sport the number stays as it is.
    """
    if sport_type not in ON_FOOT or cadence is None:
        return 1.0
    values = np.atleast_1d(np.asarray(cadence, dtype=np.float64))
    turning = values[values > 0.0]
    return 2.0 if turning.size == 0 or float(np.median(turning)) < BOTH_LEGS_FROM else 1.0
