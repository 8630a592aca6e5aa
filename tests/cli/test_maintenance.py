"""``doctor``, ``backup``, ``restore`` and ``forget``: messages and exit codes."""

from __future__ import annotations

import io
import os
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from runcoach.config import Config

Run = Callable[..., Any]


@pytest.fixture
def imported(
    runcoach: Run,
    fill_once: Callable[[Callable[[], object]], None],
    config: Config,
    tmp_path: Path,
    make_fit: Callable[..., bytes],
) -> Config:
    """A profile with one run."""

    def fill() -> None:
        (tmp_path / "run.fit").write_bytes(make_fit(km=5.2))
        assert runcoach("import", str(tmp_path / "run.fit")).code == 0

    fill_once(fill)
    return config


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a person at the terminal who answers the next question."""

    def say(line: str) -> None:
        terminal = io.StringIO(f"{line}\n")
        monkeypatch.setattr(terminal, "isatty", lambda: True)
        monkeypatch.setattr(sys, "stdin", terminal)

    return say


def test_backup_prints_only_its_path_on_stdout(runcoach: Run, imported: Config) -> None:
    ended = runcoach("backup")
    assert ended.code == 0
    path = Path(ended.out.rstrip("\n"))
    assert path.parent == imported.paths.backups
    assert path.exists()
    assert "1 activity from 20" in ended.err
    assert ended.err.endswith("verified\n")
    listing = runcoach("backup", "--list")
    assert path.name in listing.out
    (row,) = runcoach("backup", "--list", "--json").json["data"]
    assert set(row) == {
        *("path", "kind", "createdAt", "sizeBytes", "schemaVersion", "athleteId", "activities", "firstDate"),
        *("lastDate", "problem"),
    }
    assert (row["path"], row["kind"], row["activities"], row["createdAt"][-1]) == (str(path), "dated", 1, "Z")
    made = runcoach("backup", "--json").json["data"]
    assert set(made) == {"backup", "removed"}


def test_backup_list_lists_unless_there_is_a_folder_of_that_name(
    runcoach: Run, imported: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    runcoach("backup")
    assert runcoach("backup", "list").out == runcoach("backup", "--list").out
    assert len(runcoach("backup", "list", "--json").json["data"]) == 1
    assert not (tmp_path / "list").exists()
    (tmp_path / "list").mkdir()
    assert runcoach("backup", "list").code == 0
    assert len(list((tmp_path / "list").iterdir())) == 1


def test_backup_removes_more_than_backups_kept(runcoach: Run, imported: Config) -> None:
    assert runcoach("config", "set", "backups_kept", "none").code == 2
    assert runcoach("config", "set", "backups_kept", "1").code == 0
    runcoach("backup")
    assert "Removed the oldest backup, default.20" in runcoach("backup").err
    assert len(list(imported.paths.backups.iterdir())) == 1


def test_restore_asks_and_prints_how_to_undo_it(runcoach: Run, imported: Config, answer: Callable[[str], None]) -> None:
    path = runcoach("backup", "--quiet").out.rstrip("\n")
    with closing(sqlite3.connect(imported.database)) as connection:
        connection.execute("UPDATE activity SET name = 'renamed'")
        connection.commit()
    refused = runcoach("restore", path)
    assert (refused.code, "--yes" in refused.err) == (2, True)
    answer("n")
    refused = runcoach("restore", path)
    assert (refused.code, "Nothing restored." in refused.err) == (130, True)
    assert runcoach("activities", "--json").json["data"][0]["name"] == "renamed"
    answer("y")
    ended = runcoach("restore", path)
    assert ended.code == 0
    assert "1 activity of 20" in ended.err  # the question
    assert "Restored 1 activity from" in ended.out
    undo = ended.err.split("To undo: runcoach restore ", 1)[1].split()[0]
    assert runcoach("activities", "--json").json["data"][0]["name"] != "renamed"
    assert runcoach("restore", undo, "--yes", "--json").json["data"]["activities"] == 1
    assert runcoach("activities", "--json").json["data"][0]["name"] == "renamed"


def test_doctor_names_the_restore_command_for_a_damaged_database(runcoach: Run, imported: Config) -> None:
    runcoach("backup")
    with imported.database.open("r+b") as stream:
        stream.seek(8192)
        stream.write(b"\xff" * 60_000)
    ended = runcoach("doctor")
    assert ended.code == 1
    remedy = next(line for line in ended.out.splitlines() if "runcoach restore" in line).split("runcoach ", 1)[1]
    restored = runcoach(*remedy.split(), "--yes")
    assert (restored.code, "The damaged file is kept as" in restored.err) == (0, True)
    assert runcoach("doctor").code == 0
    assert len(runcoach("activities", "--json").json["data"]) == 1


def test_doctor_prints_repairs_and_with_quiet_only_problems(runcoach: Run, imported: Config) -> None:
    runcoach("backup")
    assert runcoach("doctor", "--quiet").out == ""
    imported.database.chmod(0o644)
    ended = runcoach("doctor", "--quiet")
    assert (ended.code, ended.out.split()[:2]) == (1, ["problem", "permissions"])
    mended = runcoach("doctor", "--fix")
    assert mended.code == 0
    assert "repaired: closed to others" in " ".join(mended.out.split())
    data = runcoach("doctor", "--json").json["data"]
    assert data["problems"] == 0
    assert all(set(one) == {"check", "level", "message", "remedy", "done"} for one in data["findings"])


def test_forget_asks_and_keeps_own_files(runcoach: Run, imported: Config, answer: Callable[[str], None]) -> None:
    assert runcoach("forget").code == 2
    answer("n")
    refused = runcoach("forget")
    assert (refused.code, "Nothing deleted." in refused.err) == (130, True)
    ended = runcoach("forget", "--yes")
    assert (ended.code, ended.out) == (0, "Deleted 0 activities from Strava\n")
    assert "1 backup still holds the deleted data" in ended.err
    data = runcoach("forget", "--yes", "--no-backup", "--backups", "--json").json["data"]
    assert (data["removed"], data["backupsLeft"], data["backupsRemoved"], data["isClean"]) == (0, [], 1, True)
    assert len(runcoach("activities", "--json").json["data"]) == 1


def test_doctor_and_backup_import_no_heavy_modules(home: Path) -> None:
    """Neither the tables as classes nor a client of Strava is loaded for a copy of a file."""
    import subprocess

    heavy = "print([m for m in ('sqlmodel', 'httpx') if m in sys.modules])"
    code = f"import sys; import runcoach.services.maintenance.backups; {heavy}"
    ended = subprocess.run([sys.executable, "-c", code], check=True, env=os.environ, capture_output=True, text=True)
    assert ended.stdout == "[]\n"
