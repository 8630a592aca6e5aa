"""Imports a runner's own files and archives: parsed in order, by several processes if many, and stored by one."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from runcoach.config import Config
from runcoach.errors import NotFoundError, StoreError
from runcoach.ingest.writer import WriteOutcome, Written, update_rankings, write_activities
from runcoach.services.analytics.jobs import is_current, update_analytics
from runcoach.services.imports.discovery import Content, ImportItem, Problem, discover
from runcoach.services.imports.known_items import is_known
from runcoach.services.imports.parse_pool import ParsePool
from runcoach.services.imports.parsing import ImportStatus, ParsedItem, close_archives
from runcoach.sources.apple_health.export_file import archive_of, export_bytes
from runcoach.store import import_batches, originals
from runcoach.store.sqlite.connection import connect, write_transaction
from runcoach.store.sqlite.database import open_database
from runcoach.store.training import race_predictions, wellness

if TYPE_CHECKING:
    OnProgress = Callable[[int, int, str], None]

#: Below this number of items no worker is started: starting one takes as long as parsing a hundred files.
MIN_ITEMS_FOR_WORKERS = 150

#: An export.xml of Apple Health from this size on is expected to hold as many workouts.
LARGE_EXPORT_BYTES = 64 * 2**20

#: How many file names the origin of an uploaded batch lists.
_NAMES_IN_ORIGIN = 3


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """The result of one file, archive member or row; ``reason`` and ``hint`` where it was skipped or failed."""

    path: str
    status: ImportStatus
    activity_ids: tuple[int, ...] = ()
    created: int = 0
    reason: str | None = None
    hint: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The result of an import: its batch (None where nothing was new) and the outcome of each file, in order.

    ``originals`` are files that are kept since this import, also of activities that were known before.
    """

    batch_id: int | None
    files: tuple[FileOutcome, ...]
    interrupted: bool = False
    dry_run: bool = False
    originals: int = 0

    def count(self, status: str) -> int:
        """The number of files with this status."""
        return sum(file.status == status for file in self.files)

    @property
    def activities(self) -> int:
        """The number of new activities."""
        return sum(file.created for file in self.files)


def import_files(
    config: Config,
    paths: Sequence[Path],
    *,
    sport: str | None = None,
    dry_run: bool = False,
    workers: int | None = None,
    base: Path | None = None,
    progress: OnProgress | None = None,
) -> ImportReport:
    """Import every activity file and archive of ``paths``; known ones stay unchanged.

    ``sport`` is for files that do not name one. ``dry_run`` imports into a temporary copy of the database. ``workers``
    is the number of processes that parse; None: one a processor from :data:`MIN_ITEMS_FOR_WORKERS` items on. Labels
    and the batch's origin are relative to ``base``. ``progress`` is called before each item is stored with (items done,
    number of items, label).

    NotFoundError where a path does not exist; a problem with one item is in its outcome. On Ctrl-C the stored
    activities are kept and ranked, and the report is ``interrupted``.
    """
    for path in paths:
        if not path.exists():
            raise NotFoundError(f"{path} does not exist", hint="name a file, a folder or an export")
    if dry_run:
        with _temporary_copy(config) as copy:
            report = import_files(copy, paths, sport=sport, workers=workers, base=base, progress=progress)
            return replace(report, dry_run=True, batch_id=None)
    try:
        with tempfile.TemporaryDirectory(prefix="runcoach-import-") as scratch:
            # Workers are forked before the database is opened: a connection must not be used after a fork. For a
            # large export of Apple Health they are forked before it is read, which takes memory.
            is_large = any(export_bytes(archive_of(path)) >= LARGE_EXPORT_BYTES for path in paths)
            early = _worker_count(workers, MIN_ITEMS_FOR_WORKERS) if is_large else None
            keep = config.settings.keeps_imports
            with ExitStack() as stack:
                pool = None if early is None else stack.enter_context(ParsePool(early, keep_originals=keep))
                items = list(discover(paths, Path(scratch), base=base, progress=progress))
                if pool is None:
                    pool = stack.enter_context(ParsePool(_worker_count(workers, len(items)), keep_originals=keep))
                connection = stack.enter_context(open_database(config))
                run = _Import(connection, _origin(paths, base), sport, keep)
                run.process(items, pool, progress)
                run.analyze(progress)
                return run.report()
    finally:
        close_archives()


def _origin(paths: Sequence[Path], base: Path | None) -> str:
    """The origin recorded for the batch: its paths, or the first few names relative to ``base``."""
    if base is None:
        return ", ".join(str(path) for path in paths)
    names = [path.relative_to(base).as_posix() for path in paths]
    more = [f"{len(names) - _NAMES_IN_ORIGIN} more"] if len(names) > _NAMES_IN_ORIGIN else []
    return ", ".join([*names[:_NAMES_IN_ORIGIN], *more])


def _worker_count(requested: int | None, items: int) -> int:
    """The number of processes to start; 0: parse in this one."""
    if requested is None:
        requested = (os.cpu_count() or 1) if items >= MIN_ITEMS_FOR_WORKERS else 0
    return requested if requested > 1 else 0


