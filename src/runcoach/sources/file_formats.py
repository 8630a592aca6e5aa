"""Detects the format of a file by its content and reads it; lists the activity files of folders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from runcoach.errors import NotAnActivityError, SourceError
from runcoach.sources.archive.member_names import ACTIVITY_SUFFIXES
from runcoach.sources.fit.reader import is_fit, read_fit
from runcoach.sources.gunzip import MAGIC as GZIP_MAGIC
from runcoach.sources.gunzip import gunzip
from runcoach.sources.parsed_file import ParsedFile
from runcoach.sources.xml_reader import clean_xml, doctype_error, root_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["ParsedFile", "activity_files", "decompress", "read_bytes"]

#: Some files are gzipped twice.
_MAX_GZIP_LAYERS = 2

#: First bytes of other files → what they are.
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a ZIP archive"),
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
_HINTS = {"a web page": "download it again while you are logged in", "a ZIP archive": "give it a name in .zip"}


def decompress(data: bytes) -> bytes:
    """The bytes without gzip; a damaged gzip stream is returned as it is, so that its reader can report it.

    Raises HostileFileError past the limits.
    """
    for _ in range(_MAX_GZIP_LAYERS):
        if not data.startswith(GZIP_MAGIC):
            break
        unpacked, warning = gunzip(data)
        if warning:
            break
        data = unpacked
    return data


def read_bytes(data: bytes, name: str) -> ParsedFile:
    """The recordings in a file, recognized by content; ``name`` is used in error messages only.

    Raises SourceError (empty or unreadable), NotAnActivityError (valid, but something else) or HostileFileError.
    """
    notes = []
    for _ in range(_MAX_GZIP_LAYERS):
        if data.startswith(GZIP_MAGIC):
            data, warning = gunzip(data)
            notes += [warning] if warning else []
    if not data.strip(b"\x00"):
        raise SourceError("the file is empty" if not data else "the file holds nothing but zeros")
    parsed = read_fit(data) if is_fit(data) else _read_xml_formats(data, name)
    return ParsedFile(parsed.recordings, (*notes, *parsed.notes)) if notes else parsed


def _read_xml_formats(data: bytes, name: str) -> ParsedFile:
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


def activity_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Files as given, and files in folders with one of :data:`ACTIVITY_SUFFIXES`, subfolders included.

    Folders are walked in the order of names; hidden files and folders are skipped, and each folder is read once,
    whatever links lead to it. A folder that cannot be listed is yielded itself: reading it raises the error.
    """
    visited: set[Path] = set()
    for path in paths:
        if _is(Path.is_dir, path):
            yield from _in_folder(path, visited)
        else:
            yield path


def _in_folder(folder: Path, visited: set[Path]) -> Iterator[Path]:
    try:
        resolved = folder.resolve()
        entries = sorted(folder.iterdir())
    except OSError:
        yield folder
        return
    if resolved in visited:
        return
    visited.add(resolved)
    for path in entries:
        if path.name.startswith("."):
            continue
        if _is(Path.is_dir, path):
            yield from _in_folder(path, visited)
        elif path.name.casefold().endswith(ACTIVITY_SUFFIXES) and (_is(Path.is_file, path) or path.is_symlink()):
            yield path


def _is(kind: Callable[[Path], bool], path: Path) -> bool:
    """``path.is_dir()`` or ``path.is_file()``, which before Python 3.14 raise PermissionError."""
    try:
        return kind(path)
    except OSError:
        return False
