"""The members of an unpacked archive: the regular files below a folder; links are not followed out of it."""

from __future__ import annotations

import os
import stat
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from runcoach.errors import HostileFileError, SourceError
from runcoach.sources.archive.bounds import MOST_MEMBERS
from runcoach.sources.archive.member_names import is_litter, is_packed, shown
from runcoach.sources.archive.members import ArchiveMembers, Bounded, Refused, damaged

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Folders in folders; real archives have three.
_DEEPEST = 32


class FolderMembers(ArchiveMembers):
    """A folder's files in the order of their names, without hidden ones. SourceError where it cannot be listed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._refused: dict[str, Refused] = {}
        self.refused = self._refused
        try:
            self._root = path.resolve(strict=True)
            names = list(islice(self._walk(self._root, "", 0), MOST_MEMBERS + 1))
        except OSError as error:
            raise SourceError(f"{path.name} cannot be listed: {error.strerror or error}") from error
        if len(names) > MOST_MEMBERS:
            raise HostileFileError(f"{path.name} holds more than {MOST_MEMBERS:,} files, which is all that is read")
        self._names = dict.fromkeys(names)
        self.names = tuple(names)

    def open(self, name: str, most_bytes: int) -> Bounded:
        """The bytes of a file; see :meth:`ArchiveMembers.open`."""
        if name not in self._names:
            raise self.absent(name)
        try:
            file = self._root.joinpath(name).open("rb")
            size = os.fstat(file.fileno()).st_size
        except OSError as error:
            raise damaged(name, error) from error
        if size > most_bytes:
            file.close()
            raise HostileFileError(
                f"{shown(name)} has {size / 2**20:,.0f} MiB; at most {most_bytes >> 20} MiB are read"
            )
        return Bounded(file, name, size, most_bytes)

    def close(self) -> None:
        """Nothing is held open."""

    def _walk(self, folder: Path, within: str, depth: int) -> Iterator[str]:
        """Names below ``folder``, whose own name in the archive is ``within`` (empty, or ending in a slash)."""
        with os.scandir(folder) as entries:
            inside = sorted(entries, key=lambda entry: entry.name)
        for entry in inside:
            name = f"{within}{entry.name}"
            if entry.name.startswith(".") or is_litter(name):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from self._walk_inner(Path(entry.path), name, depth + 1)
            elif reason := self._reason(entry):
                self._refused[name] = Refused(name, reason)
            elif entry.is_file():  # a link to a folder of this archive leads to nothing new
                yield name

    def _walk_inner(self, folder: Path, name: str, depth: int) -> Iterator[str]:
        if depth > _DEEPEST:
            self._refused[name] = Refused(name, f"more than {_DEEPEST} folders deep")
            return
        try:
            yield from self._walk(folder, f"{name}/", depth)
        except OSError as error:
            self._refused[name] = Refused(name, f"cannot be listed: {error.strerror or error}")

    def _reason(self, entry: os.DirEntry[str]) -> str | None:
        try:
            if entry.is_symlink() and not Path(entry.path).resolve(strict=True).is_relative_to(self._root):
                return "a link that leads out of the folder, which is not followed"
            mode = entry.stat().st_mode
        except (OSError, RuntimeError) as error:  # before Python 3.13 a loop of links is a RuntimeError
            return f"cannot be read: {getattr(error, 'strerror', None) or 'a link that leads nowhere'}"
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            return "no regular file"
        if is_packed(entry.name):
            return "an archive inside the archive, which is not opened; import it on its own"
        return None
