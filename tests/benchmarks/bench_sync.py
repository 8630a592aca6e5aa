"""A sync of 90 reads with 200 ms of latency against asking one after the other, and its CPU an activity."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

from timing import cpu_s

LATENCY_S, RUNS = 0.2, 44

#: A stand-in for Strava in a process of its own, so that its work is not counted as ours.
SERVE = f"""
import sys
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete
from runcoach.sandbox.strava.api import Limits
from runcoach.sandbox.server import Sandbox
many = Limits(read_quarter=10**6, read_day=10**6, quarter=10**6, day=10**6)
athlete = SyntheticAthlete(runs={RUNS})
for activity_id in athlete.activity_ids:
    athlete.recording(activity_id)
with Sandbox(athlete=athlete, auto_consent=True, limits=many, latency_s=float(sys.argv[1])) as sandbox:
    print(sandbox.url, flush=True)
    sys.stdin.readline()
    print(sandbox.reads, flush=True)
"""

CONNECT = """
import sys
from types import SimpleNamespace
from runcoach.cli.commands.demo import _SyntheticUser
from runcoach.cli.invocation import Invocation
from runcoach.config import load
from runcoach.sandbox.strava.oauth import CLIENT_ID, CLIENT_SECRET
from runcoach.services.auth.login import LoginOptions, login
sandbox = SimpleNamespace(client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
login(load(), LoginOptions(token_store="file"), _SyntheticUser(Invocation(quiet=True), sandbox))
"""


#: ``runcoach sync``, as it is and with one activity on its way at a time.
SYNC = """
import sys
from runcoach.cli.app import run
from runcoach.services.sync import strava_fetcher
strava_fetcher.IN_FLIGHT = int(sys.argv[1])
sys.exit(run(["sync", "--quiet"]))
"""


def one(latency_s: float, in_flight: int) -> tuple[float, float, int]:
    """Wall seconds of one whole ``runcoach sync`` process, CPU seconds beyond those of one with no news, its reads."""
    serve = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(latency_s)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert serve.stdout is not None
    url = serve.stdout.readline().strip()
    with tempfile.TemporaryDirectory() as home:
        env = {"RUNCOACH_HOME": home, "RUNCOACH_STRAVA_OAUTH_URL": url, "RUNCOACH_STRAVA_API_URL": f"{url}/api/v3"}
        subprocess.run([sys.executable, "-c", CONNECT], check=True, env={**os.environ, **env})
        started = time.perf_counter()
        cpu = cpu_s([sys.executable, "-c", SYNC, str(in_flight)], env)
        wall = time.perf_counter() - started
        cpu -= cpu_s([sys.executable, "-c", SYNC, str(in_flight)], env)
    out, _ = serve.communicate("\n")
    return wall, cpu, int(out) - 1  # the second one asked for the list


def main() -> None:
    wall, _, reads = one(LATENCY_S, 4)
    serial, _, _ = one(LATENCY_S, 1)
    print(f"sync of {reads} reads at {LATENCY_S * 1e3:.0f} ms: {wall:.2f} s, {wall / serial:.2f} of the {serial:.1f} s")
    print("    that one after the other takes (promised: 0.35)")
    _, cpu, _ = one(0.0, 4)
    print(f"sync of {RUNS} runs without latency: {cpu / RUNS * 1e3:.1f} ms of CPU an activity (promised: 25)")


if __name__ == "__main__":
    main()
