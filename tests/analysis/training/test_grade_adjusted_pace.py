"""Grade-adjusted pace: Minetti's values, and what must hold for flat runs, hills, noise and sampling rates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from runcoach.analysis.training.grade_adjusted_pace import cost_factor, flat_distance, flat_distance_at_samples
from runcoach.domain.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runcoach.domain.streams import FloatArray


def run(altitude_of: Callable[[FloatArray], FloatArray], seconds: int = 3600, step_s: int = 1) -> Streams:
    """An even run at 3 m/s whose altitude is a function of the distance."""
    time_s = np.arange(0.0, seconds + 1, step_s)
    distance_m = 3.0 * time_s
    return Streams(time_s, {"distance_m": distance_m, "altitude_m": altitude_of(distance_m)})


def factor(streams: Streams) -> float:
    found = flat_distance(streams)
    assert found is not None
    return found.run_factor


@pytest.mark.parametrize(
    ("gradient", "cost"), [(0.0, 3.6), (0.1, 5.968), (-0.1, 2.152), (-0.2, 1.800), (0.45, 19.426), (-0.45, 4.032)]
)
def test_cost_is_that_of_minetti(gradient: float, cost: float) -> None:
    assert float(cost_factor(gradient)) * 3.6 == pytest.approx(cost, abs=5e-4)


def test_cost_is_least_at_a_descent_of_18_percent() -> None:
    gradients = np.linspace(-0.45, 0.45, 9001)
    cost = cost_factor(gradients) * 3.6
    assert cost.min() == pytest.approx(1.781, abs=5e-4)
    assert gradients[cost.argmin()] == pytest.approx(-0.181, abs=5e-4)


def test_gradients_beyond_the_measured_ones_count_as_the_steepest() -> None:
    assert float(cost_factor(2.0)) == float(cost_factor(0.45))
    assert float(cost_factor(-2.0)) == float(cost_factor(-0.45))


def test_flat_run_is_not_adjusted() -> None:
    assert factor(run(lambda x: np.full_like(x, 120.0))) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("gradient", [0.05, -0.05, 0.1])
def test_even_slope_costs_what_its_gradient_costs(gradient: float) -> None:
    assert factor(run(lambda x: 500.0 + gradient * x)) == pytest.approx(float(cost_factor(gradient)), rel=1e-9)


def test_hill_out_and_back_is_slower_than_its_grade_adjusted_pace() -> None:
    assert factor(run(lambda x: 300.0 - np.abs(x - x[-1] / 2) * 0.08)) > 1.05


@pytest.mark.parametrize(("noise_m", "most"), [(0.5, 0.001), (2.0, 0.004)])
def test_noise_of_the_altitude_does_not_count(noise_m: float, most: float) -> None:
    rng = np.random.default_rng(5)
    assert factor(run(lambda x: 50.0 + rng.normal(0.0, noise_m, x.size))) == pytest.approx(1.0, abs=most)


def test_drift_at_a_standstill_and_steps_of_the_instrument_do_not_count() -> None:
    time_s = np.arange(0.0, 2401.0)
    distance_m = 3.0 * np.minimum(time_s, 1200.0) + 3.0 * np.maximum(time_s - 1800.0, 0.0)
    drift = 4.0 * np.clip((time_s - 1200.0) / 600.0, 0.0, 1.0)
    streams = Streams(time_s, {"distance_m": distance_m, "altitude_m": 100.0 + drift + 40.0 * (time_s > 600)})
    assert factor(streams) == pytest.approx(1.0, abs=0.005)


def test_sampling_every_5_seconds_changes_less_than_half_a_percent() -> None:
    rng = np.random.default_rng(2)
    hills = run(lambda x: 30 * np.sin(x / 250) + 8 * np.sin(x / 60) + rng.normal(0.0, 0.4, x.size)).quantized()
    every_5 = hills.take(np.arange(0, len(hills), 5))
    assert factor(hills) > 1.02
    assert factor(every_5) == pytest.approx(factor(hills), rel=0.005)


def test_parts_add_up_to_the_run() -> None:
    streams = run(lambda x: 20 * np.sin(x / 300))
    found = flat_distance(streams)
    assert found is not None
    kms = [(km * 1000.0, min((km + 1) * 1000.0, 10800.0)) for km in range(11)]
    sums = sum((end - start) * (found.factor(start, end) or 0.0) for start, end in kms)
    assert sums == pytest.approx(10800.0 * found.run_factor)
    assert found.factor_between_s(600.0, 1200.0) == pytest.approx(found.factor(1800.0, 3600.0))
    assert found.factor(500.0, 500.0) is None
    covered = flat_distance_at_samples(found, len(streams))
    assert covered[0] == 0.0
    assert covered[-1] == pytest.approx(sums)


def test_nothing_is_adjusted_without_altitude_or_distance() -> None:
    time_s = np.arange(100.0)
    assert flat_distance(Streams(time_s, {"distance_m": 3 * time_s})) is None
    assert flat_distance(Streams(time_s, {"altitude_m": time_s})) is None
    gappy = np.where(time_s < 10, 5.0, np.nan)
    assert flat_distance(Streams(time_s * 10, {"distance_m": 30 * time_s, "altitude_m": gappy})) is None


def test_very_short_runs_have_a_factor() -> None:
    assert factor(run(lambda x: 0.1 * x, seconds=20)) == pytest.approx(float(cost_factor(0.1)))


@pytest.mark.corpus
def test_sampling_rate_does_not_matter_on_recorded_runs(corpus: Path) -> None:
    from runcoach.sources.file_formats import read_bytes

    checked = 0
    for path in sorted((corpus / "activities" / "fit").glob("sportslib_69*.fit")):
        for recording in read_bytes(path.read_bytes(), path.name).recordings:
            streams: Any = recording.streams
            full, sparse = flat_distance(streams), flat_distance(streams.take(np.arange(0, len(streams), 5)))
            if full is not None and sparse is not None:
                assert sparse.run_factor == pytest.approx(full.run_factor, rel=0.005)
                checked += 1
    assert checked >= 4
