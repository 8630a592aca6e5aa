"""The schedulers of the operating systems: systemd user timers, cron, launchd and Task Scheduler.

Each installs one entry of a name, replaces an earlier one of the same name, and removes it.
"""

from __future__ import annotations

import os
import plistlib
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol
from xml.sax.saxutils import escape

from runcoach.config import Config
from runcoach.errors import RuncoachError
from runcoach.filesystem import make_folders, write_atomically
from runcoach.services.scheduling import unit_files
from runcoach.services.scheduling.schedule import unit_folder

#: How long a scheduler's own command may take.
_TIMEOUT_S = 30.0


class Scheduler(Protocol):
    """One scheduler."""

    title: str

    def preview(self, entry: unit_files.Entry) -> Mapping[str, str]:
        """What would be written: place → text."""

    def install(self, entry: unit_files.Entry) -> None:
        """Write and activate the entry; RuncoachError where that fails."""

    def installed(self, name: str) -> str | None:
        """Where the entry is; None where there is none."""

    def remove(self, name: str) -> None:
        """Deactivate and delete the entry, which is there."""


class SystemdTimer:
    """A systemd user timer."""

    title = "systemd user timer"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def preview(self, entry: unit_files.Entry) -> dict[str, str]:
        """The service and the timer."""
        return {
            str(self._path(entry.name, "service")): unit_files.service_unit(entry.launch, entry.words),
            str(self._path(entry.name, "timer")): unit_files.interval_timer(entry.every_min, entry.seed),
        }

    def install(self, entry: unit_files.Entry) -> None:
        """Write both units and start the timer."""
        for place, text in self.preview(entry).items():
            write_atomically(Path(place), text.encode())
        _run("systemctl", "--user", "daemon-reload")
        _run("systemctl", "--user", "enable", f"{entry.name}.timer")
        _run("systemctl", "--user", "restart", f"{entry.name}.timer")

    def installed(self, name: str) -> str | None:
        """The path of the timer."""
        path = self._path(name, "timer")
        return str(path) if path.exists() else None

    def remove(self, name: str) -> None:
        """Stop the timer and delete both units."""
        _run("systemctl", "--user", "disable", "--now", f"{name}.timer")
        for kind in ("timer", "service"):
            self._path(name, kind).unlink(missing_ok=True)
        _run("systemctl", "--user", "daemon-reload")

    def _path(self, name: str, kind: str) -> Path:
        return self._folder / f"{name}.{kind}"


class Crontab:
    """A line in the user's crontab, below a comment that names it.

    The line runs more often than the interval where the interval does not divide an hour; the command itself checks
    whether it is due, so that a run missed while the machine was off follows within the hour.
    """

    title = "crontab"

    def preview(self, entry: unit_files.Entry) -> dict[str, str]:
        """The comment and the line."""
        return {"crontab": f"{_marker(entry.name)}\n{unit_files.interval_cron_line(entry)}\n"}

    def install(self, entry: unit_files.Entry) -> None:
        """Add the line, in place of an earlier one."""
        unit_files.check_cron_length(entry.launch, entry.words)
        (text,) = self.preview(entry).values()
        _run("crontab", "-", stdin="".join(self._other_lines(entry.name)) + text)

    def installed(self, name: str) -> str | None:
        """``crontab`` where the comment is there."""
        return "crontab" if f"{_marker(name)}\n" in self._lines() else None

    def remove(self, name: str) -> None:
        """Delete the comment and the line."""
        rest = self._other_lines(name)
        if rest:
            _run("crontab", "-", stdin="".join(rest))
        else:
            _run("crontab", "-r")

    def _other_lines(self, name: str) -> list[str]:
        kept: list[str] = []
        lines = iter(self._lines())
        for line in lines:
            if line == f"{_marker(name)}\n":
                next(lines, None)
            else:
                kept.append(line)
        return kept

    def _lines(self) -> list[str]:
        """The lines of the crontab, each with its line break, the last one too; none without a crontab."""
        result = _call("crontab", "-l")
        text = result.stdout if result.returncode == 0 else ""
        return (text if text.endswith("\n") or not text else f"{text}\n").splitlines(keepends=True)


