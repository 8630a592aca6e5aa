"""Which efforts are suspect, and the reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from runcoach.analysis.best_efforts import best_efforts
from runcoach.analysis.distance_curve import distance_curve
from runcoach.analysis.effort_quality import assess
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


def test_sound_run_is_not_suspect() -> None:
    assert judged(*second_by_second((600, 3.0), (60, 5.0), (600, 3.0))) == {400: None, 1000: None}


def test_jump_is_suspect_with_its_size() -> None:
    reason = "GPS jump of 213 m in 2 s"
    assert judged(*second_by_second((600, 3.0), (2, 106.5), (600, 3.0))) == {400: reason, 1000: reason}


def test_jump_over_several_samples_is_one() -> None:
    assert judged(*second_by_second((600, 3.0), (2, 14.0), (600, 3.0)))[400] == "GPS jump of 28 m in 2 s"


def test_jump_is_at_least_20_m() -> None:
    assert judged(*second_by_second((600, 3.0), (1, 20.0), (600, 3.0)))[400] == "GPS jump of 20 m in 1 s"
    assert judged(*second_by_second((600, 3.0), (1, 19.9), (600, 3.0)))[400] is None


def test_jump_outside_the_effort_is_ignored() -> None:
    time_s, distance_m = second_by_second((600, 2.0), (1, 30.0), (600, 2.0), (200, 5.5))
    assert judged(time_s, distance_m) == {400: None, 1000: None}


def test_jump_within_one_second_is_suspect() -> None:
    time_s, distance_m = second_by_second((600, 3.0), (600, 3.0))
    time_s, distance_m = np.insert(time_s, 601, 600.0), np.insert(distance_m, 601, 1800.0)
    distance_m[601:] += 50.0
    assert judged(time_s, distance_m)[400] == "GPS jump of 50 m in 0 s"


def test_gap_with_more_than_a_tenth_is_suspect() -> None:
    time_s, distance_m = second_by_second((300, 3.0), (94, 4.04), (300, 3.0))
    gap = (time_s > 300) & (time_s < 394)
    assert judged(time_s[~gap], distance_m[~gap]) == {
        400: "95 % of it in one gap of 94 s",
        1000: "38 % of it in one gap of 94 s",
    }


def test_pause_without_distance_is_not_a_gap() -> None:
    time_s = np.concatenate([np.arange(0.0, 201.0), np.arange(500.0, 701.0)])
    distance_m = np.concatenate([np.arange(0.0, 601.0, 3.0), np.arange(600.0, 1201.0, 3.0)])
    assert judged(time_s, distance_m) == {400: None, 1000: None}


def test_clock_step_back_is_suspect() -> None:
    time_s, distance_m = second_by_second((400, 3.0))
    time_s[200] = 150.0
    assert judged(time_s, distance_m)[1000] == "clock stepped back"


def test_distance_reset_is_suspect() -> None:
    time_s, distance_m = second_by_second((400, 3.0))
    distance_m[200:] -= distance_m[200]
    assert judged(time_s, distance_m) == {400: None, 1000: "distance was reset"}


def test_effort_after_reset_is_not_suspect() -> None:
    time_s, distance_m = second_by_second((200, 3.0), (100, 4.0), (100, 3.0))
    distance_m[200:] -= distance_m[200]
    assert judged(time_s, distance_m) == {400: None, 1000: "distance was reset"}


def test_faster_than_world_record_is_suspect() -> None:
    reason = "faster than the world record"
    drive = "in a stretch faster than the world record, as by car or bicycle"
    assert judged(*second_by_second((600, 9.0))) == {400: drive, 1000: reason}
    assert judged(*second_by_second((50, 9.0))) == {400: None}
