"""File names from a browser made into safe relative paths."""

from __future__ import annotations

import re
import unicodedata

#: Levels of folders that are kept, and the length of a name.
_MAX_DEPTH, _MAX_NAME = 6, 120

_UNSAFE = re.compile(r"[^\w .()+,=@-]")


def safe_name(name: str) -> str:
    """A relative path without unsafe characters, ``..`` or hidden parts: ``"../../etc/x"`` → ``"etc/x"``.

    The suffix stays, because it determines the file format.
    """
    plain = unicodedata.normalize("NFC", name).replace("\\", "/")
    parts = [_UNSAFE.sub("_", part).strip(" .") for part in plain.split("/")]
    return "/".join([_shortened(part) for part in parts if part][-_MAX_DEPTH:]) or "file"


def _shortened(part: str) -> str:
    return part if len(part) <= _MAX_NAME else part[: _MAX_NAME // 2] + part[-_MAX_NAME // 2 :]


def unique_name(name: str, names: set[str]) -> str:
    """The name, numbered where it is taken, ignoring case; added to ``names``."""
    folder, slash, last = name.rpartition("/")
    candidate, number = name, 1
    while candidate.casefold() in names:
        number += 1
        candidate = f"{folder}{slash}{number} {last}"
    names.add(candidate.casefold())
    return candidate
