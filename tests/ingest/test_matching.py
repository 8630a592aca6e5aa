"""Recordings of the same run match; different runs do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from runcoach.domain.streams import Streams
from runcoach.ingest.matching import MatchInput, MatchResult, match_recordings

START = 1_790_000_000


def track(east_m: float = 0.0, speed_ms: float = 3.0, seconds: int = 3000) -> Streams:
    time_s = np.arange(0.0, seconds, 5.0)
    lat = 52.0 + time_s * speed_ms / 111_195.0
    return Streams(time_s, {"lat_deg": lat, "lng_deg": np.full(lat.size, 4.9 + east_m / 68_000.0)})


RUN = MatchInput(START, 3000.0, "Run", 9000.0, streams=track())


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (RUN, MatchResult.SAME),
        (
            replace(RUN, start_time=START + 40, elapsed_s=2950.0, distance_m=9100.0, streams=track(20.0)),
            MatchResult.SAME,
        ),
        (replace(RUN, sport_type="TrailRun"), MatchResult.SAME),
        # At the same places at the same time: another sport was chosen on the watch.
        (replace(RUN, sport_type="Ride", streams=track(20.0)), MatchResult.SAME),
        (replace(RUN, streams=None, strava_id=5), MatchResult.SAME),
        # Cropped on Strava: the last third is gone, and a third of the distance with it.
        (replace(RUN, elapsed_s=2000.0, distance_m=6000.0, streams=None), MatchResult.SAME),
        # One after the other.
        (replace(RUN, start_time=START + 3000, streams=None), MatchResult.DIFFERENT),
        (replace(RUN, start_time=START + 2900, streams=None), MatchResult.DIFFERENT),
        # Somebody else, at the same time elsewhere.
        (replace(RUN, streams=track(500.0)), MatchResult.DIFFERENT),
        # Same time, but another sport or distance, or partial overlap: left to the runner.
        (replace(RUN, sport_type="Ride", streams=None), MatchResult.DOUBTFUL),
        (replace(RUN, distance_m=15_000.0, streams=None), MatchResult.DOUBTFUL),
        (replace(RUN, start_time=START + 1200, streams=None), MatchResult.DOUBTFUL),
        # Typed in by hand, without a duration.
        (MatchInput(START, 0.0, "Run", 9000.0), MatchResult.SAME),
        (MatchInput(START + 60, 0.0, "Run", 9000.0), MatchResult.DIFFERENT),
    ],
)
def test_match_results(other: MatchInput, expected: MatchResult) -> None:
    assert match_recordings(RUN, other) is expected
    assert match_recordings(other, RUN) is expected


def test_strava_ids_decide() -> None:
    assert match_recordings(replace(RUN, strava_id=1), replace(RUN, strava_id=2)) is MatchResult.DIFFERENT
    elsewhere = replace(RUN, strava_id=1, start_time=START + 10**6, streams=None)
    assert match_recordings(replace(RUN, strava_id=1), elsewhere) is MatchResult.SAME


def test_tracks_without_common_time_are_ignored() -> None:
    late = Streams(np.array([2990.0, 2999.0]), {"lat_deg": np.array([0.0, 0.0]), "lng_deg": np.array([1.0, 1.0])})
    early = Streams(np.array([0.0, 9.0]), {"lat_deg": np.array([9.0, 9.0]), "lng_deg": np.array([9.0, 9.0])})
    assert match_recordings(replace(RUN, streams=late), replace(RUN, streams=early)) is MatchResult.SAME
