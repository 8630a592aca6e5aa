"""Time the best-effort search: ``python tests/benchmarks/bench_efforts.py``.

Limits: nine efforts of 3,600 samples in 0.5 ms, and in 2 ms where 20 GPS jumps divide the run.

Tracks are generated with one sample a second (one every six seconds for 60 km): a runner whose pace drifts, has the
noise of GPS, comes in intervals, or who stops at lights.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from runcoach.analysis.clean_efforts import find_efforts
from runcoach.analysis.distance_curve import DistanceCurve, distance_curve
from runcoach.analysis.effort_quality import faults_of, ranked_efforts
from runcoach.domain.streams import FloatArray, Streams

Speeds = Callable[[np.random.Generator, int], FloatArray]


def wandering(random: np.random.Generator, size: int) -> FloatArray:
    hours = np.arange(size) / 3600.0
    return 1.0 + 0.1 * np.sin(9.0 * hours) + 0.05 * np.sin(70.0 * hours + 1.0) + random.normal(0.0, 0.03, size)


def flickering(random: np.random.Generator, size: int) -> FloatArray:
    return 1.0 + random.normal(0.0, 0.1, size)


def intervals(random: np.random.Generator, size: int) -> FloatArray:
    repeats = random.normal(1.0, 0.02, size // 110 + 1).repeat(110)[:size]
    return np.where(np.arange(size) // 110 % 2, 1.4, 0.6) * repeats + random.normal(0.0, 0.03, size)


def lights(random: np.random.Generator, size: int) -> FloatArray:
    speed = wandering(random, size)
    for red in random.integers(0, size, size // 600):
        speed[red : red + 45] = 0.0
    return speed


def steady(random: np.random.Generator, size: int) -> FloatArray:
    return np.ones(size)


def track(speeds: Speeds, size: int, every_s: float, total_m: float, jumps: int = 0) -> DistanceCurve:
    speed = np.maximum(speeds(np.random.default_rng(7), size), 0.0)
    distance_m = np.concatenate([[0.0], np.cumsum(speed)[:-1]])
    distance_m *= total_m / distance_m[-1]
    for at in np.linspace(0, size, jumps + 2)[1:-1]:
        distance_m[int(at) :] += 200.0
    curve = distance_curve(Streams(np.arange(0.0, size) * every_s, {"distance_m": distance_m}).quantized())
    assert curve is not None
    return curve


def median_ms(curve: DistanceCurve, repeats: int) -> float:
    took = []
    for _ in range(repeats):
        ranked_efforts.cache_clear()
        faults_of.cache_clear()
        begin = time.process_time()
        find_efforts(curve)
        took.append(time.process_time() - begin)
    return float(np.median(took)) * 1e3


def main() -> None:
    cases = [
        ("1 h, 3,600 samples, 10.5 km", 3_600, 1.0, 10_500.0, 500),
        ("1 h, 3,600 samples, 16 km", 3_600, 1.0, 16_000.0, 500),
        ("6 h, 3,600 samples, 60 km: all nine", 3_600, 6.0, 60_000.0, 500),
        ("10 h, 36,000 samples, 100 km", 36_000, 1.0, 100_000.0, 50),
        ("100 h, 360,000 samples, 600 km", 360_000, 1.0, 600_000.0, 10),
    ]
    kinds: list[Speeds] = [wandering, flickering, intervals, lights, steady]
    print(f"{'median of all efforts, ms':40}" + "".join(f"{kind.__name__:>12}" for kind in kinds))
    for title, size, every_s, total_m, repeats in cases:
        figures = (median_ms(track(kind, size, every_s, total_m), repeats) for kind in kinds)
        print(f"{title:40}" + "".join(f"{figure:12.3f}" for figure in figures))
    figures = (median_ms(track(kind, 3_600, 6.0, 60_000.0, jumps=20), 200) for kind in kinds)
    print(f"{'6 h, 3,600 samples, 20 jumps':40}" + "".join(f"{figure:12.3f}" for figure in figures))


if __name__ == "__main__":
    main()
