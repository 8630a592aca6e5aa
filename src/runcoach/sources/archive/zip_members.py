"""The members of a ZIP, read in place: what is hostile is refused by name, nothing is written anywhere."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from collections import Counter
from typing import TYPE_CHECKING

from runcoach.errors import HostileFileError, SourceError
from runcoach.sources.archive.bounds import LARGEST_DIRECTORY_BYTES, MOST_MEMBERS
from runcoach.sources.archive.member_names import cleaned, is_litter, is_packed, is_wanted, shown, unsafe
from runcoach.sources.archive.members import BROKEN, ArchiveMembers, Bounded, Refused, damaged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

#: Ways to pack that Strava does not use; some cannot be unpacked within bounds.
_PACKINGS = {9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "XZ", 98: "PPMd"}

_ENCRYPTED, _UTF8 = 0x1, 0x800
_LOCAL_HEADER_BYTES = 30
_BEGINNINGS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")


class ZipMembers(ArchiveMembers):
    """A ZIP's files. SourceError where it is none, or cut off; HostileFileError past the bounds."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._zip = _opened(path)
        found = _named(self._zip.infolist())
        self.refused = _refusals(found)
        self._infos = {name: info for name, info in found if name not in self.refused}
        self.names = tuple(self._infos)

    def open(self, name: str, most_bytes: int) -> Bounded:
        """The bytes of a member, unpacked as they are read; see :meth:`ArchiveMembers.open`."""
        info = self._infos.get(name)
        if info is None:
            raise self.absent(name)
        if info.file_size > most_bytes:
            raise HostileFileError(
                f"{shown(name)} says that it unpacks to {info.file_size / 2**20:,.0f} MiB; "
                f"at most {most_bytes >> 20} MiB are read"
            )
        try:
            stream = self._zip.open(info)
        except BROKEN as error:
            raise damaged(name, error) from error
        return Bounded(stream, name, info.compress_size, most_bytes)

    def close(self) -> None:
        """Let go of the ZIP."""
        self._zip.close()


def is_zip(path: Path) -> bool:
    """Whether a file begins as ZIPs do, or is at least named as one."""
    try:
        with path.open("rb") as file:
            return file.read(4) in _BEGINNINGS or path.suffix.casefold() == ".zip"
    except OSError:
        return path.suffix.casefold() == ".zip"


class _Guarded(io.BufferedReader):
    """A file that refuses one read too large: zipfile takes the whole table of contents in at once."""

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = self._left() if size is None or size < 0 else size
        if wanted > LARGEST_DIRECTORY_BYTES:
            raise HostileFileError(
                f"its table of contents is larger than {LARGEST_DIRECTORY_BYTES >> 20} MiB, which is all that is read"
            )
        return super().read(wanted)

    def _left(self) -> int:
        return max(0, os.fstat(self.fileno()).st_size - self.tell())


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        file = _Guarded(io.FileIO(path))
    except OSError as error:
        raise SourceError(f"{path.name} cannot be read: {error.strerror or error}") from error
    try:
        opened = _Owning(file)
    except HostileFileError as error:
        file.close()
        raise HostileFileError(f"{path.name}: {error.message}") from None
    except BROKEN as error:
        begins = _beginning(file)
        file.close()
        raise _no_zip(path, begins) from error
    if (count := len(opened.infolist())) > MOST_MEMBERS:
        opened.close()
        raise HostileFileError(f"{path.name} holds {count:,} files; at most {MOST_MEMBERS:,} are read")
    return opened


class _Owning(zipfile.ZipFile):
    """A ZIP that closes the file it was given."""

    def __init__(self, file: io.BufferedReader) -> None:
        super().__init__(file)
        self._given = file

    def close(self) -> None:
        super().close()
        given = getattr(self, "_given", None)  # ZipFile closes itself where it cannot begin
        if given is not None:
            given.close()


def _beginning(file: io.BufferedReader) -> bytes:
    try:
        file.seek(0)
        return file.read(4)
    except (OSError, ValueError):
        return b""


def _no_zip(path: Path, begins: bytes) -> SourceError:
    if begins in _BEGINNINGS:
        return SourceError(
            f"{path.name} is cut off or damaged: the table of contents at the end of the ZIP is missing or unreadable",
            hint="download or copy it again",
        )
    return SourceError(f"{path.name} is no ZIP" if begins else f"{path.name} is empty")


def _named(infos: Iterable[zipfile.ZipInfo]) -> list[tuple[str, zipfile.ZipInfo]]:
    """The files among the entries, without folders and litter, by cleaned name."""
    named = ((cleaned(_name(info)), info) for info in infos)
    return [(name, info) for name, info in named if name and not name.endswith("/") and not is_litter(name)]


def _name(info: zipfile.ZipInfo) -> str:
    """The name as its writer meant it: many write UTF-8 without saying so, which then reads as code page 437."""
    name = info.filename
    if name.isascii() or info.flag_bits & _UTF8:
        return name
    try:
        return name.encode("cp437").decode()
    except UnicodeError:
        return name


def _refusals(found: list[tuple[str, zipfile.ZipInfo]]) -> dict[str, Refused]:
    refused = {name: Refused(name, reason) for name, info in found if (reason := _reason(name, info))}
    for name, reason in (*_repeated(found), *_overlapping(found)):
        refused.setdefault(name, Refused(name, reason))
    return refused


def _reason(name: str, info: zipfile.ZipInfo) -> str | None:
    """Why a member is not read; what nobody would read anyway, like photos, is refused only where it is hostile."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in {0, stat.S_IFREG}:
        return "a symbolic link, which is not followed" if kind == stat.S_IFLNK else "no regular file"
    if is_packed(name):
        return unsafe(name) or "an archive inside the archive, which is not opened; import it on its own"
    return unsafe(name) or (_unreadable(info) if is_wanted(name) else None)


def _unreadable(info: zipfile.ZipInfo) -> str | None:
    if info.flag_bits & _ENCRYPTED:
        return "encrypted; unpack the ZIP with its password and import the folder"
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        packing = _PACKINGS.get(info.compress_type, f"method {info.compress_type}")
        return f"packed in a way that is not read ({packing}); pack it as an ordinary ZIP"
    return None


def _repeated(found: list[tuple[str, zipfile.ZipInfo]]) -> Iterator[tuple[str, str]]:
    counts = Counter(name for name, _ in found if is_wanted(name))
    for name, count in counts.items():
        if count > 1:
            yield name, f"stands {count} times in the ZIP: which one is meant cannot be told"


def _overlapping(found: list[tuple[str, zipfile.ZipInfo]]) -> Iterator[tuple[str, str]]:
    """Members that share bytes, as only bombs have them."""
    ordered = sorted(found, key=lambda entry: entry[1].header_offset)
    reach, holder = -1, ""
    for name, info in ordered:
        if info.header_offset < reach:
            yield name, f"shares its bytes with {shown(holder)}"
            yield holder, f"shares its bytes with {shown(name)}"
        end = info.header_offset + _LOCAL_HEADER_BYTES + len(info.orig_filename) + info.compress_size
        if end > reach:
            reach, holder = end, name
