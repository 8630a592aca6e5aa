"""A whole list of 5,000 activities in which nothing has changed: reads, and CPU of the ``runcoach sync --full``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import json
import os
import subprocess

from long_history import fill
from stand_in import standing_in
from timing import cpu_s

from runcoach.sandbox.synthetic.athlete import SyntheticAthlete

ACTIVITIES = 5000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, standing_in(SyntheticAthlete(n_activities=ACTIVITIES)) as strava:
        home = Path(folder)
        strava.log_in(home)
        env = {"RUNCOACH_HOME": folder, **strava.addresses}
        sync = [sys.executable, "-m", "runcoach", "sync", "--no-wait", "--quiet"]
        subprocess.run([*sync, "--limit", "1"], check=True, env={**os.environ, **env}, stdout=subprocess.DEVNULL)
        fill(home, strava)
        said = subprocess.run([*sync, "--full", "--json"], check=True, env={**os.environ, **env}, capture_output=True)
        reads = json.loads(said.stdout)["data"]["reads"]
        took = sorted(cpu_s([*sync, "--full"], env) for _ in range(5))[2]
        print(f"reconciliation of {ACTIVITIES:,}: {reads} reads (promised: 26), {took:.2f} s of CPU (promised: 3)")


if __name__ == "__main__":
    main()
