"""The members of an unpacked archive: the regular files below a folder; links out of it are not followed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from runcoach.errors import HostileFileError, SourceError
from runcoach.sources.archive.member_names import is_archive_name, is_system_file, printable
from runcoach.sources.archive.members import MAX_MEMBERS, ArchiveMembers, BoundedStream, Refused, damaged_error

#: Levels of nested folders; real archives have three.
_MAX_DEPTH = 32


class FolderMembers(ArchiveMembers):
    """A folder's files in the order of their names, without hidden files. Raises SourceError if it cannot be listed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.refused: dict[str, Refused] = {}
        try:
            self._root = path.resolve(strict=True)
            names = list(islice(self._walk(self._root, "", 0), MAX_MEMBERS + 1))
        except OSError as error:
            raise SourceError(f"{path.name} cannot be listed: {error.strerror or error}") from error
        if len(names) > MAX_MEMBERS:
            raise HostileFileError(f"{path.name} holds more than {MAX_MEMBERS:,} files, which is all that is read")
        self._names = dict.fromkeys(names)
        self.names = tuple(names)

    def open(self, name: str, max_bytes: int) -> BoundedStream:
        """A stream of a file's bytes; see :meth:`ArchiveMembers.open`."""
        if name not in self._names:
            raise self.missing_error(name)
        try:
            file = self._root.joinpath(name).open("rb")
            size = os.fstat(file.fileno()).st_size
        except OSError as error:
            raise damaged_error(name, error) from error
        if size > max_bytes:
            file.close()
            raise HostileFileError(
                f"{printable(name)} has {size / 2**20:,.0f} MiB; at most {max_bytes >> 20} MiB are read"
            )
        return BoundedStream(file, name, size, max_bytes)

    def size(self, name: str) -> int:
        """See :meth:`ArchiveMembers.size`."""
        try:
            return self._root.joinpath(name).stat().st_size if name in self._names else 0
        except OSError:
            return 0

    def close(self) -> None:
        """Do nothing: no file is kept open."""

    def _walk(self, folder: Path, prefix: str, depth: int) -> Iterator[str]:
        """Names of the files below ``folder``; ``prefix`` is its name in the archive, empty or ending in a slash."""
        with os.scandir(folder) as scanned:
            entries = sorted(scanned, key=lambda entry: entry.name)
        for entry in entries:
            name = f"{prefix}{entry.name}"
            if entry.name.startswith(".") or is_system_file(name):
                continue
            if entry.is_dir(follow_symlinks=False):
                if depth == _MAX_DEPTH:
                    self.refused[name] = Refused(name, f"more than {_MAX_DEPTH} folders deep")
                    continue
                try:
                    yield from self._walk(Path(entry.path), f"{name}/", depth + 1)
                except OSError as error:
                    self.refused[name] = Refused(name, f"cannot be listed: {error.strerror or error}")
            elif reason := self._refusal_reason(entry):
                self.refused[name] = Refused(name, reason)
            elif entry.is_file():  # a link to a folder of this archive leads to nothing new
                yield name

    def _refusal_reason(self, entry: os.DirEntry[str]) -> str | None:
        try:
            if entry.is_symlink() and not Path(entry.path).resolve(strict=True).is_relative_to(self._root):
                return "a link that leads out of the folder, which is not followed"
            mode = entry.stat().st_mode
        except (OSError, RuntimeError) as error:  # before Python 3.13 a loop of links is a RuntimeError
            return f"cannot be read: {getattr(error, 'strerror', None) or 'a link that leads nowhere'}"
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            return "no regular file"
        if is_archive_name(entry.name):
            return "an archive inside the archive, which is not opened; import it on its own"
        return None
