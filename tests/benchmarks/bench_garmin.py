"""CPU of syncing real FIT files from a stand-in for Garmin that answers at once, against importing them from disk."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench_import import copies_of
from timing import cpu_s

FILES, ROUNDS = 200, 3

#: The stand-in with one activity a file, in a process of its own, so that its work is not counted as ours.
SERVE = """
import sys
from pathlib import Path
from runcoach.sandbox.garmin import StoredActivity
from runcoach.sandbox.server import Sandbox
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete
from runcoach.sources.file_formats import read_bytes

with Sandbox(athlete=SyntheticAthlete(n_activities=1)) as sandbox:
    account = sandbox.garmin.account
    for activity in account.newest_first():
        account.delete(activity.activity_id)
    for number, path in enumerate(sorted(Path(sys.argv[1]).iterdir()), start=1):
        data = path.read_bytes()
        start = read_bytes(data, path.name).recordings[0].start_time_s or 1_500_000_000.0
        account.add(StoredActivity(number, int(start), path.stem, content=lambda data=data: data))
    print(sandbox.garmin_url, account.key, flush=True)
    sys.stdin.readline()
"""

CONNECT = """
import sys
from runcoach.config import load
from runcoach.services.auth.api_key import connect
connect(load(), "garmin", sys.argv[1], token_store="file")
"""


def one(files: Path, home: Path, url: str, key: str) -> tuple[float, float]:
    """CPU seconds of a whole ``runcoach sync`` and of a whole ``runcoach import`` of the same files."""
    env = {"GARMIN_PERSONAL_API_BASE_URL": url, "RUNCOACH_HOME": str(home / "sync")}
    subprocess.run([sys.executable, "-c", CONNECT, key], check=True, env={**os.environ, **env})
    runcoach = [sys.executable, "-m", "runcoach"]
    synced = cpu_s([*runcoach, "sync", "--source", "garmin", "--quiet", "--no-wait"], env)
    imported = cpu_s([*runcoach, "import", str(files), "--quiet"], {"RUNCOACH_HOME": str(home / "import")})
    return synced, imported


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder) / "files"
        files.mkdir()
        copies_of(Path(os.environ["RUNCOACH_CORPUS"]), files, times=9)
        for path in sorted(files.iterdir())[FILES:]:
            path.unlink()
        count = len(list(files.iterdir()))
        serve = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(files)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert serve.stdout is not None
        url, key = serve.stdout.readline().split()
        ratios = []
        for number in range(ROUNDS):
            synced, imported = one(files, Path(folder) / f"home{number}", url, key)
            ratios.append(synced / imported)
            print(f"sync of {count} FIT files from Garmin: {synced:.2f} s CPU, import of them: {imported:.2f} s")
        serve.communicate("\n")
    print(f"sync from Garmin: {statistics.median(ratios):.2f} of the CPU of an import (promised: 1.3)")


if __name__ == "__main__":
    main()
