"""What lies on the disk: who may read it, whether there is room, what a process that died has left behind."""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from runcoach.services.maintenance.backups import listed
from runcoach.services.maintenance.checks.findings import fine, note, problem
from runcoach.store.sqlite.backups import COMPANIONS, discard
from runcoach.vault.encryption_key import key_place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcoach.config import Config
    from runcoach.services.maintenance.checks.findings import Observation

#: With less than the file once more and this, neither a migration nor a backup fits.
_ROOM_BYTES = 50 * 2**20

#: A backup that is older than this is worth a word.
_OLD_BACKUP_S = 30 * 86_400

#: What has no process's number in its name is a leftover once it is older than any work takes.
_OLD_S = 3600

#: ``.name.PID.tmp`` and ``.name.PID.partial``: written beside a file before it gets its name.
_OF_PROCESS = re.compile(r"\..+\.(\d+)\.(tmp|partial)(-journal|-wal|-shm)?")
_OF_NOBODY = re.compile(r".+\.partial(-journal)?|vault\.key\.[0-9a-f]{16}")


def look_at_permissions(config: Config) -> Iterator[Observation]:
    """Whether the person's files are the person's alone, and can be written to."""
    open_to_others = [path for path in _private(config) if _others_may(path)]
    for path in open_to_others:
        mode = 0o700 if path.is_dir() else 0o600
        said = f"others on this machine can read {path}"
        if path.stat().st_uid == _me():
            yield problem("permissions", said, mend=lambda path=path, mode=mode: _close(path, mode))  # type: ignore[misc]
        else:
            yield problem("permissions", f"{said}, and it is somebody else's", "ask its owner to run chmod")
    for path in (config.database, config.paths.data):
        if path.exists() and not os.access(path, os.W_OK):
            yield problem("permissions", f"{path} cannot be written to", "give yourself the right to, or use --home")
    if not open_to_others:
        yield fine("permissions", "your files are readable by you alone")


def look_at_room(config: Config) -> Observation:
    """Whether a copy of the file fits onto its disk."""
    folder = next((path for path in (config.paths.data, *config.paths.data.parents) if path.is_dir()), Path.cwd())
    free = shutil.disk_usage(folder).free
    size = config.database.stat().st_size if config.database.exists() else 0
    said = f"{free / 2**20:,.0f} MiB free for a file of {size / 2**20:,.0f} MiB"
    if free < size + _ROOM_BYTES:
        return problem("disk", f"{said}: no backup and no update of the file would fit", "free some space")
    return fine("disk", said)


def look_at_backups(config: Config) -> Observation:
    """Whether there is a backup that could be restored, and how old it is."""
    found = listed(config)
    broken = [one for one in found if one.problem is not None and one.kind != "damaged"]
    sound = [one for one in found if one.problem is None]
    if broken:
        return problem("backups", f"{broken[0].path.name} could not be restored: {broken[0].problem}", "remove it")
    if not sound:
        return note("backups", "there is no backup yet", "runcoach backup")
    days = int(time.time() - sound[0].created_at) // 86_400
    said = f"the last of {len(sound)} is {days} days old" if days else f"the last of {len(sound)} is of today"
    if days * 86_400 > _OLD_BACKUP_S:
        return note("backups", said, "runcoach backup")
    return fine("backups", said)


def look_at_leftovers(config: Config) -> Observation:
    """What processes that died have left."""
    found = list(_leftovers(config))
    if not found:
        return fine("leftovers", "no process has left anything behind")
    names = ", ".join(path.name for path in found[:3]) + (" …" if len(found) > 3 else "")
    return note("leftovers", f"{len(found)} left by processes that died: {names}", mend=lambda: _remove(found))


def _private(config: Config) -> Iterator[Path]:
    """What nobody else is to read, as far as it is there."""
    paths = config.paths
    database = config.database
    wanted = [paths.data, paths.state, paths.backups, database, paths.state / "vault.json"]
    wanted += [database.with_name(database.name + companion) for companion in COMPANIONS]
    place = key_place(paths)
    if not place.provided:
        wanted.append(place.path)
    if place.own is not None and place.path.exists():
        wanted.append(place.own)
    if paths.backups.is_dir() and os.access(paths.backups, os.R_OK | os.X_OK):
        wanted += sorted(paths.backups.glob("*.db"))
    yield from (path for path in wanted if path.exists())


def _others_may(path: Path) -> bool:
    """As the vault judges its key: what somebody else owns may be shared with a group."""
    if os.name == "nt":  # the user's profile is private there, and mode bits say nothing
        return False
    state = path.stat()
    return bool(stat.S_IMODE(state.st_mode) & (0o077 if state.st_uid == _me() else 0o007))


def _close(path: Path, mode: int) -> str:
    path.chmod(mode)
    return f"closed to others: {path}"


def _leftovers(config: Config) -> Iterator[Path]:
    paths = config.paths
    for folder in (paths.data, paths.backups, paths.config, paths.state):
        if folder.is_dir() and os.access(folder, os.R_OK | os.X_OK):
            yield from (path for path in sorted(folder.iterdir()) if path.is_file() and _is_leftover(path))
    dry_runs = Path(tempfile.gettempdir()).glob("runcoach-dry-run-*")
    yield from (path for path in dry_runs if _age_s(path) > 86_400 and path.stat().st_uid == _me())


def _is_leftover(path: Path) -> bool:
    of_process = _OF_PROCESS.fullmatch(path.name)
    if of_process:
        return not _lives(int(of_process[1]))
    return _OF_NOBODY.fullmatch(path.name) is not None and _age_s(path) > _OLD_S


def _lives(pid: int) -> bool:
    """Whether there is a process of this number; where that cannot be told, there is."""
    if os.name == "nt":  # signal 0 would end it there
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _me() -> int:
    return os.geteuid() if hasattr(os, "geteuid") else 0


def _age_s(path: Path) -> float:
    return time.time() - path.stat().st_mtime


def _remove(found: list[Path]) -> str:
    for path in found:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            discard(path)
    return f"removed {len(found)}"
