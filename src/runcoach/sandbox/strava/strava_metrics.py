"""Splits, laps and best efforts as Strava computes and shows them, independently of runcoach's analysis."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from runcoach.sandbox.http_server import iso

if TYPE_CHECKING:
    from runcoach.sandbox.synthetic.plan import ActivityPlan
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

_PACE_ZONE_SHARES = (0.70, 0.80, 0.92, 1.0, 1.08)  # of the speed over 10 km


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
    from_sample = _time_at(time_s, distance_m, distance_m[:first] + metres, "left") - time_s[:first]
    start = int(np.argmin(from_sample))
    last = int(np.searchsorted(distance_m, distance_m[0] + metres, side="left"))
    to_sample = time_s[last:] - _time_at(time_s, distance_m, distance_m[last:] - metres, "right")
    end = last + int(np.argmin(to_sample))
    if from_sample[start] <= to_sample[end - last]:
        reached = int(np.searchsorted(distance_m, distance_m[start] + metres, side="left"))
        return float(from_sample[start]), start, reached
    left = int(np.searchsorted(distance_m, distance_m[end] - metres, side="right")) - 1
    return float(to_sample[end - last]), left, end


def _time_at(
    time_s: FloatArray, distance_m: FloatArray, target_m: FloatArray, side: Literal["left", "right"]
) -> FloatArray:
    """The first time at which each distance was reached (``left``), or the last one there (``right``)."""
    after = np.minimum(np.searchsorted(distance_m, target_m, side=side), len(distance_m) - 1)
    before = np.maximum(after - 1, 0)
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


@dataclass(frozen=True, slots=True)
class Section:
    """The samples ``start`` to ``end``; ``means`` over moving time and ``peaks`` by recorded channel."""

    start: int
    end: int
    distance_m: float
    elapsed_s: int
    moving_s: int
    rise_m: float
    climb_m: float
    top_speed_ms: float
    means: dict[str, float]
    peaks: dict[str, float]

    @property
    def speed_ms(self) -> float:
        """Mean speed over moving time."""
        return self.distance_m / self.moving_s if self.moving_s else 0.0


def _sections(samples: Samples, borders: Indices) -> list[Section]:
    """The sections between the borders; the step into a sample belongs to the section that ends at or after it."""
    start, end = borders[:-1], borders[1:]
    spent_s = np.diff(samples.time_s, prepend=0) * samples.moving
    altitude = samples.channels.get("altitude", np.zeros(len(spent_s)))
    climbed = np.maximum(np.diff(altitude, prepend=altitude[0]), 0.0)
    moving_s = _sums(spent_s, start, end)
    weight = np.where(moving_s > 0, moving_s, 1)
    measured = {name: samples.channels[name] for name in ("heartrate", "cadence", "watts") if name in samples.channels}
    means = {name: _sums(values * spent_s, start, end) / weight for name, values in measured.items()}
    peaks = {name: np.maximum.reduceat(values, start) for name, values in measured.items()}
    numbers = (
        start,
        end,
        np.rint((samples.distance_m[end] - samples.distance_m[start]) * 10) / 10,
        samples.time_s[end] - samples.time_s[start],
        moving_s,
        np.rint((altitude[end] - altitude[start]) * 10) / 10,
        np.rint(_sums(climbed, start, end) * 10) / 10,
        np.maximum.reduceat(samples.channels["velocity_smooth"], start),
    )
    averages = [{name: float(values[k]) for name, values in means.items()} for k in range(len(start))]
    highest = [{name: float(values[k]) for name, values in peaks.items()} for k in range(len(start))]
    rows = zip(*(column.tolist() for column in numbers), averages, highest, strict=True)
    return [Section(*row) for row in rows]


def _sums(values: npt.NDArray[Any], start: Indices, end: Indices) -> npt.NDArray[Any]:
    """Sum of ``values`` over the samples after each start, up to and including each end."""
    total = np.cumsum(values)
    sums: npt.NDArray[Any] = total[end] - total[start]
    return sums


def splits_of(plan: ActivityPlan, samples: Samples, unit_m: float) -> list[dict[str, Any]]:
    """The splits of a kilometre or a mile, in the JSON of the API."""
    splits = []
    for number, part in enumerate(_sections(samples, split_borders(samples.distance_m, unit_m)), start=1):
        grade = part.rise_m / part.distance_m if part.distance_m else 0.0
        split = {
            "distance": part.distance_m,
            "elapsed_time": part.elapsed_s,
            "elevation_difference": part.rise_m,
            "moving_time": part.moving_s,
            "split": number,
            "average_speed": round(part.speed_ms, 2),
            "average_grade_adjusted_speed": round(part.speed_ms * (1 + 3.3 * grade), 2),
            "pace_zone": _pace_zone(plan, part.speed_ms),
        }
        if "heartrate" in part.means:
            split["average_heartrate"] = part.means["heartrate"]
        splits.append(split)
    return splits


def _pace_zone(plan: ActivityPlan, speed_ms: float) -> int:
    return 1 + sum(speed_ms > share * plan.speed_10k_ms for share in _PACE_ZONE_SHARES)


def laps_of(plan: ActivityPlan, samples: Samples, athlete_id: int) -> list[dict[str, Any]]:
    """The laps in the JSON of the API: between presses of the lap button, else every kilometre."""
    pressed = np.flatnonzero(np.diff(samples.lap)) + 1
    last = len(samples.lap) - 1
    borders = np.array([0, *pressed, last]) if len(pressed) else split_borders(samples.distance_m, 1000.0)
    laps = []
    for number, part in enumerate(_sections(samples, borders), start=1):
        started_at = plan.start_time + int(samples.time_s[part.start])
        lap: dict[str, Any] = {
            "id": plan.activity_id * 3 + number - 1,
            "resource_state": 2,
            "name": f"Lap {number}",
            **_references(plan, athlete_id),
            "elapsed_time": part.elapsed_s,
            "moving_time": part.moving_s,
            "start_date": iso(started_at),
            "start_date_local": iso(started_at + plan.utc_offset_s),
            "distance": part.distance_m,
            "average_speed": round(part.speed_ms, 2),
            "max_speed": part.top_speed_ms,
            "lap_index": number,
            "split": number,
            "start_index": part.start,
            "end_index": part.end,
            "total_elevation_gain": part.climb_m,
            "device_watts": "watts" in part.means,
            "pace_zone": _pace_zone(plan, part.distance_m / max(part.moving_s, 1)),
        }
        lap |= {f"average_{name}": round(mean, 1) for name, mean in part.means.items()}
        if "heartrate" in part.peaks:
            lap["max_heartrate"] = part.peaks["heartrate"]
        laps.append(lap)
    return laps


def best_efforts_of(plan: ActivityPlan, samples: Samples, athlete_id: int) -> list[dict[str, Any]]:
    """The best efforts in the JSON of the API; none without positions.

    As in Strava's answers, their dates are the activity's and only the indices locate them.
    """
    if plan.indoor:
        return []
    return [
        {
            "id": plan.activity_id * 4 + number,
            "resource_state": 2,
            "name": effort.name,
            **_references(plan, athlete_id),
            "elapsed_time": effort.elapsed_s,
            "moving_time": effort.elapsed_s,
            "start_date": iso(plan.start_time),
            "start_date_local": iso(plan.start_time + plan.utc_offset_s),
            "distance": effort.distance_m,
            "pr_rank": None,
            "achievements": [],
            "start_index": effort.start_index,
            "end_index": effort.end_index,
        }
        for number, effort in enumerate(best_efforts(samples.time_s.astype(np.float64), samples.distance_m))
    ]


def _references(plan: ActivityPlan, athlete_id: int) -> dict[str, Any]:
    visibility = "only_me" if plan.private else "everyone"
    return {
        "activity": {"id": plan.activity_id, "visibility": visibility, "resource_state": 1},
        "athlete": {"id": athlete_id, "resource_state": 1},
    }
