"""The JSON form of every answer: one versioned envelope, camelCase names, times as ISO 8601 in UTC."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runcoach.errors import RuncoachError

VERSION = 1

#: Columns whose JSON name is not simply their camelCase.
_NAMES = {"start_time": "date"}

#: Columns that hold seconds since 1970.
_TIMES = frozenset(
    {"start_time", "created_at", "updated_at", "deleted_at", "detached_at", "ignored_at", "started_at", "finished_at"}
    | {"undone_at", "last_import", "expires_at", "last_used_at", "revoked_at", "fetched_at", "done_at", "limit_until"}
)

_FLAGS = frozenset({"is_private", "trainer", "has_gps"})

_UNDERSCORE = re.compile(r"_([a-z0-9])")


def camel(name: str) -> str:
    """``avg_pace_sec_per_km`` → ``avgPaceSecPerKm``; ``start_time`` → ``date``, as the specification calls it."""
    return _NAMES.get(name) or _UNDERSCORE.sub(lambda match: match[1].upper(), name)


def jsonable(value: Any, name: str = "") -> Any:
    """Any result of a service as plain JSON values; ``name`` is the column a value stands in."""
    if is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, dict):
        return {camel(key): jsonable(item, key) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    if name in _TIMES and isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if name in _FLAGS and value is not None:
        return bool(value)
    return value


def emit(command: str, data: Any) -> None:
    """Write the envelope of a result to stdout."""
    _write({"command": command, "version": VERSION, "data": jsonable(data)})


def emit_error(command: str, error: RuncoachError) -> None:
    """Write the envelope of an error to stdout: a script that asked for JSON gets JSON."""
    problem = {"code": error.code, "message": error.message, "hint": error.hint}
    _write({"command": command, "version": VERSION, "error": problem})


def _write(envelope: dict[str, Any]) -> None:
    json.dump(envelope, sys.stdout, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None)
    sys.stdout.write("\n")
