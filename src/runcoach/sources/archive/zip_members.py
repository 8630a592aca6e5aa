"""The members of a ZIP file, read in place; hostile members are refused, nothing is written to disk."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from runcoach.errors import HostileFileError, SourceError
from runcoach.sources.archive.member_names import (
    is_archive_name,
    is_read,
    is_system_file,
    normalized,
    printable,
    unsafe_reason,
)
from runcoach.sources.archive.members import (
    MAX_MEMBERS,
    ZIP_ERRORS,
    ArchiveMembers,
    BoundedStream,
    Refused,
    damaged_error,
)

#: Bytes of the central directory: 130,000 names as Strava writes them; as objects they take several times that.
_MAX_DIRECTORY_BYTES = 12 * 2**20

#: Compression methods that are not read; some cannot be limited while unpacking.
_COMPRESSION_METHODS = {9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "XZ", 98: "PPMd"}

_Entry = tuple[str, zipfile.ZipInfo]

_ENCRYPTED, _UTF8 = 0x1, 0x800
_LOCAL_HEADER_BYTES = 30
_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")


class ZipMembers(ArchiveMembers):
    """The files of a ZIP. Raises SourceError where it is not a ZIP or cut off, HostileFileError past the limits."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._zip = _open_zip(path)
        named = [(normalized(_name(info)), info) for info in self._zip.infolist()]
        entries = [each for each in named if each[0] and not each[0].endswith("/") and not is_system_file(each[0])]
        self.refused = {
            name: Refused(name, reason) for name, info in entries if (reason := _refusal_reason(name, info))
        }
        for name, reason in (*_repeated(entries), *_overlapping(entries)):
            self.refused.setdefault(name, Refused(name, reason))
        self._infos = {name: info for name, info in entries if name not in self.refused}
        self.names = tuple(self._infos)

    def open(self, name: str, max_bytes: int) -> BoundedStream:
        """A stream that unpacks a member as it is read; see :meth:`ArchiveMembers.open`."""
        info = self._infos.get(name)
        if info is None:
            raise self.missing_error(name)
        if info.file_size > max_bytes:
            raise HostileFileError(
                f"{printable(name)} says that it unpacks to {info.file_size / 2**20:,.0f} MiB; "
                f"at most {max_bytes >> 20} MiB are read"
            )
        try:
            stream = self._zip.open(info)
        except ZIP_ERRORS as error:
            raise damaged_error(name, error) from error
        return BoundedStream(stream, name, info.compress_size, max_bytes)

    def size(self, name: str) -> int:
        """See :meth:`ArchiveMembers.size`."""
        return self._infos[name].file_size if name in self._infos else 0

    def close(self) -> None:
        """Close the ZIP."""
        self._zip.close()


def is_zip(path: Path) -> bool:
    """Whether a file has the signature or the suffix of a ZIP. Pipes and devices are not opened: that could block."""
    if path.exists() and not path.is_file():
        return False
    return _signature(path) in _SIGNATURES or path.suffix.casefold() == ".zip"


def _signature(path: Path) -> bytes:
    """The first bytes of a file; empty where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(4)
    except OSError:
        return b""


class _BoundedReader(io.BufferedReader):
    """A file that rejects a single read that is too large: zipfile reads the whole central directory at once."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            size = max(0, os.fstat(self.fileno()).st_size - self.tell())
        if size > _MAX_DIRECTORY_BYTES:
            raise HostileFileError(
                f"its table of contents is larger than {_MAX_DIRECTORY_BYTES >> 20} MiB, which is all that is read"
            )
        return super().read(size)


def _open_zip(path: Path) -> zipfile.ZipFile:
    try:
        file = _BoundedReader(io.FileIO(path))
    except OSError as error:
        raise SourceError(f"{path.name} cannot be read: {error.strerror or error}") from error
    try:
        opened = _OwningZipFile(file)
    except HostileFileError as error:
        file.close()
        raise HostileFileError(f"{path.name}: {error.message}") from None
    except ZIP_ERRORS as error:
        file.close()
        raise _not_a_zip(path) from error
    if (count := len(opened.infolist())) > MAX_MEMBERS:
        opened.close()
        raise HostileFileError(f"{path.name} holds {count:,} files; at most {MAX_MEMBERS:,} are read")
    return opened


class _OwningZipFile(zipfile.ZipFile):
    """A ZipFile that also closes the file object it was given, by itself where nobody closes it."""

    def __init__(self, file: io.BufferedReader) -> None:
        super().__init__(file)
        self._file = file

    def close(self) -> None:
        super().close()
        file = getattr(self, "_file", None)  # ZipFile closes itself where its constructor fails
        if file is not None:
            file.close()


def _not_a_zip(path: Path) -> SourceError:
    signature = _signature(path)
    if signature in _SIGNATURES:
        return SourceError(
            f"{path.name} is cut off or damaged: the table of contents at the end of the ZIP is missing or unreadable",
            hint="download or copy it again",
        )
    return SourceError(f"{path.name} is not a ZIP file" if signature else f"{path.name} is empty")


def _name(info: zipfile.ZipInfo) -> str:
    """The entry's name; many programs write UTF-8 without the flag, which zipfile decodes as code page 437."""
    name = info.filename
    if name.isascii() or info.flag_bits & _UTF8:
        return name
    try:
        return name.encode("cp437").decode()
    except UnicodeError:
        return name


def _refusal_reason(name: str, info: zipfile.ZipInfo) -> str | None:
    """Why a member is refused; members that are not read anyway, like photos, only if they are hostile."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in {0, stat.S_IFREG}:
        return "a symbolic link, which is not followed" if kind == stat.S_IFLNK else "no regular file"
    if is_archive_name(name):
        return unsafe_reason(name) or "an archive inside the archive, which is not opened; import it on its own"
    return unsafe_reason(name) or (_unreadable(info) if is_read(name) else None)


def _unreadable(info: zipfile.ZipInfo) -> str | None:
    if info.flag_bits & _ENCRYPTED:
        return "encrypted; unpack the ZIP with its password and import the folder"
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        method = _COMPRESSION_METHODS.get(info.compress_type, f"method {info.compress_type}")
        return f"packed in a way that is not read ({method}); pack it as an ordinary ZIP"
    return None


def _repeated(entries: list[_Entry]) -> Iterator[tuple[str, str]]:
    counts = Counter(name for name, _ in entries if is_read(name))
    for name, count in counts.items():
        if count > 1:
            yield name, f"occurs {count} times in the ZIP: it is unclear which one to use"


def _overlapping(entries: list[_Entry]) -> Iterator[tuple[str, str]]:
    """Members that share bytes, as in a ZIP bomb."""
    reach, holder = -1, ""
    for name, info in sorted(entries, key=lambda entry: entry[1].header_offset):
        if info.header_offset < reach:
            yield name, f"shares its bytes with {printable(holder)}"
            yield holder, f"shares its bytes with {printable(name)}"
        end = info.header_offset + _LOCAL_HEADER_BYTES + len(info.orig_filename) + info.compress_size
        if end > reach:
            reach, holder = end, name
