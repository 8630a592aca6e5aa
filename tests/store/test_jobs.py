"""The queue: one open fetch an activity, newest first, backoff, capped attempts, dead processes, decisions by hand."""

from __future__ import annotations

import json
import sqlite3

import pytest

from runcoach.store import jobs
from runcoach.store.sqlite.connection import write_transaction

NOW = 4_000_000_000.0


@pytest.fixture
def queue(connection: sqlite3.Connection) -> sqlite3.Connection:
    with write_transaction(connection):
        for strava_id, start_time in ((1, 100), (3, 300), (2, 200)):
            assert jobs.enqueue(connection, "fetch", {"stravaId": strava_id, "startTime": start_time}, "sync")
    return connection


def take(connection: sqlite3.Connection, now: float = NOW) -> sqlite3.Row:
    with write_transaction(connection):
        job = jobs.claim(connection, "fetch", now)
    assert job is not None
    return job


def test_the_newest_activity_comes_first(queue: sqlite3.Connection) -> None:
    assert [take(queue)["strava_id"] for _ in range(3)] == [3, 2, 1]
    with write_transaction(queue):
        assert jobs.claim(queue, "fetch", NOW) is None


def test_one_open_fetch_an_activity_is_enough(queue: sqlite3.Connection) -> None:
    with write_transaction(queue):
        assert not jobs.enqueue(queue, "fetch", {"stravaId": 1}, "webhook")
        jobs.done(queue, take_id(queue, 1))
        assert jobs.enqueue(queue, "fetch", {"stravaId": 1}, "webhook")


def take_id(connection: sqlite3.Connection, strava_id: int) -> int:
    return int(connection.execute("SELECT id FROM job WHERE strava_id = ?", (strava_id,)).fetchone()["id"])


def test_a_failed_job_waits_twice_as_long_each_time_and_ends_as_an_error_in_the_audit(
    queue: sqlite3.Connection,
) -> None:
    now, pauses = NOW, []
    for attempt in range(1, jobs.MAX_ATTEMPTS + 1):
        job = take(queue, now)
        assert job["strava_id"] == 3
        with write_transaction(queue):
            status = jobs.failed(queue, job, f"trouble {attempt}", now, jitter=0.0)
        row = queue.execute("SELECT * FROM job WHERE id = ?", (job["id"],)).fetchone()
        pauses.append(row["next_run_at"] - now)
        with write_transaction(queue):  # out of the way, so that the failing one is next
            queue.execute("UPDATE job SET next_run_at = ? WHERE strava_id != 3", (NOW * 2,))
        now = float(row["next_run_at"])
    assert pauses[:4] == [60, 120, 240, 480]
    assert status == "error"
    event = queue.execute("SELECT entity, action, message, meta FROM audit").fetchone()
    assert (event["entity"], event["action"]) == ("job", "error")
    assert "trouble 5" in event["message"]
    assert json.loads(event["meta"])["stravaId"] == 3


def test_a_retry_is_not_taken_before_its_time(queue: sqlite3.Connection) -> None:
    job = take(queue)
    with write_transaction(queue):
        jobs.failed(queue, job, "503", NOW, jitter=1.0)
    assert [take(queue)["strava_id"] for _ in range(2)] == [2, 1]
    assert jobs.next_due(queue, "fetch", NOW) == int(NOW + 66)
    assert take(queue, NOW + 66)["strava_id"] == 3


def test_a_retry_that_a_wrong_clock_has_put_off_is_due(queue: sqlite3.Connection) -> None:
    job = take(queue)
    with write_transaction(queue):
        jobs.failed(queue, job, "503", NOW + 365 * 86_400, jitter=1.0)
    assert jobs.next_due(queue, "fetch", NOW) == jobs.AT_ONCE
    assert take(queue)["strava_id"] == 3


def test_giving_back_leaves_the_attempts_unchanged(queue: sqlite3.Connection) -> None:
    job = take(queue)
    with write_transaction(queue):
        jobs.requeue(queue, job["id"])
    again = take(queue)
    assert (again["id"], again["attempts"]) == (job["id"], 0)


def test_what_a_dead_process_left_running_is_taken_again(queue: sqlite3.Connection) -> None:
    job = take(queue)
    with write_transaction(queue):
        assert jobs.recover(queue, "fetch") == 1
    assert take(queue)["id"] == job["id"]


def test_cancelled_by_hand_stays_cancelled_until_asked_for_by_name(queue: sqlite3.Connection) -> None:
    job_id = take_id(queue, 2)
    with write_transaction(queue):
        assert jobs.cancel(queue, job_id) == 1
        assert jobs.cancel(queue, job_id) == 0
        assert jobs.retry(queue, None) == 0
    assert jobs.in_trouble(queue, "fetch") == 0
    with write_transaction(queue):
        assert jobs.retry(queue, job_id) == 1
    assert jobs.counts(queue) == {"queued": 3}


def test_trying_again_forgets_the_attempts_but_never_makes_two_of_one(queue: sqlite3.Connection) -> None:
    with write_transaction(queue):
        queue.execute("UPDATE job SET status = 'error', attempts = 5, last_error = '500' WHERE strava_id IN (1, 2)")
        jobs.enqueue(queue, "fetch", {"stravaId": 1}, "manual")
        assert jobs.in_trouble(queue, "fetch") == 2
        assert jobs.retry(queue, None) == 1
    row = queue.execute("SELECT status, attempts FROM job WHERE strava_id = 2").fetchone()
    assert tuple(row) == ("queued", 0)
    assert jobs.counts(queue, "fetch") == {"error": 1, "queued": 3}
    assert [row["status"] for row in jobs.listed(queue, None, 10)] == ["queued"] * 3 + ["error"]
