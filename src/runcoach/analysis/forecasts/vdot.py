"""Daniels and Gilbert's VDOT: an index of running performance, equivalent race times, and training paces.

J. Daniels and J. Gilbert, Oxygen Power, 1979: the oxygen cost of a speed and the share of the maximum that can be
sustained for a duration. The printed tables in Daniels' Running Formula differ from the formula by up to 0.2 %.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

_SLOWEST_M_PER_MIN, _FASTEST_M_PER_MIN = 20.0, 750.0


@dataclass(frozen=True, slots=True)
class PaceRange:
    """A training pace: the slow and the fast end, in seconds per kilometre."""

    name: str
    slow_sec_per_km: float
    fast_sec_per_km: float


#: Name → share of VDOT at the slow and the fast end: easy, marathon, threshold, interval, repetition. The first four
#: are Daniels' ranges; repetition is his pace of a mile race, 105 to 110 % of VDOT.
INTENSITIES: dict[str, tuple[float, float]] = {
    "easy": (0.59, 0.74),
    "marathon": (0.75, 0.84),
    "threshold": (0.83, 0.88),
    "interval": (0.95, 1.00),
    "repetition": (1.05, 1.10),
}


def oxygen_cost(speed_m_per_min: float) -> float:
    """The oxygen cost of a speed in ml/(kg·min)."""
    return -4.60 + 0.182258 * speed_m_per_min + 0.000104 * speed_m_per_min**2


def sustained_share(duration_min: float) -> float:
    """The share of VDOT that can be sustained for a duration."""
    return 0.8 + 0.1894393 * math.exp(-0.012778 * duration_min) + 0.2989558 * math.exp(-0.1932605 * duration_min)


def vdot(distance_m: float, duration_s: float) -> float:
    """The VDOT of a performance."""
    minutes = duration_s / 60.0
    return oxygen_cost(distance_m / minutes) / sustained_share(minutes)


def race_time_s(index: float, distance_m: float) -> float:
    """Seconds over ``distance_m`` that have this VDOT, by bisection to a millisecond; the inverse of :func:`vdot`."""
    fast, slow = distance_m / _FASTEST_M_PER_MIN * 60.0, distance_m / _SLOWEST_M_PER_MIN * 60.0
    while slow - fast > 1e-3:
        middle = (fast + slow) / 2.0
        if vdot(distance_m, middle) > index:
            fast = middle
        else:
            slow = middle
    return (fast + slow) / 2.0


def pace_sec_per_km(index: float, share: float) -> float:
    """The pace at a share of VDOT (0.88: threshold), by solving :func:`oxygen_cost` for the speed."""
    a, b, c = 0.000104, 0.182258, -4.60 - index * share
    speed_m_per_min = (-b + math.sqrt(b * b - 4.0 * a * c)) / (2.0 * a)
    return 60_000.0 / speed_m_per_min


def training_paces(index: float) -> tuple[PaceRange, ...]:
    """The paces of :data:`INTENSITIES`, easiest first, to 0.1 s."""
    return tuple(
        PaceRange(name, round(pace_sec_per_km(index, slow), 1), round(pace_sec_per_km(index, fast), 1))
        for name, (slow, fast) in INTENSITIES.items()
    )
