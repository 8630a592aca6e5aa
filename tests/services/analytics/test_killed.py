"""Analytics that are killed at any point are continued by the next command."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest

from runcoach.config import Config
from runcoach.domain.activity import BuiltActivity
from runcoach.domain.streams import Streams
from runcoach.services.analytics.jobs import AnalyticsReport, run_queued
from runcoach.services.analytics.missing import not_analyzed
from runcoach.store.sqlite.connection import write_transaction

RUNS = 120


@pytest.mark.slow
def test_a_killed_process_loses_at_most_the_run_it_was_at(
    config: Config,
    connection: sqlite3.Connection,
    keep: Callable[[sqlite3.Connection, BuiltActivity], int],
    whole: Callable[..., BuiltActivity],
) -> None:
    time_s = np.arange(1800.0)
    streams = Streams(time_s, {"distance_m": 3.0 * time_s, "heart_rate_bpm": 150.0 + 5.0 * np.sin(time_s / 30.0)})
    with write_transaction(connection):
        for number in range(RUNS):
            keep(connection, whole(streams=streams.quantized(), start_time=1_760_000_000 + number * 86_400))
    with subprocess.Popen([sys.executable, "-m", "runcoach", "recompute", "--missing"]) as process:
        while (done := analyzed(connection)) < 3 and process.poll() is None:
            pass
        process.send_signal(signal.SIGKILL)
    assert 3 <= done < RUNS
    left = RUNS - analyzed(connection)
    assert left
    assert run_queued(config) == AnalyticsReport(computed=left)
    assert analyzed(connection) == RUNS
    assert connection.execute("SELECT count(*) AS n FROM job").fetchone()["n"] == RUNS  # thumbnails
    assert not_analyzed(connection) is None
    assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def analyzed(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) AS n FROM activity_analytics").fetchone()["n"])
