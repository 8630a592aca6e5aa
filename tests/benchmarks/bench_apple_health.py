"""Apple Health's export of 2 GB with 2,000 runs: time and memory of the first import, and of the same again.

Making the export takes about as long as importing it; ``python bench_apple_health.py FILE.zip`` imports one that is
there already, or makes it there.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from bench_archive import PEAK

RUNS, RUN_S = 2000, 2700

#: Bytes of records that are not of runs.
FILLER_BYTES = 1_500_000_000


def make(path: Path) -> Path:
    from apple_health_maker import ExportPlan, write_export

    return write_export(path, ExportPlan(runs=RUNS, run_s=RUN_S, filler_bytes=FILLER_BYTES))


def timed(archive: Path, home: Path) -> tuple[float, float]:
    """Seconds of one ``runcoach import``, and the most memory that it held, in MiB."""
    started = time.perf_counter()
    told = subprocess.run(
        [sys.executable, "-c", PEAK, "--home", str(home), "import", "-q", str(archive)],
        check=True,
        capture_output=True,
        text=True,
    )
    return time.perf_counter() - started, int(told.stdout.split()[-2]) / 1024


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        given = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(name) / "export.zip"
        archive = given if given.exists() else make(given)
        with zipfile.ZipFile(archive) as opened:
            size = opened.getinfo("apple_health_export/export.xml").file_size
        first_s, first_mib = timed(archive, Path(name) / "home")
        again_s, again_mib = timed(archive, Path(name) / "home")
        print(f"export.xml of {size / 1e9:.2f} GB, {RUNS:,} runs with routes")
        print(f"first: {first_s:.1f} s, {first_mib:.0f} MiB (promised: 60 s, 200 MiB)")
        print(f"again: {again_s:.1f} s, {again_mib:.0f} MiB (promised: 25 s)")


if __name__ == "__main__":
    main()
