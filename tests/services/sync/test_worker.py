"""The worker in the server: does what is due, waits when it must, shares the lock, says what it does, ends at once."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from reading import read

from runcoach.config import Config, load
from runcoach.errors import SyncRunningError
from runcoach.sandbox.server import Sandbox
from runcoach.services import thumbnails
from runcoach.services.imports.import_files import import_files
from runcoach.services.maintenance.checks.findings import Level
from runcoach.services.maintenance.doctor import examine
from runcoach.services.queries.status import status
from runcoach.services.sync import sync as syncing
from runcoach.services.sync.backoff import BACKOFF_S
from runcoach.services.sync.sync_types import SyncOptions, SyncProgress
from runcoach.services.sync.worker import LOCKED_PAUSE_S, POLL_EVERY_S, Worker
from runcoach.store import jobs
from runcoach.store.remote import sync_state
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database
from runcoach.store.training import analytics

PATIENCE_S = 30


@pytest.fixture(autouse=True)
def no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing has tests of its own; here it is done at once."""

    def draw_queued(config: Config, *, limit: int | None = None, stop: Callable[[], bool] = lambda: False) -> None:
        with open_database(config) as connection, write_transaction(connection):
            connection.execute("UPDATE job SET status = 'done' WHERE type = 'thumbnail'")

    monkeypatch.setattr(thumbnails, "draw_queued", draw_queued)


@pytest.fixture
def worker(connected: Config, clock: Any) -> Iterator[Worker]:
    """A worker by the sandbox's clock; tests without ``start`` have it do one round at a time."""
    made = Worker(connected, clock=clock)
    yield made
    made.stop()


def queue(config: Config, strava_id: int) -> None:
    with open_database(config) as connection, write_transaction(connection):
        jobs.enqueue(connection, "fetch", {"stravaId": strava_id, "startTime": 1}, "webhook")


def query(config: Config, sql: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(config.database)) as connection:
        return connection.execute(sql, values).fetchall()


def home(config: Config) -> int:
    return int(query(config, "SELECT count(*) FROM activity WHERE fetched_at IS NOT NULL")[0][0])


def test_with_nothing_queued_strava_is_not_asked(worker: Worker, sandbox: Sandbox, clock: Any) -> None:
    before = len(sandbox.requests)
    assert worker._run_round() == clock.now + POLL_EVERY_S
    assert len(sandbox.requests) == before
    assert (worker.state().doing, worker.state().last_problem) == ("idle", None)


def test_what_is_queued_is_fetched_without_the_list(worker: Worker, connected: Config, sandbox: Sandbox) -> None:
    queue(connected, sandbox.add_run())
    before = sandbox.reads
    worker._run_round()
    assert (home(connected), sandbox.reads - before) == (1, 2)
    assert worker.state().last_sync_at is None


@pytest.mark.slow
def test_a_sync_that_is_asked_for_does_the_whole_once(
    worker: Worker, connected: Config, sandbox: Sandbox, clock: Any
) -> None:
    assert worker.request_sync()
    assert not worker.request_sync()
    worker._run_round()
    assert home(connected) > 3
    assert worker.state().last_sync_at == clock.now
    before = sandbox.reads
    worker._run_round()
    assert sandbox.reads == before
    assert worker.request_sync(full=True)


@pytest.mark.slow
def test_a_full_sync_reads_the_whole_list(worker: Worker, sandbox: Sandbox) -> None:
    worker.request_sync()
    worker._run_round()
    before = sandbox.reads
    worker.request_sync(full=True)
    worker._run_round()
    assert sandbox.reads - before == 2  # the page, and the empty one that is the only sure end


@pytest.mark.slow
def test_a_timed_sync_comes_when_it_is_time_and_not_before(connected: Config, sandbox: Sandbox, clock: Any) -> None:
    worker = Worker(connected, sync_every_s=900.0, clock=clock)
    worker._load_last_sync()
    worker._run_round()
    assert worker.state().next_sync_at == clock.now + 900
    reads = sandbox.reads
    clock.now += 899
    assert worker._run_round() == clock.now + 1
    assert sandbox.reads == reads
    clock.now += 1
    worker._run_round()
    assert sandbox.reads == reads + 1
    worker._status.end()
    anew = Worker(connected, sync_every_s=900.0, clock=clock)
    anew._load_last_sync()
    assert anew.state().next_sync_at == clock.now + 900  # a server that starts anew does not ask anew


