"""Which efforts are believed, and in which words the others are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from runcoach.analysis.best_efforts import best_efforts
from runcoach.analysis.distance_curve import distance_curve
from runcoach.analysis.effort_quality import WORLD_RECORDS, assess, check_limit_s, implied_s, world_record_s
from runcoach.domain.activity import Quality
from runcoach.domain.streams import Streams

if TYPE_CHECKING:
    from runcoach.domain.streams import FloatArray


def judged(time_s: FloatArray, distance_m: FloatArray) -> dict[int, str | None]:
    """Reason by distance of a run's best efforts over 400 m and 1 km."""
    curve = distance_curve(Streams(time_s, {"distance_m": distance_m}).quantized())
    assert curve is not None
    efforts = assess(best_efforts(curve, {400: 400.0, 1000: 1000.0}), curve)
    assert all((effort.quality is Quality.SUSPECT) == (effort.reason is not None) for effort in efforts)
    return {effort.distance_m: effort.reason for effort in efforts}


def second_by_second(*parts: tuple[int, float]) -> tuple[FloatArray, FloatArray]:
    speed = np.concatenate([np.full(seconds, ms) for seconds, ms in parts])
    return np.arange(speed.size + 1.0), np.concatenate([[0.0], np.cumsum(speed)])


def test_a_sound_run_is_believed() -> None:
    assert judged(*second_by_second((600, 3.0), (60, 5.0), (600, 3.0))) == {400: None, 1000: None}


def test_a_jump_is_told_with_its_size() -> None:
    reason = "GPS jump of 213 m in 2 s"
    assert judged(*second_by_second((600, 3.0), (2, 106.5), (600, 3.0))) == {400: reason, 1000: reason}


def test_a_jump_spread_over_samples_is_one() -> None:
    assert judged(*second_by_second((600, 3.0), (2, 14.0), (600, 3.0)))[400] == "GPS jump of 28 m in 2 s"


def test_twenty_metres_make_a_jump_and_fewer_none() -> None:
    assert judged(*second_by_second((600, 3.0), (1, 20.0), (600, 3.0)))[400] == "GPS jump of 20 m in 1 s"
    assert judged(*second_by_second((600, 3.0), (1, 19.9), (600, 3.0)))[400] is None


def test_a_jump_outside_of_the_effort_does_not_matter() -> None:
    time_s, distance_m = second_by_second((600, 2.0), (1, 30.0), (600, 2.0), (200, 5.5))
    assert judged(time_s, distance_m) == {400: None, 1000: None}


def test_a_jump_within_one_second_counts_where_it_is_touched() -> None:
    time_s, distance_m = second_by_second((600, 3.0), (600, 3.0))
    time_s, distance_m = np.insert(time_s, 601, 600.0), np.insert(distance_m, 601, 1800.0)
    distance_m[601:] += 50.0
    assert judged(time_s, distance_m)[400] == "GPS jump of 50 m in 0 s"


def test_a_gap_may_not_give_more_than_a_tenth() -> None:
    time_s, distance_m = second_by_second((300, 3.0), (94, 4.04), (300, 3.0))
    gap = (time_s > 300) & (time_s < 394)
    assert judged(time_s[~gap], distance_m[~gap]) == {
        400: "95 % of it in one gap of 94 s",
        1000: "38 % of it in one gap of 94 s",
    }


def test_a_pause_is_a_gap_that_gives_nothing() -> None:
    time_s = np.concatenate([np.arange(0.0, 201.0), np.arange(500.0, 701.0)])
    distance_m = np.concatenate([np.arange(0.0, 601.0, 3.0), np.arange(600.0, 1201.0, 3.0)])
    assert judged(time_s, distance_m) == {400: None, 1000: None}


def test_a_clock_that_stepped_back_is_suspect() -> None:
    time_s, distance_m = second_by_second((400, 3.0))
    time_s[200] = 150.0
    assert judged(time_s, distance_m)[1000] == "clock stepped back"


def test_a_reset_is_suspect_where_it_lies() -> None:
    time_s, distance_m = second_by_second((400, 3.0))
    distance_m[200:] -= distance_m[200]
    assert judged(time_s, distance_m) == {400: None, 1000: "distance was reset"}


def test_an_effort_that_begins_after_the_reset_is_believed() -> None:
    time_s, distance_m = second_by_second((200, 3.0), (100, 4.0), (100, 3.0))
    distance_m[200:] -= distance_m[200]
    assert judged(time_s, distance_m) == {400: None, 1000: "distance was reset"}


def test_faster_than_anyone_ever_ran_is_suspect() -> None:
    reason = "faster than the world record"
    assert judged(*second_by_second((600, 9.0))) == {400: None, 1000: reason}


def test_the_records_are_met_at_their_distances_and_rise_between_them() -> None:
    assert [world_record_s(metres) for metres in WORLD_RECORDS] == pytest.approx(list(WORLD_RECORDS.values()))
    lengths = np.geomspace(50, 1_000_000, 400)
    seconds = np.array([world_record_s(length_m) for length_m in lengths.tolist()])
    assert (np.diff(seconds) > 0).all()
    speed = lengths / seconds
    assert speed.max() < 10.6
    assert (np.diff(speed)[lengths[1:] > 250] < 0).all()


def test_riegel_implies_that_double_the_distance_takes_a_little_more_than_double_the_time() -> None:
    assert implied_s(5000.0, 1200.0, 10000.0) == pytest.approx(2502.0, abs=0.5)
    assert implied_s(10000.0, 2502.0, 5000.0) == pytest.approx(1200.0, abs=0.5)


def test_too_fast_for_both_neighbours_is_to_be_checked() -> None:
    bests = {1609.0: 380.0, 5000.0: 1300.0, 10000.0: 2700.0, 21097.0: 6000.0}
    of_shorter, of_longer = (implied_s(metres, bests[metres], 5000.0) for metres in (1609.0, 10000.0))
    limit = min(of_shorter, of_longer) / 1.15
    assert check_limit_s(5000.0, bests) == pytest.approx(limit)


def test_at_the_end_of_the_table_the_one_neighbour_decides() -> None:
    limit = implied_s(10000.0, 2700.0, 21097.0) / 1.15
    bests = {5000.0: 1300.0, 10000.0: 2700.0, 21097.0: 4000.0}
    assert check_limit_s(21097.0, bests) == pytest.approx(limit)


def test_without_a_neighbour_nothing_is_said() -> None:
    assert check_limit_s(5000.0, {5000.0: 1300.0}) is None
    assert check_limit_s(5000.0, {}) is None
