"""Critical speed: the line D = D′ + CS·t through a runner's hard efforts of 2 to 20 minutes.

H. Monod and J. Scherrer, Ergonomics 8:329, 1965; for running R. L. Hughson et al., Int J Sports Med 5:23, 1984.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

#: Efforts outside these durations are left out: shorter ones are limited by other factors, and the line through longer
#: ones is too steep.
SHORTEST_S, LONGEST_S = 120.0, 1200.0

#: A line through fewer efforts says nothing about its own error.
LEAST_EFFORTS = 3


@dataclass(frozen=True, slots=True)
class CriticalSpeed:
    """Critical speed in m/s and D′ in metres."""

    speed_ms: float
    d_prime_m: float

    def time_s(self, distance_m: float) -> float:
        """Seconds over a distance on the line; valid for efforts of about 2 to 20 minutes."""
        return (distance_m - self.d_prime_m) / self.speed_ms


def fit(efforts: Iterable[tuple[float, float]]) -> CriticalSpeed | None:
    """The least-squares line through ``(distance_m, duration_s)``.

    None with fewer than :data:`LEAST_EFFORTS` efforts of 2 to 20 minutes, and where the line has no positive speed and
    D′: the efforts were then not all hard ones.
    """
    points = [(metres, seconds) for metres, seconds in efforts if SHORTEST_S <= seconds <= LONGEST_S]
    if len(points) < LEAST_EFFORTS:
        return None
    mean_m = sum(metres for metres, _ in points) / len(points)
    mean_s = sum(seconds for _, seconds in points) / len(points)
    spread = sum((seconds - mean_s) ** 2 for _, seconds in points)
    if not spread:
        return None
    speed_ms = sum((metres - mean_m) * (seconds - mean_s) for metres, seconds in points) / spread
    d_prime_m = mean_m - speed_ms * mean_s
    return CriticalSpeed(speed_ms, d_prime_m) if speed_ms > 0.0 and d_prime_m > 0.0 else None
