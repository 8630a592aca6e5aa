"""``runcoach backup`` of a file of 200 MB as a whole process, and a restore of it, beside a plain copy of the file."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from large_file import fill


def median_s(work: Callable[[], object], runs: int = 5) -> float:
    """The median wall time of a piece of work."""
    took = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        took.append(time.perf_counter() - started)
    return statistics.median(took)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        size_mb = fill(home)
        env = {**os.environ, "RUNCOACH_HOME": folder, "RUNCOACH_BACKUPS_KEPT": "1"}

        def runcoach(*arguments: str) -> str:
            command = [sys.executable, "-m", "runcoach", *arguments]
            ended = subprocess.run(command, check=True, env=env, capture_output=True, text=True)
            return ended.stdout.strip()

        def copy() -> None:
            with shutil.copyfile(home / "data" / "default.db", home / "copy").open("r+b") as stream:
                os.fsync(stream.fileno())

        plain = median_s(copy)
        took = median_s(lambda: runcoach("backup"))
        print(f"backup of {size_mb:.0f} MB: {took:.2f} s (promised: 3), a plain copy without a check {plain:.2f} s")
        made = runcoach("backup")
        took = median_s(lambda: runcoach("restore", made, "--yes"), runs=3)
        print(f"restore of it, with the backup of what was there before: {took:.2f} s")


if __name__ == "__main__":
    main()
