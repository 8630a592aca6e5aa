"""``runcoach`` and ``python -m runcoach``."""

from __future__ import annotations

import os
import sys

from runcoach.cli.app import run
from runcoach.cli.streams import prepare_streams


def main() -> int:
    """Run the command line; the process's exit code."""
    # numpy's OpenBLAS starts a thread for each core when it is imported: time for nothing, without large matrices.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    prepare_streams()
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
