"""Generated routes through a town of blocks or along a winding path, and recordings of them with GPS noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from runcoach.domain.streams import FloatArray

ORIGIN = (52.5, 13.4)

_METRES_PER_DEGREE = 111_195.0


@dataclass(frozen=True)
class Recording:
    """Positions once a second."""

    time_s: FloatArray
    lat_deg: FloatArray
    lng_deg: FloatArray


def winding(random: np.random.Generator, length_m: float) -> FloatArray:
    """A path without corners, points 5 m apart, ``(n, 2)`` metres east and north."""
    steps = int(length_m / 5.0)
    turns = random.normal(0.0, 0.02, steps)
    for _ in range(3):
        turns = np.convolve(turns, np.full(20, 1 / 20), mode="same")
    heading = random.uniform(0.0, 2 * np.pi) + np.cumsum(turns * 6.0)
    return np.vstack([[0.0, 0.0], np.cumsum(5.0 * np.column_stack([np.cos(heading), np.sin(heading)]), axis=0)])


def through_streets(random: np.random.Generator, length_m: float, block_m: float = 100.0) -> FloatArray:
    """A way through a grid of streets that never turns back at once, points 5 m apart."""
    corners, heading = [np.zeros(2)], random.integers(4)
    directions = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    for _ in range(int(length_m / block_m)):
        corners.append(corners[-1] + block_m * directions[heading])
        heading = (heading + random.choice([0, 0, 0, 1, 3])) % 4
    return line(corners)


def loop(random: np.random.Generator, length_m: float) -> FloatArray:
    """A round course with an irregular outline."""
    angle = np.linspace(0.0, 2 * np.pi, 400)
    radius = np.ones(400)
    for wave in range(2, 6):
        radius += random.uniform(0.0, 0.15) * np.cos(wave * angle + random.uniform(0.0, 2 * np.pi))
    outline = np.column_stack([np.cos(angle), np.sin(angle)]) * radius[:, None]
    return line(outline * length_m / float(np.hypot(*np.diff(outline, axis=0).T).sum()))


def line(corners: list[FloatArray] | FloatArray) -> FloatArray:
    """Points 5 m apart along the corners."""
    points = np.asarray(corners, dtype=np.float64)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    at = np.arange(0.0, along[-1], 5.0)
    return np.column_stack([np.interp(at, along, points[:, axis]) for axis in (0, 1)])


def with_detour(random: np.random.Generator, path: FloatArray, aside_m: float, length_m: float) -> FloatArray:
    """The path with one stretch moved ``aside_m`` to the side, as round a block."""
    count = int(length_m / 5.0)
    first = int(random.integers(20, len(path) - count - 20))
    stretch = path[first : first + count]
    chord = stretch[-1] - stretch[0]
    side = random.choice([-1.0, 1.0]) * np.array([-chord[1], chord[0]]) / max(float(np.hypot(*chord)), 1.0)
    moved = stretch + aside_m * side
    return line(np.vstack([path[:first], moved, path[first + count :]]))


def moved(random: np.random.Generator, path: FloatArray, aside_m: float) -> FloatArray:
    """The path on the neighbouring streets."""
    angle = random.uniform(0.0, 2 * np.pi)
    return path + aside_m * np.array([np.cos(angle), np.sin(angle)])


def longer(random: np.random.Generator, path: FloatArray, more_m: float) -> FloatArray:
    """The path with a loop added on the way."""
    added = loop(random, more_m)
    at = int(random.integers(len(path) // 4, len(path) * 3 // 4))
    return line(np.vstack([path[:at], added - added[0] + path[at], path[at:]]))


def record(
    random: np.random.Generator,
    path: FloatArray,
    *,
    noise_m: float = 10.0,
    correlation_s: float = 0.0,
    late_start_m: float = 0.0,
    origin: tuple[float, float] = ORIGIN,
) -> Recording:
    """The path run at a varying speed; every position has an error of ``noise_m`` (standard deviation) each way."""
    along = 5.0 * np.arange(len(path))
    seconds = int(along[-1] / 2.0)
    speed_ms = random.uniform(2.3, 4.2) * (1.0 + 0.1 * np.sin(np.arange(seconds) / random.uniform(60.0, 200.0)))
    at = late_start_m + np.concatenate([[0.0], np.cumsum(speed_ms)])
    at = at[at < along[-1]]
    points = np.column_stack([np.interp(at, along, path[:, axis]) for axis in (0, 1)])
    points = points + noise_m * _noise(random, len(at), correlation_s)
    lat_deg = origin[0] + points[:, 1] / _METRES_PER_DEGREE
    lng_deg = origin[1] + points[:, 0] / (_METRES_PER_DEGREE * np.cos(np.radians(origin[0])))
    return Recording(np.arange(float(len(at))), lat_deg, (lng_deg + 180.0) % 360.0 - 180.0)


def _noise(random: np.random.Generator, count: int, correlation_s: float) -> FloatArray:
    """Errors of standard deviation 1, ``(count, 2)``, independent or fading over ``correlation_s``."""
    fresh = random.normal(0.0, 1.0, (count, 2))
    if correlation_s <= 0.0:
        return fresh
    fading = np.exp(-np.arange(0.0, 5.0 * correlation_s) / correlation_s)
    fading /= float(np.sqrt((fading**2).sum()))
    before = random.normal(0.0, 1.0, (fading.size - 1, 2))
    longer = np.vstack([before, fresh])
    return np.column_stack([np.convolve(longer[:, axis], fading, mode="valid") for axis in (0, 1)])
