"""Two recordings of one route match, and those of different routes do not, with GPS noise of 10 m."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import route_maker as maker

from runcoach.analysis.route_matching import (
    MIN_LENGTH_M,
    have_same_length,
    is_same_route,
    middle_cell,
    middle_cells,
    resample,
)
from runcoach.domain.streams import FloatArray
from runcoach.domain.training.route_track import STEP_M, RouteTrack

SHAPES: tuple[Callable[[np.random.Generator, float], FloatArray], ...] = (
    maker.winding,
    maker.through_streets,
    maker.loop,
)


def track(recording: maker.Recording) -> RouteTrack:
    found = resample(recording.lat_deg, recording.lng_deg, recording.time_s)
    assert found is not None
    return found


def pairs(random: np.random.Generator, correlation_s: float) -> Iterator[tuple[str, RouteTrack, RouteTrack]]:
    """Recordings of the same way, and of others that resemble it."""

    def recorded(path: FloatArray) -> RouteTrack:
        late_start_m = random.uniform(0.0, 40.0)
        return track(maker.record(random, path, correlation_s=correlation_s, late_start_m=late_start_m))

    for shape in SHAPES:
        path = shape(random, random.uniform(3000.0, 12_000.0))
        first = recorded(path)
        for _ in range(2):
            yield "same way", first, recorded(path)
        yield "reverse", first, recorded(path[::-1])
        yield "longer loop", first, recorded(maker.longer(random, path, random.uniform(400.0, 2000.0)))
        detour = maker.with_detour(random, path, random.uniform(80.0, 200.0), random.uniform(300.0, 800.0))
        yield "detour", first, recorded(detour)
        yield "neighbouring street", first, recorded(maker.moved(random, path, random.uniform(60.0, 120.0)))


@pytest.mark.slow
@pytest.mark.parametrize("correlation_s", [0.0, 20.0])
def test_matching_has_a_precision_of_98_and_a_recall_of_95_percent(correlation_s: float) -> None:
    random = np.random.default_rng(11)
    counted: Counter[tuple[bool, bool]] = Counter()
    for _ in range(11):
        for kind, first, second in pairs(random, correlation_s):
            counted[kind == "same way", is_same_route(first, second)] += 1
    assert counted.total() == 11 * 18
    right = counted[True, True]
    assert right / (right + counted[False, True]) >= 0.98
    assert right / (right + counted[True, False]) >= 0.95


def test_the_comparison_is_symmetric_and_every_match_is_a_candidate() -> None:
    """The index cells leave no match out, or candidates would depend on which run is looked for."""
    random = np.random.default_rng(5)
    for _ in range(3):
        for _, first, second in pairs(random, 0.0):
            matches = is_same_route(first, second)
            assert is_same_route(second, first) is matches
            if matches:
                assert middle_cell(second) in middle_cells(first)
                assert middle_cell(first) in middle_cells(second)
                assert have_same_length(first.length_m, second.length_m)


def test_a_recording_without_noise_matches_one_with_noise() -> None:
    random = np.random.default_rng(2)
    path = maker.through_streets(random, 8000.0)
    assert is_same_route(*(track(maker.record(random, path, noise_m=noise)) for noise in (0.0, 10.0)))


def test_laps_in_the_other_direction_and_two_laps_more_are_other_routes() -> None:
    random = np.random.default_rng(3)
    lap = maker.loop(random, 400.0)
    laps = np.vstack([lap] * 10)
    first, same, reverse, longer = (
        track(maker.record(random, path, noise_m=3.0)) for path in (laps, laps, laps[::-1], np.vstack([lap] * 12))
    )
    assert is_same_route(first, same)
    assert not is_same_route(first, reverse)
    assert not is_same_route(first, longer)


@pytest.mark.parametrize("origin", [(-17.0, 179.99), (69.6, 18.9), (0.0, -180.0), (-89.99, 0.0)])
def test_routes_match_across_the_antimeridian_and_near_the_poles(origin: tuple[float, float]) -> None:
    random = np.random.default_rng(4)
    path = maker.loop(random, 6000.0)
    first, second = (track(maker.record(random, path, noise_m=5.0, origin=origin)) for _ in range(2))
    assert is_same_route(first, second)
    assert middle_cell(second) in middle_cells(first)


def test_points_are_evenly_spaced_and_rest_adds_no_length() -> None:
    random = np.random.default_rng(6)
    moving = maker.record(random, maker.winding(random, 2000.0), noise_m=0.0)
    rest = np.full(600, 1.0)
    at = moving.time_s.size // 2
    noise = random.normal(0.0, 3e-5, (2, 600))
    lat, lng = (
        np.concatenate([values[:at], rest * values[at] + noise[axis], values[at:]])
        for axis, values in enumerate((moving.lat_deg, moving.lng_deg))
    )
    rested = resample(lat, lng, np.arange(float(lat.size)))
    assert rested is not None
    assert rested.length_m == pytest.approx(track(moving).length_m, abs=2 * STEP_M)
    metres = np.hypot(
        np.diff(rested.lat_deg) * 111_195.0, np.diff(rested.lng_deg) * 111_195.0 * np.cos(np.radians(52.5))
    )
    assert metres == pytest.approx(STEP_M, abs=0.1)


def test_a_short_track_and_one_without_positions_have_no_route() -> None:
    time_s = np.arange(200.0)
    missing = np.full(200, np.nan)
    north = 52.0 + np.linspace(0.0, 0.9 * MIN_LENGTH_M, 200) / 111_195.0
    assert resample(missing, missing, time_s) is None
    assert resample(north, np.full(200, 13.0), time_s) is None
    assert resample(np.concatenate([[52.0], missing[1:]]), np.concatenate([[13.0], missing[1:]]), time_s) is None


def test_positions_out_of_order_in_time_are_left_out() -> None:
    time_s = np.arange(1200.0)
    lat_deg, lng_deg = 48.0 + time_s * 3.0 / 111_195.0, np.full(1200, 8.0)
    late, early = time_s.copy(), time_s.copy()
    late[300:310] = 5000.0
    early[600:620] = -9000.0
    sound = resample(lat_deg, lng_deg, time_s)
    assert sound is not None
    for times in (late, early):
        track = resample(lat_deg, lng_deg, times)
        assert track is not None
        assert abs(track.length_m - sound.length_m) <= 50.0
        assert is_same_route(track, sound)
