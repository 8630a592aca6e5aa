"""Output to a full disk, a closed descriptor, a pipe whose reader has gone, and encodings that lack characters."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="uses /dev/full")

COMMAND = [sys.executable, "-m", "runcoach"]


@pytest.fixture
def filled(runcoach: Callable[..., Any], tmp_path: Path, make_fit: Callable[..., bytes]) -> None:
    """A profile with one run."""
    (tmp_path / "run.fit").write_bytes(make_fit(km=3.2))
    assert runcoach("import", str(tmp_path / "run.fit")).code == 0


@pytest.mark.slow
@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("argv", ["activities", "activities --json", "--help", "splits 1"])
def test_a_full_disk_behind_stdout_is_one_line(argv: str) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(COMMAND + argv.split(), check=False, stdout=full, stderr=subprocess.PIPE, text=True)
    assert ended.returncode == 1
    assert ended.stderr == "runcoach: the output cannot be written: No space left on device (see where it goes to)\n"


@pytest.mark.slow
@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("argv", ["activities", "activities --json"])
def test_a_closed_stdout_is_one_line(argv: str) -> None:
    shell = f"exec {sys.executable} -m runcoach {argv} >&-"
    ended = subprocess.run(["sh", "-c", shell], check=False, stderr=subprocess.PIPE, text=True)
    assert ended.returncode == 1
    assert ended.stderr == "runcoach: the output cannot be written: Bad file descriptor (see where it goes to)\n"


@pytest.mark.slow
@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("argv", ["activities", "activities --json", "--help"])
def test_a_pipe_whose_reader_has_gone_is_no_failure(argv: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run(COMMAND + argv.split(), check=False, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.slow
@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "cp437"])
def test_characters_that_an_encoding_lacks_are_replaced(encoding: str) -> None:
    env = {**os.environ, "PYTHONIOENCODING": encoding}
    for argv in ("splits 1", "show 1", "doctor", "best", "totals", "activities --json", "import --help"):
        ended = subprocess.run(COMMAND + argv.split(), check=False, env=env, capture_output=True)
        assert ended.returncode == 0, (argv, ended)
        ended.stdout.decode(encoding)
    bars = subprocess.run([*COMMAND, "splits", "1"], check=True, env=env, capture_output=True).stdout
    assert (b"###" in bars) == (encoding != "cp437")  # which has blocks of its own
