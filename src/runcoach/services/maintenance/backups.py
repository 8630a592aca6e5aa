"""Backups of a profile's database: made while others write, inspected, listed; the oldest are removed."""

from __future__ import annotations

import re
import sqlite3
import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from runcoach.config import Config
from runcoach.domain.json_format import EpochSeconds
from runcoach.errors import NewerDatabaseError, NotFoundError, RuncoachError, StoreError, UsageError
from runcoach.filesystem import make_private_folder
from runcoach.store.sqlite import backups, integrity
from runcoach.store.sqlite.connection import error_text, is_on_read_only_medium
from runcoach.store.sqlite.database import open_database, open_reader
from runcoach.store.sqlite.integrity import FileKind

#: Names in the folder of backups. The stamp is UTC. A profile's name has no dot, so none matches another's files.
_NAME = re.compile(
    r"(?P<profile>[A-Za-z0-9_-]+)\.((?P<kind>before-restore|before-forget|damaged)\.)?"
    r"(?P<stamp>\d{4}-\d\d-\d\d-\d{6})(-(?P<number>\d+))?\.db"
)
_MIGRATION = re.compile(r"(?P<profile>.+)-before-\d{4}-[a-z0-9_-]+\.db")


class BackupKind(StrEnum):
    """Why a backup was made."""

    DATED = "dated"
    BEFORE_RESTORE = "before-restore"
    BEFORE_FORGET = "before-forget"
    BEFORE_MIGRATION = "before-migration"
    DAMAGED = "damaged"  # a broken database that a restore has replaced
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Backup:
    """A file among the backups; ``problem`` says why it cannot be restored, and the rest is None then."""

    path: Path
    kind: BackupKind
    created_at: EpochSeconds
    size_bytes: int
    schema_version: int | None = None
    athlete_id: int | None = None
    activities: int | None = None
    first_date: str | None = None
    last_date: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class BackupResult:
    """A backup just made and verified, and the older ones removed."""

    backup: Backup
    removed: tuple[Path, ...]


def backup(config: Config, target: Path | None = None, *, force: bool = False) -> BackupResult:
    """Copy the profile's database as it is now, verify the copy, and give it its name; others may go on writing.

    Without ``target`` it gets a dated name among the backups, of which the last ``backups_kept`` stay. A folder gets
    the dated name too. An existing file is replaced only where it is a backup of the same athlete, or with ``force``.
    NotFoundError where there is no database, UsageError for a target that must not be written to, StoreError where the
    copy cannot be made or shows that the database is damaged.
    """
    if not config.database.exists():
        raise NotFoundError("there is nothing to back up yet", hint="start with `runcoach import FOLDER`")
    # A reader leaves the files of the log behind; a writer removes them.
    open_file = open_reader if is_on_read_only_medium(config.database) else open_database
    with open_file(config) as connection:
        if target is None:
            path = new_backup_path(config)
        else:
            path = _check_target(config, target, backups.contents(connection), force=force)
        backups.save(connection, path)
    removed = prune(config, keep=path) if target is None else ()
    return BackupResult(verify(path), removed)


def verify(path: Path) -> Backup:
    """The backup just made at ``path``; StoreError where it does not exist or cannot be read."""
    status = integrity.inspect_file(path)
    if status.kind not in {FileKind.OURS, FileKind.NEWER}:
        problem = describe_problem(status, path)
        raise StoreError(f"the backup just made cannot be restored: {problem}", hint="the disk may be failing")
    return inspect_backup(path)


def new_backup_path(config: Config, kind: BackupKind = BackupKind.DATED) -> Path:
    """An unused name for a backup to be made now, in the folder of backups, which is created."""
    folder = config.paths.backups
    try:
        make_private_folder(folder)
    except OSError as error:
        raise StoreError(f"{folder} cannot be made: {error.strerror}") from error
    return _unused_path(folder, config.profile, kind)


def list_backups(config: Config) -> list[Backup]:
    """The backups of this profile, newest content first; those of equal content by when they were made."""
    found = [(_content_age(path), inspect_backup(path)) for path in backup_files(config)]
    found.sort(key=lambda pair: (pair[0], pair[1].created_at, _stamp(pair[1].path)), reverse=True)
    return [one for _, one in found]


def newest_usable(config: Config) -> Backup | None:
    """The newest backup that can be restored; None where there is none."""
    usable = (one for one in list_backups(config) if one.problem is None and one.kind is not BackupKind.DAMAGED)
    return next(usable, None)


