"""Backups of a profile's file as a person sees them: made while others write, listed, the last few kept."""

from __future__ import annotations

import re
import sqlite3
import time
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from runcoach.errors import NewerDatabaseError, NotFoundError, RuncoachError, StoreError, UsageError
from runcoach.store.sqlite import backups, integrity
from runcoach.store.sqlite.database import open_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from runcoach.config import Config

#: What a name says of a file in the folder of backups. No profile's name holds a dot, so none is taken for another's.
_NAME = re.compile(
    r"(?P<profile>[A-Za-z0-9_-]+)\.((?P<kind>before-restore|before-forget|damaged)\.)?\d{4}-\d\d-\d\d-\d{6}(-\d+)?\.db"
)
_MIGRATION = re.compile(r"(?P<profile>.+)-before-\d{4}-[a-z0-9_-]+\.db")

#: The kinds that runcoach makes by itself and removes when there are more than ``backups_kept`` of one.
_DATED = ("", "before-restore", "before-forget")


@dataclass(frozen=True, slots=True)
class Backup:
    """One file among the backups; ``problem`` says why it could not be restored, the counts are None then.

    ``kind`` is ``dated``, ``before-restore``, ``before-forget``, ``before-migration``, ``damaged`` (a broken file that
    a restore has put aside) or ``other``.
    """

    path: Path
    kind: str
    created_at: int
    size_bytes: int
    schema_version: int | None = None
    athlete_id: int | None = None
    activities: int | None = None
    first_date: str | None = None
    last_date: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A backup just made and checked, and older ones that it took the place of."""

    backup: Backup
    removed: tuple[Path, ...]


def backup(config: Config, target: Path | None = None, *, force: bool = False) -> Made:
    """Copy the profile's file as it is at this moment, check the copy, and give it its name; others may go on writing.

    Without ``target`` it gets a dated name among the backups, of which the last ``backups_kept`` stay. A folder gets
    the dated name too; a file that is there is replaced only where it is a backup of the same athlete, or with
    ``force``. NotFoundError where there is nothing to back up, UsageError for a place that must not be written to,
    StoreError where the copy cannot be made or shows that the file is damaged.
    """
    if not config.database.exists():
        raise NotFoundError("there is nothing to back up yet", hint="`runcoach import FOLDER` makes a beginning")
    with open_database(config) as connection:
        path = (
            new_path(config) if target is None else _admitted(config, target, backups.contents(connection), force=force)
        )
        backups.save(connection, path)
    return Made(look_at(path), prune(config) if target is None else ())


def new_path(config: Config, kind: str = "") -> Path:
    """The name of a backup to be made now, and its folder, private."""
    folder = _folder(config)
    return _unused(folder, config.profile, kind)


def listed(config: Config) -> list[Backup]:
    """The backups of this profile, the newest first."""
    return sorted(
        (look_at(path) for path in _own(config)), key=lambda found: (found.created_at, found.path), reverse=True
    )


def newest_sound(config: Config) -> Backup | None:
    """The last backup that can be restored; None where there is none."""
    return next((found for found in listed(config) if found.problem is None and found.kind != "damaged"), None)


def look_at(path: Path, *, live: bool = False) -> Backup:
    """What a file says of itself, without reading it to its end; ``live``: others may be writing to it."""
    stat = path.stat()
    unread = Backup(path, _kind(path), int(stat.st_mtime), stat.st_size)
    try:
        problem = describe_problem(integrity.inspect_file(path, live=live), path)
        if problem is not None and not isinstance(problem, NewerDatabaseError):
            return replace(unread, problem=problem.message)
        with integrity.open_unmigrated(path, live=live) as connection:
            held = backups.contents(connection)
    except RuncoachError as error:
        return replace(unread, problem=error.message)
    except sqlite3.Error as error:
        return replace(unread, problem=str(error))
    return replace(unread, **asdict(held), problem=None if problem is None else problem.message)


def describe_problem(found: integrity.FileStatus, path: Path) -> StoreError | None:
    """Why a file of this nature cannot be restored; None where it can."""
    if found.kind is integrity.FileKind.OURS:
        return None
    if found.kind is integrity.FileKind.NEWER:
        return NewerDatabaseError(
            f"{path} was written by a newer runcoach (schema {found.version})", hint="upgrade runcoach first"
        )
    said = {
        integrity.FileKind.MISSING: "does not exist",
        integrity.FileKind.NEW: "is empty",
        integrity.FileKind.FOREIGN: "is another program's database",
        integrity.FileKind.DAMAGED: f"is damaged or no database: {found.damage}",
    }
    return StoreError(f"{path} {said[found.kind]}", hint="`runcoach backup --list` shows what there is")


def prune(config: Config, kind: str = "") -> tuple[Path, ...]:
    """Remove dated backups of one kind beyond the last ``backups_kept``, oldest first; which ones.

    Only what bears a name that runcoach gives by itself, and is a runcoach database.
    """
    keep = int(config.settings.backups_kept)
    dated = [path for path in _own(config) if (match := _NAME.fullmatch(path.name)) and (match["kind"] or "") == kind]
    removed = []
    for path in sorted(dated, key=_age)[:-keep]:
        if kind in _DATED and integrity.inspect_file(path).kind in {integrity.FileKind.OURS, integrity.FileKind.NEWER}:
            backups.discard(path)
            removed.append(path)
    return tuple(removed)


def own_files(config: Config) -> list[Path]:
    """Every file among the backups that is of this profile: dated, before a migration, put aside."""
    return list(_own(config))


def _own(config: Config) -> Iterator[Path]:
    folder = config.paths.backups
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        match = _NAME.fullmatch(path.name) or _MIGRATION.fullmatch(path.name)
        if match and match["profile"] == config.profile and path.is_file():
            yield path


def _kind(path: Path) -> str:
    match = _NAME.fullmatch(path.name)
    if match:
        return match["kind"] or "dated"
    return "before-migration" if _MIGRATION.fullmatch(path.name) else "other"


def _age(path: Path) -> tuple[str, int]:
    """Sorts names by when they were made: the second of one second is ``…-2``."""
    stamp = path.name.removesuffix(".db").rsplit(".", 1)[-1]
    return stamp[:17], int(stamp[18:] or 1)


def _folder(config: Config) -> Path:
    from runcoach.filesystem import make_private_folder

    try:
        make_private_folder(config.paths.backups)
    except OSError as error:
        raise StoreError(f"{config.paths.backups} cannot be made: {error.strerror}") from error
    return config.paths.backups


def _unused(folder: Path, profile: str, kind: str) -> Path:
    stamp = datetime.fromtimestamp(time.time()).astimezone().strftime("%Y-%m-%d-%H%M%S")
    stem = ".".join(part for part in (profile, kind, stamp) if part)
    path, number = folder / f"{stem}.db", 1
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}.db"
    return path


def _admitted(config: Config, target: Path, held: backups.Contents, *, force: bool) -> Path:
    """Where a backup with a name of the person's own goes; UsageError where it must not."""
    path = target.expanduser().resolve()
    if path.is_dir():
        path = _unused(path, config.profile, "")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", hint="make it first, or connect the disk that it is on")
    if path.parent == config.paths.data.resolve():
        raise UsageError(f"{path.parent} is where the profiles' own files lie", hint="name another folder")
    if not path.exists():
        return path
    if not path.is_file() or any(path.with_name(path.name + beside).exists() for beside in ("-wal", "-journal")):
        raise UsageError(f"{path} is in use, or is no file", hint="name another")
    found = look_at(path)
    if force:
        return path
    if found.problem is not None:
        raise UsageError(f"{path} is there already and is no backup", hint="name another file, or --force")
    if None not in (found.athlete_id, held.athlete_id) and found.athlete_id != held.athlete_id:
        raise UsageError(f"{path} is a backup of athlete {found.athlete_id}", hint="name another file, or --force")
    return path
