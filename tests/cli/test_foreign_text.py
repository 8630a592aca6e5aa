"""Text of files and remote sources on the terminal: no escape sequence and no markup takes effect."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runcoach.config import load
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

Run = Callable[..., Any]
FillOnce = Callable[[Callable[[], object]], None]

HOSTILE = "x\x1b[31m\x1b]0;owned\x07\x9b2J[/nope] [red]y[/red] :smile:\r\n\u202e"

#: Every column with text that a file or a remote source can choose.
COLUMNS = {
    "activity": ("name", "description", "sport_type", "device_name", "timezone", "workout_name"),
    "activity_source": ("name", "format"),
    "audit": ("message",),
    "effort": ("reason", "ignored_reason"),
    "gear": ("name",),
    "import_batch": ("origin",),
    "job": ("last_error",),
    "lap": ("name",),
}


@pytest.fixture
def hostile(runcoach: Run, fill_once: FillOnce, tmp_path: Path, make_fit: Callable[..., bytes]) -> None:
    """Three runs, one without samples, with hostile text in every column that takes it."""

    def fill() -> None:
        folder = tmp_path / "runs"
        folder.mkdir()
        for number in (1, 2, 3):
            (folder / f"{number}.fit").write_bytes(make_fit(days_ago=number, km=5.2, pace_s=280))
        assert runcoach("import", str(folder)).code == 0
        with open_database(load()) as connection, write_transaction(connection):
            connection.execute("UPDATE effort SET quality = 'check', reason = 'x'")
            connection.execute("DELETE FROM activity_stream WHERE activity_id = 1")
            connection.execute("DELETE FROM split WHERE activity_id = 1")
            for table, names in COLUMNS.items():
                present = {row["name"] for row in connection.execute(f"PRAGMA table_info({table})")}
                for name in present.intersection(names):
                    if name != "sport_type":
                        connection.execute(f"UPDATE {table} SET {name} = ?", (HOSTILE,))
            connection.execute("UPDATE activity SET sport_type = ? WHERE id = 3", ("[/nope]\x1b[31m",))

    fill_once(fill)


@pytest.mark.parametrize(
    "command",
    [
        *("activities", "activities --sport running", "show 1", "show 2", "show 3", "splits 1", "splits 2"),
        *("best", "best --distance 5k", "best --distance 3000", "audit", "imports", "jobs", "duplicates"),
        *("status", "totals", "compare", "connections", "activities --sport nope"),
    ],
)
def test_no_command_prints_escapes_or_fails_on_markup(runcoach: Run, hostile: None, command: str) -> None:
    ended = runcoach(*command.split())
    assert ended.code == 0, ended.err
    output = ended.out + ended.err
    assert {char for char in output if not char.isprintable()} <= {"\n"}
    assert "\N{SMILING FACE WITH OPEN MOUTH}" not in output


def test_a_title_is_printed_with_its_brackets(runcoach: Run, hostile: None) -> None:
    assert "[/nope] [red]y[/red] :smile:" in runcoach("show", "2").out


def test_errors_and_hints_are_one_line_without_control_characters(runcoach: Run) -> None:
    ended = runcoach("import", "no\x1b[31m\nfile")
    assert ended.err.count("\n") == 1
    assert "\x1b" not in ended.err