def inspect_backup(path: Path, *, live: bool = False) -> Backup:
    """What a file contains, without reading all of it; ``live``: others may be writing to it."""
    stat = path.stat()
    unread = Backup(path, _kind(path), int(stat.st_mtime), stat.st_size)
    try:
        problem = describe_problem(integrity.inspect_file(path, live=live), path)
        if problem is not None and not isinstance(problem, NewerDatabaseError):
            return replace(unread, problem=problem.message)
        with integrity.open_unmigrated(path, live=live) as connection:
            contents = backups.contents(connection)
    except RuncoachError as error:
        return replace(unread, problem=error.message)
    except sqlite3.Error as error:
        return replace(unread, problem=error_text(error))
    return replace(unread, **asdict(contents), problem=None if problem is None else problem.message)


def describe_problem(status: integrity.FileStatus, path: Path) -> StoreError | None:
    """Why a file of this status cannot be restored; None where it can."""
    if status.kind is FileKind.OURS:
        return None
    if status.kind is FileKind.NEWER:
        return NewerDatabaseError(
            f"{path} was written by a newer runcoach (schema {status.version})", hint="upgrade runcoach first"
        )
    reasons = {
        FileKind.MISSING: "does not exist",
        FileKind.NEW: "is empty",
        FileKind.FOREIGN: "is another program's database",
        FileKind.DAMAGED: f"is damaged or no database: {status.damage}",
    }
    return StoreError(f"{path} {reasons[status.kind]}", hint="`runcoach backup --list` lists the backups")


def prune(config: Config, kind: BackupKind = BackupKind.DATED, *, keep: Path | None = None) -> tuple[Path, ...]:
    """Remove the backups of one kind beyond the last ``backups_kept``, oldest content first; returns their paths.

    ``keep``, the one just made, counts and is never removed, whatever the clock says. Files that are no runcoach
    database stay.
    """
    named = [path for path in backup_files(config) if _NAME.fullmatch(path.name) and _kind(path) is kind]
    others = sorted((path for path in named if path != keep), key=lambda path: (_content_age(path), _stamp(path)))
    excess = len(named) - int(config.settings.backups_kept)
    removed = []
    for path in others[: max(0, excess)]:
        if integrity.inspect_file(path).kind in {FileKind.OURS, FileKind.NEWER}:
            backups.discard(path)
            removed.append(path)
    return tuple(removed)


def backup_files(config: Config) -> list[Path]:
    """The files among the backups that belong to this profile: dated, made before a migration, damaged."""
    folder = config.paths.backups
    if not folder.is_dir():
        return []
    matches = ((path, _NAME.fullmatch(path.name) or _MIGRATION.fullmatch(path.name)) for path in folder.iterdir())
    return sorted(path for path, match in matches if match and match["profile"] == config.profile and path.is_file())


def _kind(path: Path) -> BackupKind:
    if match := _NAME.fullmatch(path.name):
        return BackupKind(match["kind"] or BackupKind.DATED)
    return BackupKind.BEFORE_MIGRATION if _MIGRATION.fullmatch(path.name) else BackupKind.OTHER


def _content_age(path: Path) -> int:
    """The time of the last change recorded in a backup, unaffected by its name and by copying it; 0: unreadable.

    Times in the future are ignored: the clock was wrong when they were recorded.
    """
    try:
        with integrity.open_unmigrated(path) as connection:
            return backups.last_change(connection, int(time.time()))
    except (sqlite3.Error, RuncoachError):
        return 0


def _stamp(path: Path) -> tuple[str, int]:
    """Sorts backups of equal content by name; stamps in the future first. The second of one second is ``…-2``."""
    match = _NAME.fullmatch(path.name)
    if match is None or match["stamp"] > _now():
        return "", 0
    return match["stamp"], int(match["number"] or 1)


def _now() -> str:
    return datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%d-%H%M%S")


def _unused_path(folder: Path, profile: str, kind: BackupKind = BackupKind.DATED) -> Path:
    stem = ".".join([profile, *([] if kind is BackupKind.DATED else [kind]), _now()])
    path, number = folder / f"{stem}.db", 1
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}.db"
    return path


def _check_target(config: Config, target: Path, contents: backups.Contents, *, force: bool) -> Path:
    """The path of a backup with a name of the user's own; UsageError where it must not be written to."""
    path = target.expanduser().resolve()
    if path.is_dir():
        path = _unused_path(path, config.profile)
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", hint="create it first, or connect its disk")
    if path.parent == config.paths.data.resolve():
        raise UsageError(f"{path.parent} holds the profiles' own files", hint="name another folder")
    if not path.exists():
        return path
    if not path.is_file() or any(path.with_name(path.name + suffix).exists() for suffix in ("-wal", "-journal")):
        raise UsageError(f"{path} is in use or not a file", hint="name another")
    if force:
        return path
    found = inspect_backup(path)
    if found.problem is not None:
        raise UsageError(f"{path} exists and is not a backup", hint="name another file, or --force")
    if None not in (found.athlete_id, contents.athlete_id) and found.athlete_id != contents.athlete_id:
        raise UsageError(f"{path} is a backup of athlete {found.athlete_id}", hint="name another file, or --force")
    return path
