"""Analytics jobs: queued by every change of samples, worked off once, resumed after a stop, made up for old files."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from runcoach.config import Config
from runcoach.domain.activity import BuiltActivity
from runcoach.domain.statuses import JobKind
from runcoach.domain.streams import Streams
from runcoach.services.analytics import physiology
from runcoach.services.analytics.jobs import AnalyticsReport, run_queued, update_analytics
from runcoach.services.analytics.missing import not_analyzed
from runcoach.services.edits import set_ignored, set_run_ignored
from runcoach.services.imports.batches import undo
from runcoach.services.imports.import_files import import_files
from runcoach.services.maintenance.recompute import recompute
from runcoach.store import activities, jobs
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.training import analytics

Keep = Callable[[sqlite3.Connection, BuiltActivity], int]
Whole = Callable[..., BuiltActivity]


def samples(bpm: float = 140.0, seconds: int = 600) -> Streams:
    time_s = np.arange(float(seconds + 1))
    heart_rate = bpm + np.floor(time_s / 30.0) % 3
    return Streams(time_s, {"distance_m": 3.0 * time_s, "heart_rate_bpm": heart_rate}).quantized()


@pytest.fixture
def runs(connection: sqlite3.Connection, keep: Keep, whole: Whole) -> list[int]:
    """Three runs with a heart rate, each a day after the one before."""
    with write_transaction(connection):
        return [
            keep(connection, whole(streams=samples(140.0 + day), start_time=1_760_000_000 + day * 86_400))
            for day in range(3)
        ]


def test_every_run_is_analyzed_once(connection: sqlite3.Connection, runs: list[int]) -> None:
    assert update_analytics(connection) == AnalyticsReport(computed=3)
    assert update_analytics(connection) == AnalyticsReport()
    figures = analytics.read(connection, runs[0])
    assert figures is not None
    assert figures.moving_s == 600.0
    assert figures.heart_rate_ms == {140: 209_000, 141: 210_000, 142: 181_000}


def test_a_stopped_worker_leaves_the_rest_in_the_queue(connection: sqlite3.Connection, runs: list[int]) -> None:
    rounds = iter([False, True])
    assert update_analytics(connection, stop=lambda: next(rounds)) == AnalyticsReport(computed=1, left=2)
    assert analytics.read(connection, runs[2]) is not None  # the newest first
    assert not_analyzed(connection) == "2 runs are not analyzed yet: `runcoach recompute --missing` analyzes them"
    assert update_analytics(connection) == AnalyticsReport(computed=2)
    assert not_analyzed(connection) is None


def test_new_samples_or_another_sport_are_analyzed_again(
    connection: sqlite3.Connection, runs: list[int], whole: Whole
) -> None:
    update_analytics(connection)
    with write_transaction(connection):
        activities.put_parts(connection, runs[0], whole(streams=samples(150.0)))
        activities.update(connection, runs[1], {"sport_type": "TrailRun"})
    assert analytics.read(connection, runs[0]) is None
    assert update_analytics(connection) == AnalyticsReport(computed=2)
    figures = analytics.read(connection, runs[0])
    assert figures is not None
    assert min(figures.heart_rate_ms) == 150


def test_runs_of_an_older_file_are_queued_without_a_job(connection: sqlite3.Connection, runs: list[int]) -> None:
    update_analytics(connection)
    with write_transaction(connection):
        connection.execute("UPDATE activity_analytics SET version = version - 1 WHERE activity_id = ?", (runs[0],))
        connection.execute("DELETE FROM activity_analytics WHERE activity_id = ?", (runs[1],))
    assert update_analytics(connection) == AnalyticsReport(computed=2)


def test_a_damaged_recording_is_tried_again_later(connection: sqlite3.Connection, runs: list[int]) -> None:
    with write_transaction(connection):
        connection.execute(
            "UPDATE activity_stream SET data = x'00' WHERE activity_id = ? AND channel = 'distance_m'", (runs[1],)
        )
    assert update_analytics(connection) == AnalyticsReport(computed=2, failed=1, left=1)
    assert jobs.counts(connection, JobKind.ANALYTICS) == {"retry": 1}


def test_import_recompute_and_the_worker_leave_nothing_to_analyze(
    config: Config, tmp_path: Path, make_fit: Callable[..., bytes], connection: sqlite3.Connection
) -> None:
    (tmp_path / "run.fit").write_bytes(make_fit(km=2.0))
    report = import_files(config, [tmp_path / "run.fit"])
    (activity_id,) = report.files[0].activity_ids
    first = analytics.read(connection, activity_id)
    assert first is not None
    recompute(config)
    assert analytics.read(connection, activity_id) == first
    assert not jobs.waiting(connection, JobKind.ANALYTICS)
    with write_transaction(connection):
        connection.execute("DELETE FROM activity_analytics")
    assert run_queued(config) == AnalyticsReport(computed=1)


def test_an_undone_import_leaves_no_figures_of_the_runner(
    config: Config, tmp_path: Path, make_fit: Callable[..., bytes], connection: sqlite3.Connection
) -> None:
    (tmp_path / "run.fit").write_bytes(make_fit(km=2.0))
    import_files(config, [tmp_path / "run.fit"])
    of_run = physiology.stored(connection)
    assert of_run is not None
    assert of_run.max_bpm is not None
    undo(config, 1)
    left = physiology.stored(connection)
    assert left is not None
    assert left.max_bpm is None


def test_the_threshold_follows_at_once_where_efforts_are_ignored(
    config: Config, tmp_path: Path, make_fit: Callable[..., bytes], connection: sqlite3.Connection
) -> None:
    def has_threshold() -> bool:
        stored = physiology.stored(connection)
        assert stored is not None
        return stored.threshold_sec_per_km is not None

    (tmp_path / "run.fit").write_bytes(make_fit(km=5.2))
    import_files(config, [tmp_path / "run.fit"])
    assert has_threshold()
    set_ignored(config, "1", "5k", ignore=True, reason=None)
    assert not has_threshold()
    set_ignored(config, "1", "5k", ignore=False, reason=None)
    assert has_threshold()
    set_run_ignored(config, "1", ignore=True, reason=None)
    assert not has_threshold()


def test_merging_takes_the_figures_of_the_better_samples(
    connection: sqlite3.Connection, keep: Keep, whole: Whole
) -> None:
    with write_transaction(connection):
        kept = keep(connection, replace(whole(), streams=None))
        other = keep(connection, whole(streams=samples(120.0)))
        activities.copy_parts(connection, other, kept)
    assert update_analytics(connection) == AnalyticsReport(computed=2)
    assert analytics.read(connection, kept) == analytics.read(connection, other)
