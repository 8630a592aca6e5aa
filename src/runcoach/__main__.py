"""``runcoach`` and ``python -m runcoach``."""

from __future__ import annotations

import sys

from runcoach.cli.app import run


def main() -> int:
    """Run the command line; the process's exit code."""
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
