"""Imports a runner's own files and archives: read in order or by several processes, written by one, told apart."""

from __future__ import annotations

import os
import tempfile
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from runcoach.errors import NotFoundError, SourceError, StoreError
from runcoach.ingest.writer import WriteOutcome, Written, update_rankings, write_activities
from runcoach.services.imports.discovery import ImportItem, Problem, discover
from runcoach.services.imports.parse_pool import ParsePool
from runcoach.services.imports.parsing import ParsedItem, close_archives, contents, fingerprint_of, fingerprint_of_row
from runcoach.store import activity_sources, import_batches
from runcoach.store.sqlite.connection import connect, write_transaction
from runcoach.store.sqlite.database import open_database

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Sequence

    from runcoach.config import Config
    from runcoach.domain.activity import BuiltActivity

#: Fewer items than this are read by this process itself: starting others costs more than they save.
FEW_ITEMS = 150

#: An import that comes from a page is called after so many of its files.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of one file, member or row.

    ``status`` is ``imported`` (its activities are new), ``revived`` (they had been taken back), ``merged`` (one more
    account of activities that are here), ``unchanged`` (all of it was here already), ``skipped`` (sound, but no
    activity) or ``failed``; ``reason`` says why for the last two, ``notes`` what to know of the others.
    """

    path: str
    status: str
    activity_ids: tuple[int, ...] = ()
    created: int = 0
    reason: str | None = None
    hint: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What one import brought: its batch (None where nothing was new) and the outcome of each file, in order."""

    batch_id: int | None
    files: tuple[FileOutcome, ...]
    interrupted: bool = False
    dry_run: bool = False

    def count(self, status: str) -> int:
        """How many files ended this way."""
        return sum(file.status == status for file in self.files)

    @property
    def activities(self) -> int:
        """How many activities are new."""
        return sum(file.created for file in self.files)


