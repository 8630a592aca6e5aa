"""``runcoach`` and ``python -m runcoach``."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run the command line; the process's exit code."""
    # numpy's OpenBLAS starts a thread for each core when it is imported: time for nothing, without large matrices.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from runcoach.cli.app import run
        from runcoach.cli.streams import prepare_streams
    except KeyboardInterrupt:  # these imports take most of the time of a short command
        print("interrupted", file=sys.stderr)  # noqa: T201
        return 130
    prepare_streams()
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
