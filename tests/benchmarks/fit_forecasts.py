"""Fits the constants of the forecasts to the personal bests in ``$RUNCOACH_CORPUS/races``, and prints them."""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runcoach.analysis.forecasts import power_law
from runcoach.analysis.forecasts.power_law import Population

Array = NDArray[np.float64]
Bests = Mapping[float, float]  # distance in metres → seconds

DISTANCES = {"5K": 5000.0, "10K": 10_000.0, "1/2 Mara": 21_097.5, "Marathon": 42_195.0}
MARATHON_M = DISTANCES["Marathon"]
BEND_LIMIT = 0.45


def read_bests() -> list[Bests]:
    """The bests of each runner with at least two of the four distances."""
    runners: dict[str, dict[float, float]] = defaultdict(dict)
    path = Path(os.environ["RUNCOACH_CORPUS"]) / "races" / "personal_bests.csv"
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            if row["distance"] in DISTANCES:
                runners[row["runner"]][DISTANCES[row["distance"]]] = float(row["time_s"])
    return [bests for bests in runners.values() if len(bests) >= 2]


def fit(runners: list[Bests]) -> Population:
    """The population whose law makes these bests most likely, errors clipped at 3 SD, then the marathon's bend.

    The curve and the spreads by expectation maximization; the bend by least mean relative error of the marathon
    forecast from the half marathon alone and with the 10 km.
    """
    metres = tuple(DISTANCES.values())
    logs = np.array([[np.log(one.get(metre, np.nan)) for metre in metres] for one in runners])
    x = np.log(np.array(metres) / 10_000.0)
    curve, prior, error = np.nanmedian(logs, axis=0), np.diag([0.04, 0.002]), np.full(len(metres), 0.05)
    for _ in range(25):
        laws = [_posterior(row - curve, x, prior, error) for row in logs]
        means = np.array([mean for mean, _ in laws])
        spreads = np.array([spread for _, spread in laws])
        rest = logs - means[:, :1] - means[:, 1:] * x
        curve = np.nanmedian(rest, axis=0)
        prior = means.T @ means / len(means) + spreads.mean(axis=0)
        for column in range(len(metres)):
            known = ~np.isnan(logs[:, column])
            away = np.minimum(abs(rest[known, column] - curve[column]), 3 * error[column])
            line = np.array([1.0, x[column]])
            error[column] = np.sqrt((away**2).mean() + (spreads[known] @ line @ line).mean())
    deviation = np.sqrt(np.diag(prior))
    straight = Population(
        distances_m=metres,
        log_times=_floats(curve),
        errors=_floats(error),
        level_sd=round(float(deviation[0]), 4),
        slope_sd=round(float(deviation[1]), 4),
        correlation=round(float(prior[0, 1] / deviation.prod()), 4),
        marathon_bend=(),
        bend_limit=BEND_LIMIT,
    )
    return _bent(straight, runners)


def _posterior(above: Array, x: Array, prior: Array, error: Array) -> tuple[Any, Any]:
    """Mean and covariance of level and slope; efforts far from the law weigh less."""
    known = ~np.isnan(above)
    lines = np.column_stack([np.ones(known.sum()), x[known]])
    weight = error[known] ** -2.0
    for _ in range(2):
        spread = np.linalg.inv(np.linalg.inv(prior) + lines.T @ (lines * weight[:, None]))
        mean = spread @ (lines.T @ (weight * above[known]))
        away = abs(above[known] - lines @ mean)
        weight = error[known] ** -2.0 * np.minimum(1.0, 2.0 * error[known] / np.maximum(away, 1e-9))
    return mean, spread


def _bent(population: Population, runners: Iterable[Bests]) -> Population:
    levels, wanted = [], []
    for one in runners:
        for inputs in ((21_097.5,), (10_000.0, 21_097.5)):
            if MARATHON_M in one and all(metres in one for metres in inputs):
                law = law_of(population, one, inputs)
                levels.append(np.clip(law.level, -BEND_LIMIT, BEND_LIMIT))
                wanted.append(np.log(one[MARATHON_M] / law.time_s(MARATHON_M)))
    return replace(population, marathon_bend=_least_relative_error(np.array(levels), np.array(wanted)))


def _least_relative_error(level: Array, wanted: Array) -> tuple[float, ...]:
    """The cubic of ``level`` with the least mean |e^(p − wanted) − 1|, by reweighted least squares."""
    powers = np.column_stack([level**power for power in range(4)])
    weight = np.ones(len(level))
    for _ in range(80):
        factors = np.linalg.lstsq(powers.T @ (powers * weight[:, None]), powers.T @ (weight * wanted), rcond=None)[0]
        away = powers @ factors - wanted
        weight = np.exp(np.clip(away, -1.0, 1.0)) / np.maximum(abs(away), 1e-3)
    return _floats(factors)


def law_of(population: Population, bests: Bests, inputs: Iterable[float]) -> power_law.PowerLaw:
    """A runner's law from the bests over ``inputs``."""
    return power_law.fit(population, [(metres, float(np.log(bests[metres]))) for metres in inputs])


def _floats(values: Any) -> tuple[float, ...]:
    return tuple(round(float(value), 4) for value in values)


if __name__ == "__main__":
    print(fit(read_bests()))
