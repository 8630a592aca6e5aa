"""A straight line through values over time, and whether its slope can be told from chance."""

from __future__ import annotations

import math
from dataclasses import dataclass

from runcoach.domain.training.trend import Trend

#: With fewer runs, or within fewer days, no line is drawn.
MIN_RUNS, MIN_DAYS = 5, 28.0

#: Quantiles 0.975 of Student's t distribution for 1 to 30 degrees of freedom, to 0.01.
_T_QUANTILES = (
    *(12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13),
    *(2.12, 2.11, 2.10, 2.09, 2.09, 2.08, 2.07, 2.07, 2.06, 2.06, 2.06, 2.05, 2.05, 2.05, 2.04),
)

#: For more degrees of freedom.
_T_MANY = 2.0

#: A smaller change of the value a day is an error of rounding.
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class TrendSums:
    """Sums over ``count`` runs with a value: of the days, the values, and their products; None without runs.

    ``first`` and ``last`` are the days of the first and the last.
    """

    count: int
    first: float | None
    last: float | None
    day: float | None
    day_day: float | None
    value: float | None
    value_value: float | None
    day_value: float | None


def linear_trend(sums: TrendSums) -> Trend:
    """The trend of values over days, by least squares.

    It is clear where the slope differs from 0 by a two-sided t test at 5 %.
    """
    count = sums.count
    span = (sums.last or 0.0) - (sums.first or 0.0)
    if count < MIN_RUNS or span < MIN_DAYS:
        return Trend(count, span, None, is_clear=False)
    day, value = sums.day or 0.0, sums.value or 0.0
    spread = (sums.day_day or 0.0) - day * day / count
    slope = ((sums.day_value or 0.0) - day * value / count) / spread
    rest = max((sums.value_value or 0.0) - value * value / count - slope * slope * spread, 0.0)
    freedom = count - 2
    error = math.sqrt(rest / freedom / spread)
    quantile = _T_QUANTILES[freedom - 1] if freedom <= len(_T_QUANTILES) else _T_MANY
    return Trend(count, span, slope * span, is_clear=abs(slope) > max(quantile * error, _ROUNDING))
