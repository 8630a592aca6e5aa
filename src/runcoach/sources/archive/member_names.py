"""Names of archive members: which are safe, which are activity files, and how to print one."""

from __future__ import annotations

import re

#: Suffixes of activity files, in lower case.
ACTIVITY_SUFFIXES = (".fit", ".gpx", ".tcx", ".fit.gz", ".gpx.gz", ".tcx.gz")

#: A training session of Polar's account export: ``training-session-2019-01-18-3142858899-UUID.json``, since 2023
#: ``training-session_2023-11-15T12-23-32_ID-UUID.json``.
_POLAR_SESSION = re.compile(r"(^|/)training-session[-_]\d{4}-\d{2}-\d{2}[^/]*\.json$", re.IGNORECASE)

#: The table of a Strava bulk export.
TABLE = "activities.csv"

_TABLES = frozenset({TABLE, "cardioactivities.csv"})

_ARCHIVE_SUFFIXES = (".zip", ".7z", ".rar", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".zipx")

#: Files that macOS and Windows add to ZIP files.
_SYSTEM_FILES = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_DRIVE = re.compile(r"[A-Za-z]:")
_MAX_PRINTED = 120


def printable(name: str) -> str:
    """A name for one line of a terminal: control characters replaced, cut after 120 characters."""
    visible = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", name)
    return visible if len(visible) <= _MAX_PRINTED else f"{visible[:_MAX_PRINTED]}…"


def replace_surrogates(name: str) -> str:
    """A file name in which bytes that are not UTF-8 (surrogates in Python) are replacement characters."""
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", name)


def normalized(raw: str) -> str:
    """A path with forward slashes and without leading ``./``; ZIP files made on Windows may have backslashes."""
    path = raw.replace("\\", "/")
    while path.startswith("./"):
        path = path[2:]
    return path


def unsafe_reason(path: str) -> str | None:
    """Why a normalized path leads out of the archive; None if it stays inside."""
    if path.startswith("/"):
        return "an absolute path, which leads out of the archive"
    if _DRIVE.match(path):
        return "a path with a drive letter, which leads out of the archive"
    if ".." in path.split("/"):
        return 'a path with "..", which leads out of the archive'
    return None


def is_activity(path: str) -> bool:
    """Whether a path has the suffix of a FIT, GPX or TCX file, gzipped or not, or is a session of Polar's export."""
    return path.casefold().endswith(ACTIVITY_SUFFIXES) or _POLAR_SESSION.search(path) is not None


def is_read(path: str) -> bool:
    """Whether an import reads this member: an activity file or a table."""
    return is_activity(path) or path.rpartition("/")[2].casefold() in _TABLES


def is_archive_name(path: str) -> bool:
    """Whether a path has the suffix of an archive."""
    return path.casefold().endswith(_ARCHIVE_SUFFIXES)


def is_system_file(path: str) -> bool:
    """Whether an operating system added this member."""
    top, _, _ = path.partition("/")
    last = path.rpartition("/")[2]
    return top in _SYSTEM_FILES or last in _SYSTEM_FILES or last.startswith("._")
