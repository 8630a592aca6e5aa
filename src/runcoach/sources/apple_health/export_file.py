"""Finds ``export.xml`` in Apple Health's export, by its content, and reads it in pieces that end between elements."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from runcoach.errors import HostileFileError, SourceError
from runcoach.sources.archive.opening import open_archive
from runcoach.sources.archive.zip_members import is_zip

if TYPE_CHECKING:
    from runcoach.sources.archive.members import ArchiveMembers

#: The root element of the export, or its DOCTYPE, within the first bytes; names of files are translated.
_ROOT = re.compile(rb"<!DOCTYPE\s+HealthData\b|<HealthData[\s/>]")
_HEAD_BYTES = 4096

#: XML files of an archive that are looked into.
_MAX_CANDIDATES = 20

#: Bytes of an export.xml; twenty years of a watch have a tenth.
MAX_BYTES = 64 * 2**30

_BLOCK_BYTES = 2 * 2**20

#: No element of an export is as long as this.
MAX_ELEMENT_BYTES = 64 * 2**20

_END = b"</HealthData>"


def archive_of(path: Path) -> Path:
    """The folder of an unpacked export, given its XML file; any other path as it is."""
    try:
        is_document = path.suffix.casefold() == ".xml" and _ROOT.search(_head_of_file(path)) is not None
    except OSError:
        is_document = False
    return path.parent if is_document else path


def is_apple_export(path: Path) -> bool:
    """Whether a ZIP, or a folder with the XML file directly inside, is Apple Health's export."""
    try:
        if path.is_dir():
            return any(_ROOT.search(_head_of_file(each)) for each in path.glob("*.xml"))
        if not is_zip(path):
            return False
        with open_archive(path) as members:
            return find_export_xml(members) is not None
    except (OSError, SourceError):
        return False


def export_bytes(path: Path) -> int:
    """The size of the document of an export, unpacked; 0 for anything else."""
    if not is_apple_export(path):
        return 0
    with open_archive(path) as members:
        name = find_export_xml(members)
        return 0 if name is None else members.size(name)


def find_export_xml(members: ArchiveMembers) -> str | None:
    """The member with the records; None where there is none."""
    names = [name for name in members.names if name.casefold().endswith(".xml") and name.count("/") <= 1]
    return next((name for name in names[:_MAX_CANDIDATES] if _ROOT.search(_head(members, name))), None)


def _head(members: ArchiveMembers, name: str) -> bytes:
    try:
        with members.open(name, MAX_BYTES) as stream:
            return stream.read(_HEAD_BYTES) or b""
    except SourceError:
        return b""


def _head_of_file(path: Path) -> bytes:
    if not path.is_file():  # a pipe or a device could block
        return b""
    with path.open("rb") as file:
        return file.read(_HEAD_BYTES)


class ExportPieces:
    """The document as an iterator of pieces, each of whole elements; a workout with its parts is never divided.

    ``problem`` tells afterwards why the end is missing; None where the document is whole. ``progress`` is called with
    the bytes read so far. HostileFileError where the document declares entities, which no export does.
    """

    def __init__(self, members: ArchiveMembers, name: str, progress: Callable[[int], None] = lambda _: None) -> None:
        self._members = members
        self._name = name
        self._progress = progress
        self._bytes = 0
        self.problem: str | None = None

    def __iter__(self) -> Iterator[bytes]:
        rest = b""
        for block in self._blocks():
            data = rest + block
            end = _last_boundary(data)
            if end:
                yield data[:end]
            rest = data[end:]
            if len(rest) > MAX_ELEMENT_BYTES:
                raise HostileFileError(f"{self._name} has an element of more than {MAX_ELEMENT_BYTES >> 20} MiB")
        if self.problem is None and not rest.rstrip().endswith(_END):
            self.problem = "export.xml is cut off: what comes before the cut is imported"
        yield rest

    def _blocks(self) -> Iterator[bytes]:
        try:
            with io.BufferedReader(self._members.open(self._name, MAX_BYTES), _BLOCK_BYTES) as stream:
                while block := stream.read(_BLOCK_BYTES):
                    if not self._bytes:
                        _check_prologue(block, self._name)
                    self._bytes += len(block)
                    self._progress(self._bytes)
                    yield block
        except HostileFileError:
            raise
        except SourceError as error:
            if not self._bytes:
                raise
            self.problem = f"{error.message}: what comes before the damage is imported"


def _check_prologue(block: bytes, name: str) -> None:
    if b"\x00" in block[:_HEAD_BYTES]:
        raise SourceError(f"{name} is not in UTF-8, as Apple writes it")
    begin = _ROOT.search(block)
    root = block.find(b"<HealthData", begin.end() if begin else 0)
    if b"<!ENTITY" in block[: root if root >= 0 else len(block)]:
        raise HostileFileError(f"{name} declares entities, which no export has and which can do harm")


def _last_boundary(data: bytes) -> int:
    """Where the last element of the data that may be incomplete begins."""
    end = max(data.rfind(b"<"), 0)
    last = data.rfind(b"<Workout", 0, end)
    while last >= 0 and not data[last + 8 : last + 9].isspace():  # a part of a workout
        last = data.rfind(b"<Workout", 0, last)
    if last < 0:
        return end
    tag_end = data.find(b"<", last + 1)
    if data[last:tag_end].rstrip().endswith(b"/>"):
        return end
    return end if 0 <= data.find(b"</Workout>", last) < end else last