@pytest.mark.slow
def test_at_a_limit_it_waits_until_the_window_opens_whoever_wakes_it(
    worker: Worker, connected: Config, sandbox: Sandbox, clock: Any
) -> None:
    clock.now = clock.now // 900 * 900 + 60
    sandbox.budget.change(read_quarter=7)
    worker.request_sync()
    assert worker._run_round() <= clock.now + POLL_EVERY_S
    opens_at = worker.state().waits_until
    assert worker.state().doing == "waiting"
    assert opens_at is not None
    assert opens_at >= clock.now // 900 * 900 + 900
    so_far, reads = home(connected), sandbox.reads
    worker.wake()
    worker._run_round()
    assert sandbox.reads == reads
    while worker.state().doing == "waiting":
        clock.now = worker.state().waits_until
        worker._run_round()
    assert home(connected) > so_far
    assert query(connected, "SELECT count(*) FROM job WHERE type = 'fetch' AND status != 'done'") == [(0,)]


@pytest.mark.slow
def test_strava_out_of_reach_is_tried_again_later_and_later(worker: Worker, sandbox: Sandbox, clock: Any) -> None:
    sandbox.faults.add("503", times=None)
    worker._sleep = lambda _: None  # type: ignore[method-assign,assignment]  # between the tries of one request
    worker.request_sync()
    pauses = []
    for _ in range(4):
        worker._run_round()
        until = worker.state().waits_until
        assert until is not None
        pauses.append(until - clock.now)
        reads = sandbox.reads
        clock.now = until - 1
        worker._run_round()
        assert sandbox.reads == reads
        clock.now = until
    assert pauses == [BACKOFF_S, BACKOFF_S * 2, BACKOFF_S * 4, BACKOFF_S * 8]
    assert worker.state().last_problem
    sandbox.faults.clear()
    worker._run_round()
    assert (worker.state().doing, worker.state().last_problem) == ("idle", None)


def test_a_timed_sync_that_fails_does_not_come_at_every_look(connected: Config, sandbox: Sandbox, clock: Any) -> None:
    sandbox.faults.add("503", times=None)
    worker = Worker(connected, sync_every_s=900.0, clock=clock)
    worker._sleep = lambda _: None  # type: ignore[method-assign,assignment]
    worker._load_last_sync()
    worker._run_round()
    reads = sandbox.reads
    clock.now += 1
    worker._run_round()
    assert sandbox.reads == reads


def test_a_refused_login_is_not_tried_again_until_something_happens(
    worker: Worker, connected: Config, sandbox: Sandbox, clock: Any
) -> None:
    queue(connected, sandbox.add_run())
    sandbox.oauth.revoke_all()
    worker._run_round()
    assert "runcoach login" in str(worker.state().last_problem)
    asked = len(sandbox.requests)
    clock.now += 3600
    assert worker._run_round() == clock.now + POLL_EVERY_S
    assert len(sandbox.requests) == asked
    assert query(connected, "SELECT status, attempts FROM job WHERE type = 'fetch'") == [("queued", 0)]
    worker.wake()
    worker._run_round()
    assert worker.state().last_problem  # looked, and it is as it was


def test_while_a_command_syncs_it_waits_and_then_goes_on(
    worker: Worker, connected: Config, sandbox: Sandbox, clock: Any
) -> None:
    queue(connected, sandbox.add_run())
    connected.paths.state.mkdir(parents=True, exist_ok=True)
    with FileLock(connected.paths.state / "default.sync.lock"):
        assert worker._run_round() == clock.now + LOCKED_PAUSE_S
        assert home(connected) == 0
    clock.now += LOCKED_PAUSE_S
    worker._run_round()
    assert home(connected) == 1
    assert worker.state().last_problem is None


def test_a_job_that_a_killed_process_left_running_is_taken_up(
    worker: Worker, connected: Config, sandbox: Sandbox
) -> None:
    queue(connected, sandbox.add_run())
    with open_database(connected) as connection, write_transaction(connection):
        connection.execute("UPDATE job SET status = 'running'")
    worker._run_round()
    assert home(connected) == 1


@pytest.mark.slow
def test_a_job_that_waits_for_another_try_is_looked_at_when_it_is_due(
    worker: Worker, connected: Config, sandbox: Sandbox, clock: Any
) -> None:
    queue(connected, sandbox.add_run())
    sandbox.faults.add("500", times=None, path="/activities/")
    worker._sleep = lambda _: None  # type: ignore[method-assign,assignment]
    worker._run_round()
    (due,) = query(connected, "SELECT next_run_at FROM job WHERE type = 'fetch'")
    assert worker._next_round_at() == min(due[0], clock.now + POLL_EVERY_S)
    sandbox.faults.clear()
    clock.now = float(due[0])
    worker._run_round()
    assert home(connected) == 1


