"""Vickers and Vertosick's models of the marathon time of recreational runners.

A. J. Vickers and E. A. Vertosick, BMC Sports Sci Med Rehabil 8:26, 2016. Several public implementations have the
coefficient of model 1 for weekly miles ten times too large (0.6423826).
"""

from __future__ import annotations

import math

from runcoach.domain.distances import METRES_PER_MILE

MARATHON_M = 42195.0


def model_1_s(distance_m: float, duration_s: float, weekly_m: float) -> float:
    """Marathon seconds from one race and the usual distance a week."""
    ten_miles = weekly_m / METRES_PER_MILE / 10.0
    riegel_speed_ms = MARATHON_M / (duration_s * (MARATHON_M / distance_m) ** 1.07)
    return float(MARATHON_M / (0.16018617 + 0.83076202 * riegel_speed_ms + 0.06423826 * ten_miles))


def model_2_s(shorter_m: float, shorter_s: float, longer_m: float, longer_s: float, weekly_m: float) -> float:
    """Marathon seconds from two races of different length and the usual distance a week."""
    ten_miles = weekly_m / METRES_PER_MILE / 10.0
    exponent = math.log(longer_s / shorter_s) / math.log(longer_m / shorter_m)
    marathon_exponent = 1.4510756 - 0.23797948 * exponent - 0.01410023 * ten_miles
    return float(longer_s * (MARATHON_M / longer_m) ** marathon_exponent)
