"""Brings a profile's file back from a backup: checked before, replaced as a whole, and undone by another restore."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcoach.errors import NotFoundError, StoreError, UsageError
from runcoach.ingest.writer import update_rankings
from runcoach.services.locks import sync_lock, token_lock
from runcoach.services.maintenance.backups import describe_problem, look_at, new_path, prune
from runcoach.services.sync.listing import LAST_FULL
from runcoach.store import audit
from runcoach.store.remote import sync_state
from runcoach.store.sqlite import backups, installation, integrity
from runcoach.store.sqlite.connection import explain, write_transaction
from runcoach.store.sqlite.database import open_database
from runcoach.store.sqlite.integrity import FileKind

if TYPE_CHECKING:
    from pathlib import Path

    from runcoach.config import Config
    from runcoach.services.maintenance.backups import Backup

#: What a present file can be so that its login goes on; one of a newer version keeps it in ways not known here.
_READABLE = {FileKind.OURS}


@dataclass(frozen=True, slots=True)
class RestorePreview:
    """What a restore would do: the ``backup`` it takes, and what is here now (``present`` None: nothing readable).

    ``is_stranger``: they are of two athletes.
    """

    backup: Backup
    present: Backup | None
    is_damaged: bool
    is_stranger: bool


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did; ``kept`` is what was here before (None: nothing), to be restored if this was a mistake.

    ``aside`` is a damaged file that was put away; ``login_kept`` tells whether the login of this profile goes on.
    """

    backup: Backup
    activities: int
    kept: Path | None
    aside: Path | None
    login_kept: bool


def preview_restore(config: Config, source: Path) -> RestorePreview:
    """Look at both sides of a restore and change nothing.

    NotFoundError where there is no such file, NewerDatabaseError and StoreError where it is none that can be restored
    or where the present file is another program's.
    """
    path = _find(config, source)
    problem = describe_problem(integrity.inspect_file(path), path)
    if problem is not None:
        raise problem
    if config.database.exists() and path.samefile(config.database):
        raise UsageError(f"{path} is the present file itself", hint="`runcoach backup --list` shows the backups")
    now = integrity.inspect_file(config.database, thorough=True, live=True)
    if now.kind is FileKind.FOREIGN:
        raise StoreError(f"{config.database} is another program's database", hint="name another --profile or --home")
    offered = look_at(path)
    present = look_at(config.database, live=True) if now.kind in {FileKind.OURS, FileKind.NEWER} else None
    athletes = {offered.athlete_id, present.athlete_id if present else None} - {None}
    return RestorePreview(offered, present, now.kind is FileKind.DAMAGED, len(athletes) > 1)


def restore(config: Config, source: Path, *, other_athlete: bool = False) -> Restored:
    """Put the content of a backup in the place of what is here, as a whole.

    What is here becomes a backup first. The login of this profile stays as it is: a backup may name tokens that have
    been replaced since. No sync and no change of tokens runs meanwhile (SyncRunningError where one does). Raises what
    :func:`preview_restore` does, and UsageError for the file of another athlete, unless ``other_athlete``.
    """
    with sync_lock(config), token_lock(config):
        found = preview_restore(config, source)
        if found.is_stranger and not other_athlete:
            raise UsageError(
                f"{found.backup.path} is of athlete {found.backup.athlete_id}, this profile of another",
                hint="`runcoach --profile NAME restore FILE` keeps them apart; --other-athlete means it",
            )
        now = integrity.inspect_file(config.database, live=True)
        try:
            with (
                integrity.open_unmigrated(found.backup.path) as original,
                backups.staged(original, config.database, str(found.backup.path)) as copy,
            ):
                login_kept = now.kind in _READABLE and not found.is_damaged and not found.is_stranger
                activities = _prepare(config, copy, found, login_kept=login_kept)
                kept, aside = _swap(config, copy, is_damaged=found.is_damaged)
        except sqlite3.Error as error:
            raise explain(error, config.database) from error
    prune(config, "before-restore")
    return Restored(found.backup, activities, kept, aside, login_kept)


def _find(config: Config, source: Path) -> Path:
    """The file of this name, where a person stands or among the backups."""
    for path in (source.expanduser(), config.paths.backups / source):
        if path.is_file():
            return path.resolve()
    raise NotFoundError(f"there is no file {source}", hint="`runcoach backup --list` shows the backups")


def _prepare(config: Config, copy: Path, found: RestorePreview, *, login_kept: bool) -> int:
    """Make of a copy what the profile's file is to be; how many activities it holds."""
    from runcoach.store.sqlite.migrations import migrate

    with backups.for_changes(copy) as connection:
        migrate(connection, None)
        if login_kept:
            installation.copy_installation_state(connection, config.database)
        with write_transaction(connection):
            sync_state.put(connection, LAST_FULL, None)  # what has changed since is found by the whole list alone
            update_rankings(connection)
            meta = {"file": found.backup.path.name, "madeAt": found.backup.created_at}
            audit.record(connection, "admin", 0, "update", f"restored from {found.backup.path.name}", meta=meta)
        return backups.contents(connection).activities


def _swap(config: Config, copy: Path, *, is_damaged: bool) -> tuple[Path | None, Path | None]:
    """Put the copy in its place; where what was here is kept: as a backup, or put aside as it was."""
    live = config.database
    if is_damaged:
        aside = new_path(config, "damaged")
        backups.replace_file(copy, live, aside)
        return None, aside
    if integrity.inspect_file(live).kind in {FileKind.MISSING, FileKind.NEW}:
        with open_database(config):
            pass  # an empty file, which others may begin to fill at this very moment
    kept: list[Path] = []

    def keep() -> None:
        with integrity.open_unmigrated(live, live=True) as connection:
            if any(count for table, count in integrity.rows(connection).items() if table not in _EVERY_FILE_HAS):
                path = new_path(config, "before-restore")
                backups.save(connection, path)
                kept.append(path)

    backups.replace_content(copy, live, keep)
    return (kept[0] if kept else None), None


#: Tables that are never empty.
_EVERY_FILE_HAS = {"schema_migration", "user"}
