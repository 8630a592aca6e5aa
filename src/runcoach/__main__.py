"""``runcoach`` and ``python -m runcoach``."""

from __future__ import annotations

import sys

from runcoach.cli.app import run
from runcoach.cli.streams import prepare_streams


def main() -> int:
    """Run the command line; the process's exit code."""
    prepare_streams()
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
