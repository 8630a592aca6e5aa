"""Totals and averages from streams."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from runcoach.analysis.stream_summary import summarize
from runcoach.domain.recording import Totals

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcoach.domain.streams import Streams


def test_summarizes_every_channel(streams_of: Callable[..., Streams]) -> None:
    streams = streams_of(
        [0, 100, 200, 260, 360],
        distance_m=[0, 300, 600, 600, 900],
        altitude_m=[50, 60, 55, 55, 58],
        heart_rate_bpm=[100, 140, 150, 110, 160],
        cadence_spm=[0, 170, 180, 0, 176],
        power_w=[None, 200, 220, 0, 240],
        temperature_c=[20, 20, 20, 20, 23],
        timer_s=[5, 105, 205, 205, 305],
    )
    totals = summarize(streams)
    assert totals.avg_cadence_spm == pytest.approx(175.333, abs=0.001)
    assert replace(totals, avg_cadence_spm=None) == Totals(
        distance_m=900.0,
        elapsed_s=360.0,
        timer_s=300.0,
        moving_s=300.0,
        elevation_gain_m=13.0,
        elevation_low_m=50.0,
        elevation_high_m=60.0,
        avg_hr_bpm=150.0,
        max_hr_bpm=160.0,
        max_cadence_spm=180.0,
        avg_power_w=220.0,
        max_power_w=240.0,
        temperature_c=21.0,
    )


def test_missing_channels_are_none(streams_of: Callable[..., Streams]) -> None:
    assert summarize(streams_of([0, 60], heart_rate_bpm=[None, None])) == Totals(elapsed_s=60.0, moving_s=60.0)
    assert summarize(streams_of([0])) == Totals()
    assert summarize(streams_of([])) == Totals()


def test_zero_cadence_is_excluded(streams_of: Callable[..., Streams]) -> None:
    assert summarize(streams_of([0, 60, 120], cadence_spm=[0, 0, 0])).avg_cadence_spm is None
    assert summarize(streams_of([0, 60, 120], cadence_spm=[0, 0, 170])).avg_cadence_spm == 170.0


def test_one_wrong_time_does_not_change_elapsed_time(streams_of: Callable[..., Streams]) -> None:
    assert summarize(streams_of([4, 5, 9e8, 7, 64])).elapsed_s == 60.0
    assert summarize(streams_of([0, 1, 3, 60, 2])).elapsed_s == 60.0


@pytest.mark.corpus
def test_totals_of_real_runs_equal_strava(strava_run: tuple[dict[str, Any], Streams]) -> None:
    detail, streams = strava_run
    totals = summarize(streams)
    assert totals.distance_m == pytest.approx(detail["distance"])
    assert totals.elapsed_s == detail["elapsed_time"]
    assert totals.moving_s == pytest.approx(detail["moving_time"], rel=0.012)
    assert (totals.elevation_low_m, totals.elevation_high_m) == (detail["elev_low"], detail["elev_high"])


def test_analysis_imports_numpy_only() -> None:
    """No database, network or terminal library is imported."""
    code = (
        "import sys; before = set(sys.modules); "
        "from runcoach.analysis import distance_curve, best_efforts, moving_time, effort_quality;"
        "from runcoach.analysis import splits, stream_summary; "
        "loaded = {name.partition('.')[0] for name in set(sys.modules) - before}; "
        "print(sorted(loaded - set(sys.stdlib_module_names) | loaded & {'sqlite3'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['numpy', 'runcoach']"
