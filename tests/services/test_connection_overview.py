"""What the connection page is told: limits by the windows that hold now, the queue, the plan, what happened."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from reading import read

from runcoach.config import Config, load
from runcoach.services import connection_overview as overview_module
from runcoach.services.connection_overview import ConnectionOverview, connection_overview
from runcoach.store import audit, jobs
from runcoach.store.remote import sync_state
from runcoach.store.sqlite.connection import write_transaction

#: Ten past an hour, and some days past an epoch.
NOW = 1_760_004_600.0


@pytest.fixture
def config(home: Path) -> Config:
    """Nothing here needs a stand-in for Strava."""
    return load(home=home)


@pytest.fixture
def spent(connection: sqlite3.Connection) -> Callable[..., None]:
    """Writes what Strava said last, so many seconds before now."""

    def put(seconds_ago: float, **limits: int) -> None:
        names = [
            f"{kind}{window}_{what}"
            for kind in ("", "read_")
            for window in ("quarter", "day")
            for what in ("limit", "used")
        ]
        with write_transaction(connection):
            sync_state.write_budget(connection, {"seen_at": NOW - seconds_ago, **dict.fromkeys(names), **limits})

    return put


def told(config: Config) -> ConnectionOverview:
    return read(connection_overview, config, clock=lambda: NOW)


def test_an_empty_profile_has_an_empty_connection_overview(config: Config) -> None:
    here = told(config)
    assert (here.activities, here.rate_limits, here.backfill, here.jobs, here.events, here.imports) == (
        0,
        (),
        None,
        (),
        (),
        (),
    )


def test_the_tighter_rate_limit_is_shown(config: Config, spent: Callable[..., None]) -> None:
    spent(
        60,
        quarter_limit=200,
        quarter_used=150,
        day_limit=2000,
        day_used=500,
        read_quarter_limit=100,
        read_quarter_used=30,
    )
    quarter, day = told(config).rate_limits
    assert (quarter.window, quarter.used, quarter.limit, quarter.left) == ("quarter", 150, 200, 50)
    assert (day.window, day.used, day.limit, day.left) == ("day", 500, 2000, 1500)
    assert quarter.opens_at % 900 == 0
    assert 0 < quarter.opens_at - NOW <= 900
    assert day.opens_at % 86_400 == 0


def test_rate_limit_usage_of_an_earlier_window_is_reset(config: Config, spent: Callable[..., None]) -> None:
    spent(1800, quarter_limit=100, quarter_used=100, day_limit=1000, day_used=700)
    quarter, day = told(config).rate_limits
    assert (quarter.used, quarter.left) == (0, 100)
    assert (day.used, day.left) == (700, 300)


def test_open_jobs_are_shown_and_done_ones_are_not(config: Config, connection: sqlite3.Connection) -> None:
    with write_transaction(connection):
        for number in range(3):
            jobs.enqueue(connection, "fetch", {"stravaId": number + 1}, "sync")
        job = jobs.claim(connection, "fetch", NOW + 10**8)
        assert job is not None
        jobs.done(connection, job["id"])
    here = told(config)
    assert (here.counts, here.thumbnails) == ({"queued": 2}, {})
    assert [job["status"] for job in here.jobs] == ["queued", "queued"]
    assert here.backfill is not None
    assert (here.backfill.activities, here.backfill.reads) == (2, 4)


def test_the_events_of_an_import_are_one_group(
    config: Config, connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = {"batch": 1}
    with write_transaction(connection):
        audit.record(connection, "activity", 1, "create", "fetched from Garmin", meta={"kind": "garmin"})
        for activity_id in (2, 3):
            audit.record(connection, "activity", activity_id, "create", f"imported from {activity_id}.fit", meta=batch)
            audit.record(connection, "activity", activity_id, "update", "also in activities.csv, row 7", meta=batch)
    imported, fetched = told(config).events
    assert (imported.message, imported.number, imported.activities, imported.is_cut) == (
        *("imported from files", 4),
        *(2, False),
    )
    assert (fetched.message, fetched.number, fetched.activities) == ("fetched from Garmin", 1, 1)
    monkeypatch.setattr(overview_module, "READ_EVENTS", 3)
    (cut,) = told(config).events
    assert (cut.activities, cut.is_cut) == (2, True)
