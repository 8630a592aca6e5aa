"""``connect``, ``connections``, ``disconnect`` and ``sync`` over several sources, from the command line."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from runcoach.sandbox.faults import FaultKind
from runcoach.sandbox.intervals import KEY as INTERVALS_KEY
from runcoach.sandbox.server import Sandbox
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete

Run = Callable[..., Any]


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with Sandbox(athlete=SyntheticAthlete(today=date(2026, 11, 23), n_activities=5)) as running:
        monkeypatch.setenv("GARMIN_PERSONAL_API_BASE_URL", running.garmin_url)
        monkeypatch.setenv("RUNCOACH_INTERVALS_API_URL", running.intervals_url)
        yield running


@pytest.fixture
def connect(runcoach: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Connects a source with a key on standard input, which ends at once after it."""
    keys = {"garmin": sandbox.garmin.account.key, "intervals": INTERVALS_KEY}

    def run(source: str, *more: str) -> Any:
        monkeypatch.setattr("sys.stdin", io.StringIO(keys[source]))
        return runcoach("connect", source, "--key-stdin", "--token-store", "file", *more)

    return run


def test_connect_prints_the_athlete_and_the_next_step(connect: Run, sandbox: Sandbox) -> None:
    ended = connect("garmin")
    assert (ended.code, ended.out) == (0, "Connected to Garmin as Sandra Sand; the encrypted key is in a file.\n")
    assert "runcoach sync" in ended.err
    assert sandbox.garmin.account.key not in ended.out + ended.err


def test_connect_reads_the_key_from_the_environment(
    runcoach: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GARMIN_PERSONAL_API_KEY", sandbox.garmin.account.key)
    assert runcoach("connect", "garmin", "--token-store", "file").code == 0


def test_connect_without_a_terminal_names_key_stdin(
    runcoach: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GARMIN_PERSONAL_API_KEY", raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    ended = runcoach("connect", "garmin")
    assert ended.code == 2
    assert "--key-stdin" in ended.err


@pytest.mark.slow
def test_sync_fetches_from_every_connected_source(runcoach: Run, connect: Run) -> None:
    connect("garmin")
    connect("intervals")
    ended = runcoach("sync", "--no-wait")
    assert ended.code == 0
    garmin, intervals = ended.out.splitlines()
    assert re.fullmatch(r"Garmin: 5 new, daily values of 34\d days \(34 requests\)", garmin)
    assert intervals == "intervals.icu: 5 updated (6 requests)"
    data = runcoach("sync", "--json").json["data"]
    assert [(each["source"], each["new"]) for each in data["sources"]] == [("garmin", 0), ("intervals", 0)]


@pytest.mark.slow
def test_sync_source_syncs_only_that_source(runcoach: Run, connect: Run, sandbox: Sandbox) -> None:
    connect("garmin")
    connect("intervals")
    sandbox.log.clear()
    assert runcoach("sync", "--source", "garmin", "--no-wait").code == 0
    assert not any("intervals" in entry.path for entry in sandbox.requests)
    assert runcoach("sync", "--source", "polar").code == 2


@pytest.mark.slow
def test_sync_continues_after_one_source_fails(runcoach: Run, connect: Run, sandbox: Sandbox) -> None:
    connect("garmin")
    connect("intervals")
    sandbox.faults.add(FaultKind.UNAVAILABLE, path="activitylist-service", times=None)
    ended = runcoach("sync", "--no-wait")
    assert ended.code == 1
    assert "intervals.icu: 5 new" in ended.out
    assert "runcoach: Garmin: Garmin has trouble" in ended.err


def test_a_plan_fetches_nothing(runcoach: Run, connect: Run, sandbox: Sandbox) -> None:
    connect("garmin")
    sandbox.log.clear()
    ended = runcoach("sync", "--plan")
    assert ended.out == "Garmin: 5 files to fetch (5 new)\n"
    assert not any("download" in entry.path for entry in sandbox.requests)
    assert runcoach("connections", "--json").json["data"][0]["activities"] == 0


@pytest.mark.slow
def test_connections_show_the_last_sync(runcoach: Run, connect: Run, sandbox: Sandbox) -> None:
    assert runcoach("connections").out == ""
    connect("garmin")
    runcoach("sync", "--no-wait")
    (garmin,) = runcoach("connections", "--json").json["data"]
    assert (garmin["source"], garmin["status"], garmin["activities"]) == ("garmin", "active", 5)
    assert garmin["lastTryAt"] <= garmin["lastSuccessAt"]
    assert garmin["lastResult"]["new"] == 5
    sandbox.faults.add(FaultKind.UNAVAILABLE, path="activitylist-service", times=3)
    runcoach("sync", "--no-wait")
    (failed,) = runcoach("connections", "--json").json["data"]
    assert failed["lastSuccessAt"] == garmin["lastSuccessAt"]
    assert "trouble" in failed["lastError"]


@pytest.mark.slow
def test_show_lists_the_kinds_of_its_sources(runcoach: Run, connect: Run) -> None:
    connect("garmin")
    connect("intervals")
    runcoach("sync", "--no-wait")
    kinds = [source["kind"] for source in runcoach("show", "1", "--json").json["data"]["sources"]]
    assert kinds == ["garmin", "intervals"]


@pytest.mark.slow
def test_disconnect_keeps_activities(runcoach: Run, connect: Run) -> None:
    connect("garmin")
    runcoach("sync", "--no-wait")
    assert "its activities are kept" in runcoach("disconnect", "garmin").err
    assert runcoach("sync", "--source", "garmin").code == 4
    assert len(runcoach("activities", "--json").json["data"]) == 5
