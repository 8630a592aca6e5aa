"""Open any ZIP file or folder as an archive of members, or list its names to recognize it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from runcoach.errors import SourceError
from runcoach.sources.archive.folder_members import FolderMembers
from runcoach.sources.archive.zip_members import ZipMembers, is_zip

if TYPE_CHECKING:
    from runcoach.sources.archive.members import ArchiveMembers


def open_archive(path: Path) -> ArchiveMembers:
    """The members of a ZIP file or a folder; use it in a ``with``.

    Raises SourceError where it cannot be read, HostileFileError past the limits.
    """
    return FolderMembers(path) if path.is_dir() else ZipMembers(path)


def list_members(path: Path) -> tuple[str, ...]:
    """The names in a ZIP file, or of the files in a folder and the folders directly inside; empty where unreadable.

    To recognize an archive; refused names are among them.
    """
    try:
        if path.is_dir():
            found = (*path.glob("*"), *path.glob("*/*"))
            return tuple(each.relative_to(path).as_posix() for each in found if each.is_file())
        if not is_zip(path):
            return ()
        with ZipMembers(path) as members:
            return (*members.names, *members.refused)
    except (OSError, SourceError):
        return ()
