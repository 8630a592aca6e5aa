"""Open any ZIP file or folder as an archive of members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcoach.sources.archive.folder_members import FolderMembers
from runcoach.sources.archive.zip_members import ZipMembers, is_zip

if TYPE_CHECKING:
    from pathlib import Path

    from runcoach.sources.archive.members import ArchiveMembers

__all__ = ["is_zip", "open_archive"]


def open_archive(path: Path) -> ArchiveMembers:
    """The members of a ZIP file or a folder; use it in a ``with``.

    Raises SourceError where it cannot be read, HostileFileError past the limits.
    """
    return FolderMembers(path) if path.is_dir() else ZipMembers(path)
