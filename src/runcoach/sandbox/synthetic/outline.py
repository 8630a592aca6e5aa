"""What the summary of an activity says: totals, averages and the course of the heart rate, without samples."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from runcoach.sandbox.synthetic.catalog import utc_offset_s
from runcoach.sandbox.synthetic.plan import ActivityPlan, Mode
from runcoach.sandbox.synthetic.routes import FloatArray, Route, route_of
from runcoach.sandbox.synthetic.workouts import Stretches, stretches_of

REST_BPM, MAX_BPM, START_BPM = 50.0, 191.0, 92.0

#: From here on the heart rate rises less than the effort.
_KNEE_BPM = 172.0

#: Seconds in which the heart rate gets 63 % closer to that of the effort, when it rises and when it falls.
RISE_S, FALL_S = 38.0, 55.0

#: Share of reserve by which the heart rate of the same effort rises in an hour: between these, by activity.
_DRIFT_PER_HOUR = (0.02, 0.045)

#: By which share the highest speed within a stretch is above its mean.
PEAK = 0.12

#: The highest heart rate of an activity is so much above what the efforts lead to.
_ABOVE_EFFORT_BPM = 4.0

WATTS_PER_MS = 73.0


@dataclass(frozen=True)
class Outline:
    """A plan with the values of its summary: stretches, route and averages, but no samples."""

    plan: ActivityPlan
    stretches: Stretches

    @cached_property
    def utc_offset_s(self) -> int:
        """Seconds that local time is ahead of UTC."""
        return utc_offset_s(self.plan.start_time, self.plan.place.zone)

    @cached_property
    def ground_m(self) -> float:
        """Metres covered on the ground: the distance without GPS jumps."""
        real = self.stretches.mode != Mode.SPIKE
        return float((self.stretches.speed_ms * self.stretches.duration_s)[real].sum())

    @cached_property
    def route(self) -> Route | None:
        """The route; None without positions."""
        return None if self.plan.indoor or self.plan.manual else route_of(self.plan, self.ground_m)

    @cached_property
    def heart_rate_target_bpm(self) -> FloatArray:
        """The heart rate to which each stretch leads: it rises with effort and drifts with time."""
        part = self.stretches
        slowest, fastest = _DRIFT_PER_HOUR
        drift = slowest + (fastest - slowest) * (self.plan.seed % 997) / 997
        end_h = (part.start_s + part.duration_s) / 3600.0
        level = REST_BPM + part.effort * (MAX_BPM - REST_BPM) * (1.0 + drift * end_h)
        hard = np.maximum(level - _KNEE_BPM, 0.0)  # near the maximum it rises less and less
        room = MAX_BPM - _KNEE_BPM
        return np.minimum(level, _KNEE_BPM) + room * (1.0 - np.exp(-hard / room))

    @cached_property
    def heart_rate_bpm(self) -> FloatArray:
        """Heart rate at the borders of the stretches, shape (n + 1,): it follows the effort with a delay."""
        borders = [START_BPM]
        for target, seconds in zip(
            self.heart_rate_target_bpm.tolist(), self.stretches.duration_s.tolist(), strict=True
        ):
            gap = borders[-1] - target
            borders.append(target + gap * math.exp(-seconds / (RISE_S if gap < 0 else FALL_S)))
        return np.array(borders)

    @property
    def max_heart_rate_bpm(self) -> float:
        """The highest heart rate of any sample."""
        return round(min(MAX_BPM, float(self.heart_rate_bpm.max()) + _ABOVE_EFFORT_BPM))

    @property
    def mean_heart_rate_bpm(self) -> float:
        """Mean heart rate over moving time."""
        seconds = self.stretches.duration_s
        gap = self.heart_rate_bpm[:-1] - self.heart_rate_target_bpm
        delay_s = np.where(gap < 0, RISE_S, FALL_S)
        means = self.heart_rate_target_bpm + gap * delay_s / seconds * (1.0 - np.exp(-seconds / delay_s))
        return self.moving_mean(means)

    @cached_property
    def cadence_rpm(self) -> FloatArray:
        """Cadence of each stretch: steps of one leg per minute (rpm on a bike); 0 while standing."""
        part = self.stretches
        if self.plan.sport == "Ride":
            turning = np.full(part.speed_ms.shape, 84.0)
        else:
            speed = np.minimum(part.speed_ms, 6.5)
            turning = np.where(speed < 2.0, 34.0 + 15.0 * speed, 68.0 + 5.0 * speed)
        return np.where(part.is_moving, turning, 0.0)

    @cached_property
    def watts(self) -> FloatArray:
        """Running power in each stretch, in watts."""
        return WATTS_PER_MS * self.stretches.speed_ms

    @property
    def max_speed_ms(self) -> float:
        """The highest speed of any sample."""
        return float(self.stretches.speed_ms.max()) * (1.0 + PEAK)

    @property
    def max_watts(self) -> int:
        """The highest power of any sample."""
        return round(WATTS_PER_MS * self.max_speed_ms)

    def moving_mean(self, values: FloatArray) -> float:
        """Mean over moving time of a value per stretch."""
        spent = self.stretches.duration_s * self.stretches.is_moving
        return float(values @ spent / spent.sum())

    @property
    def has_power(self) -> bool:
        """Whether power is recorded: by some watches, in outdoor runs only."""
        return self.plan.device.power and self.plan.is_run and self.route is not None

    @property
    def temperature_c(self) -> int:
        """Temperature in °C at the middle of the activity."""
        season = math.cos(2 * math.pi * (self.plan.start_time / 86_400 / 365.25 - 0.55))
        return round(self.plan.place.temperature_c + 9.0 * season)


def outline_of(plan: ActivityPlan) -> Outline:
    """The outline of a plan."""
    return Outline(plan, stretches_of(plan))
