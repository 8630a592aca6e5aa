"""Forgets for good what came from Strava through its API; what came from the runner's own files and archive stays."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcoach.domain import sports
from runcoach.errors import StoreError
from runcoach.ingest.builder import efforts_of, fastest_km_s, splits_for
from runcoach.ingest.source_values import merge_values
from runcoach.ingest.writer import update_rankings
from runcoach.services.locks import sync_lock
from runcoach.services.maintenance.backups import new_path, own_files, prune
from runcoach.services.sync.listing import LAST_FULL
from runcoach.store import activities, activity_queries, activity_sources, audit
from runcoach.store.remote import credentials, known_activities
from runcoach.store.remote import forget as api_data
from runcoach.store.sqlite import backups
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database, open_reader

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from runcoach.config import Config
    from runcoach.store.remote.forget import ForgetTargets, Shared


@dataclass(frozen=True, slots=True)
class ForgetPreview:
    """What would be forgotten: ``removed`` activities are only Strava's; ``kept`` ones stay as files tell them.

    Of those, ``without_samples`` had Strava's in place of their own: importing their files again brings those back.
    """

    removed: int
    kept: int
    without_samples: int
    backups: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was forgotten, as in :class:`ForgetPreview`.

    ``backup`` is the one made before, ``backups_left`` (it among them) still hold what was forgotten. ``is_clean``
    False: another process had the file open, and its log may hold traces. ``is_connected``: the login still stands.
    """

    removed: int
    kept: int
    without_samples: int
    backup: Path | None
    backups_left: tuple[Path, ...]
    backups_removed: int
    is_clean: bool
    is_connected: bool


def preview_forget(config: Config) -> ForgetPreview:
    """What :func:`forget` would do; nothing changes."""
    with open_reader(config) as connection:
        found = api_data.find_targets(connection)
    return ForgetPreview(len(found.alone), len(found.shared), _without_samples(found), tuple(own_files(config)))


def forget(config: Config, *, back_up: bool = True, with_backups: bool = False) -> Forgotten:
    """Delete what came from Strava, and overwrite where it stood; a sync can bring all of it back.

    First a backup is made (``back_up``); ``with_backups`` then removes all earlier ones, which hold the same. What is
    left of an activity is put together from its other sources. Broken off at any moment it can be run again. Raises
    SyncRunningError where a sync runs, StoreError where no backup can be made: then nothing is forgotten.
    """
    if not config.database.exists():
        return Forgotten(0, 0, 0, None, (), 0, is_clean=True, is_connected=False)
    with sync_lock(config), open_database(config) as connection:
        path = _back_up(config, connection) if back_up else None
        api_data.overwrite_deleted(connection)
        with write_transaction(connection):
            found = api_data.find_targets(connection)
            _forget(connection, found, path)
        is_clean = api_data.vacuum_securely(connection)
        row = credentials.current(connection)
    _empty_cache(config)
    removed = _remove_backups(config, path) if with_backups else 0
    return Forgotten(
        removed=len(found.alone),
        kept=len(found.shared),
        without_samples=_without_samples(found),
        backup=path,
        backups_left=tuple(own_files(config)),
        backups_removed=removed,
        is_clean=is_clean,
        is_connected=row is not None and row["status"] == "active",
    )


def _without_samples(found: ForgetTargets) -> int:
    return sum(one.streams_go and one.had_own and one.twin_id is None for one in found.shared)


def _back_up(config: Config, connection: sqlite3.Connection) -> Path:
    path = new_path(config, "before-forget")
    backups.save(connection, path)
    prune(config, "before-forget")
    return path


def _forget(connection: sqlite3.Connection, found: ForgetTargets, backup: Path | None) -> None:
    """All of it in one transaction: the shared ones first, for they may need the samples of one that goes."""
    for one in found.shared:
        _keep_own(connection, one)
    for activity_id in found.alone:
        api_data.remove_activity(connection, activity_id)
    api_data.remove_the_rest(connection, LAST_FULL)
    message = f"forgot {len(found.alone)} activities from Strava, kept {len(found.shared)} that files tell of too"
    meta = {"removed": len(found.alone), "kept": len(found.shared), "backup": backup.name if backup else None}
    audit.record(connection, "admin", 0, "delete", message, meta=meta)
    update_rankings(connection)


def _keep_own(connection: sqlite3.Connection, one: Shared) -> None:
    """Leave of an activity what its files and archive rows tell."""
    activity_id = one.activity_id
    api_data.remove_account(connection, activity_id)
    if one.streams_go:
        api_data.remove_parts(connection, activity_id)
        if one.twin_id is not None:
            activities.copy_parts(connection, one.twin_id, activity_id)
        else:
            activity_sources.lack_samples(connection, activity_id)
    columns = merge_values(api_data.accounts_left(connection, activity_id))
    activities.update(connection, activity_id, columns)
    if not activity_sources.ids_of(
        connection, activity_id
    ):  # an import that was taken back: Strava alone had kept it in sight
        known_activities.mark_deleted(connection, activity_id)
    if not one.streams_go:
        _compute_again(connection, activity_id)


def _compute_again(connection: sqlite3.Connection, activity_id: int) -> None:
    """Splits and efforts of the samples that stay, by the sport that the files tell; Strava's own splits go."""
    streams = activities.read_streams(connection, activity_id)
    sport = activity_queries.activity(connection, activity_id)["sport_type"]
    efforts = efforts_of(streams) if sports.is_running(sport) else ()
    activities.put_efforts(connection, activity_id, efforts)
    activities.put_splits(connection, activity_id, () if streams is None else splits_for(sport, streams), "computed")
    activities.update(connection, activity_id, {"fastest_pace_sec_per_km": fastest_km_s(efforts)})


def _empty_cache(config: Config) -> None:
    """Images drawn from routes lie there; whatever else does can be made again as well."""
    folder = config.paths.cache / config.profile
    try:
        if folder.is_dir():
            shutil.rmtree(folder)
    except OSError as error:
        raise StoreError(
            f"all is forgotten but for images in {folder}: {error}", hint="remove that folder by hand"
        ) from error


def _remove_backups(config: Config, keep: Path | None) -> int:
    """Remove every backup of this profile but the one just made; how many there were."""
    doomed = [path for path in own_files(config) if path != keep]
    for path in doomed:
        backups.discard(path)
    return len(doomed)
