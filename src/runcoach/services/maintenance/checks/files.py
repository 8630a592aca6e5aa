"""Checks of the file system: permissions, free space, backups, leftovers of processes that died."""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from runcoach.config import Config
from runcoach.filesystem import is_process_alive
from runcoach.services.imports.uploads import abandoned_uploads, uploads_folder
from runcoach.services.maintenance.backups import BackupKind, list_backups
from runcoach.services.maintenance.checks.findings import CheckResult, note, ok, problem
from runcoach.store.sqlite.backups import COMPANIONS, discard
from runcoach.vault.encryption_key import key_place

#: Free space required beyond the size of the database, for a migration or a backup.
_SPARE_BYTES = 50 * 2**20

#: An older backup is worth a note.
_OLD_BACKUP_S = 30 * 86_400

#: A temporary file without a process id in its name is a leftover after this time.
_LEFTOVER_AFTER_S = 3600

#: ``.name.PID.tmp``, ``.name.PID.THREAD.tmp``, ``.name.PID.partial``: files being written by a process.
_TEMPORARY = re.compile(r"\..+?\.(\d+)(\.\d+)?\.(tmp|partial)(-journal|-wal|-shm)?")
_TEMPORARY_WITHOUT_PID = re.compile(r".+\.partial(-journal|-wal|-shm)?|vault\.key\.[0-9a-f]{16}")


def check_permissions(config: Config) -> Iterator[CheckResult]:
    """Whether the user's files and folders are private and writable."""
    exposed = [path for path in _private_paths(config) if _is_exposed(path)]
    for path in exposed:
        mode = 0o700 if path.is_dir() else 0o600
        message = f"others on this machine can read {path}"
        if path.stat().st_uid == _user_id():
            yield problem("permissions", message, repair=partial(_make_private, path, mode))
        else:
            yield problem("permissions", f"{message}, and it belongs to another user", "ask its owner to run chmod")
    home = config.paths.data.parent
    if config.paths.state.parent == home and _is_writable_by_others(home):
        yield problem("permissions", f"others on this machine can change {home}", f"chmod go-w {home}")
        exposed.append(home)
    for path in (config.database, config.paths.data):
        if path.exists() and not os.access(path, os.W_OK):
            yield problem("permissions", f"{path} cannot be written to", "give yourself the right to, or use --home")
    if not exposed:
        yield ok("permissions", "only you can read your files")


def check_free_space(config: Config) -> Iterator[CheckResult]:
    """Whether a copy of the database fits on its disk."""
    folder = next((path for path in (config.paths.data, *config.paths.data.parents) if path.is_dir()), Path.cwd())
    free = shutil.disk_usage(folder).free
    size = config.database.stat().st_size if config.database.exists() else 0
    message = f"{free / 2**20:,.0f} MiB free for a file of {size / 2**20:,.0f} MiB"
    if free < size + _SPARE_BYTES:
        yield problem("disk", f"{message}: no backup and no update of the file would fit", "free some space")
    else:
        yield ok("disk", message)


def check_backups(config: Config) -> Iterator[CheckResult]:
    """Whether there is a usable backup, and its age."""
    backups = list_backups(config)
    broken = [one for one in backups if one.problem is not None and one.kind is not BackupKind.DAMAGED]
    usable = [one for one in backups if one.problem is None]
    if broken:
        message = f"{broken[0].path.name} could not be restored: {broken[0].problem}"
        yield problem("backups", message, f"remove {broken[0].path}")
    elif not usable:
        yield note("backups", "there is no backup yet", "runcoach backup")
    else:
        days = max(0, int(time.time()) - usable[0].created_at) // 86_400
        message = f"the last of {len(usable)} is {f'{days} days old' if days else 'of today'}"
        is_old = days * 86_400 > _OLD_BACKUP_S
        yield note("backups", message, "runcoach backup") if is_old else ok("backups", message)


def check_leftovers(config: Config) -> Iterator[CheckResult]:
    """Temporary files of processes that died."""
    paths = list(_leftovers(config))
    if not paths:
        yield ok("leftovers", "no leftover files")
        return
    names = ", ".join(path.name for path in paths[:3]) + (" …" if len(paths) > 3 else "")
    message = f"{len(paths)} left by processes that died: {names}"
    yield note("leftovers", message, repair=lambda: _remove(paths))


def _private_paths(config: Config) -> Iterator[Path]:
    """The existing files and folders that others must not read."""
    paths, database = config.paths, config.database
    candidates = [paths.data, paths.state, paths.config, paths.cache, paths.cache / config.profile, paths.backups]
    candidates += [uploads_folder(config), database, paths.state / "vault.json"]
    candidates += [database.with_name(database.name + suffix) for suffix in COMPANIONS]
    place = key_place(paths)
    if not place.provided:
        candidates.append(place.path)
    if place.own is not None and place.path.exists():
        candidates.append(place.own)
    if paths.backups.is_dir() and os.access(paths.backups, os.R_OK | os.X_OK):
        candidates += sorted(paths.backups.glob("*.db"))
    yield from (path for path in candidates if path.exists())


def _is_exposed(path: Path) -> bool:
    """Whether others can access a path; one owned by another user may be shared with a group, as the vault's key."""
    if os.name == "nt":  # the user's profile is private there, and mode bits mean nothing
        return False
    state = path.stat()
    return bool(stat.S_IMODE(state.st_mode) & (0o077 if state.st_uid == _user_id() else 0o007))


def _is_writable_by_others(folder: Path) -> bool:
    """Whether others can rename what is in a folder; not where it is sticky, as /tmp is."""
    if os.name == "nt" or not folder.is_dir():
        return False
    mode = folder.stat().st_mode
    return bool(mode & 0o022) and not mode & stat.S_ISVTX


def _make_private(path: Path, mode: int) -> str:
    path.chmod(mode)
    return f"closed to others: {path}"


def _leftovers(config: Config) -> Iterator[Path]:
    paths = config.paths
    for folder in (paths.data, paths.backups, paths.config, paths.state):
        if folder.is_dir() and os.access(folder, os.R_OK | os.X_OK):
            yield from (path for path in sorted(folder.iterdir()) if path.is_file() and _is_leftover(path))
    yield from abandoned_uploads(config)
    dry_runs = Path(tempfile.gettempdir()).glob("runcoach-dry-run-*")
    yield from (path for path in dry_runs if _age_s(path) > 86_400 and path.stat().st_uid == _user_id())


def _is_leftover(path: Path) -> bool:
    if temporary := _TEMPORARY.fullmatch(path.name):
        return not is_process_alive(int(temporary[1]))
    return _TEMPORARY_WITHOUT_PID.fullmatch(path.name) is not None and _age_s(path) > _LEFTOVER_AFTER_S


def _user_id() -> int:
    return os.geteuid() if hasattr(os, "geteuid") else 0


def _age_s(path: Path) -> float:
    return time.time() - path.stat().st_mtime


def _remove(paths: list[Path]) -> str:
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            discard(path)
    return f"removed {len(paths)}"
