"""A newcomer's first minutes: help pages, completion, mistakes, a container without a home folder."""

from __future__ import annotations

import io
import os
import pwd
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from runcoach.cli.app import COMMANDS
from runcoach.cli.commands import login
from runcoach.cli.invocation import Invocation
from runcoach.cli.progress import ProgressBar

Run = Callable[..., Any]


def complete(words: str) -> list[str]:
    environment = {
        **os.environ,
        "_RUNCOACH_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(words.count(" ")),
    }
    command = [sys.executable, "-m", "runcoach"]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.split()


def test_bare_runcoach_shows_where_to_start_without_an_error(runcoach: Run) -> None:
    ended = runcoach()
    assert (ended.code, ended.err) == (0, "")
    assert "Start with: runcoach demo" in ended.out


@pytest.mark.parametrize("width", ["50", "80"])
@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_the_terminal(runcoach: Run, monkeypatch: pytest.MonkeyPatch, command: str, width: str) -> None:
    monkeypatch.setenv("COLUMNS", width)
    lines = runcoach(command, "--help").out.splitlines()
    assert max(map(len, lines)) <= int(width)
    assert not any("<int" in line for line in lines)


def test_help_text_wraps_at_the_width_of_the_terminal(runcoach: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert "Files that cannot be read are listed with the reason, and the others are imported" in runcoach(
        "import", "--help"
    ).out.replace("\n ", "")


@pytest.mark.slow
def test_completion_offers_windows_distances_profiles_and_backups(runcoach: Run) -> None:
    assert {"all", "1y", "90d"} <= set(complete("runcoach best --window "))
    assert complete("runcoach best --distance ma") == ["marathon"]
    assert complete("runcoach best ignore 1 5") == ["5k", "50k"]
    runcoach("import", ".")
    runcoach("--profile", "anna", "config", "set", "units", "metric")
    from runcoach.config import load
    from runcoach.store.sqlite.database import open_database

    for profile in ("default", "anna"):
        with open_database(load(profile=profile)):
            pass
    assert complete("runcoach --profile ") == ["anna", "default"]
    name = Path(runcoach("backup").out.strip()).name
    assert complete("runcoach restore ") == [name]


@pytest.mark.slow
def test_install_completion_writes_a_script(runcoach: Run, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "runcoach", "--install-completion", "bash"]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "completion installed" in ended.stdout
    assert "_RUNCOACH_COMPLETE" in (tmp_path / ".bash_completions" / "runcoach.sh").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("best --top abc", "--top: 'abc' is not a whole number"),
        ("activities --limit -1", "--limit must be at least 0"),
        ("login --port 99999", "--port must be from 0 to 65535"),
        ("totals --by day", "--by: 'day' is not one of 'week', 'month', 'year'"),
        ("show", "missing argument: ID"),
        ("foo", "no such command 'foo'"),
        ("show 1 2", "unexpected argument: 2"),
        ("webhook", "missing subcommand"),
        ("best --window x", "'x' is not a valid window (use all, or days, months or years: 90d, 3m, 1y)"),
    ],
)
def test_a_usage_error_says_what_was_expected(runcoach: Run, arguments: str, message: str) -> None:
    ended = runcoach(*arguments.split())
    assert ended.code == 2
    assert ended.err.startswith(f"runcoach: {message}")


def test_a_mistyped_client_id_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["12a45\n", "\n", "12345\n"])

    class Terminal:
        def isatty(self) -> bool:
            return True

        def readline(self) -> str:
            return next(answers)

    monkeypatch.setattr("sys.stdin", Terminal())
    prompts = login._Terminal(Invocation(), secret_from_stdin=False, browse=False, paste=False, quiet_url=False)
    assert prompts.client_id() == "12345"


def test_without_a_home_folder_the_error_names_the_option(
    runcoach: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def no_entry(uid: int) -> None:
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", no_entry)
    monkeypatch.delenv("HOME")
    monkeypatch.delenv("RUNCOACH_HOME")
    ended = runcoach("status")
    assert (ended.code, ended.err) == (
        2,
        "runcoach: the home folder is unknown (use --home FOLDER or set RUNCOACH_HOME)\n",
    )
    assert runcoach("--home", str(tmp_path), "status").code == 0


def test_a_sport_without_activities_is_named_and_the_others_listed(
    runcoach: Run, tmp_path: Path, make_fit: Callable[..., bytes]
) -> None:
    assert "No activities yet." in runcoach("activities", "--sport", "foo").err
    (tmp_path / "run.fit").write_bytes(make_fit(days_ago=3, km=5.2, pace_s=255))
    runcoach("import", str(tmp_path / "run.fit"))
    assert runcoach("activities", "--sport", "foo").err == "No activities of this sport. Sports: Run.\n"
    assert runcoach("activities", "--text", "foo").err == "No activities match.\n"


@pytest.mark.slow
@pytest.mark.parametrize("command", ["audit", "jobs", "imports", "activities"])
def test_limit_0_shows_all(runcoach: Run, tmp_path: Path, make_fit: Callable[..., bytes], command: str) -> None:
    for day in range(1, 23):
        (tmp_path / "run.fit").write_bytes(make_fit(days_ago=day, km=1.0, pace_s=255))
        runcoach("import", str(tmp_path / "run.fit"))
    assert len(runcoach(command, "--json").json["data"]) == 20
    assert len(runcoach(command, "--limit", "0", "--json").json["data"]) >= 22


@pytest.mark.slow
def test_show_cuts_no_value_at_50_columns(
    runcoach: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, make_fit: Callable[..., bytes]
) -> None:
    path = tmp_path / f"{'long-name-' * 8}.fit"
    path.write_bytes(make_fit(days_ago=3, km=5.2, pace_s=255))
    runcoach("import", str(path))
    monkeypatch.setenv("COLUMNS", "50")
    out = runcoach("show", "1").out
    assert "…" not in out
    assert path.name in "".join(line.strip() for line in out.splitlines())


@pytest.mark.parametrize("width", [50, 80])
def test_the_progress_bar_keeps_its_numbers_beside_a_long_name(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    current = Invocation()
    console = Console(file=terminal, force_terminal=True, width=width, color_system=None, markup=False)
    monkeypatch.setattr(Invocation, "is_interactive", True)
    monkeypatch.setattr(Invocation, "console", lambda *_, **__: console)
    with ProgressBar(current) as bar:
        bar.update(123, 4567, "folder/" + "long-name-[/nope]" * 12)
        assert bar._bar is not None
        bar._bar.refresh()
    lines = [line for line in re.split(r"[\r\n]", terminal.getvalue()) if "folder/" in line]
    assert lines
    assert all("123/4567" in line and "-:--:--" in line for line in lines)
    assert all(len(re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", line)) <= width for line in lines)
