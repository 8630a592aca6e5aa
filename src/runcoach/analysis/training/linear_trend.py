"""A straight line through values over time, and whether its slope can be told from chance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from runcoach.domain.training.trend import Trend

if TYPE_CHECKING:
    from collections.abc import Sequence

#: With fewer runs, or within fewer days, no line is drawn.
MIN_RUNS, MIN_DAYS = 5, 28.0

#: Quantiles 0.975 of Student's t distribution for 1 to 30 degrees of freedom, to 0.01.
_T_QUANTILES = (
    *(12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13),
    *(2.12, 2.11, 2.10, 2.09, 2.09, 2.08, 2.07, 2.07, 2.06, 2.06, 2.06, 2.05, 2.05, 2.05, 2.04),
)

#: For more degrees of freedom.
_T_MANY = 2.0


def linear_trend(days: Sequence[float], values: Sequence[float]) -> Trend:
    """The trend of ``values`` over ``days``, by least squares.

    It is clear where the slope differs from 0 by a two-sided t test at 5 %.
    """
    count = len(days)
    span = max(days) - min(days) if count else 0.0
    if count < MIN_RUNS or span < MIN_DAYS:
        return Trend(count, span, None, is_clear=False)
    middle, mean = math.fsum(days) / count, math.fsum(values) / count
    spread = math.fsum((day - middle) ** 2 for day in days)
    slope = math.fsum((day - middle) * (value - mean) for day, value in zip(days, values, strict=True)) / spread
    rest = math.fsum((value - mean - slope * (day - middle)) ** 2 for day, value in zip(days, values, strict=True))
    freedom = count - 2
    error = math.sqrt(rest / freedom / spread)
    quantile = _T_QUANTILES[freedom - 1] if freedom <= len(_T_QUANTILES) else _T_MANY
    return Trend(count, span, slope * span, is_clear=abs(slope) > quantile * error)
