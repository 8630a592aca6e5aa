"""Writes the kept original files of activities, unchanged."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runcoach.errors import StoreError
from runcoach.ingest.source_values import STREAMS_FROM
from runcoach.services.exports.track_xml import file_stem
from runcoach.store import activity_sources, originals

#: Format of a source → beginning and suffix of its file's name, by which an import recognizes it.
_NAMES = {"fit": ("", ".fit"), "gpx": ("", ".gpx"), "tcx": ("", ".tcx"), "polar": ("training-session-", ".json")}


@dataclass(slots=True)
class ExportedOriginals:
    """``files`` that were written, and activities without one.

    ``imported`` ones come from an imported file that was not kept, ``downloaded`` ones from a downloaded file that was
    not, ``without_file`` ones from no file at all. ``damaged`` are the activities whose file cannot be read.
    """

    files: int = 0
    imported: int = 0
    downloaded: int = 0
    without_file: int = 0
    damaged: list[int] = field(default_factory=list)

    @property
    def missing(self) -> int:
        """Activities without an original."""
        return self.imported + self.downloaded + self.without_file


def write_originals(
    connection: sqlite3.Connection,
    activities: list[dict[str, Any]],
    folder: Path,
    progress: Callable[[int, int], None],
) -> ExportedOriginals:
    """Write the files of all activities below ``folder``, a file of several activities once, under the first.

    Of several files of one activity the first is that of the best source; the others are numbered: ``…-42_2.fit``.
    """
    report, written = ExportedOriginals(), set[int]()
    for done, activity in enumerate(activities):
        progress(done, len(activities))
        kept = originals.of_activity(connection, activity["id"])
        kept.sort(key=lambda original: STREAMS_FROM.index(original.kind))
        if not kept:
            formats = activity_sources.formats(connection, activity["id"])
            of_files = {kind for kind, format_name in formats if format_name in _NAMES}
            report.imported += "file" in of_files
            report.downloaded += bool(of_files) and "file" not in of_files
            report.without_file += not of_files
        # A file with one run twice has two sources of it.
        new = {original.original_id: original for original in kept if original.original_id not in written}
        written.update(new)
        for number, original in enumerate(new.values(), start=1):
            stem = file_stem(activity) + (f"_{number}" if number > 1 else "")
            try:
                _write(originals.read(connection, original.original_id), original, folder, stem)
                report.files += 1
            except StoreError:
                report.damaged.append(activity["id"])
    return report


def _write(content: bytes, original: originals.KeptOriginal, folder: Path, stem: str) -> None:
    # A damaged gzip was read as far as possible, and is kept as it is.
    gzipped = ".gz" if content.startswith(b"\x1f\x8b") else ""
    (beginning, suffix), path = _NAMES[original.format], folder / stem
    path = path.with_name(f"{beginning}{path.name}{suffix}{gzipped}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
