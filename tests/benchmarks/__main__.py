"""All benchmarks, one after the other: ``RUNCOACH_CORPUS=… python tests/benchmarks``."""

from __future__ import annotations

import runpy
from pathlib import Path

for script in sorted(Path(__file__).parent.glob("bench_*.py")):
    print(f"— {script.stem}")
    runpy.run_path(str(script), run_name="__main__")
