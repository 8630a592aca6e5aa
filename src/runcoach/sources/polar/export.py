"""Recognizes Polar's account export and its training sessions; steps, sleep and settings are passed over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runcoach.sources.archive.opening import list_members

if TYPE_CHECKING:
    from pathlib import Path

#: ``training-session-2019-01-18-3142858899-UUID.json``, today ``training-session_2023-11-15T12-23-32_ID-UUID.json``.
_SESSION = re.compile(r"(^|/)training-session[-_]\d{4}-\d{2}-\d{2}[^/]*\.json$", re.IGNORECASE)


def is_polar_export(path: Path) -> bool:
    """Whether a ZIP or folder is Polar's account export, by the names inside."""
    return any(map(is_session_file, list_members(path)))


def is_session_file(name: str) -> bool:
    """Whether a member holds a training session."""
    return _SESSION.search(name) is not None
