"""A file's bytes → recordings, whatever its name says; and which files of a folder may hold activities."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from runcoach.errors import NotAnActivityError, SourceError
from runcoach.sources.archive.member_names import ACTIVITY_SUFFIXES
from runcoach.sources.fit.reader import is_fit, read_fit
from runcoach.sources.gunzip import MAGIC as GZIP_MAGIC
from runcoach.sources.gunzip import gunzip
from runcoach.sources.parsed_file import ParsedFile
from runcoach.sources.xml_reader import doctype_refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["ParsedFile", "activity_files", "read_bytes", "unpacked"]

#: Some files arrive packed twice.
_MOST_WRAPPINGS = 2

#: First bytes of what people take for an activity by mistake → what it is.
_KNOWN_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a ZIP archive"),
    (b"%PDF", "a PDF document"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89PNG", "a PNG picture"),
    (b"SQLite format 3", "a SQLite database"),
    (b"{", "JSON"),
    (b"[", "JSON"),
)

#: Outermost element → what such a document is.
_OTHER_XML: dict[str, str] = {
    "kml": "a KML file",
    "html": "a web page",
    "!doctype html": "a web page",
    "sml": "a Suunto SML file",
    "workout_file": "a Zwift workout",
    "plist": "a property list",
    "svg": "an SVG picture",
    "healthdata": "an export of Apple Health",
}


def unpacked(data: bytes) -> bytes:
    """The same bytes without the gzip around them; what cannot be unpacked whole stays packed, for its reader to tell.

    HostileFileError past the bounds.
    """
    for _ in range(_MOST_WRAPPINGS):
        if not data.startswith(GZIP_MAGIC):
            break
        inner, trouble = gunzip(data)
        if trouble:
            break
        data = inner
    return data


def read_bytes(data: bytes, name: str) -> ParsedFile:
    """The recordings in a file's bytes, recognised by their content; ``name`` only serves to tell what was expected.

    Raises SourceError (empty, or nothing in it can be read), NotAnActivityError (sound, but something else) or
    HostileFileError (built to do harm), and nothing else.
    """
    notes = []
    for _ in range(_MOST_WRAPPINGS):
        if data.startswith(GZIP_MAGIC):
            data, note = gunzip(data)
            notes += [note] if note else []
    if not data.strip(b"\x00"):
        raise SourceError("the file is empty" if not data else "the file holds nothing but zeros")
    reading = read_fit(data) if is_fit(data) else _read_text(data, name)
    return ParsedFile(reading.recordings, (*notes, *reading.notes)) if notes else reading


def _read_text(data: bytes, name: str) -> ParsedFile:
    from runcoach.sources.gpx import read_gpx
    from runcoach.sources.tcx import read_tcx
    from runcoach.sources.xml_text import clean_xml, root_name

    clean = clean_xml(data)
    root = root_name(clean)
    if root == "gpx":
        return read_gpx(clean)
    if root == "trainingcenterdatabase":
        return read_tcx(clean)
    raise _unknown(data, root, name)


def _unknown(data: bytes, root: str | None, name: str) -> SourceError:
    """Why these bytes are none of the three formats."""
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    what = (
        _OTHER_XML.get(root) if root else next((kind for magic, kind in _KNOWN_STARTS if start.startswith(magic)), None)
    )
    if root is not None and root.startswith("!doctype ") and what is None:
        return doctype_refusal()
    if root is not None and what is None:
        what = f"XML of another kind (<{root}>)"
    if what is None:
        return SourceError("neither FIT, GPX nor TCX")
    ending = "".join(Path(name).suffixes[-2:]).casefold()
    named = f"named {ending}, but " if ending in ACTIVITY_SUFFIXES else ""
    remedy = {"a web page": "download it again while you are logged in", "a ZIP archive": "give it a name in .zip"}
    return NotAnActivityError(f"{named}{what}, neither FIT, GPX nor TCX", hint=remedy.get(what))


def activity_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Files as given, and files in folders with one of :data:`ACTIVITY_SUFFIXES`, subfolders included.

    Folders are walked in the order of names; hidden files and folders in them are passed over, and each is entered
    once, whatever links lead to it. A folder that cannot be listed is itself among the answers: reading it says why.
    """
    entered: set[Path] = set()
    for path in paths:
        if _is(Path.is_dir, path):
            yield from _in_folder(path, entered)
        else:
            yield path


def _in_folder(folder: Path, entered: set[Path]) -> Iterator[Path]:
    try:
        place = folder.resolve()
        inside = sorted(folder.iterdir())
    except OSError:
        yield folder
        return
    if place in entered:
        return
    entered.add(place)
    for path in inside:
        if path.name.startswith("."):
            continue
        if _is(Path.is_dir, path):
            yield from _in_folder(path, entered)
        elif path.name.casefold().endswith(ACTIVITY_SUFFIXES) and (_is(Path.is_file, path) or path.is_symlink()):
            yield path


def _is(kind: Callable[[Path], bool], path: Path) -> bool:
    """``path.is_dir()`` or ``path.is_file()``, which before Python 3.14 raise where one may not look."""
    try:
        return kind(path)
    except OSError:
        return False
