"""Detects the format of a file by its content and reads it."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from pathlib import Path

from runcoach.errors import NotAnActivityError, SourceError
from runcoach.sources.archive.member_names import ACTIVITY_SUFFIXES, is_activity
from runcoach.sources.archive.members import MAX_MEMBER_BYTES, ZIP_ERRORS, BoundedStream
from runcoach.sources.fit.chained_files import is_fit
from runcoach.sources.fit.reader import read_fit
from runcoach.sources.gunzip import MAGIC as GZIP_MAGIC
from runcoach.sources.gunzip import gunzip
from runcoach.sources.parsed_file import ParsedFile
from runcoach.sources.xml_reader import clean_xml, doctype_error, root_name

#: Some files are gzipped twice, or a gzip inside a ZIP.
_MAX_LAYERS = 2

_ZIP_MAGIC = b"PK\x03\x04"
#: Members of a ZIP that holds one activity file.
_MAX_ZIP_MEMBERS = 100

#: First bytes of other files → what they are.
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (_ZIP_MAGIC, "a ZIP archive"),
    (b"%PDF", "a PDF document"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89PNG", "a PNG picture"),
    (b"SQLite format 3", "a SQLite database"),
    (b"{", "JSON"),
    (b"[", "JSON"),
)

#: Root element of other documents → what they are.
_OTHER_DOCUMENTS: dict[str, str] = {
    "kml": "a KML file",
    "html": "a web page",
    "!doctype html": "a web page",
    "sml": "a Suunto SML file",
    "workout_file": "a Zwift workout",
    "plist": "a property list",
    "svg": "an SVG picture",
    "healthdata": "an export of Apple Health",
}
#: Names in the JSON of a training session of Polar.
_POLAR_NAMES = (b'"exercises"', b'"startTime"')

_HINTS = {"a web page": "download it again while you are logged in", "a ZIP archive": "give it a name in .zip"}


def read_file(path: Path, max_bytes: int) -> bytes:
    """The bytes of a regular file. Raises SourceError for devices and pipes, larger files, and OS errors."""
    try:
        with open(path, "rb", opener=_open_without_blocking) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise SourceError("not a regular file")
            size = os.fstat(file.fileno()).st_size
            data = b"" if size > max_bytes else file.read(max_bytes + 1)
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror or error}", hint="check its permissions") from error
    if max(size, len(data)) > max_bytes:
        raise SourceError(f"{max(size, len(data)) / 2**20:.0f} MiB is more than a recording can have")
    return data


def _open_without_blocking(path: str, flags: int) -> int:
    """Open a file without waiting for the writer of a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def decompress(data: bytes) -> bytes:
    """The bytes without gzip, and the only activity file of a ZIP.

    A damaged gzip stream and a ZIP with several activity files are returned as they are, so that the reader reports
    them. Raises HostileFileError past the limits.
    """
    for _ in range(_MAX_LAYERS):
        unpacked, warning = _unpack(data)
        if unpacked is data or warning:
            break
        data = unpacked
    return data


def read_bytes(data: bytes, name: str) -> ParsedFile:
    """The recordings in a file, recognized by content; ``name`` is used in error messages only.

    Raises SourceError (empty or unreadable), NotAnActivityError (valid, but something else) or HostileFileError.
    """
    notes = []
    for _ in range(_MAX_LAYERS):
        data, warning = _unpack(data)
        notes += [warning] if warning else []
    if not data.strip(b"\x00"):
        raise SourceError("the file is empty" if not data else "the file holds nothing but zeros")
    parsed = read_fit(data) if is_fit(data) else _read_text_formats(data, name)
    return ParsedFile(parsed.recordings, (*notes, *parsed.notes)) if notes else parsed


def _unpack(data: bytes) -> tuple[bytes, str | None]:
    """One layer of gzip or ZIP removed, with a warning if it is damaged; the same object if there is none."""
    if data.startswith(GZIP_MAGIC):
        return gunzip(data)
    return (_unzip_single(data) if data.startswith(_ZIP_MAGIC) else data), None


def _unzip_single(data: bytes) -> bytes:
    """The only activity file of a ZIP; the ZIP itself if there is none or several, or it is damaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = [info for info in archive.infolist()[:_MAX_ZIP_MEMBERS] if is_activity(info.filename)]
            if len(infos) != 1:
                return data
            with archive.open(infos[0]) as stream:
                return BoundedStream(stream, infos[0].filename, len(data), MAX_MEMBER_BYTES).read_all()
    except ZIP_ERRORS:
        return data


def _read_text_formats(data: bytes, name: str) -> ParsedFile:
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and all(name in data for name in _POLAR_NAMES):
        from runcoach.sources.polar.session import read_polar

        return read_polar(data)
    clean = clean_xml(data)
    root = root_name(clean)
    if root == "gpx":
        from runcoach.sources.gpx import read_gpx

        return read_gpx(clean)
    if root == "trainingcenterdatabase":
        from runcoach.sources.tcx import read_tcx

        return read_tcx(clean)
    raise _other_format_error(data, root, name)


def _other_format_error(data: bytes, root: str | None, name: str) -> SourceError:
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    if root is None:
        kind = next((kind for signature, kind in _SIGNATURES if start.startswith(signature)), None)
    else:
        kind = _OTHER_DOCUMENTS.get(root)
        if kind is None and root.startswith("!doctype "):
            return doctype_error()
        kind = kind or f"XML of another kind (<{root}>)"
    if kind is None:
        return SourceError("neither FIT, GPX nor TCX")
    suffix = "".join(Path(name).suffixes[-2:]).casefold()
    named = f"named {suffix}, but " if suffix in ACTIVITY_SUFFIXES else ""
    return NotAnActivityError(f"{named}{kind}, neither FIT, GPX nor TCX", hint=_HINTS.get(kind))
