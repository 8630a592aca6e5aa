"""Restores a profile's database from a backup: verified before, replaced as a whole, and undone by another restore."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from runcoach.config import Config
from runcoach.errors import NotFoundError, StoreError, UsageError
from runcoach.ingest.writer import update_rankings
from runcoach.services.locks import sync_lock, token_lock
from runcoach.services.maintenance.backups import (
    Backup,
    BackupKind,
    describe_problem,
    inspect_backup,
    new_backup_path,
    prune,
    verify,
)
from runcoach.services.sync.listing import LAST_FULL
from runcoach.store import audit
from runcoach.store.remote import connections, sync_state
from runcoach.store.sqlite import backups, integrity
from runcoach.store.sqlite.connection import explain, write_transaction
from runcoach.store.sqlite.database import open_database
from runcoach.store.sqlite.integrity import FileKind


@dataclass(frozen=True, slots=True)
class RestorePreview:
    """What a restore would replace: the ``backup``, and the ``present`` content (None: nothing readable).

    ``is_stranger``: they belong to two athletes.
    """

    backup: Backup
    present: Backup | None
    is_damaged: bool
    is_stranger: bool


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did; ``kept`` is a backup of the content replaced (None: there was none), to undo it.

    ``aside`` is where a damaged database was moved. ``login_kept``: this profile's login stays active.
    """

    backup: Backup
    activities: int
    kept: Path | None
    aside: Path | None
    login_kept: bool


def preview_restore(config: Config, source: Path) -> RestorePreview:
    """Inspect both sides of a restore; changes nothing.

    NotFoundError where there is no such file; NewerDatabaseError and StoreError where it cannot be restored, or where
    the present database is another program's.
    """
    path = _find(config, source)
    problem = describe_problem(integrity.inspect_file(path), path)
    if problem is not None:
        raise problem
    if config.database.exists() and path.samefile(config.database):
        raise UsageError(f"{path} is the present file itself", hint="`runcoach backup --list` lists the backups")
    status = integrity.inspect_file(config.database, thorough=True, live=True)
    if status.kind is FileKind.FOREIGN:
        raise StoreError(f"{config.database} is another program's database", hint="name another --profile or --home")
    backup = inspect_backup(path)
    is_readable = status.kind in {FileKind.OURS, FileKind.NEWER}
    present = inspect_backup(config.database, live=True) if is_readable else None
    athletes = {backup.athlete_id, present.athlete_id if present else None} - {None}
    return RestorePreview(backup, present, status.kind is FileKind.DAMAGED, len(athletes) > 1)


def restore(config: Config, source: Path, *, other_athlete: bool = False) -> Restored:
    """Replace the present database by a backup, as a whole, after backing it up.

    This profile's login stays as it is: a backup may name tokens that have been replaced since. SyncRunningError while
    a sync runs; no tokens change meanwhile. Raises what :func:`preview_restore` raises, and UsageError for the file of
    another athlete, unless ``other_athlete``.
    """
    with sync_lock(config), token_lock(config):
        preview = preview_restore(config, source)
        if preview.is_stranger and not other_athlete:
            raise UsageError(
                f"{preview.backup.path} is of athlete {preview.backup.athlete_id}, this profile of another",
                hint="`runcoach --profile NAME restore FILE` keeps them apart; --other-athlete replaces it",
            )
        # A newer version may store the login in a way that this one does not know.
        is_ours = integrity.inspect_file(config.database, live=True).kind is FileKind.OURS
        login_kept = is_ours and not preview.is_damaged and not preview.is_stranger
        try:
            with (
                integrity.open_unmigrated(preview.backup.path) as original,
                backups.staged(original, config.database, str(preview.backup.path)) as copy,
            ):
                activities, login_kept = _prepare(config, copy, preview, login_kept=login_kept)
                kept, aside = _replace(config, copy, is_damaged=preview.is_damaged)
        except sqlite3.Error as error:
            raise explain(error, config.database) from error
    prune(config, BackupKind.BEFORE_RESTORE, keep=kept)
    return Restored(preview.backup, activities, kept, aside, login_kept)


def _find(config: Config, source: Path) -> Path:
    """The file of this name, in the working folder or among the backups."""
    for path in (source.expanduser(), config.paths.backups / source):
        if path.is_file():
            return path.resolve()
    raise NotFoundError(f"there is no file {source}", hint="`runcoach backup --list` lists the backups")


def _prepare(config: Config, copy: Path, preview: RestorePreview, *, login_kept: bool) -> tuple[int, bool]:
    """Migrate a copy, give it the login and an audit entry; returns its activities, and if it has the login."""
    from runcoach.store.sqlite.migrations import migrate

    with backups.for_changes(copy) as connection:
        migrate(connection, None)
    login_kept = login_kept and _copy_login(config, copy)
    with backups.for_changes(copy) as connection:
        with write_transaction(connection):
            # Only a full list finds what changed since the backup was made.
            sync_state.put(connection, LAST_FULL, None)
            connections.forget_full_lists(connection)
            update_rankings(connection)
            meta = {"file": preview.backup.path.name, "madeAt": preview.backup.created_at}
            audit.record(connection, "admin", 0, "update", f"restored from {preview.backup.path.name}", meta=meta)
        return backups.contents(connection).activities, login_kept


def _copy_login(config: Config, copy: Path) -> bool:
    """Copy the login of the present database; False where its tables or values do not allow that."""
    try:
        with backups.for_changes(copy) as connection:
            backups.copy_installation_state(connection, config.database)
    except sqlite3.Error as error:
        if not integrity.is_content_error(error):
            raise
        return False
    return True


def _replace(config: Config, copy: Path, *, is_damaged: bool) -> tuple[Path | None, Path | None]:
    """Put the copy in place; returns the backup of the content replaced, and where a damaged file was moved."""
    live = config.database
    if is_damaged:
        aside = new_backup_path(config, BackupKind.DAMAGED)
        backups.replace_file(copy, live, aside)
        return None, aside
    if integrity.inspect_file(live).kind in {FileKind.MISSING, FileKind.NEW}:
        with open_database(config):
            pass  # creates an empty file, to which others may write at once
    kept: list[Path] = []

    def keep() -> None:
        with integrity.open_unmigrated(live, live=True) as connection:
            always_filled = {"schema_migration", "user"}
            if any(count for table, count in integrity.rows(connection).items() if table not in always_filled):
                path = new_backup_path(config, BackupKind.BEFORE_RESTORE)
                backups.save(connection, path)
                verify(path)
                kept.append(path)

    backups.replace_content(copy, live, keep)
    return (kept[0] if kept else None), None
