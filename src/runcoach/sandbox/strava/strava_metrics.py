"""Splits, best efforts and laps computed from samples as Strava does, independently of runcoach's analysis."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from runcoach.sandbox.synthetic.samples import Samples

FloatArray = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

#: The distances of Strava's best efforts: name and metres.
BEST_EFFORTS: tuple[tuple[str, int], ...] = (
    ("400m", 400),
    ("1/2 mile", 805),
    ("1K", 1000),
    ("1 mile", 1609),
    ("2 mile", 3219),
    ("5K", 5000),
    ("10K", 10_000),
    ("15K", 15_000),
    ("10 mile", 16_090),
    ("20K", 20_000),
    ("Half-Marathon", 21_097),
    ("30K", 30_000),
    ("Marathon", 42_195),
    ("50K", 50_000),
)
METRES_PER_MILE = 1609.344


@dataclass(frozen=True, slots=True)
class BestEffort:
    """The fastest stretch of one distance: seconds, and the indices of its first and last sample."""

    name: str
    distance_m: int
    exact_s: float
    start_index: int
    end_index: int

    @property
    def elapsed_s(self) -> int:
        """Whole seconds, rounded up as for a road race."""
        return math.ceil(self.exact_s - 1e-6)


def best_efforts(time_s: FloatArray, distance_m: FloatArray) -> list[BestEffort]:
    """The best effort of every distance covered; both columns of shape (n,), non-decreasing."""
    if len(time_s) < 2:
        return []
    covered = float(distance_m[-1] - distance_m[0])
    return [_best_effort(time_s, distance_m, name, metres) for name, metres in BEST_EFFORTS if metres <= covered]


def _best_effort(time_s: FloatArray, distance_m: FloatArray, name: str, metres: int) -> BestEffort:
    """One best effort; of stretches with the same whole seconds, Strava reports the first."""
    effort = BestEffort(name, metres, *_fastest(time_s, distance_m, float(metres)))
    reached = np.searchsorted(distance_m, distance_m + metres, side="left")
    starts = np.flatnonzero(reached < len(distance_m))
    equal = starts[time_s[reached[starts]] - time_s[starts] <= effort.elapsed_s]
    if len(equal) == 0:
        return effort  # no such stretch begins and ends at a sample
    return replace(effort, start_index=int(equal[0]), end_index=int(reached[equal[0]]))


def _fastest(time_s: FloatArray, distance_m: FloatArray, metres: float) -> tuple[float, int, int]:
    """Seconds, start and end index of the fastest ``metres``; one end is a sample, the other is interpolated."""
    first = int(np.searchsorted(distance_m, distance_m[-1] - metres, side="right"))
    from_sample = _earliest_at(time_s, distance_m, distance_m[:first] + metres) - time_s[:first]
    start = int(np.argmin(from_sample))
    last = int(np.searchsorted(distance_m, distance_m[0] + metres, side="left"))
    to_sample = time_s[last:] - _latest_at(time_s, distance_m, distance_m[last:] - metres)
    end = last + int(np.argmin(to_sample))
    if from_sample[start] <= to_sample[end - last]:
        reached = int(np.searchsorted(distance_m, distance_m[start] + metres, side="left"))
        return float(from_sample[start]), start, reached
    left = int(np.searchsorted(distance_m, distance_m[end] - metres, side="right")) - 1
    return float(to_sample[end - last]), left, end


def _earliest_at(time_s: FloatArray, distance_m: FloatArray, target_m: FloatArray) -> FloatArray:
    """The time at which each distance was first reached."""
    after = np.minimum(np.searchsorted(distance_m, target_m, side="left"), len(distance_m) - 1)
    before = np.maximum(after - 1, 0)
    return _interpolate(time_s, distance_m, before, after, target_m)


def _latest_at(time_s: FloatArray, distance_m: FloatArray, target_m: FloatArray) -> FloatArray:
    """The last time at each distance, before the next step."""
    after = np.minimum(np.searchsorted(distance_m, target_m, side="right"), len(distance_m) - 1)
    return _interpolate(time_s, distance_m, np.maximum(after - 1, 0), after, target_m)


def _interpolate(
    time_s: FloatArray, distance_m: FloatArray, before: Indices, after: Indices, target_m: FloatArray
) -> FloatArray:
    step = distance_m[after] - distance_m[before]
    share = np.divide(target_m - distance_m[before], step, out=np.zeros_like(step), where=step > 0)
    at: FloatArray = time_s[before] + share * (time_s[after] - time_s[before])
    return at


def split_borders(distance_m: FloatArray, unit_m: float) -> Indices:
    """Indices of the samples between splits: the first sample at or past each multiple of the unit."""
    marks = np.arange(1, int(distance_m[-1] / unit_m) + 1) * unit_m
    inner = np.searchsorted(distance_m, marks, side="left")
    last = len(distance_m) - 1
    borders = np.concatenate(([0], inner, [last]))
    ends_on_unit = len(inner) > 0 and distance_m[inner[-1]] >= distance_m[last]
    return borders[:-1] if ends_on_unit else borders


def lap_borders(samples: Samples) -> Indices:
    """Indices of the samples between laps: where the lap button was pressed, else every kilometre."""
    pressed = np.flatnonzero(np.diff(samples.lap)) + 1
    if len(pressed):
        return np.concatenate(([0], pressed, [len(samples.lap) - 1]))
    return split_borders(samples.distance_m, 1000.0)


@dataclass(frozen=True)
class Sections:
    """Values of the sections between borders, each of shape (sections,).

    ``means`` and ``peaks`` by channel, for recorded channels only; means over moving time.
    """

    start: Indices
    end: Indices
    distance_m: FloatArray
    elapsed_s: FloatArray
    moving_s: FloatArray
    rise_m: FloatArray
    climb_m: FloatArray
    top_speed_ms: FloatArray
    means: dict[str, FloatArray]
    peaks: dict[str, FloatArray]


def sections(samples: Samples, borders: Indices) -> Sections:
    """Sum up each section; the step into a sample belongs to the section that ends at or after it."""
    start, end = borders[:-1], borders[1:]
    step_s = np.diff(samples.time_s, prepend=0).astype(np.float64)
    spent_s = step_s * samples.moving
    altitude = samples.channels.get("altitude", np.zeros(len(step_s)))
    climbed = np.maximum(np.diff(altitude, prepend=altitude[0]), 0.0)
    moving_s = _sums(spent_s, start, end)
    weight = np.where(moving_s > 0, moving_s, 1.0)
    measured = {name: samples.channels[name] for name in ("heartrate", "cadence", "watts") if name in samples.channels}
    return Sections(
        start=start,
        end=end,
        distance_m=np.rint((samples.distance_m[end] - samples.distance_m[start]) * 10) / 10,
        elapsed_s=(samples.time_s[end] - samples.time_s[start]).astype(np.float64),
        moving_s=moving_s,
        rise_m=np.rint((altitude[end] - altitude[start]) * 10) / 10,
        climb_m=np.rint(_sums(climbed, start, end) * 10) / 10,
        top_speed_ms=np.maximum.reduceat(samples.channels["velocity_smooth"], start),
        means={name: _sums(values * spent_s, start, end) / weight for name, values in measured.items()},
        peaks={name: np.maximum.reduceat(values, start) for name, values in measured.items()},
    )


def _sums(values: FloatArray, start: Indices, end: Indices) -> FloatArray:
    """Sum of ``values`` over the samples after each start, up to and including each end."""
    total = np.cumsum(values)
    sums: FloatArray = total[end] - total[start]
    return sums