@contextmanager
def _temporary_copy(config: Config) -> Iterator[Config]:
    """The same configuration with a copy of the database in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="runcoach-dry-run-") as folder:
        copy = replace(config, paths=replace(config.paths, data=Path(folder)))
        if config.database.exists():
            with open_database(config) as original, closing(connect(copy.database)) as target:
                original.backup(target)
        yield copy


@dataclass(slots=True)
class _Import:
    """An import in progress; its batch begins with the first activity to store, so that none is left empty."""

    connection: sqlite3.Connection
    origin: str
    sport: str | None
    keep_originals: bool = False
    batch: import_batches.Batch | None = None
    outcomes: list[FileOutcome] = field(default_factory=list)
    interrupted: bool = False
    originals_before: int = 0

    def process(self, items: list[ImportItem | Problem], pool: ParsePool, progress: OnProgress | None) -> None:
        """Parse and store every item in order; after an interruption or an error what was stored is ranked."""
        known = partial(is_known, self.connection, keep_originals=self.keep_originals)
        self.originals_before = self._count_originals()
        try:
            for done, (item, parsed) in enumerate(pool.parse(items, self.sport, known)):
                if progress:
                    progress(done, len(items), item.label)
                self.outcomes.append(self._store(item, parsed))
        except KeyboardInterrupt:
            self.interrupted = True
            pool.stop()
        finally:
            self._finish()

    def _store(self, item: ImportItem | Problem, parsed: ParsedItem | None) -> FileOutcome:
        """Store a parsed item; ``parsed`` None: it is known already, or a problem."""
        if isinstance(item, Problem):
            status = ImportStatus.FAILED if item.is_failure else ImportStatus.SKIPPED
            return FileOutcome(item.label, status, reason=item.reason, hint=item.hint)
        if parsed is None:
            return FileOutcome(item.label, ImportStatus.UNCHANGED)
        if parsed.failure is not None:
            return FileOutcome(item.label, parsed.failure, reason=parsed.reason, hint=parsed.hint)
        if item.content is not Content.ACTIVITIES:
            return self._store_values(item, parsed)
        written: list[Written] = []
        for group in parsed.groups:
            with self._writing() as batch:
                written += write_activities(self.connection, group, batch.id)
        created = {one.activity_id for one in written if one.outcome is WriteOutcome.CREATED}
        touched = {one.activity_id for one in written if one.outcome is not WriteOutcome.UNCHANGED}
        if created:
            status = ImportStatus.IMPORTED
        elif any(one.outcome is WriteOutcome.REVIVED for one in written):
            status = ImportStatus.REVIVED
        else:
            status = ImportStatus.MERGED if touched else ImportStatus.UNCHANGED
        return FileOutcome(item.label, status, tuple(sorted(touched)), len(created), notes=parsed.notes)

    def _store_values(self, item: ImportItem, parsed: ParsedItem) -> FileOutcome:
        """Store the race predictions or daily values of an item that are not known yet."""
        predictions = race_predictions.unknown(self.connection, parsed.race_predictions)
        values = wellness.unknown(self.connection, parsed.values)
        if not predictions and not values:
            return FileOutcome(item.label, ImportStatus.UNCHANGED, notes=parsed.notes)
        with self._writing() as batch:
            race_predictions.put(self.connection, predictions, batch.id)
            wellness.put(self.connection, values, batch.id)
        days = len({one.date for one in predictions or values})
        note = f"race predictions of {days} days" if predictions else f"daily values of {days:,} days"
        return FileOutcome(item.label, ImportStatus.IMPORTED, notes=(note, *parsed.notes))

    @contextmanager
    def _writing(self) -> Iterator[import_batches.Batch]:
        """A transaction of the batch, which is opened before the first write."""
        if self.batch is None:
            with write_transaction(self.connection):
                batch = import_batches.begin(self.connection, self.origin)
            self.batch = batch  # not before the commit: on a full disk there is no batch
        with write_transaction(self.connection):
            self._check_batch()
            yield self.batch

    def _check_batch(self) -> None:
        """StoreError where the batch is gone: a restore has replaced the content of the database since it began."""
        if self.batch is not None and not import_batches.is_here(self.connection, self.batch):
            self.batch = None
            raise StoreError(
                "the profile's file was replaced while this import was running; what it imported is not in it",
                hint="run the same import again",
            )

    def _finish(self) -> None:
        """Close the batch, and those of killed imports, and update the rankings once."""
        report = self.report()
        with write_transaction(self.connection):
            self._check_batch()
            interrupted = import_batches.close_interrupted(self.connection, except_for=report.batch_id)
            if report.batch_id is not None:
                import_batches.finish(
                    self.connection,
                    report.batch_id,
                    created=report.activities,
                    updated=report.count(ImportStatus.MERGED),
                    unchanged=report.count(ImportStatus.UNCHANGED),
                    failed=report.count(ImportStatus.FAILED),
                )
            if report.batch_id is not None or interrupted:
                update_rankings(self.connection)

    def analyze(self, progress: OnProgress | None) -> None:
        """Compute the analytics of what was stored, also by an import that was killed; the rest stays queued."""
        if self.interrupted or (self.batch is None and is_current(self.connection)):
            return
        report = progress or (lambda _done, _total, _label: None)
        try:
            update_analytics(self.connection, progress=lambda done, total: report(done, total, "analyzing"))
        except KeyboardInterrupt:
            self.interrupted = True

    def report(self) -> ImportReport:
        """The results so far."""
        return ImportReport(
            self.batch.id if self.batch else None,
            tuple(self.outcomes),
            self.interrupted,
            originals=self._count_originals() - self.originals_before,
        )

    def _count_originals(self) -> int:
        return originals.size(self.connection).files if self.keep_originals else 0
