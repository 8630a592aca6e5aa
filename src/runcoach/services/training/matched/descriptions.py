"""States trends and comparisons on a route in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcoach.analysis.training.linear_trend import MIN_DAYS, MIN_RUNS

if TYPE_CHECKING:
    from runcoach.domain.training.trend import Trend
    from runcoach.domain.units import Units
    from runcoach.services.training.matched.routes import Route, RouteComparison

#: What the signs of a clear change of pace and heart rate mean together: 1 higher, −1 lower, 0 no clear change.
#: A pace with a lower number is faster.
_TOGETHER = {
    (-1, -1): "Faster at a lower heart rate.",
    (-1, 0): "Faster, without a clear change of heart rate.",
    (-1, 1): "Faster at a higher heart rate.",
    (0, -1): "A lower heart rate, without a clear change of pace.",
    (0, 0): "No clear change of pace or heart rate.",
    (0, 1): "A higher heart rate, without a clear change of pace.",
    (1, -1): "Slower at a lower heart rate.",
    (1, 0): "Slower, without a clear change of heart rate.",
    (1, 1): "Slower at a higher heart rate.",
}

#: Differences that round to less are none.
_MIN_CHANGE = 0.5


def describe_pace_trend(trend: Trend, units: Units) -> str:
    """The trend of pace on a route, for example ``12 s/km faster over 14 months``."""
    unit = f" s/{units.distance}"
    return _words(trend, units.metres / 1000.0, unit, "slower", "faster")


def describe_heart_rate_trend(trend: Trend) -> str:
    """The trend of heart rate on a route, for example ``3 bpm lower over 14 months``."""
    return _words(trend, 1.0, " bpm", "higher", "lower")


def describe_both_trends(route: Route) -> str | None:
    """The trends of pace and heart rate in one sentence; None where one of them has too few runs."""
    if route.pace_trend.change is None or route.heart_rate_trend.change is None:
        return None
    return _TOGETHER[_sign(route.pace_trend), _sign(route.heart_rate_trend)]


def describe_comparison(found: RouteComparison, units: Units) -> str:
    """A run beside those before it, for example ``8 s/km faster than the last 5 times here``."""
    count = len(found.before)
    times = "the last time" if count == 1 else f"the last {count} times"
    factor = units.metres / 1000.0
    pace, heart_rate = found.pace_difference_sec_per_km, found.heart_rate_difference_bpm
    parts = []
    if pace is not None:
        size = abs(pace) * factor
        words = f"{size:.0f} s/{units.distance} {'slower' if pace > 0 else 'faster'} than"
        parts.append(f"{words if size >= _MIN_CHANGE else 'The same pace as'} {times} here")
    if heart_rate is not None:
        size = abs(heart_rate)
        words = f"heart rate {size:.0f} bpm {'higher' if heart_rate > 0 else 'lower'}"
        parts.append(words if size >= _MIN_CHANGE else "the same heart rate")
    return ", ".join(parts) or f"Run here {count} {'time' if count == 1 else 'times'} before"


def describe_rank(found: RouteComparison) -> str:
    """Which run on the route it was, and its rank by pace, for example ``Run 7 of 23 here, the 3rd fastest``."""
    run = f"Run {found.number} of {found.runs} here"
    if found.pace_rank is None:
        return run
    return f"{run}, the {'fastest' if found.pace_rank == 1 else f'{_ordinal(found.pace_rank)} fastest'}"


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def span_words(days: float) -> str:
    """A number of days in weeks, months or years."""
    if days < 70:
        return f"{days / 7:.0f} weeks"
    months = days / 30.44
    if months < 24:
        return f"{months:.0f} months"
    years = days / 365.25
    return f"{years:.1f} years" if years < 10 else f"{years:.0f} years"


def _words(trend: Trend, factor: float, unit: str, more: str, less: str) -> str:
    if trend.change is None:
        return f"too few runs for a trend: needs {MIN_RUNS} over {span_words(MIN_DAYS)}"
    if not _sign(trend):
        return f"no clear trend over {span_words(trend.span_days)}"
    change = trend.change * factor
    return f"{abs(change):.0f}{unit} {more if change > 0 else less} over {span_words(trend.span_days)}"


def _sign(trend: Trend) -> int:
    """1 for a clear rise, −1 for a clear fall, 0 for neither."""
    if trend.change is None or not trend.is_clear or abs(trend.change) < _MIN_CHANGE:
        return 0
    return 1 if trend.change > 0 else -1
