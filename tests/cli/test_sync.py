"""``sync``, ``jobs`` and ``demo``: messages and exit codes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runcoach.cli.commands.sync import describe
from runcoach.sandbox.server import Sandbox
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete
from runcoach.services.sync.sync_types import SyncProgress, SyncStage

Run = Callable[..., Any]


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A stand-in for Strava with a few runs, at a time of day when no window ends soon; runcoach is pointed at it."""
    noon = time.time() // 86_400 * 86_400 + 12 * 3600 + 60
    with Sandbox(athlete=SyntheticAthlete(runs=6), auto_consent=True, clock=lambda: noon) as running:
        monkeypatch.setenv("RUNCOACH_STRAVA_OAUTH_URL", running.oauth_url)
        monkeypatch.setenv("RUNCOACH_STRAVA_API_URL", running.api_url)
        monkeypatch.setenv("RUNCOACH_TOKEN_STORE", "file")
        yield running


@pytest.fixture
def connected(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Logged in, through the service: the command has tests of its own."""
    from runcoach.cli.commands.demo import _SyntheticUser
    from runcoach.cli.invocation import Invocation
    from runcoach.config import load
    from runcoach.services.auth.login import LoginOptions, login

    login(load(), LoginOptions(), _SyntheticUser(Invocation(quiet=True), sandbox))
    return sandbox


@pytest.mark.slow
def test_sync_prints_counts_and_requests(runcoach: Run, connected: Sandbox) -> None:
    ended = runcoach("sync")
    assert ended.code == 0
    assert ended.out.splitlines()[-1] == f"6 new ({connected.reads} requests)"
    assert runcoach("sync").out == "nothing new (1 request)\n"
    report = runcoach("sync", "--json").json
    assert (report["command"], report["data"]["new"], report["data"]["reads"]) == ("sync", 0, 1)


@pytest.mark.slow
def test_sync_plan_fetches_nothing(runcoach: Run, connected: Sandbox) -> None:
    ended = runcoach("sync", "--plan")
    assert (ended.code, connected.reads) == (0, 2)
    assert ended.out.splitlines() == [
        "6 activities to fetch (6 new): 12 requests, newest first",
        "all within this 15-minute window",
    ]
    assert "nothing was fetched or changed" in ended.err
    plan = runcoach("sync", "--plan", "--json").json["data"]
    counts = [plan[name] for name in ("new", "changed", "queued", "missing", "withheld", "listReads")]
    assert counts == [6, 0, 0, 0, 0, 2]
    assert (plan["activities"], plan["reads"]) == (6, 12)
    assert plan["thisQuarter"]["activities"] == plan["today"]["activities"] == 6
    assert [window["reads"] for window in plan["windows"]] == [day["reads"] for day in plan["days"]] == [12]
    assert plan["doneAt"].endswith("Z")
    assert runcoach("activities", "--json").json["data"] == []
    assert runcoach("sync", "--no-wait").out == "6 new (14 requests)\n"
    assert runcoach("sync", "--plan").out == "nothing to fetch\n"


@pytest.mark.slow
def test_sync_plan_over_days_prints_a_table(runcoach: Run, connected: Sandbox) -> None:
    connected.budget.change(read_quarter=7, read_day=9)
    ended = runcoach("sync", "--plan")
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert lines[1] == "in this 15-minute window: 1 activity, 2 requests"
    header, first, second = lines[3:6]
    assert header.split() == ["Day", "(UTC)", "Activities", "Requests", "Back", "to"]
    assert (first.split()[1:3], second.split()[1:3]) == (["2", "4"], ["4", "8"])
    assert lines[-1].startswith("finished by ")
    assert runcoach("sync", "--no-wait", "--quiet").code == 5
    status = runcoach("status")
    assert "To fetch" in status.out
    assert "5 activities: 10 requests, 2 of them today; finished by " in " ".join(status.out.split())
    assert runcoach("status", "--json").json["data"]["backfill"]["reads"] == 10
    assert "(5 queued)" in runcoach("sync", "--plan").out  # with the last read of this quarter
    limited = runcoach("sync", "--plan")
    assert (limited.code, "reached while reading the list" in limited.err) == (5, True)


def test_sync_plan_refuses_limit(runcoach: Run, connected: Sandbox) -> None:
    assert runcoach("sync", "--plan", "--limit", "3").code == 2
    assert connected.reads == 0


@pytest.mark.slow
def test_sync_quiet_warns_only_when_a_limit_is_reached(runcoach: Run, connected: Sandbox) -> None:
    connected.budget.change(read_quarter=6)
    ended = runcoach("sync", "--quiet", "--no-wait")
    assert (ended.code, ended.out) == (5, "")
    (line,) = ended.err.splitlines()
    assert line.startswith("runcoach: reached Strava's 15-minute limit, which resets at ")
    assert "activities left, finished by" in line
    connected.budget.change(read_quarter=100)


def test_sync_exits_4_when_not_connected_or_paused(runcoach: Run, connected: Sandbox) -> None:
    connected.inactive = True
    ended = runcoach("sync")
    assert (ended.code, ended.out, ended.err.count("\n")) == (4, "", 1)
    assert "import" in ended.err
    assert "https://www.strava.com/settings/api" in ended.err
    assert runcoach("--profile", "other", "sync").code == 4


@pytest.mark.slow
def test_jobs_list_cancel_and_retry(runcoach: Run, connected: Sandbox) -> None:
    assert "No jobs." in runcoach("jobs").err
    runcoach("sync", "--limit", "2", "--no-wait")
    rows = [row for row in runcoach("jobs", "--json").json["data"] if row["type"] == "fetch"]
    assert [row["status"] for row in rows].count("queued") == 4
    assert runcoach("jobs", "cancel", str(rows[0]["id"])).code == 0
    assert runcoach("jobs", "cancel", "999").code == 1
    assert runcoach("jobs", "--status", "lost").code == 2
    assert "cancelled" in runcoach("jobs").out
    assert "1 queued again" in runcoach("jobs", "retry", str(rows[0]["id"])).err
    assert runcoach("jobs", "run").out == "4 new (8 requests)\n"


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (SyncProgress(SyncStage.LIST), "listing"),
        (SyncProgress(SyncStage.FETCH, reads_left=88), "fetching, 88 requests left"),
        (SyncProgress(SyncStage.WAIT, wait_s=125.9), "waiting 2:05 for Strava's rate limit"),
    ],
)
def test_sync_progress_text(moment: SyncProgress, text: str) -> None:
    assert describe(moment) == text


@pytest.mark.slow
def test_demo_runs_all_steps_and_removes_its_files(runcoach: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runcoach.cli.commands.demo._YEARS", 0.3)
    ended = runcoach("demo")
    assert ended.code == 0, ended.err
    for line in ("$ runcoach login", "$ runcoach sync", "$ runcoach best --window 1y", "$ runcoach splits 1"):
        assert line in ended.out
    assert "\nNext\n" in ended.out
    assert not home.exists()


@pytest.mark.slow
def test_demo_keep_leaves_a_usable_profile(runcoach: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runcoach.cli.commands.demo._YEARS", 0.3)
    kept = tmp_path / "kept"
    ended = runcoach("demo", "--keep", str(kept))
    assert ended.code == 0
    assert ended.out.splitlines()[-1] == f"  runcoach --home {kept} serve"
    assert runcoach("--home", str(kept), "best", "--json").json["data"]
    settings = runcoach("--home", str(kept), "config", "--json").json["data"]["settings"]
    urls = [row["value"] for row in settings if row["name"].endswith("_url") and row["name"] != "map_tiles_url"]
    assert len(urls) == 4
    assert all(url.startswith("http://127.0.0.1:") for url in urls)


@pytest.mark.slow
def test_sync_quiet_warns_when_the_limit_is_reached_while_listing(runcoach: Run, connected: Sandbox) -> None:
    assert runcoach("sync").code == 0
    connected.budget.change(read_quarter=1)
    runcoach("sync")
    ended = runcoach("sync", "--no-wait", "--quiet")
    assert (ended.code, ended.out) == (5, "")
    assert "could not look for new activities until " in ended.err


@pytest.mark.slow
def test_sync_streams_fetches_samples_of_one_activity(runcoach: Run, connected: Sandbox) -> None:
    runcoach("sync")
    reads = connected.reads
    newest = connected.athlete.activity_ids[0]
    ended = runcoach("sync", "--streams", f"strava:{newest}")
    assert (ended.code, connected.reads) == (0, reads + 2)


def test_sync_ctrl_c_prints_what_is_left(runcoach: Run, connected: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("runcoach.services.sync.sync.QueueRunner.run", interrupted)
    ended = runcoach("sync")
    assert ended.code == 130
    assert "interrupted: 0 fetched, 6 left in the queue" in ended.err


@pytest.mark.slow
def test_show_reports_missing_samples(runcoach: Run, connected: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    run = connected.add_run()
    with monkeypatch.context() as patch:
        patch.setattr(type(connected.athlete), "streams", lambda *_: None)
        runcoach("sync")
    assert "No samples yet" in runcoach("show", f"strava:{run}").out
    runcoach("sync", "--streams", f"strava:{run}")
    assert "No samples yet" not in runcoach("show", f"strava:{run}").out
