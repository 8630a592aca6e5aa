"""The file store: whole at every moment, private, and shared by several processes without a loss."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from runcoach.errors import VaultError
from runcoach.vault import lock
from runcoach.vault.sealed_file import SealedFile

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def file(tmp_path: Path) -> SealedFile:
    return SealedFile(tmp_path / "state" / "vault.json")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_entries_come_and_go(file: SealedFile) -> None:
    assert file.get("a") is None
    assert file.is_empty()
    file.put("a", "sealed 1")
    file.put("b", "sealed 2")
    file.put("a", "sealed 3")
    assert (file.get("a"), file.get("b")) == ("sealed 3", "sealed 2")
    file.delete("a")
    file.delete("a")
    assert (file.get("a"), file.get("b")) == (None, "sealed 2")
    assert file.name == f"file {file.path}"


def test_nobody_else_can_read_it(file: SealedFile) -> None:
    file.path.parent.mkdir(mode=0o755)
    file.put("a", "sealed")
    assert _mode(file.path) == 0o600
    assert _mode(file.path.parent) == 0o700
    assert {_mode(entry) for entry in file.path.parent.iterdir()} == {0o600}


def test_the_last_entry_takes_the_file_with_it(file: SealedFile) -> None:
    file.put("a", "sealed")
    file.delete("a")
    assert not file.path.exists()
    assert file.is_empty()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"entries": {}}',
        '{"version": 2, "entries": {}}',
        '{"version": 1}',
        '{"version": 1, "entries": {"a": 1}}',
    ],
)
def test_a_damaged_file_is_told_and_left_as_it_is(file: SealedFile, content: str) -> None:
    file.path.parent.mkdir()
    file.path.write_text(content)
    for call in (file.is_empty, lambda: file.get("a"), lambda: file.put("a", "sealed"), lambda: file.delete("a")):
        with pytest.raises(VaultError, match=r"vault\.json is damaged") as refusal:
            call()
        assert refusal.value.hint is not None
        assert "move it away" in refusal.value.hint
    assert file.path.read_text() == content


def test_a_file_that_cannot_be_read_or_written_is_told(file: SealedFile, monkeypatch: pytest.MonkeyPatch) -> None:
    file.path.mkdir(parents=True)
    with pytest.raises(VaultError, match="cannot be read: Is a directory"):
        file.get("a")
    file.path.rmdir()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    file.put("a", "sealed")
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(VaultError, match="cannot be written: No space left"):
            file.put("a", "newer")
    assert file.get("a") == "sealed"
    assert not list(file.path.parent.glob("*.tmp"))


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file in the way")
    with pytest.raises(VaultError, match=r"the lock .*vault\.lock cannot be taken"):
        SealedFile(tmp_path / "state" / "vault.json").put("a", "sealed")


def test_writers_wait_for_their_turn_and_say_when_it_does_not_come(
    file: SealedFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.put("a", "sealed")
    monkeypatch.setattr(lock, "TIMEOUT_S", 0.0)
    with FileLock(file.path.with_name(lock.LOCK_NAME)):
        calls: list[Callable[[], object]] = [lambda: file.put("a", "newer"), lambda: file.delete("a")]
        for call in calls:
            with pytest.raises(VaultError, match="another process has been writing"):
                call()
        assert file.get("a") == "sealed", "reading needs no turn"


WRITER = """
import sys
from pathlib import Path
from runcoach.vault.sealed_file import SealedFile
import filelock
file = SealedFile(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(5):
    file.put(f"{sys.argv[2]}{number}", "sealed")
"""


@pytest.mark.slow
def test_processes_that_write_at_once_lose_nothing(file: SealedFile) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(file.path), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in "abc"
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=30)
        assert writer.returncode == 0
    expected = {f"{name}{number}" for name in "abc" for number in range(5)}
    assert set(json.loads(file.path.read_text())["entries"]) == expected


KILLED = """
import os, sys
from pathlib import Path
from runcoach.vault import sealed_file
if sys.argv[2] == "before the rename":
    Path.replace = lambda *a: os._exit(9)
else:
    sealed_file.fsync_folder = lambda *a: os._exit(9)
sealed_file.SealedFile(Path(sys.argv[1])).put("a", "newer")
"""


@pytest.mark.parametrize(("step", "kept"), [("before the rename", "sealed"), ("after the rename", "newer")])
def test_a_kill_at_any_step_leaves_a_whole_file_and_no_lock(
    file: SealedFile, child: Callable[..., subprocess.CompletedProcess[str]], step: str, kept: str
) -> None:
    file.put("a", "sealed")
    assert child(KILLED, str(file.path), step).returncode == 9
    assert file.get("a") == kept
    file.put("b", "sealed")
    assert {_mode(entry) for entry in file.path.parent.iterdir()} == {0o600}
