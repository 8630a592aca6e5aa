"""Every fitted constant of the forecasts, with what it was fitted on and how.

Two public data sets were used: activity totals of 58 runners with 29 road marathons of 14 of them (logs), and all-time
bests of 5 km to marathon of 666 runners (bests). ``tests/benchmarks/fit_forecasts.py`` computes them again from the
folder of test data, ``tests/benchmarks/bench_forecasts.py`` measures the forecasts: leaving one runner out, with the
settings chosen among the other runners.
"""

from __future__ import annotations

from dataclasses import dataclass

from runcoach.analysis.forecasts.power_law import Population


@dataclass(frozen=True, slots=True)
class MarathonRule:
    """Settings of the marathon forecast from efforts and training (logs).

    log T = ``offset`` + ``long_weight``·L + (1 − ``long_weight``)·S. L is the least equivalent of the efforts from
    ``long_from_m`` on, S of all from ``any_from_m`` on, with exponents of their own: log T(D) + exponent·log(42.195
    km/D) − ``volume``·log(weekly km/40), where the last term fades out from 30 km to the marathon. Efforts count
    ``per_day`` slower for each day of age and ``per_climb`` times climb over distance faster. Weekly distance (8 weeks)
    counts from ``least_weekly_km`` to ``most_weekly_km``.

    L is at most ``long_cap`` above S, as a slow long run alone says little, and ``long_lead`` below. The best of each
    counts at most ``most_ahead`` faster than the best of any other day, unless it is of a race's length: it may be a
    broken recording.
    """

    offset: float
    long_weight: float
    volume: float
    per_climb: float
    per_day: float
    long_exponent: float = 1.10
    any_exponent: float = 1.14
    any_from_m: float = 5000.0
    long_from_m: float = 15_000.0
    long_cap: float = 0.12
    long_lead: float = 0.05
    most_ahead: float = 0.08
    least_weekly_km: float = 10.0
    most_weekly_km: float = 120.0


@dataclass(frozen=True, slots=True)
class LawRule:
    """Settings of the forecast by power law.

    The law is given the ``count`` efforts whose equivalent over the distance is the fastest, ``per_day`` slower for
    each day of age and ``per_climb`` faster as in :class:`MarathonRule`. If the first of them is of a race's length,
    only efforts at ``least_hard`` times the usual VDOT count beside it: others were not run hard. ``offset`` is added
    to the log time.
    """

    count: int
    offset: float
    per_day: float
    per_climb: float
    least_hard: float = 0.0


@dataclass(frozen=True, slots=True)
class Spread:
    """Bounds of the 50 and the 80 % interval around the forecast, in log time or in standard deviations."""

    low_50: float
    high_50: float
    low_80: float
    high_80: float

    def scaled(self, of_50: float, of_80: float | None = None) -> Spread:
        """The same with bounds that are wider by these factors; ``of_80`` is ``of_50`` if not given."""
        other = of_50 if of_80 is None else of_80
        return Spread(self.low_50 * of_50, self.high_50 * of_50, self.low_80 * other, self.high_80 * other)

    def towards(self, end: Spread, share: float) -> Spread:
        """The bounds that are this share of the way to those of ``end``."""
        own, others = self.scaled(1.0 - share), end.scaled(share)
        return Spread(
            own.low_50 + others.low_50,
            own.high_50 + others.high_50,
            own.low_80 + others.low_80,
            own.high_80 + others.high_80,
        )


#: Bests: curve, errors and prior by expectation maximization, errors clipped at 3 SD; the bend by least mean relative
#: error of the marathon from the half marathon, alone and with the 10 km. Age and sex did not make it smaller.
POPULATION = Population(
    distances_m=(5000.0, 10_000.0, 21_097.5, 42_195.0),
    log_times=(7.0788, 7.8283, 8.6227, 9.4089),
    errors=(0.0511, 0.0518, 0.0381, 0.0747),
    level_sd=0.1604,
    slope_sd=0.0255,
    correlation=0.2476,
    bend_levels=(-0.15, 0.15, 0.5),
    marathon_bend=(-0.0203, 0.0241, -0.0658),
)

#: Logs: chosen by least mean absolute error, errors beyond 25 % clipped, runners weighted by 1/√races; of the settings
#: that are about as good those in the middle. The offset makes the mean error about zero, bad days included.
#: The settings with a default were not fitted, except ``any_exponent``.
MARATHON = MarathonRule(offset=0.007, long_weight=0.75, volume=0.07, per_climb=3.0, per_day=0.0004)

#: Logs: likely races of 5 km, 10 km and half marathon, at :data:`HARD_EFFORT` times the usual VDOT or more. They are a
#: little faster than the mean of the best runs in training. ``least_hard`` changes the error by less than 0.1 %;
#: without it, the half marathon of a runner who raced a marathon and jogged else was slower than that marathon.
TRAINED_LAW = LawRule(count=3, offset=-0.02, per_day=0.0004, per_climb=2.0, least_hard=1.1)

#: Bests: all distances at once, whatever their age, as they were fitted.
BESTS_LAW = LawRule(count=5, offset=0.0, per_day=0.0, per_climb=2.0)

#: Logs: residuals of the marathons left out, log time, of runners with 40 km a week and more.
MARATHON_SPREAD = Spread(-0.028, 0.03, -0.05, 0.08)

#: Logs: residuals of the likely races, in standard deviations of the law.
TRAINED_LAW_SPREAD = Spread(-0.65, 0.85, -1.3, 1.85)

#: Bests: residuals in standard deviations of the law; they have heavier tails and a narrower middle than a normal
#: distribution.
BESTS_LAW_SPREAD = Spread(-0.5, 0.5, -1.15, 1.15)

#: Logs: marathons of runners with fewer kilometres a week than the second are forecast with wider intervals, the 50 and
#: the 80 % one by these factors at the first and below. On 12 marathons of 8 runners under 32 km a week factors of 1.25
#: to 3.7 hold 6, and factors of 2.6 to 4.1 hold 10; those here are on the narrow side, for half of the 6 marathons of 5
#: runners left out are within 1.06 to 1.66 times. Likely races need no such factor: 50 and 78 % of 104 are inside.
THIN_WEEKLY_KM, ENOUGH_WEEKLY_KM, THIN_FACTORS = 30.0, 40.0, (1.5, 2.7)

#: Logs: marathons forecast 30, 60 and 90 days before. Up to the first number of days from the last run to the race
#: intervals are as above, from the second on they are wider by the factor: form and training change.
NEAR_DAYS, FAR_DAYS, FAR_FACTOR = 30, 60, 2.5

#: Efforts of training count from so many runs of 3 km or more and so many metres on, both in the last 26 weeks.
LEAST_RUNS, LEAST_TOTAL_M = 12, 100_000.0

#: No forecast for a distance so many times that of the longest effort, or more.
MOST_TIMES_LONGER = 6.0

#: A run over a raced distance at so many times the usual VDOT is a hard effort: the back-test counts it as a race.
HARD_EFFORT = 1.2

#: Names of the rules of :mod:`~runcoach.analysis.forecasts.combination`.
BY_TRAINING, BY_EFFORTS, BY_BESTS = "efforts and training", "power law of efforts", "power law of races"

#: How the forecasts of each rule were checked, with the mean error.
CHECKED = {
    BY_TRAINING: "29 marathons of 14 other runners: mean error 5 %, 10 % under 32 km a week",
    BY_EFFORTS: "likely races of 44 other runners: mean error 5 to 7 %",
    BY_BESTS: "bests of 660 other runners: mean error 4 to 6 %, 8 % from 5 km to marathon",
}
