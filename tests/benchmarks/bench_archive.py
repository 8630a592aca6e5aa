"""Strava's archive of real FIT files: CPU beside the fast decoder's, one process against two, again, and memory."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType

from bench_import import DECODE, copies_of
from timing import cpu_s

from runcoach.sources.file_formats import read_bytes

AGAIN = 1000

#: Runs runcoach and prints the line of the kernel on its peak; what a parent sees counts the parent's own memory in.
PEAK = """
import sys
from pathlib import Path
from runcoach.__main__ import main
code = main()
print(next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")))
sys.exit(code)
"""


def maker() -> ModuleType:
    """The tests' own writer of exports."""
    path = Path(__file__).parents[1] / "support" / "export_maker.py"
    spec = importlib.util.spec_from_file_location("export_maker", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["export_maker"] = module
    spec.loader.exec_module(module)
    return module


def archive_of(files: list[Path], path: Path) -> Path:
    """An export with a row for every file; rows stand days apart, so that copies are not taken for one run."""
    export_maker = maker()
    runs = []
    for number, file in enumerate(files):
        data = file.read_bytes()
        start = int(read_bytes(data, file.name).recordings[0].start_time_s or 0)
        runs.append(export_maker.Run(10_000 + number, start, file.stem, ending="fit.gz", data=data))
    return Path(export_maker.write_export(path, runs))


def again_of(files: list[Path], path: Path) -> Path:
    """An export of a thousand small runs."""
    export_maker = maker()
    data = min((file.read_bytes() for file in files), key=len)
    runs = [
        export_maker.Run(50_000 + number, 1_600_000_000 + number * 90_000, ending="fit.gz", data=data)
        for number in range(AGAIN)
    ]
    return Path(export_maker.write_export(path, runs))


def timed(arguments: list[str], home: Path) -> tuple[float, float]:
    """Wall and CPU seconds of one ``runcoach import``."""
    started = time.perf_counter()
    cpu = cpu_s([sys.executable, "-m", "runcoach", "import", "-q", *arguments], {"RUNCOACH_HOME": str(home)})
    return time.perf_counter() - started, cpu


def peak_mib(arguments: list[str], home: Path) -> float:
    """The most memory that one ``runcoach import`` held, as it tells of itself; Linux alone knows."""
    told = subprocess.run(
        [sys.executable, "-c", PEAK, "import", "-q", *arguments],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "RUNCOACH_HOME": str(home)},
    )
    return int(told.stdout.split()[-2]) / 1024


def main() -> None:
    corpus = Path(os.environ["RUNCOACH_CORPUS"])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = folder / "files"
        files.mkdir()
        copies_of(corpus, files, times=40)
        archive = archive_of(sorted(files.iterdir()), folder / "export.zip")
        count = len(list(files.iterdir()))
        bare = cpu_s([sys.executable, "-c", DECODE, str(files)])
        one_wall, one_cpu = timed([str(archive), "--workers", "1"], folder / "one")
        two_wall, _ = timed([str(archive), "--workers", "2"], folder / "two")
        many = again_of(sorted(files.iterdir()), folder / "again.zip")
        timed([str(many)], folder / "again")
        again_wall, _ = timed([str(many)], folder / "again")
        ratio = one_cpu / bare
        print(f"archive of {count} files: {one_cpu:.1f} s CPU against {bare:.1f} s, ratio {ratio:.2f} (promised: 1.4)")
        print(
            f"two readers: {one_wall:.1f} s → {two_wall:.1f} s, {one_wall / two_wall:.2f} times as fast (promised: 1.7)"
        )
        print(f"again: {again_wall:.2f} s for {AGAIN:,} activities (promised: 2)")
        peaks = [peak_mib([str(archive), "--workers", count], folder / f"peak{count}") for count in ("1", "2")]
        print(f"peak memory: {peaks[0]:.0f} MiB, with two readers {peaks[1]:.0f} MiB in the writer (promised: 300)")
        held = subprocess.run(
            [sys.executable, "-m", "runcoach", "status", "--json"],
            check=True,
            capture_output=True,
            env={**os.environ, "RUNCOACH_HOME": str(folder / "two")},
        )
        print(f"{json.loads(held.stdout)['data']['counts']['activities']} activities")


if __name__ == "__main__":
    main()
