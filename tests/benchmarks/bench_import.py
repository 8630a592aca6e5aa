"""``runcoach import`` of FIT files, whole process, against the fast decoder alone parsing the same files."""

from __future__ import annotations

import os
import statistics
import struct
import sys
import tempfile
from pathlib import Path

from timing import cpu_s

from runcoach.sources.fit.chained_files import FitPart, framed, split_chain
from runcoach.sources.fit.definitions import COMPRESSED, DEFINITION, TIMESTAMP, Definition, read_definition

#: Message → its fields that hold a time, beside the one that every message may have.
_MOMENTS: dict[int, frozenset[int]] = {
    0: frozenset({4}),  # file_id: time_created
    18: frozenset({2}),  # session: start_time
    19: frozenset({2}),  # lap: start_time
    34: frozenset({5}),  # activity: local_timestamp
}

DECODE = """
import sys
from pathlib import Path
import pyfitparsernative
for path in sorted(Path(sys.argv[1]).iterdir()):
    pyfitparsernative.parse_fit_bytes(path.read_bytes())
"""


def copies_of(corpus: Path, folder: Path, times: int) -> None:
    """Every FIT file that the fast decoder reads, and copies of it to make ``times``, each forty days earlier."""
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
            parts, _ = split_chain(data, 100)
            copy = b"".join(_earlier(part, number) for part in parts)
            assert len(pyfitparsernative.parse_fit_bytes(copy)) == len(messages)
            (folder / f"{path.stem}-{number}.fit").write_bytes(copy)


def _earlier(part: FitPart, copy: int) -> bytes:
    """The same file so many times 40 days before: every time in it is another, every other byte the same."""
    body, at = bytearray(part.body), 0
    layouts: dict[int, Definition] = {}
    while at < len(body):
        kind = body[at]
        if kind & COMPRESSED:
            at += layouts[kind >> 5 & 3].size
        elif kind & DEFINITION:
            definition = read_definition(bytes(body[at : at + 1024]), 0)
            assert definition is not None
            layouts[definition.local] = definition
            at += definition.end
        else:
            layout = layouts[kind & 15]
            for field in layout.fields:
                if field.size == 4 and field.number in _MOMENTS.get(layout.number, frozenset()) | {TIMESTAMP}:
                    clock = struct.Struct(layout.byte_order + "I")
                    (moment,) = clock.unpack_from(body, at + field.offset)
                    if moment != 0xFFFFFFFF:
                        clock.pack_into(body, at + field.offset, max(0, moment - copy * 40 * 86_400))
            at += layout.size
    return framed(bytes(body), part)


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
    print(f"import: ratio {statistics.median(ratios):.2f} (promised: 0.75)")


if __name__ == "__main__":
    main()
