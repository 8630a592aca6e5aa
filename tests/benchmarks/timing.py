"""Times whole processes in pairs, so that a comparison holds on a machine whose speed drifts."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
from collections.abc import Sequence


def cpu_s(command: Sequence[str], env: dict[str, str] | None = None) -> float:
    """User and system seconds of one run of a command, children included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=env and {**os.environ, **env})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(name: str, ours: Sequence[str], bare: Sequence[str], promise: float, runs: int = 9, **env: str) -> None:
    """Print the median CPU of both commands, run in turn, and the median ratio beside what was promised."""
    for command in (ours, bare):
        cpu_s(command, env)
    pairs = [(cpu_s(ours, env), cpu_s(bare, env)) for _ in range(runs)]
    mine, other = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"{name}: {mine * 1e3:.0f} ms against {other * 1e3:.0f} ms, ratio {ratio:.2f} (promised: {promise})")
