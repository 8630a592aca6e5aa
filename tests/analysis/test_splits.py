"""Splits by Strava's rule, compared with Strava's splits of real runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from runcoach.analysis.splits import compute_splits
from runcoach.domain.distances import METRES_PER_MILE

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcoach.domain.streams import Streams


def test_split_ends_at_first_sample_at_or_past_the_kilometre(streams_of: Callable[..., Streams]) -> None:
    splits = compute_splits(
        streams_of(
            [0, 100, 250, 450, 500],
            distance_m=[0, 400, 1004, 2000, 2200],
            altitude_m=[10, 20, 15, 12, 30],
            heart_rate_bpm=[100, 120, 140, 150, 160],
        )
    )
    assert [split.km for split in splits] == [1, 2, 3]
    assert [split.distance_m for split in splits] == [1004, 996, 200]
    assert [split.elapsed_s for split in splits] == [250, 200, 50]
    assert [split.moving_s for split in splits] == [250, 200, 50]
    assert [split.elevation_gain_m for split in splits] == [5, -3, 18]
    assert [split.avg_hr_bpm for split in splits] == [132, 150, 160]  # 120 for 100 s, 140 for 150 s; …
    assert [split.avg_speed_ms for split in splits] == [4.016, 4.98, 4.0]


def test_exact_kilometre_leaves_no_partial_split(streams_of: Callable[..., Streams]) -> None:
    splits = compute_splits(streams_of([0, 300, 600, 700], distance_m=[0, 1000, 2000, 2000]))
    assert [(split.km, split.distance_m) for split in splits] == [(1, 1000), (2, 1000)]


def test_kilometre_without_sample_has_no_split(streams_of: Callable[..., Streams]) -> None:
    splits = compute_splits(streams_of([0, 300, 1000, 1300], distance_m=[0, 1000, 3300, 4000]))
    assert [(split.km, split.distance_m) for split in splits] == [(1, 1000), (2, 2300), (4, 700)]


def test_missing_channels_give_no_values(streams_of: Callable[..., Streams]) -> None:
    assert compute_splits(streams_of([0, 1, 2])) == []
    assert compute_splits(streams_of([0, 60], distance_m=[7, 7])) == []
    (split,) = compute_splits(
        streams_of([0, 300], distance_m=[0, 900], altitude_m=[None, None], heart_rate_bpm=[None, None])
    )
    assert split.elevation_gain_m is split.avg_hr_bpm is None


def test_missing_altitude_is_interpolated(streams_of: Callable[..., Streams]) -> None:
    splits = compute_splits(
        streams_of([0, 100, 200, 300], distance_m=[0, 500, 1000, 1500], altitude_m=[100, 104, None, 110])
    )
    assert [split.elevation_gain_m for split in splits] == [7, 3]


def test_heart_rate_is_averaged_over_moving_time(streams_of: Callable[..., Streams]) -> None:
    """A minute of standing, during which the heart rate falls, does not count."""
    (split,) = compute_splits(
        streams_of([0, 100, 160, 260], distance_m=[0, 300, 300, 600], heart_rate_bpm=[150, 150, 90, 160])
    )
    assert (split.elapsed_s, split.moving_s, split.avg_hr_bpm) == (260, 200, 155)
    assert split.avg_speed_ms == 3.0


def test_distance_reset_continues_the_split(streams_of: Callable[..., Streams]) -> None:
    splits = compute_splits(streams_of([0, 200, 400, 600], distance_m=[0, 700, 0, 700]))
    assert [split.distance_m for split in splits] == [1400]


@pytest.mark.corpus
@pytest.mark.parametrize(("reported", "unit_m"), [("splits_metric", 1000.0), ("splits_standard", METRES_PER_MILE)])
def test_splits_equal_strava(strava_run: tuple[dict[str, Any], Streams], reported: str, unit_m: float) -> None:
    """Distance, elapsed time and net elevation of every kilometre and every mile."""
    detail, streams = strava_run
    found = [
        (split.km, round(split.distance_m or 0.0, 1), split.elapsed_s, split.elevation_gain_m)
        for split in compute_splits(streams, unit_m)
    ]
    assert found == [
        (theirs["split"], theirs["distance"], theirs["elapsed_time"], theirs["elevation_difference"])
        for theirs in detail[reported]
    ]


@pytest.mark.corpus
def test_moving_time_of_splits_is_close_to_strava(strava_run: tuple[dict[str, Any], Streams]) -> None:
    """Each kilometre within 11 s and 1.2 % in total with many stops; equal to the second in the other run."""
    detail, streams = strava_run
    theirs = [split["moving_time"] for split in detail["splits_metric"]]
    ours = [split.moving_s or 0 for split in compute_splits(streams)]
    apart = [abs(mine - other) for mine, other in zip(ours, theirs, strict=True)]
    assert max(apart) <= (11 if detail["name"].startswith("Gentle") else 0)
    assert sum(ours) == pytest.approx(detail["moving_time"], rel=0.012)
