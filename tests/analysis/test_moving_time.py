"""Time in motion, distance from positions and climbing; on real runs, how close each comes to what others measured."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from runcoach.analysis.moving_time import (
    cumulative_moving_s,
    distance_from_positions,
    elevation_gain_m,
    mean_in_motion,
    paused_s,
)
from runcoach.domain.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def steps(*parts: tuple[int, float]) -> tuple[list[float], list[float]]:
    """One sample a second: so many seconds at such a speed, and so on."""
    speed = [ms for seconds, ms in parts for _ in range(seconds)]
    return list(range(len(speed) + 1)), np.concatenate([[0.0], np.cumsum(speed)]).tolist()


def test_standing_is_not_motion(streams_of: Callable[..., Streams]) -> None:
    time_s, distance_m = steps((100, 3.0), (30, 0.1), (100, 3.0))
    clock = cumulative_moving_s(streams_of(time_s, distance_m=distance_m))
    assert (clock[100], clock[130], clock[-1]) == (100, 100, 200)


def test_walking_is_motion_and_a_stumble_is_no_rest(streams_of: Callable[..., Streams]) -> None:
    time_s, distance_m = steps((100, 3.0), (5, 0.0), (100, 1.0))
    assert cumulative_moving_s(streams_of(time_s, distance_m=distance_m))[-1] == 205


def test_a_long_gap_at_a_standstill_is_a_rest(streams_of: Callable[..., Streams]) -> None:
    assert cumulative_moving_s(streams_of([0, 100, 400, 500], distance_m=[0, 300, 310, 600]))[-1] == 200


def test_a_timer_that_was_stopped_is_believed(streams_of: Callable[..., Streams]) -> None:
    streams = streams_of([0, 10, 20, 60, 70], timer_s=[5, 15, None, 35, 45], distance_m=[0, 30, 60, 61, 90])
    assert cumulative_moving_s(streams).tolist() == [0, 10, 20, 30, 40]


def test_a_timer_that_never_stopped_says_nothing(streams_of: Callable[..., Streams]) -> None:
    streams = streams_of([0, 10, 20, 60, 70], timer_s=[0, 10, 20, 60, 70], distance_m=[0, 30, 60, 61, 90])
    assert cumulative_moving_s(streams)[-1] == 30


def test_stravas_verdict_comes_before_speed(streams_of: Callable[..., Streams]) -> None:
    streams = streams_of([0, 1, 2, 3], moving=[0, 1, 0, 1], distance_m=[0, 3, 6, 9])
    assert cumulative_moving_s(streams).tolist() == [0, 1, 1, 2]


def test_speed_serves_where_there_is_no_distance(streams_of: Callable[..., Streams]) -> None:
    streams = streams_of(list(range(20)), speed_ms=[3.0] * 8 + [0.0] * 8 + [3.0] * 3 + [None])
    assert cumulative_moving_s(streams)[-1] == 10


def test_without_anything_all_time_counts(streams_of: Callable[..., Streams]) -> None:
    assert cumulative_moving_s(streams_of([0, 60, 600]))[-1] == 600
    assert cumulative_moving_s(streams_of([0, 60, 600], distance_m=[0, 0, 0]))[-1] == 600


def test_one_sample_has_no_duration(streams_of: Callable[..., Streams]) -> None:
    assert cumulative_moving_s(streams_of([7])).tolist() == [0]
    assert cumulative_moving_s(streams_of([])).size == 0


def test_samples_out_of_order_never_turn_it_back(streams_of: Callable[..., Streams]) -> None:
    clock = cumulative_moving_s(streams_of([0, 10, 5e8, 20, 15, 30], distance_m=[0, 30, 60, 60, 70, 90]))
    assert (np.diff(clock) >= 0).all()
    assert clock[-1] == 30
    assert cumulative_moving_s(streams_of([0, 1, 5e8, 3, 4], moving=[1, 1, 0, 1, 1]))[-1] == 4


def test_mean_in_motion_weighs_by_time() -> None:
    values = np.array([100.0, 120.0, np.nan, 150.0])
    assert mean_in_motion(values, np.array([0.0, 10.0, 20.0, 50.0])) == 142.5
    assert mean_in_motion(values, np.zeros(4)) == pytest.approx(123.333, abs=0.001)
    assert mean_in_motion(np.full(4, np.nan), np.arange(4.0)) is None


def test_distance_is_along_the_ellipsoid() -> None:
    """A degree of meridian at 0° and 60°, a degree of parallel at 60°: 110,574.4 m, 111,412.3 m and 55,800.0 m."""
    lat, lng = np.array([0.0, 1.0, 59.5, 60.5, 60.0, 60.0]), np.array([10.0, 10.0, 10.0, 10.0, 10.0, 11.0])
    metres = distance_from_positions(lat, lng, np.arange(6.0))
    assert metres[1] == pytest.approx(110_574.4, abs=1.0)
    assert metres[3] - metres[2] == pytest.approx(111_412.3, abs=1.0)
    assert metres[5] - metres[4] == pytest.approx(55_800.0, abs=1.0)


def test_the_date_line_is_no_way_round_the_world() -> None:
    metres = distance_from_positions(np.zeros(2), np.array([179.9995, -179.9995]), np.arange(2.0))
    assert metres[-1] == pytest.approx(111.32, abs=0.01)


def test_a_missing_position_has_no_distance_and_costs_none() -> None:
    lat = np.array([np.nan, 50.0, np.nan, 50.002, 50.004])
    metres = distance_from_positions(lat, np.where(np.isnan(lat), np.nan, 8.0), np.arange(5.0))
    assert np.isnan(metres).tolist() == [True, False, True, False, False]
    assert metres[1] == 0.0
    assert metres[4] == pytest.approx(444.9, abs=0.1)
    assert np.isnan(distance_from_positions(np.full(2, np.nan), np.full(2, np.nan), np.arange(2.0))).all()


def test_nothing_is_covered_across_a_pause() -> None:
    lat = np.array([50.0, 50.001, 50.101, 50.102])
    metres = distance_from_positions(lat, np.full(4, 8.0), np.array([0.0, 30.0, 900.0, 930.0]), [(30.0, 900.0)])
    assert np.diff(metres) == pytest.approx([111.2, 0.0, 111.2], abs=0.1)


def test_pauses_that_overlap_count_once() -> None:
    assert paused_s(np.array([0.0, 15.0, 30.0, 99.0]), [(20.0, 40.0), (10.0, 25.0)]).tolist() == [0, 5, 20, 30]
    assert paused_s(np.array([0.0, 99.0]), [(10.0, 50.0), (20.0, 30.0), (40.0, 60.0)]).tolist() == [0, 50]
    assert paused_s(np.array([0.0, 9.0]), []).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("altitude_m", "gain_m"),
    [
        ([100, 110, 105, 120], 25.0),
        ([100, 101.5, 100, 101.5, 100], 0.0),  # a barometer's unrest
        ([100, 101, 100.5, 102, 101.5, 103], 3.0),  # a gentle climb, unsteadily
        ([100, 101, 99.5, 101, 99, 100], 0.0),
        ([120, 110, 100], 0.0),
        ([100, np.nan, 110, np.nan], 10.0),
        ([10.2, 8.2, 10.2], 2.0),
        ([100, 98.5, 100.9], 2.4),
        ([100, 103, 102, 104, 90, 95, 95, 93.5, 94, 99], 13.0),
        ([100], 0.0),
    ],
)
def test_climbs_count_and_unrest_does_not(altitude_m: list[float], gain_m: float) -> None:
    assert elevation_gain_m(np.array(altitude_m, dtype=np.float64)) == pytest.approx(gain_m)


def test_without_altitude_there_is_no_gain() -> None:
    assert elevation_gain_m(np.array([np.nan, np.nan])) is None


@pytest.mark.corpus
def test_climbing_comes_close_to_strava(strava_run: tuple[dict[str, Any], Streams]) -> None:
    detail, streams = strava_run
    assert elevation_gain_m(streams.channels["altitude_m"]) == pytest.approx(detail["total_elevation_gain"], rel=0.05)


@pytest.mark.corpus
def test_a_hilly_run_with_many_rests_comes_close_to_strava(corpus: Path) -> None:
    """Strava's own marks of rest, 243 s of 4,989 s: 5 s apart in all, 98 % of the samples alike."""
    data = json.loads((corpus / "api" / "strava_streams" / "2451375851.json").read_text(encoding="utf-8"))
    time_s = np.array(data["time"], dtype=np.float64)
    streams = Streams(time_s, {"distance_m": np.array(data["distance"])}).quantized()
    moving = ~np.array(data["resting"])[1:]
    clock = cumulative_moving_s(streams)
    assert clock[-1] == pytest.approx((np.diff(time_s) * moving).sum(), abs=6)
    assert ((np.diff(clock) > 0) == moving).mean() > 0.98
