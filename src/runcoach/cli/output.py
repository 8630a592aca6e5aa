"""Writes the versioned JSON envelope of an answer, or of an error, to stdout."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from runcoach.domain.json_format import to_json

if TYPE_CHECKING:
    from runcoach.errors import RuncoachError

VERSION = 1


def emit(command: str, data: Any) -> None:
    """Write the envelope of a result to stdout."""
    _write({"command": command, "version": VERSION, "data": to_json(data)})


def emit_error(command: str, error: RuncoachError) -> None:
    """Write the envelope of an error to stdout: a script that asked for JSON gets JSON."""
    problem = {"code": error.code, "message": error.message, "hint": error.hint}
    _write({"command": command, "version": VERSION, "error": problem})


def _write(envelope: dict[str, Any]) -> None:
    is_utf_8 = (sys.stdout.encoding or "utf-8").lower().startswith("utf")
    json.dump(envelope, sys.stdout, ensure_ascii=not is_utf_8, indent=2 if sys.stdout.isatty() else None)
    sys.stdout.write("\n")
