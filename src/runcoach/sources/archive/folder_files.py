"""Finds the files to import in a folder: activity files and ZIP files, without links that leave the folder."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from runcoach.sources.archive.member_names import TABLE, is_activity
from runcoach.sources.archive.members import Refused

#: The folder of a bulk export's files, next to its table.
_EXPORT_FILES = "activities"


def folder_files(folder: Path, is_other_export: Callable[[Path], bool] = lambda _: False) -> Iterator[Path | Refused]:
    """Activity files, ZIP files and folders with an unpacked export in a folder and its subfolders.

    Exports are Strava's, and what ``is_other_export`` accepts.

    Folders are walked in the order of names; hidden files and folders are skipped, and each folder is read once,
    whatever links lead to it. Links out of the folder, devices, pipes and folders that cannot be listed are refused.
    """
    yield from _walk(folder, None, set(), is_other_export)


def _walk(
    folder: Path, root: Path | None, visited: set[Path], is_other_export: Callable[[Path], bool]
) -> Iterator[Path | Refused]:
    """As :func:`folder_files` without those in ``visited``; ``root`` is the outermost folder (None: this one)."""
    try:
        resolved = folder.resolve(strict=True)
        entries = sorted(folder.iterdir())
    except (OSError, RuntimeError) as error:
        yield Refused(str(folder), f"cannot be listed: {getattr(error, 'strerror', None) or error}")
        return
    if resolved in visited:
        return
    visited.add(resolved)
    for path in entries:
        if not path.name.startswith("."):
            yield from _entry(path, root or resolved, visited, is_other_export)


def _entry(
    path: Path, root: Path, visited: set[Path], is_other_export: Callable[[Path], bool]
) -> Iterator[Path | Refused]:
    is_imported = is_activity(path.name) or path.name.casefold().endswith(".zip")
    try:
        if path.is_symlink() and not path.resolve(strict=True).is_relative_to(root):
            if is_imported or path.is_dir():
                yield Refused(str(path), "a link that leads out of the folder, which is not followed")
            return
        mode = path.stat().st_mode
    except (OSError, RuntimeError) as error:  # before Python 3.13 a loop of links is a RuntimeError
        if is_imported:
            reason = getattr(error, "strerror", None) or "a link that leads nowhere"
            yield Refused(str(path), f"cannot be read: {reason}")
        return
    if stat.S_ISDIR(mode):
        if _is_export(path) or is_other_export(path):
            yield path
        else:
            yield from _walk(path, root, visited, is_other_export)
    elif is_imported:
        yield path if stat.S_ISREG(mode) else Refused(str(path), "not a regular file")


def _is_export(folder: Path) -> bool:
    """Whether a folder is an unpacked bulk export: it has the table and the folder of files."""
    try:
        return (folder / TABLE).is_file() and (folder / _EXPORT_FILES).is_dir()
    except OSError:
        return False