def test_drawing_gives_way_to_whatever_comes_up(
    worker: Worker, connected: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_database(connected) as connection, write_transaction(connection):
        jobs.enqueue(connection, "thumbnail", {"activityId": 1}, "sync")
    stops: list[bool] = []

    def draw_queued(config: Config, *, stop: Callable[[], bool]) -> None:
        stops.append(stop())
        worker.wake()
        stops.append(stop())

    monkeypatch.setattr(thumbnails, "draw_queued", draw_queued)
    worker._run_round()
    assert stops == [False, True]


def test_a_fault_of_our_own_ends_no_more_than_a_round(
    worker: Worker, connected: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(syncing, "sync", broken)
    worker.request_sync()
    worker._run_round()
    assert worker.state().last_problem == "something runcoach did not expect: ZeroDivisionError"
    assert worker.state().doing == "waiting"


# With its thread.


class Gate:
    """Lets a test wait until the worker has said something."""

    def __init__(self, worker: Worker, wanted: Callable[[Any], bool]) -> None:
        self.reached = threading.Event()
        tell = worker._status.set_doing

        def told(*args: Any) -> None:
            tell(*args)
            if wanted(worker._status.state):
                self.reached.set()

        worker._status.set_doing = told  # type: ignore[method-assign,assignment]


@pytest.mark.slow
def test_it_works_from_start_to_stop(connected: Config, sandbox: Sandbox) -> None:
    worker = Worker(connected)
    gate = Gate(worker, lambda state: state.last_sync_at is not None)
    worker.start()
    assert worker.state().is_running
    worker.request_sync()
    assert gate.reached.wait(PATIENCE_S)
    worker.stop()
    assert not worker.state().is_running
    worker.stop()
    assert home(connected) > 3


@pytest.mark.slow
def test_stopping_in_the_middle_leaves_whole_activities_and_a_queue(connected: Config, sandbox: Sandbox) -> None:
    worker = Worker(connected)
    begun = threading.Event()

    def hold(request: Any) -> None:
        if request.path.endswith("/streams"):
            begun.set()
            worker._stopping.wait(PATIENCE_S)

    sandbox.before_reply.append(hold)
    worker.start()
    worker.request_sync()
    assert begun.wait(PATIENCE_S)
    worker.stop()
    assert not worker.state().is_running
    assert 0 < home(connected) <= 4  # what was on its way has come, and nothing else
    left = query(connected, "SELECT status, count(*) > 0 FROM job WHERE type = 'fetch' AND status != 'done' GROUP BY 1")
    assert left == [("queued", 1)]
    assert query(connected, "SELECT count(*) > 0 FROM best_effort") == [(1,)]


def test_stop_ends_a_pause_between_two_tries(connected: Config, sandbox: Sandbox) -> None:
    worker = Worker(connected)
    sandbox.faults.add("503", times=None)
    pausing = threading.Event()
    wait = worker._stopping.wait

    def waits(seconds: float | None = None) -> bool:
        pausing.set()
        return wait(PATIENCE_S)

    worker._stopping.wait = waits  # type: ignore[method-assign,assignment]
    worker.start()
    worker.request_sync()
    assert pausing.wait(PATIENCE_S)
    worker.stop()  # would take a good while, were the pause not ended
    assert not worker.state().is_running


@pytest.mark.slow
def test_status_of_another_process_tells_what_it_does(connected: Config, clock: Any, runcoach: Any) -> None:
    assert read(status, connected, connected).worker is None
    worker = Worker(connected, sync_every_s=900.0, clock=clock)
    gate = Gate(worker, lambda state: state.doing == "idle" and state.last_sync_at is not None)
    worker.start()
    assert gate.reached.wait(PATIENCE_S)
    state = read(status, connected, connected).worker
    assert state is not None
    assert (state.doing, state.pid, state.last_sync_at, state.next_sync_at) == (
        "idle",
        os.getpid(),
        clock.now,
        clock.now + 900,
    )
    shown = runcoach("status")
    assert f"is running (pid {os.getpid()})" in " ".join(shown.out.split())
    assert "last sync" in shown.out
    told = runcoach("status", "--json").json["data"]["worker"]
    assert (told["doing"], told["isRunning"], told["lastSyncAt"][-1]) == ("idle", True, "Z")
    worker.stop()
    assert read(status, connected, connected).worker is None
    assert "is running" not in runcoach("status").out


def test_a_worker_that_died_without_a_word_is_not_said_to_run(connected: Config) -> None:
    code = (
        "import os, threading; from runcoach.config import load; from runcoach.services.sync.worker import Worker;"
        "w = Worker(load()); w._load_last_sync(); w._status.set_doing('sync'); os.kill(os.getpid(), 9)"
    )
    ended = subprocess.run([sys.executable, "-c", code], check=False, env=os.environ)
    assert ended.returncode == -signal.SIGKILL
    with open_database(connected) as connection:
        assert '"is_running": true' in str(sync_state.get(connection, "worker"))
    assert read(status, connected, connected).worker is None


def test_of_two_workers_one_speaks_and_both_work(connected: Config, sandbox: Sandbox, clock: Any) -> None:
    first, second = Worker(connected, clock=clock), Worker(connected, clock=clock)
    first._load_last_sync()
    first._status.set_doing("waiting")
    second._load_last_sync()
    queue(connected, sandbox.add_run())
    second._run_round()
    assert home(connected) == 1
    state = read(status, connected, connected).worker
    assert state is not None
    assert state.doing == "waiting"
    first._status.end()
    second._status.set_doing("fetch")
    state = read(status, connected, connected).worker
    assert state is not None
    assert state.doing == "fetch"
    second._status.end()


@pytest.mark.slow
def test_sync_stops_when_it_is_told_to_and_goes_on_another_time(
    connected: Config, sandbox: Sandbox, clock: Any
) -> None:
    told: list[SyncProgress] = []

    def stop() -> bool:
        return told[-1].stage == "fetch" and told[-1].done >= 2

    report = syncing.sync(connected, SyncOptions(), clock=clock, progress=told.append, stop=stop)
    assert report.left > 0
    assert report.new >= 2
    assert query(connected, "SELECT count(*) FROM job WHERE status = 'running'") == [(0,)]
    assert syncing.sync(connected, SyncOptions(), clock=clock).left == 0


@pytest.mark.slow
def test_a_list_that_is_broken_off_is_not_taken_for_whole(connected: Config, sandbox: Sandbox, clock: Any) -> None:
    syncing.sync(connected, SyncOptions(), clock=clock)
    sandbox.athlete.delete(sandbox.athlete.activity_ids[0])
    report = syncing.sync(connected, SyncOptions(full=True), clock=clock, stop=lambda: True)
    assert (report.deleted, report.left) == (0, 0)
    assert syncing.sync(connected, SyncOptions(full=True), clock=clock).deleted == 1


def test_the_lock_is_the_command_lines_too(worker: Worker, connected: Config, clock: Any, sandbox: Sandbox) -> None:
    refused: list[SyncRunningError] = []

    def meanwhile(_: Any) -> None:
        try:
            syncing.sync(connected, SyncOptions(), clock=clock)
        except SyncRunningError as running:
            refused.append(running)

    queue(connected, sandbox.add_run())
    sandbox.before_reply.append(meanwhile)
    worker._run_round()
    assert len(refused) == 2
    assert home(connected) == 1


def test_the_first_round_looks_for_drawings_that_are_out_of_date(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Config] = []
    monkeypatch.setattr(thumbnails, "draw_queued", lambda config, stop: drawn.append(config) if not stop() else None)
    worker._run_round()
    worker._run_round()
    assert len(drawn) == 1


def test_the_first_round_analyzes_runs_of_an_older_file_and_later_ones_what_is_queued(
    worker: Worker, connected: Config, make_fit: Callable[..., bytes], tmp_path: Path
) -> None:
    (tmp_path / "run.fit").write_bytes(make_fit(km=1.0))
    import_files(connected, [tmp_path / "run.fit"])
    for queued in (False, True):
        with open_database(connected) as connection, write_transaction(connection):
            connection.execute("DELETE FROM activity_analytics")
            if queued:
                analytics.outdated(connection, 1, "manual")
        worker._run_round()
        assert query(connected, "SELECT count(*) FROM activity_analytics") == [(1,)]
        assert query(connected, "SELECT count(*) FROM training_load") == [(1,)]


@pytest.mark.slow
def test_a_sync_by_the_command_line_counts(worker: Worker, connected: Config) -> None:
    syncing.sync(connected, SyncOptions())
    worker._load_last_sync()
    at = query(connected, "SELECT updated_at FROM sync_state WHERE key = 'clock'")[0][0]
    assert worker.state().last_sync_at == at


def test_a_worker_makes_no_folder_that_others_may_read_and_a_question_makes_none(
    make_fit: Callable[..., bytes], runcoach: Any, tmp_path: Path, clock: Any
) -> None:
    """Also where nobody has ever logged in."""
    config, before = load(), os.umask(0o022)
    state = config.paths.state
    (tmp_path / "run.fit").write_bytes(make_fit(km=1.0))
    try:
        assert runcoach("import", str(tmp_path / "run.fit")).code == 0
        worker = Worker(config, clock=clock)
        worker._run_round()
        worker.stop()
        assert stat.S_IMODE(state.stat().st_mode) == 0o700
        assert not [one for one in examine(config).findings if one.level is Level.PROBLEM]
        shutil.rmtree(state)
        assert runcoach("status").code == 0
        assert not state.exists()
    finally:
        os.umask(before)
