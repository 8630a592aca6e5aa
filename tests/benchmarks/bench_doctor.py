"""``runcoach doctor`` on a file of 200 MB as a whole process: every page, reference and index is looked at."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from large_file import fill


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        size_mb = fill(Path(folder))
        env = {**os.environ, "RUNCOACH_HOME": folder}
        took = []
        for _ in range(5):
            started = time.perf_counter()
            subprocess.run([sys.executable, "-m", "runcoach", "doctor", "--quiet"], check=True, env=env)
            took.append(time.perf_counter() - started)
        print(f"doctor on {size_mb:.0f} MB: {statistics.median(took):.2f} s (promised: 2)")


if __name__ == "__main__":
    main()
