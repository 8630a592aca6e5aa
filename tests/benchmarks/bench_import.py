"""``runcoach import`` of FIT files, whole process, against the fast decoder alone parsing the same files."""

from __future__ import annotations

import os
import re
import shutil
import statistics
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from timing import cpu_s

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")

DECODE = """
import sys
from pathlib import Path
import pyfitparsernative
for path in sorted(Path(sys.argv[1]).iterdir()):
    pyfitparsernative.parse_fit_bytes(path.read_bytes())
"""


def copies_of(corpus: Path, folder: Path, times: int) -> None:
    """Every FIT file that the fast decoder reads, and ``times - 1`` copies of it, each a year earlier than the last."""
    import pyfitparsernative

    for path in sorted((corpus / "activities" / "fit").glob("*.fit")):
        try:
            messages = pyfitparsernative.parse_fit_bytes(path.read_bytes())
        except ValueError:
            continue
        if sum(message["message_type"] == "record" for message in messages) < 60:
            continue
        shutil.copy(path, folder / f"{path.stem}-0.fit")
        for number in range(1, times):
            copy = [_earlier(message, number) for message in messages if not message["message_type"].isdigit()]
            try:
                data = pyfitparsernative.write_fit_bytes(copy)
            except (ValueError, TypeError):
                break  # it holds what cannot be written again
            (folder / f"{path.stem}-{number}.fit").write_bytes(data)


def _earlier(message: dict[str, Any], years: int) -> dict[str, Any]:
    """The same message so many years of 365 days before."""
    shifted = {}
    for name, value in message.items():
        if isinstance(value, str) and _MOMENT.fullmatch(value):
            value = (datetime.fromisoformat(value) - timedelta(days=365 * years)).isoformat()  # noqa: PLW2901
        shifted[name] = value
    return shifted


def main() -> None:
    corpus = Path(os.environ["RUNCOACH_CORPUS"])
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder) / "files"
        files.mkdir()
        copies_of(corpus, files, times=4)
        for attempt in range(5):
            home = Path(folder) / f"home{attempt}"
            ours = cpu_s(
                [sys.executable, "-m", "runcoach", "import", str(files), "--quiet"], {"RUNCOACH_HOME": str(home)}
            )
            bare = cpu_s([sys.executable, "-c", DECODE, str(files)])
            ratios.append(ours / bare)
            size = (home / "data" / "default.db").stat().st_size
            count = len(list(files.iterdir()))
            print(f"import of {count} FIT files: {ours:.2f} s CPU against {bare:.2f} s, {size >> 10} KiB")
    print(f"import: ratio {statistics.median(ratios):.2f} (promised: 1.6)")


if __name__ == "__main__":
    main()
