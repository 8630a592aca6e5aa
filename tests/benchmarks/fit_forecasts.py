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

#: Levels of the marathon's bend: two of three runners are between the first two. A cubic had the same error (6.2 %),
#: but a half of 2:30 and more gave a marathon at a faster pace than the half.
BEND_LEVELS = (-0.15, 0.15, 0.5)


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
    lines = np.column_stack([np.ones(len(metres)), np.log(np.array(metres) / 10_000.0)])
    curve, prior, error = np.nanmedian(logs, axis=0), np.diag([0.04, 0.002]), np.full(len(metres), 0.05)
    for _ in range(25):
        means, spreads = _posteriors(logs - curve, lines, prior, error)
        rest = logs - means @ lines.T
        curve = np.nanmedian(rest, axis=0)
        prior = means.T @ means / len(means) + spreads.mean(axis=0)
        away = np.minimum(abs(rest - curve), 3 * error)
        of_law = np.where(np.isnan(rest), np.nan, np.einsum("ik,nkl,il->ni", lines, spreads, lines))
        error = np.sqrt(np.nanmean(away**2 + of_law, axis=0))
    deviation = np.sqrt(np.diag(prior))
    straight = Population(
        distances_m=metres,
        log_times=_floats(curve),
        errors=_floats(error),
        level_sd=round(float(deviation[0]), 4),
        slope_sd=round(float(deviation[1]), 4),
        correlation=round(float(prior[0, 1] / deviation.prod()), 4),
        bend_levels=BEND_LEVELS,
        marathon_bend=(0.0,) * len(BEND_LEVELS),
    )
    return replace(straight, marathon_bend=_bend(straight, runners))


def _posteriors(above: Array, lines: Array, prior: Array, error: Array) -> tuple[Array, Array]:
    """Means and covariances of level and slope of each runner; efforts far from the law weigh less."""
    known = ~np.isnan(above)
    above = np.where(known, above, 0.0)
    weight = np.where(known, error**-2.0, 0.0)
    for _ in range(2):
        spreads = np.linalg.inv(np.linalg.inv(prior) + np.einsum("ni,ik,il->nkl", weight, lines, lines))
        means = np.einsum("nkl,nl->nk", spreads, (weight * above) @ lines)
        away = abs(above - means @ lines.T)
        weight = np.where(known, error**-2.0 * np.minimum(1.0, 2.0 * error / np.maximum(away, 1e-9)), 0.0)
    return means, spreads


def _bend(straight: Population, runners: Iterable[Bests]) -> tuple[float, ...]:
    """What the marathon takes in addition at each of the levels."""
    levels, wanted = [], []
    for one in runners:
        for inputs in ((21_097.5,), (10_000.0, 21_097.5)):
            if MARATHON_M in one and all(metres in one for metres in inputs):
                law = law_of(straight, one, inputs)
                levels.append(law.level)
                wanted.append(np.log(one[MARATHON_M] / law.time_s(MARATHON_M)))
    hats = [np.interp(levels, BEND_LEVELS, unit) for unit in np.eye(len(BEND_LEVELS))]
    return _floats(_least_relative_error(np.column_stack(hats), np.array(wanted)))


def _least_relative_error(columns: Array, wanted: Array) -> Any:
    """The factors with the least mean |e^(columns · factors − wanted) − 1|, by reweighted least squares.

    Errors below 3 % weigh as squares, so that the result does not follow single runners.
    """
    weight = np.ones(len(wanted))
    for _ in range(80):
        weighted = columns.T * weight
        factors: Any = np.linalg.solve(weighted @ columns, weighted @ wanted)
        away = columns @ factors - wanted
        weight = np.exp(np.clip(away, -1.0, 1.0)) / np.maximum(abs(away), 0.03)
    return factors


def law_of(population: Population, bests: Bests, inputs: Iterable[float]) -> power_law.PowerLaw:
    """A runner's law from the bests over ``inputs``."""
    return power_law.fit(population, [(metres, float(np.log(bests[metres]))) for metres in inputs])


def _floats(values: Any) -> tuple[float, ...]:
    return tuple(round(float(value), 4) for value in values)


if __name__ == "__main__":
    print(fit(read_bests()))
