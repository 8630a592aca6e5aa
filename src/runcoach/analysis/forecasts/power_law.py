"""A runner's own power law, log T = a + k · log D, with k shrunk to the population's.

Without shrinkage a runner's own exponent forecasts worse than one exponent for all (D. A. J. Blythe and F. J. Király,
PLoS ONE 11:e0157257, 2016).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """log T = intercept + exponent · log D, in seconds and metres."""

    intercept: float
    exponent: float

    def time_s(self, distance_m: float) -> float:
        """Seconds over a distance."""
        return math.exp(self.intercept + self.exponent * math.log(distance_m))


def fit(efforts: Sequence[tuple[float, float]], population_exponent: float, shrinkage: float) -> PowerLaw | None:
    """The power law through ``(distance_m, duration_s)``; None without efforts.

    ``shrinkage`` is the variance of an effort around its runner's law over the variance of exponents among runners:
    the exponent is the population's where efforts do not differ in length, and the runner's own where
    Σ (log D − mean)² is large compared with it.
    """
    if not efforts:
        return None
    points = [(math.log(metres), math.log(seconds)) for metres, seconds in efforts]
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    sxx = sum((x - mean_x) ** 2 for x, _ in points)
    sxy = sum((x - mean_x) * (y - mean_y) for x, y in points)
    exponent = (sxy + shrinkage * population_exponent) / (sxx + shrinkage)
    return PowerLaw(mean_y - exponent * mean_x, exponent)