class LaunchAgent:
    """A launchd agent on macOS; a run missed while the machine slept follows on waking."""

    title = "launchd agent"

    def __init__(self, folder: Path, log_folder: Path) -> None:
        self._folder = folder
        self._log_folder = log_folder

    def preview(self, entry: unit_files.Entry) -> dict[str, str]:
        """The property list."""
        launch = entry.launch
        content = {
            "Label": entry.name,
            "ProgramArguments": [*launch.program, *launch.options, *entry.words],
            "EnvironmentVariables": dict(launch.variables),
            "StartInterval": entry.every_min * 60,
            "RunAtLoad": True,
            "ProcessType": "Background",
            "StandardErrorPath": str(self._log_folder / f"{entry.name}.log"),
        }
        return {str(self._path(entry.name)): plistlib.dumps(content).decode()}

    def install(self, entry: unit_files.Entry) -> None:
        """Write the list and load it."""
        make_folders(self._log_folder)
        ((place, text),) = self.preview(entry).items()
        _call("launchctl", "bootout", f"{self._domain()}/{entry.name}")
        write_atomically(Path(place), text.encode())
        _run("launchctl", "bootstrap", self._domain(), place)

    def installed(self, name: str) -> str | None:
        """The path of the list."""
        return str(self._path(name)) if self._path(name).exists() else None

    def remove(self, name: str) -> None:
        """Unload and delete the list."""
        _call("launchctl", "bootout", f"{self._domain()}/{name}")
        self._path(name).unlink()

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.plist"

    def _domain(self) -> str:
        return f"gui/{os.getuid()}" if hasattr(os, "getuid") else "gui/0"


class WindowsTask:
    """A task of Windows' Task Scheduler."""

    title = "Task Scheduler"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def preview(self, entry: unit_files.Entry) -> dict[str, str]:
        """The task as XML; variables are set by ``cmd``, because a task has none of its own."""
        launch = entry.launch
        words = [*launch.program[1:], *launch.options, *entry.words]
        settings = " & ".join(f'set "{name}={value}"' for name, value in launch.variables.items())
        program, arguments = launch.program[0], subprocess.list2cmdline(words)
        if settings:
            program, arguments = "cmd.exe", f'/d /s /c "{settings} & "{program}" {arguments}"'
        return {
            f"task {entry.name}": f"""<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>Sync new runs (runcoach)</Description></RegistrationInfo>
  <Triggers>
    <TimeTrigger>
      <Repetition><Interval>PT{entry.every_min}M</Interval></Repetition>
      <StartBoundary>2026-01-01T00:00:00</StartBoundary>
      <Enabled>true</Enabled>
    </TimeTrigger>
  </Triggers>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT30M</ExecutionTimeLimit>
  </Settings>
  <Actions Context="Author">
    <Exec><Command>{escape(program)}</Command><Arguments>{escape(arguments)}</Arguments></Exec>
  </Actions>
</Task>
"""
        }

    def install(self, entry: unit_files.Entry) -> None:
        """Create or replace the task."""
        (text,) = self.preview(entry).values()
        make_folders(self._folder)
        path = self._folder / f"{entry.name}.xml"
        write_atomically(path, text.encode("utf-16"))
        _run("schtasks", "/Create", "/TN", entry.name, "/XML", str(path), "/F")

    def installed(self, name: str) -> str | None:
        """The name of the task."""
        return f"task {name}" if _call("schtasks", "/Query", "/TN", name).returncode == 0 else None

    def remove(self, name: str) -> None:
        """Delete the task."""
        _run("schtasks", "/Delete", "/TN", name, "/F")


def schedulers_of(config: Config) -> list[Scheduler]:
    """The schedulers of this machine, the one to use first."""
    if sys.platform == "win32":
        return [WindowsTask(config.paths.state)]
    if sys.platform == "darwin":
        return [LaunchAgent(Path.home() / "Library" / "LaunchAgents", config.paths.state)]
    found: list[Scheduler] = []
    if has_systemd():
        found.append(SystemdTimer(unit_folder()))
    if has_cron():
        found.append(Crontab())
    return found


def has_systemd() -> bool:
    """Whether a systemd user manager can be reached."""
    return shutil.which("systemctl") is not None and _call("systemctl", "--user", "show-environment").returncode == 0


def has_cron() -> bool:
    """Whether there is a ``crontab`` command."""
    return shutil.which("crontab") is not None


def _marker(name: str) -> str:
    return f"# {name}: written by `runcoach schedule install`"


def _run(*command: str, stdin: str | None = None) -> None:
    """Run a command; RuncoachError where it fails."""
    result = _call(*command, stdin=stdin)
    if result.returncode != 0:
        lines = (result.stderr or result.stdout).strip().splitlines() or [f"exit code {result.returncode}"]
        raise RuncoachError(f"`{' '.join(command[:3])}` failed: {lines[-1]}")


def _call(*command: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603  (fixed commands, no shell)
            command,
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(command, 127, "", str(error))
