"""Imports a runner's own files: folders are walked, each file is read, built and written, failures are told apart."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from runcoach.domain.activity import Source
from runcoach.domain.recording import Totals
from runcoach.errors import NotAnActivityError, NotFoundError, SourceError
from runcoach.ingest.building import build
from runcoach.ingest.writing import Outcome, Written, put, rank
from runcoach.sources.files import activity_files, read_bytes
from runcoach.store import batches, sources
from runcoach.store.engine import open_store, write

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from runcoach.config import Config
    from runcoach.domain.activity import WholeActivity

#: A file larger than this is no recording of a run, and would be read into memory whole.
LARGEST_FILE_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of one file.

    ``status`` is ``imported``, ``unchanged`` (all of it was here already), ``skipped`` (sound, but no activity) or
    ``failed``; ``reason`` says why for the last two, ``notes`` what to know of the others.
    """

    path: str
    status: str
    activity_ids: tuple[int, ...] = ()
    reason: str | None = None
    hint: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What one import brought: its batch (None where nothing was new) and the outcome of each file, in order."""

    batch_id: int | None
    files: tuple[FileOutcome, ...]
    interrupted: bool = False

    def count(self, status: str) -> int:
        """How many files ended this way."""
        return sum(file.status == status for file in self.files)

    @property
    def activities(self) -> int:
        """How many activities are new."""
        return sum(len(file.activity_ids) for file in self.files)


def import_files(
    config: Config,
    paths: Sequence[Path],
    *,
    sport: str | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> ImportReport:
    """Read every activity file of ``paths`` into the profile's file; what is here already stays as it is.

    ``sport`` is the sport of files that do not say theirs. ``progress`` is told, before each file, (files done, files
    in all, its name). NotFoundError where a path does not exist; whatever is wrong with a single file is in its
    outcome. Ctrl-C ends the import between two activities: what is finished is kept and ranked, and the report says
    ``interrupted``.
    """
    for path in paths:
        if not path.exists():
            raise NotFoundError(f"{path} does not exist", hint="name a file or a folder with FIT, GPX or TCX files")
    files = list(activity_files(paths))
    with open_store(config) as connection:
        run = _Import(connection, ", ".join(str(path) for path in paths), sport)
        try:
            for done, path in enumerate(files):
                if progress:
                    progress(done, len(files), path.name)
                run.outcomes.append(run.import_one(path))
        except KeyboardInterrupt:
            run.interrupted = True
        finally:
            run.finish()
        return run.report()


@dataclass(slots=True)
class _Import:
    """One import under way: its batch begins with the first new activity, so that nothing new leaves no trace."""

    connection: sqlite3.Connection
    origin: str
    sport: str | None
    batch_id: int | None = None
    outcomes: list[FileOutcome] = field(default_factory=list)
    interrupted: bool = False

    def import_one(self, path: Path) -> FileOutcome:
        """Read, build and write one file; what is wrong with it is in the outcome."""
        try:
            data = _read(path)
            sha256 = hashlib.sha256(data).hexdigest()
            if sources.is_whole(self.connection, sha256):
                return FileOutcome(str(path), "unchanged")
            wholes, notes = _build_all(data, path.name, sha256, self.sport)
        except NotAnActivityError as error:
            return FileOutcome(str(path), "skipped", reason=error.message, hint=error.hint)
        except SourceError as error:
            return FileOutcome(str(path), "failed", reason=error.message, hint=error.hint)
        written = [self._put(whole) for whole in wholes]
        new = tuple(one.activity_id for one in written if one.outcome is not Outcome.UNCHANGED)
        return FileOutcome(str(path), "imported" if new else "unchanged", new, notes=notes)

    def _put(self, whole: WholeActivity) -> Written:
        batch_id = self._batch()
        with write(self.connection):
            return put(self.connection, whole, batch_id)

    def _batch(self) -> int:
        if self.batch_id is None:
            with write(self.connection):
                self.batch_id = batches.begin(self.connection, self.origin)
        return self.batch_id

    def finish(self) -> None:
        """Close the batch and rank once; also mends what an import that was killed before could not finish."""
        report = self.report()
        with write(self.connection):
            interrupted = batches.close_interrupted(self.connection, except_for=self.batch_id)
            if self.batch_id is not None:
                counts = {status: report.count(status) for status in ("unchanged", "failed")}
                batches.finish(self.connection, self.batch_id, created=report.activities, updated=0, **counts)
            if report.activities or interrupted:
                rank(self.connection)

    def report(self) -> ImportReport:
        """What has been done so far."""
        return ImportReport(self.batch_id, tuple(self.outcomes), self.interrupted)


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE_BYTES:
            raise SourceError(f"{size / 2**20:.0f} MiB is more than a recording can have")
        return path.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror or error}", hint="check its permissions") from error


def _build_all(data: bytes, name: str, sha256: str, sport: str | None) -> tuple[list[WholeActivity], tuple[str, ...]]:
    """Every activity of a file, and what to know of it; NotAnActivityError where none of its parts is one."""
    reading = read_bytes(data, name)
    wholes, notes, empty = [], list(reading.notes), []
    for item, recording in enumerate(reading.recordings):
        source = Source("file", recording.format, name, Totals(), sha256=sha256, item=item)
        try:
            whole = build(recording, source, fallback_sport=sport)
        except NotAnActivityError as error:
            empty.append(error)
            continue
        wholes.append(whole)
        notes += [note for note in whole.source.notes if note not in notes]
    if not wholes:
        raise empty[0]
    whole_file = [replace(whole, source=replace(whole.source, items=len(wholes))) for whole in wholes]
    return whole_file, tuple(notes)
