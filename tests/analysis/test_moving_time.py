"""Moving time from timer, Strava's marks or speed; on a real run, how close it comes to Strava."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from runcoach.analysis.moving_time import cumulative_moving_s, mean_in_motion
from runcoach.domain.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def steps(*parts: tuple[int, float]) -> tuple[list[float], list[float]]:
    """One sample a second from parts of ``(seconds, metres a second)``."""
    speed = [ms for seconds, ms in parts for _ in range(seconds)]
    return list(range(len(speed) + 1)), np.concatenate([[0.0], np.cumsum(speed)]).tolist()


def test_standing_is_not_moving(streams_of: Callable[..., Streams]) -> None:
    time_s, distance_m = steps((100, 3.0), (30, 0.1), (100, 3.0))
    clock = cumulative_moving_s(streams_of(time_s, distance_m=distance_m))
    assert (clock[100], clock[130], clock[-1]) == (100, 100, 200)


def test_walking_is_moving_and_short_stop_is_not_a_rest(streams_of: Callable[..., Streams]) -> None:
    time_s, distance_m = steps((100, 3.0), (5, 0.0), (100, 1.0))
    assert cumulative_moving_s(streams_of(time_s, distance_m=distance_m))[-1] == 205


def test_gap_without_distance_is_a_rest(streams_of: Callable[..., Streams]) -> None:
    assert cumulative_moving_s(streams_of([0, 100, 400, 500], distance_m=[0, 300, 310, 600]))[-1] == 200


def test_stopped_timer_is_moving_time(streams_of: Callable[..., Streams]) -> None:
    streams = streams_of([0, 10, 20, 60, 70], timer_s=[5, 15, None, 35, 45], distance_m=[0, 30, 60, 61, 90])
    assert cumulative_moving_s(streams).tolist() == [0, 10, 20, 30, 40]


def test_timer_that_never_stopped_is_not_used(streams_of: Callable[..., Streams]) -> None:
    streams = streams_of([0, 10, 20, 60, 70], timer_s=[0, 10, 20, 60, 70], distance_m=[0, 30, 60, 61, 90])
    assert cumulative_moving_s(streams)[-1] == 30


def test_strava_moving_channel_precedes_speed(streams_of: Callable[..., Streams]) -> None:
    streams = streams_of([0, 1, 2, 3], moving=[0, 1, 0, 1], distance_m=[0, 3, 6, 9])
    assert cumulative_moving_s(streams).tolist() == [0, 1, 1, 2]


def test_speed_is_used_without_distance(streams_of: Callable[..., Streams]) -> None:
    streams = streams_of(list(range(20)), speed_ms=[3.0] * 8 + [0.0] * 8 + [3.0] * 3 + [None])
    assert cumulative_moving_s(streams)[-1] == 10


def test_elapsed_time_without_any_channel(streams_of: Callable[..., Streams]) -> None:
    assert cumulative_moving_s(streams_of([0, 60, 600]))[-1] == 600
    assert cumulative_moving_s(streams_of([0, 60, 600], distance_m=[0, 0, 0]))[-1] == 600


def test_one_sample_has_no_duration(streams_of: Callable[..., Streams]) -> None:
    assert cumulative_moving_s(streams_of([7])).tolist() == [0]
    assert cumulative_moving_s(streams_of([])).size == 0


def test_never_decreases_with_samples_out_of_order(streams_of: Callable[..., Streams]) -> None:
    clock = cumulative_moving_s(streams_of([0, 10, 5e8, 20, 15, 30], distance_m=[0, 30, 60, 60, 70, 90]))
    assert (np.diff(clock) >= 0).all()
    assert clock[-1] == 30
    assert cumulative_moving_s(streams_of([0, 1, 5e8, 3, 4], moving=[1, 1, 0, 1, 1]))[-1] == 4


def test_mean_in_motion_is_weighted_by_time() -> None:
    values = np.array([100.0, 120.0, np.nan, 150.0])
    assert mean_in_motion(values, np.array([0.0, 10.0, 20.0, 50.0])) == 142.5
    assert mean_in_motion(values, np.zeros(4)) == pytest.approx(123.333, abs=0.001)
    assert mean_in_motion(np.full(4, np.nan), np.arange(4.0)) is None


@pytest.mark.corpus
def test_hilly_run_with_many_rests_is_close_to_strava(corpus: Path) -> None:
    """Strava marks 243 s of 4,989 s as rest: 5 s apart in total, 98 % of the samples equal."""
    data = json.loads((corpus / "api" / "strava_streams" / "2451375851.json").read_text(encoding="utf-8"))
    time_s = np.array(data["time"], dtype=np.float64)
    streams = Streams(time_s, {"distance_m": np.array(data["distance"])}).quantized()
    moving = ~np.array(data["resting"])[1:]
    clock = cumulative_moving_s(streams)
    assert clock[-1] == pytest.approx((np.diff(time_s) * moving).sum(), abs=6)
    assert ((np.diff(clock) > 0) == moving).mean() > 0.98
