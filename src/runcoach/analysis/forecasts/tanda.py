"""Tanda's model of the marathon time from training alone."""

from __future__ import annotations

import math

#: The model looks at this many days of training, which end this many days before the race.
DAYS, ENDS_DAYS_BEFORE = 56, 7


def marathon_s(weekly_km: float, pace_sec_per_km: float) -> float:
    """Marathon seconds from the mean distance a week and the mean pace of training over 8 weeks.

    G. Tanda, Prediction of marathon performance time on the basis of training indices, J Hum Sport Exerc 6(3), 2011:
    P = 17.1 + 140.0 · e^(−0.0053·K) + 0.55·P_training, in seconds per kilometre.
    """
    return 42.195 * (17.1 + 140.0 * math.exp(-0.0053 * weekly_km) + 0.55 * pace_sec_per_km)
