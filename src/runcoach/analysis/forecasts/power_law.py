"""A power law of one's own, shrunk to the population: log T(D) = population(D) + level + slope · log(D / 10 km).

``population`` is the curve of the median times of many runners. A runner's level and slope have a prior distribution,
that of these runners, and an effort over D is the law's value with an error; level and slope of a runner are their mean
given the efforts. Few efforts of nearly one length thus leave the slope at that of the population. Without shrinkage a
runner's own exponent forecasts worse than one for all (D. A. J. Blythe and F. J. Király, PLoS ONE 11:e0157257, 2016).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

_PIVOT_M = 10_000.0

#: A slope counts up to so many standard deviations from that of the population: efforts that contradict each other, as
#: a jogged 5 km beside a raced half marathon, must not make pace rise with distance.
_MOST_SLOPE_SD = 2.0


@dataclass(frozen=True, slots=True)
class Population:
    """What is known of many runners.

    ``distances_m``, ``log_times`` and ``errors`` are parallel: a distance, the mean of log seconds over it, and the
    standard deviation of one effort around its runner's law. ``level_sd``, ``slope_sd`` and ``correlation`` are the
    prior of level and slope. ``marathon_bend`` is what the longest distance takes in addition, in log time, at the
    levels ``bend_levels``, linear between them and constant beyond: the slowdown differs with the level.
    """

    distances_m: tuple[float, ...]
    log_times: tuple[float, ...]
    errors: tuple[float, ...]
    level_sd: float
    slope_sd: float
    correlation: float
    bend_levels: tuple[float, ...]
    marathon_bend: tuple[float, ...]
    _log_m: tuple[float, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_log_m", tuple(map(math.log, self.distances_m)))

    def log_time(self, distance_m: float) -> float:
        """The curve of the population, a power law between and beyond its distances."""
        return _interpolate(self._log_m, self.log_times, math.log(distance_m))

    def error(self, distance_m: float) -> float:
        """The standard deviation of log time of one effort; that of the nearest distance beyond the ends."""
        nearest = min(max(distance_m, self.distances_m[0]), self.distances_m[-1])
        return _interpolate(self._log_m, self.errors, math.log(nearest))

    def bend(self, distance_m: float, level: float) -> float:
        """What is added to log time: nothing up to the last but one distance, ``marathon_bend`` at the last."""
        start, end = self._log_m[-2:]
        share = min(max((math.log(distance_m) - start) / (end - start), 0.0), 1.0)
        inside = min(max(level, self.bend_levels[0]), self.bend_levels[-1])
        return share * _interpolate(self.bend_levels, self.marathon_bend, inside)


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """The law of one runner."""

    population: Population
    level: float
    slope: float
    #: Variances of level and slope, and their covariance, given the efforts.
    variances: tuple[float, float, float]

    def time_s(self, distance_m: float) -> float:
        """Seconds over a distance."""
        x = math.log(distance_m / _PIVOT_M)
        mean = self.population.log_time(distance_m) + self.level + self.slope * x
        return math.exp(mean + self.population.bend(distance_m, self.level))

    def deviation(self, distance_m: float) -> float:
        """The standard deviation of the log time of one effort over a distance."""
        x = math.log(distance_m / _PIVOT_M)
        level, slope, both = self.variances
        return math.sqrt(level + 2.0 * x * both + x * x * slope + self.population.error(distance_m) ** 2)


def fit(population: Population, efforts: Iterable[tuple[float, float]]) -> PowerLaw:
    """The law given ``(distance_m, log seconds)``; without efforts that of the population's median runner."""
    prior_a, prior_b = population.level_sd**2, population.slope_sd**2
    prior_c = population.correlation * population.level_sd * population.slope_sd
    determinant = prior_a * prior_b - prior_c**2
    # The precision matrix of (level, slope) and the vector precision · mean, each summed over the efforts.
    p11, p22, p12 = prior_b / determinant, prior_a / determinant, -prior_c / determinant
    q1 = q2 = 0.0
    for distance_m, log_s in efforts:
        x, weight = math.log(distance_m / _PIVOT_M), population.error(distance_m) ** -2
        above = log_s - population.log_time(distance_m)
        p11, p12, p22 = p11 + weight, p12 + weight * x, p22 + weight * x * x
        q1, q2 = q1 + weight * above, q2 + weight * x * above
    determinant = p11 * p22 - p12**2
    variances = (p22 / determinant, p11 / determinant, -p12 / determinant)
    level = (p22 * q1 - p12 * q2) / determinant
    slope = (p11 * q2 - p12 * q1) / determinant
    slope = math.copysign(min(abs(slope), _MOST_SLOPE_SD * population.slope_sd), slope)
    return PowerLaw(population, level, slope, variances)


def _interpolate(places: tuple[float, ...], values: tuple[float, ...], place: float) -> float:
    """A value linear between places; the outer segments continue."""
    right = min(max(bisect_right(places, place), 1), len(places) - 1)
    share = (place - places[right - 1]) / (places[right] - places[right - 1])
    return values[right - 1] + share * (values[right] - values[right - 1])
