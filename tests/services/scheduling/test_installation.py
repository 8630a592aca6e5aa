"""Installing a schedule: one entry a profile, other entries untouched, nothing written where a sync fails."""

from __future__ import annotations

import os
import plistlib
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from runcoach.config import load
from runcoach.errors import RuncoachError, UsageError
from runcoach.services.maintenance.checks.findings import Level
from runcoach.services.maintenance.checks.jobs import check_schedule
from runcoach.services.queries.status import status
from runcoach.services.scheduling import installation, schedulers
from runcoach.services.scheduling.environment_check import Trial
from runcoach.services.scheduling.installation import entry_name, install, note_run, remove, schedule_status
from runcoach.services.scheduling.schedulers import Crontab, LaunchAgent, SystemdTimer, WindowsTask
from runcoach.services.scheduling.unit_files import Entry, Launch, interval_cron_line, parse_interval
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database, open_reader

OTHER = "5 4 * * * /usr/bin/backup  # mine\n"

#: ``crontab`` that keeps its lines in a file.
CRONTAB = """#!/bin/sh
case "$1" in
-l) [ -f "{file}" ] && cat "{file}" || {{ echo "no crontab for anna" >&2; exit 1; }} ;;
-r) rm -f "{file}" ;;
-) cat > "{file}" ;;
esac
"""


def entry(every_min: int = 60, **variables: str) -> Entry:
    launch = Launch((shutil.which("true") or "/bin/true",), ("--home", "/a home"), variables, {})
    return Entry("runcoach-sync", launch, ("schedule", "run", "--every", "1h"), every_min, "seed")


