"""Geometry of the charts of a route, drawn as SVG without scripts: one dot a run, and the line of a clear trend.

Horizontal positions are percentages of the width, vertical ones pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import fmean

from runcoach.domain.training.trend import Trend

HEIGHT = 132
_TOP, _BOTTOM = 10.0, HEIGHT - 26.0
_LEFT, _RIGHT = 14.0, 97.0

_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Scatter:
    """A dot (x, y) a run between the values ``top`` and ``bottom``; ``line`` is x1, y1, x2, y2 of a clear trend."""

    dots: tuple[tuple[float, float], ...]
    line: tuple[float, float, float, float] | None
    top: float
    bottom: float
    top_y: float
    bottom_y: float
    first: str
    last: str
    height: int = HEIGHT


def scatter(values: Sequence[tuple[float, float | None]], trend: Trend, *, upside_down: bool = False) -> Scatter | None:
    """The chart of values by time in epoch seconds, oldest first; None with fewer than two.

    ``upside_down``: lower values are higher up, as a faster pace.
    """
    known = [(at, value) for at, value in values if value]
    if len(known) < 2 or known[0][0] == known[-1][0]:
        return None
    (first, _), (last, _) = known[0], known[-1]
    low, high = min(value for _, value in known), max(value for _, value in known)
    top, bottom = (low, high) if upside_down else (high, low)

    def x(at: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * (at - first) / (last - first)

    def y(value: float) -> float:
        share = (value - top) / (bottom - top) if top != bottom else 0.5
        return min(max(_TOP + (_BOTTOM - _TOP) * share, 0.0), HEIGHT - 18.0)

    line = None
    if trend.change is not None and trend.is_clear:
        slope = trend.change / (trend.span_days * _DAY_S)
        middle, mean = fmean(at for at, _ in known), fmean(value for _, value in known)
        line = (x(first), y(mean + slope * (first - middle)), x(last), y(mean + slope * (last - middle)))
    dots = tuple((x(at), y(value)) for at, value in known)
    first_month, last_month = (f"{datetime.fromtimestamp(at, UTC):%b %Y}" for at in (first, last))
    return Scatter(dots, line, top, bottom, _TOP, _BOTTOM, first_month, last_month)
