"""``runcoach import`` of FIT files, whole process, against the fast decoder alone parsing the same files."""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from timing import cpu_s

DECODE = """
import sys
from pathlib import Path
import pyfitparsernative
for path in sorted(Path(sys.argv[1]).iterdir()):
    pyfitparsernative.parse_fit_bytes(path.read_bytes())
"""


def copies_of(corpus: Path, folder: Path, times: int) -> None:
    """Every FIT file that the fast decoder reads, ``times`` times, each with contents of its own.

    A FIT file may be followed by another one: a second, empty one with a number in it makes the contents differ.
    """
    import pyfitparsernative

    for path in sorted((corpus / "activities" / "fit").glob("*.fit")):
        data = path.read_bytes()
        try:
            messages = pyfitparsernative.parse_fit_bytes(data)
        except ValueError:
            continue
        if sum(message["message_type"] == "record" for message in messages) < 60:
            continue
        for number in range(times):
            shutil.copy(path, folder / f"{path.stem}-{number}.fit")
            if number:
                with (folder / f"{path.stem}-{number}.fit").open("ab") as stream:
                    stream.write(pyfitparsernative.write_fit_bytes([_numbered(number)]))


def _numbered(number: int) -> dict[str, object]:
    return {"message_type": "file_id", "type": "activity", "manufacturer": "development", "serial_number": number}


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