@pytest.fixture
def crontab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A crontab of its own with a line that is not ours; no systemd."""
    folder, file = tmp_path / "bin", tmp_path / "crontab"
    folder.mkdir()
    (folder / "crontab").write_text(CRONTAB.format(file=file))
    (folder / "crontab").chmod(0o755)
    file.write_text(OTHER)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setattr(schedulers, "has_systemd", lambda: False)
    monkeypatch.setattr(installation, "try_token", lambda *_: Trial(ok=True, message="read"))
    monkeypatch.setattr(installation, "try_sync", lambda *_: Trial(ok=True, message="synced"))
    return file


def test_installing_twice_leaves_one_line_and_keeps_others(crontab: Path, home: Path) -> None:
    config = load()
    install(config, "1h")
    done = install(config, "15m")
    lines = crontab.read_text().splitlines(keepends=True)
    assert (len(lines), lines[0]) == (3, OTHER)
    assert lines[2].endswith(" schedule run --every 15m\n")
    assert f"--home {home}" in lines[2]
    assert "".join(lines[1:]) in done.files.values()
    with open_reader(config) as connection:
        status = schedule_status(config, connection)
    assert (status.every, status.scheduler, status.place, status.last_run_at) == ("15m", "crontab", "crontab", None)


def test_removing_leaves_what_was_there_before(crontab: Path, home: Path) -> None:
    install(load(), "1h")
    assert remove(load())
    assert crontab.read_text() == OTHER
    assert not remove(load())
    crontab.unlink()
    install(load(), "1h")
    remove(load())
    assert not crontab.exists()


def test_profiles_and_homes_have_entries_of_their_own(crontab: Path, home: Path, tmp_path: Path) -> None:
    other = load(home=tmp_path / "other")
    assert len({entry_name(config) for config in (load(), load(profile="anna"), other)}) == 3
    install(load(), "1h")
    install(other, "1h")
    remove(other)
    assert len(crontab.read_text().splitlines()) == 3


def test_nothing_is_written_where_a_sync_fails(crontab: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "try_sync", lambda *_: Trial(ok=False, message="no login", hint="log in"))
    with pytest.raises(RuncoachError, match="not installed, because a sync fails there: no login"):
        install(load(), "1h")
    assert crontab.read_text() == OTHER


def test_print_writes_nothing(crontab: Path, home: Path) -> None:
    planned = install(load(), "6h", dry_run=True)
    assert "schedule run --every 6h" in planned.files["crontab"]
    assert crontab.read_text() == OTHER
    assert not load().database.exists()


def test_without_any_scheduler_it_says_so(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedulers, "has_systemd", lambda: False)
    monkeypatch.setattr(schedulers, "has_cron", lambda: False)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(UsageError, match="no scheduler found"):
        install(load(), "1h")


@pytest.mark.parametrize(
    ("text", "minutes"), [("5m", 5), ("7m", 7), ("90m", 90), ("1h", 60), ("1d", 1440), ("7d", 10_080)]
)
def test_any_interval_from_five_minutes_to_a_week(text: str, minutes: int) -> None:
    assert parse_interval(text) == minutes


@pytest.mark.parametrize("text", ["4m", "0m", "8d", "1w", "", "-5m", "1.5h", "5"])
def test_other_intervals_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a valid interval"):
        parse_interval(text)


@pytest.mark.parametrize(("every_min", "runs"), [(5, 12), (7, 60), (15, 4), (60, 1), (90, 2), (1440, 1)])
def test_cron_runs_at_least_hourly_and_at_a_divisor_of_the_interval(every_min: int, runs: int) -> None:
    minutes = interval_cron_line(entry(every_min)).split()[0]
    assert (60 if minutes == "*" else len(minutes.split(","))) == runs


@pytest.mark.parametrize("every_min", [5, 7, 60, 90, 1440, 10_080])
def test_systemd_accepts_the_units_of_any_interval(tmp_path: Path, every_min: int) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze here: apt-get install systemd")
    files = SystemdTimer(tmp_path).preview(entry(every_min, NAME="a value"))
    for place, text in files.items():
        Path(place).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", *files],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, [line for line in done.stderr.splitlines() if "runcoach" in line]) == (0, [])


def test_launchd_gets_a_valid_property_list(tmp_path: Path) -> None:
    ((place, text),) = LaunchAgent(tmp_path, tmp_path / "logs").preview(entry(90, NAME="a & b")).items()
    content = plistlib.loads(text.encode())
    assert place.endswith("runcoach-sync.plist")
    assert content["ProgramArguments"][1:] == ["--home", "/a home", "schedule", "run", "--every", "1h"]
    assert (content["StartInterval"], content["EnvironmentVariables"]) == (5_400, {"NAME": "a & b"})
    # Keys and types of launchd.plist(5).
    kinds = {"Label": str, "ProgramArguments": list, "EnvironmentVariables": dict, "StartInterval": int}
    kinds |= {"RunAtLoad": bool, "ProcessType": str, "StandardErrorPath": str}
    assert {name: type(value) for name, value in content.items()} == kinds


def test_task_scheduler_gets_a_valid_task(tmp_path: Path) -> None:
    ((_, text),) = WindowsTask(tmp_path).preview(entry(15, NAME="a & <b>")).items()
    task = ET.fromstring(text.split("\n", 1)[1])
    names = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
    # The order of elements is fixed by the schema.
    assert [child.tag.partition("}")[2] for child in task] == ["RegistrationInfo", "Triggers", "Settings", "Actions"]
    assert task.findtext(".//t:Interval", namespaces=names) == "PT15M"
    assert task.findtext(".//t:StartWhenAvailable", namespaces=names) == "true"
    assert task.findtext(".//t:MultipleInstancesPolicy", namespaces=names) == "IgnoreNew"
    assert 'set "NAME=a & <b>"' in (task.findtext(".//t:Arguments", namespaces=names) or "")


def test_a_crontab_without_a_final_newline_keeps_its_last_line(crontab: Path) -> None:
    crontab.write_text(OTHER.rstrip("\n"))
    Crontab().install(entry())
    assert crontab.read_text().startswith(OTHER)


def test_status_and_doctor_show_the_schedule_and_its_last_run(crontab: Path, home: Path) -> None:
    config = load()
    install(config, "1h")
    with open_database(config) as connection, write_transaction(connection):
        note_run(connection, 1_800_000_000, 4, "log in again")
    with open_reader(config) as connection:
        schedule = status(connection, config).schedule
        finding = check_schedule(config, connection).finding
    assert schedule is not None
    assert (schedule.every, schedule.exit_code, schedule.message) == ("1h", 4, "log in again")
    assert (finding.level, "log in again" in finding.message) == (Level.NOTE, True)
    crontab.write_text(OTHER)
    with open_reader(config) as connection:
        finding = check_schedule(config, connection).finding
    assert (finding.level, finding.remedy) == (Level.PROBLEM, "runcoach schedule install --every 1h")
