"""The worker of a server syncs the sources that are opened by a key, with and without Strava."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from runcoach.config import Config, load
from runcoach.sandbox.faults import FaultKind
from runcoach.sandbox.server import Sandbox
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete
from runcoach.services.auth.api_key import connect
from runcoach.services.sync.worker import Worker
from runcoach.store.sqlite.database import open_reader


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with Sandbox(athlete=SyntheticAthlete(today=date(2026, 11, 23), n_activities=3)) as running:
        monkeypatch.setenv("GARMIN_PERSONAL_API_BASE_URL", running.garmin_url)
        yield running


@pytest.fixture
def config(home: Path, sandbox: Sandbox) -> Config:
    connect(load(), "garmin", sandbox.garmin.account.key, token_store="file")
    return load()


def stored(config: Config) -> int:
    with open_reader(config) as connection:
        return int(connection.execute("SELECT count(*) FROM activity").fetchone()[0])


@pytest.mark.slow
def test_a_requested_sync_fetches_from_garmin_without_strava(config: Config) -> None:
    worker = Worker(config, sync_every_s=3600.0)
    worker.request_sync()
    worker._run_round()
    assert stored(config) == 3
    state = worker.state()
    assert state.last_problem is None
    assert state.next_sync_at is not None
    assert state.next_sync_at > time.time() + 3500


@pytest.mark.slow
def test_what_keeps_garmin_away_is_shown_and_tried_at_the_next_sync(config: Config, sandbox: Sandbox) -> None:
    sandbox.faults.add(FaultKind.UNAVAILABLE, path="activitylist-service", times=3)
    worker = Worker(config)
    worker.request_sync()
    worker._run_round()
    assert "Garmin" in (worker.state().last_problem or "")
    worker.request_sync()
    worker._run_round()
    assert worker.state().last_problem is None
    assert stored(config) == 3
