"""Names of members: what is safe, what an activity file is called, and how a name is shown to a person."""

from __future__ import annotations

import re

from runcoach.sources.file_formats import SUFFIXES

#: The table of a bulk export.
TABLE = "activities.csv"

#: Endings of archives; what is inside an archive inside the archive is not looked at.
_PACKED = (".zip", ".7z", ".rar", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".zipx")

#: What macOS and Windows add to a ZIP on their own.
_LITTER = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_DRIVE = re.compile(r"[A-Za-z]:")
_LONGEST_SHOWN = 120


def shown(name: str) -> str:
    """A name fit for one line of a terminal: no control characters, no more than 120 characters."""
    visible = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", name)
    return visible if len(visible) <= _LONGEST_SHOWN else f"{visible[:_LONGEST_SHOWN]}…"


def cleaned(raw: str) -> str:
    """A member's path with forward slashes and without ``./`` before it; old ZIPs of Windows have backslashes."""
    path = raw.replace("\\", "/")
    while path.startswith("./"):
        path = path[2:]
    return path


def unsafe(path: str) -> str | None:
    """Why a cleaned path leads out of the archive; None where it stays inside."""
    if path.startswith("/"):
        return "an absolute path, which leads out of the archive"
    if _DRIVE.match(path):
        return "a path with a drive letter, which leads out of the archive"
    if ".." in path.split("/"):
        return 'a path with "..", which leads out of the archive'
    return None


def is_activity(path: str) -> bool:
    """Whether a path ends as FIT, GPX or TCX files do, packed with gzip or not."""
    return path.casefold().endswith(SUFFIXES)


def is_wanted(path: str) -> bool:
    """Whether a member would be read: an activity file or a table."""
    return is_activity(path) or path.rpartition("/")[2] == TABLE


def is_packed(path: str) -> bool:
    """Whether a path ends as an archive does."""
    return path.casefold().endswith(_PACKED)


def is_litter(path: str) -> bool:
    """Whether an operating system has put this beside what a person packed."""
    top, _, _ = path.partition("/")
    last = path.rpartition("/")[2]
    return top in _LITTER or last in _LITTER or last.startswith("._")
