"""Erases what came from Strava through its API; what came from the runner's own files and archive stays."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from runcoach.config import Config
from runcoach.errors import StoreError
from runcoach.ingest.merge import edits_of, recompute_parts
from runcoach.ingest.retention import remove_expired
from runcoach.ingest.source_values import merge_values
from runcoach.ingest.writer import update_rankings
from runcoach.services.analytics import physiology
from runcoach.services.analytics.jobs import update_analytics
from runcoach.services.analytics.routes import update_some_routes
from runcoach.services.locks import sync_lock
from runcoach.services.maintenance.backups import BackupKind, backup_files, new_backup_path, prune, verify
from runcoach.services.sync.listing import LAST_FULL
from runcoach.store import activities, activity_sources, audit
from runcoach.store.remote import credentials, known_activities
from runcoach.store.remote import forget as api_data
from runcoach.store.remote.forget import ForgetTargets, Shared
from runcoach.store.sqlite import backups
from runcoach.store.sqlite.connection import explain, write_transaction
from runcoach.store.sqlite.database import open_database, open_reader


@dataclass(frozen=True, slots=True)
class ForgetPreview:
    """Activities that would be ``removed``, since only Strava has them, and ``kept``, since a file has them too.

    ``without_samples`` of the kept ones lose samples that came from Strava, until their files are imported again.
    """

    removed: int
    kept: int
    without_samples: int
    backups: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was erased, as in :class:`ForgetPreview`.

    ``backup`` was made before; ``backups_left``, which include it, still contain the erased data. ``is_clean`` False:
    traces may remain in the database file, for the reason in ``problem``. ``is_connected``: the login is still active.
    """

    removed: int
    kept: int
    without_samples: int
    backup: Path | None
    backups_left: tuple[Path, ...]
    backups_removed: int
    is_clean: bool
    is_connected: bool
    problem: str | None = None


def preview_forget(config: Config, *, before_s: float | None = None) -> ForgetPreview:
    """What :func:`forget` would erase; changes nothing."""
    with open_reader(config) as connection:
        targets = _targets(connection, before_s)
    return ForgetPreview(
        len(targets.alone), len(targets.shared), _without_samples(targets), tuple(backup_files(config))
    )


def forget(
    config: Config, *, before_s: float | None = None, back_up: bool = True, with_backups: bool = False
) -> Forgotten:
    """Delete what came from Strava and overwrite it in the file; a sync can fetch it again.

    ``before_s``: only activities that began before it and that no file, archive or other service has.

    ``back_up`` makes a backup first; ``with_backups`` removes all earlier ones afterwards. What is kept of an activity
    is merged from its other sources. Can be repeated after an interruption. SyncRunningError where a sync runs,
    StoreError where no backup can be made: then nothing is erased.
    """
    if not config.database.exists():
        return Forgotten(0, 0, 0, None, (), 0, is_clean=True, is_connected=False)
    with sync_lock(config), open_database(config) as connection:
        path = _back_up(config, connection) if back_up else None
        api_data.overwrite_deleted(connection)
        with write_transaction(connection):
            targets = _targets(connection, before_s)
            if before_s is None:
                _erase(connection, targets, path)
            else:
                remove_expired(connection, before_s)
            physiology.remove_stored(connection)
        update_analytics(connection)
        problem = _rewrite_file(config, connection)
        row = credentials.current(connection)
    _remove_cache(config)
    earlier = [each for each in backup_files(config) if each != path] if with_backups else []
    for each in earlier:
        backups.discard(each)
    return Forgotten(
        removed=len(targets.alone),
        kept=len(targets.shared),
        without_samples=_without_samples(targets),
        backup=path,
        backups_left=tuple(backup_files(config)),
        backups_removed=len(earlier),
        is_clean=problem is None,
        is_connected=row is not None and row["status"] == "active",
        problem=problem,
    )


def _targets(connection: sqlite3.Connection, before_s: float | None) -> ForgetTargets:
    """What to erase: everything of Strava's API, or with ``before_s`` what began before and only Strava's API knows."""
    if before_s is None:
        return api_data.find_targets(connection)
    return ForgetTargets(tuple(api_data.known_to_strava_alone(connection, before_s)), ())


def _rewrite_file(config: Config, connection: sqlite3.Connection) -> str | None:
    """Rewrite the file without what was deleted; returns why traces may remain, None where they do not."""
    try:
        return None if api_data.vacuum_securely(connection) else "another program has the database open: close it"
    except sqlite3.OperationalError as error:  # what was deleted stays deleted
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_FULL:
            return "the disk is too full to rewrite the file: free some space"
        return f"the file could not be rewritten: {explain(error, config.database).message}"


def _without_samples(targets: ForgetTargets) -> int:
    return sum(one.streams_go and one.had_own and one.twin_id is None for one in targets.shared)


def _back_up(config: Config, connection: sqlite3.Connection) -> Path:
    """Back up, remove the oldest of these backups, and verify that the new one can be restored."""
    path = new_backup_path(config, BackupKind.BEFORE_FORGET)
    backups.save(connection, path)
    prune(config, BackupKind.BEFORE_FORGET, keep=path)
    verify(path)
    return path


def _erase(connection: sqlite3.Connection, targets: ForgetTargets, backup: Path | None) -> None:
    """Delete everything in the caller's transaction; shared activities first, which may need samples of others."""
    for one in targets.shared:
        _keep_other_sources(connection, one)
    for activity_id in targets.alone:
        api_data.remove_activity(connection, activity_id)
    api_data.remove_the_rest(connection, LAST_FULL)
    message = f"forgot {len(targets.alone)} activities from Strava, kept {len(targets.shared)} that files contain too"
    meta = {"removed": len(targets.alone), "kept": len(targets.shared), "backup": backup.name if backup else None}
    audit.record(connection, "admin", 0, "delete", message, meta=meta)
    update_rankings(connection)
    update_some_routes(connection)


def _keep_other_sources(connection: sqlite3.Connection, one: Shared) -> None:
    """Reduce an activity to what its files and archive rows contain."""
    activity_id = one.activity_id
    api_data.remove_source(connection, activity_id)
    if one.streams_go:
        api_data.remove_parts(connection, activity_id)
        if one.twin_id is not None:
            activities.copy_parts(connection, one.twin_id, activity_id)
        else:
            activity_sources.lack_samples(connection, activity_id)
    sources = [
        *activity_sources.source_values(connection, activity_id, or_detached=True),
        *edits_of(connection, activity_id),
    ]
    activities.update(connection, activity_id, merge_values(sources))
    if not activity_sources.ids_of(connection, activity_id):  # its import was undone: only Strava had kept it listed
        known_activities.mark_deleted(connection, activity_id)
    recompute_parts(connection, activity_id, replace_reported=True)  # the sport may be another one now


def _remove_cache(config: Config) -> None:
    """Remove the profile's cache: images drawn from routes, and what else can be made again."""
    folder = config.paths.cache / config.profile
    try:
        if folder.is_dir():
            shutil.rmtree(folder)
    except OSError as error:
        raise StoreError(
            f"everything is deleted except images in {folder}: {error}", hint="remove that folder by hand"
        ) from error
