"""The JSON form of every answer: camelCase names of the specification, times as ISO 8601 in UTC; no I/O."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import PurePath
from typing import Any

#: Columns whose JSON name is not simply their camelCase.
_NAMES = {"start_time": "date"}

#: Columns that hold seconds since 1970.
_TIMES = frozenset(
    {"start_time", "created_at", "updated_at", "deleted_at", "detached_at", "ignored_at", "started_at", "finished_at"}
    | {"undone_at", "last_import", "expires_at", "last_used_at", "revoked_at", "fetched_at", "done_at", "limit_until"}
    | {"opens_at", "back_to", "since", "last_sync_at", "next_sync_at", "waits_until"}
)

_FLAGS = frozenset({"is_private", "trainer", "has_gps"})

#: Values that are JSON already; most are, and a list has a thousand of them.
_PLAIN = (str, int, float, type(None))

_UNDERSCORE = re.compile(r"_([a-z0-9])")


@lru_cache(maxsize=4096)
def camel_case(name: str) -> str:
    """``avg_pace_sec_per_km`` → ``avgPaceSecPerKm``; ``start_time`` → ``date``, as the specification calls it."""
    return _NAMES.get(name) or _UNDERSCORE.sub(lambda match: match[1].upper(), name)


def to_json(value: Any, name: str = "") -> Any:
    """Any result of a service as plain JSON values; ``name`` is the column a value stands in."""
    if type(value) in _PLAIN and name not in _TIMES and name not in _FLAGS:
        return value
    if is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, dict):
        return {camel_case(key): to_json(item, key) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    if isinstance(value, date | PurePath):
        return str(value) if isinstance(value, PurePath) else value.isoformat()
    if name in _TIMES and isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return bool(value) if name in _FLAGS and value is not None else value