def import_files(
    config: Config,
    paths: Sequence[Path],
    *,
    sport: str | None = None,
    dry_run: bool = False,
    workers: int | None = None,
    below: Path | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> ImportReport:
    """Read every activity file and archive of ``paths`` into the profile's file; what is here already stays as it is.

    ``sport`` is the sport of files that do not say theirs. ``workers`` read and build, this process writes; None: as
    many as there are processors, for more than a few items. What is told and kept of the paths leaves the folder
    ``below`` out. A ``dry_run`` does all of it on a copy of the profile's file, which is thrown away. ``progress`` is
    told, before each item is written, (items done, items in all, its label). NotFoundError where a path does not
    exist; whatever is wrong with a single item is in its outcome. Ctrl-C ends the import between two activities: what
    is finished is kept and ranked, and the report says ``interrupted``.
    """
    for path in paths:
        if not path.exists():
            raise NotFoundError(f"{path} does not exist", hint="name a file, a folder or a Strava archive")
    if dry_run:
        with _copy_of(config) as copy:
            report = import_files(copy, paths, sport=sport, workers=workers, below=below, progress=progress)
            return replace(report, dry_run=True, batch_id=None)
    try:
        items = list(discover(paths, below=below))
        # The readers start before the file is opened: no process may carry another's connection into its own life.
        with ParsePool(_workers(workers, len(items))) as readers, open_database(config) as connection:
            run = _Import(connection, _origin(paths, below), sport)
            run.work_through(items, readers, progress)
            return run.report()
    finally:
        close_archives()


def _origin(paths: Sequence[Path], below: Path | None) -> str:
    """What the batch is called: its paths; of many that were handed over together the first few."""
    if below is None:
        return ", ".join(str(path) for path in paths)
    names = [str(path.relative_to(below)) for path in paths]
    more = [f"{len(names) - _NAMED} more"] if len(names) > _NAMED else []
    return ", ".join([*names[:_NAMED], *more])


def _workers(wanted: int | None, items: int) -> int:
    """How many processes to start; none for a few items."""
    if wanted is None:
        wanted = os.cpu_count() or 1
        return wanted if items >= FEW_ITEMS and wanted > 1 else 0
    return wanted if wanted > 1 else 0


@contextmanager
def _copy_of(config: Config) -> Iterator[Config]:
    """The same configuration with a copy of the profile's file, in a folder that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="runcoach-dry-run-") as folder:
        copy = replace(config, paths=replace(config.paths, data=Path(folder)))
        if config.database.exists():
            with open_database(config) as original, closing(connect(copy.database)) as target:
                original.backup(target)
        yield copy


@dataclass(slots=True)
class _Import:
    """One import under way: its batch begins with the first new activity, so that nothing new leaves no trace."""

    connection: sqlite3.Connection
    origin: str
    sport: str | None
    batch: import_batches.Batch | None = None
    outcomes: list[FileOutcome] = field(default_factory=list)
    interrupted: bool = False

    def work_through(
        self, items: list[ImportItem | Problem], readers: ParsePool, progress: Callable[[int, int, str], None] | None
    ) -> None:
        """Read and write every item in its order; an interruption or an error leaves what is finished, ranked."""
        try:
            for done, (item, parsed) in enumerate(readers.read(items, self.sport, self._is_here)):
                if progress:
                    progress(done, len(items), item.label)
                self.outcomes.append(self._settle(item, parsed))
        except KeyboardInterrupt:
            self.interrupted = True
            readers.stop()
        finally:
            self._finish()

    def _is_here(self, item: ImportItem) -> bool:
        """Whether all of an item is here already, known by what it says, before anything is decoded."""
        if item.row is not None:
            known = activity_sources.find(self.connection, fingerprint_of_row(item.row), 0)
            return known is not None and not known.is_detached and not known.lacks_samples
        try:
            return activity_sources.is_whole(self.connection, fingerprint_of(contents(item)))
        except SourceError:
            return False  # reading it again will say why

    def _settle(self, item: ImportItem | Problem, parsed: ParsedItem | None) -> FileOutcome:
        """Write what an item came to, and say what became of it; None: all of it is here already."""
        if isinstance(item, Problem):
            return FileOutcome(item.label, "failed", reason=item.reason, hint=item.hint)
        if parsed is None:
            return FileOutcome(item.label, "unchanged")
        if parsed.status != "parsed":
            return FileOutcome(item.label, parsed.status, reason=parsed.reason, hint=parsed.hint)
        written = [one for group in parsed.groups for one in self._put(group)]
        created = {one.activity_id for one in written if one.outcome is WriteOutcome.CREATED}
        touched = {one.activity_id for one in written if one.outcome is not WriteOutcome.UNCHANGED}
        revived = any(one.outcome is WriteOutcome.REVIVED for one in written)
        status = "imported" if created else "revived" if revived else "merged" if touched else "unchanged"
        return FileOutcome(item.label, status, tuple(sorted(touched)), len(created), notes=parsed.notes)

    def _put(self, group: tuple[BuiltActivity, ...]) -> list[Written]:
        if self.batch is None:
            with write_transaction(self.connection):
                self.batch = import_batches.begin(self.connection, self.origin)
        with write_transaction(self.connection):
            self._check_file()
            return write_activities(self.connection, group, self.batch.id)

    def _check_file(self) -> None:
        """StoreError where a restore has put another content in the file's place since the batch began."""
        if self.batch is not None and not import_batches.is_here(self.connection, self.batch):
            self.batch = None
            raise StoreError(
                "the profile's file was replaced while this import was running; what it had brought is not in it",
                hint="run the same import again",
            )

    def _finish(self) -> None:
        """Close the batch and rank once; also mends what an import that was killed before could not finish."""
        report = self.report()
        with write_transaction(self.connection):
            self._check_file()
            interrupted = import_batches.close_interrupted(self.connection, except_for=report.batch_id)
            if report.batch_id is not None:
                merged = report.count("merged")
                counts = {status: report.count(status) for status in ("unchanged", "failed")}
                import_batches.finish(
                    self.connection, report.batch_id, created=report.activities, updated=merged, **counts
                )
            if report.batch_id is not None or interrupted:
                update_rankings(self.connection)

    def report(self) -> ImportReport:
        """What has been done so far."""
        return ImportReport(self.batch.id if self.batch else None, tuple(self.outcomes), self.interrupted)
