"""The JSON form of every answer: camelCase names, times as ISO 8601 in UTC."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import PurePath
from typing import Any, TypeAlias

#: Names whose JSON form is not their camelCase.
_NAMES = {"start_time": "date"}

#: Types that are JSON already, tested first: a list has thousands of such values.
_PLAIN = (str, int, float, bool, type(None))

_UNDERSCORE = re.compile(r"_([a-z0-9])")


#: Seconds since 1970 (UTC) with a fraction, as the type of a dataclass field; ISO 8601 in JSON.
EpochSeconds: TypeAlias = float


class Timestamp(int):
    """Whole seconds since 1970 (UTC); ISO 8601 in JSON."""


@lru_cache(maxsize=4096)
def camel_case(name: str) -> str:
    """``avg_pace_sec_per_km`` → ``avgPaceSecPerKm``; ``start_time`` → ``date``, as the specification calls it."""
    return _NAMES.get(name) or _UNDERSCORE.sub(lambda match: match[1].upper(), name)


def to_json(value: Any) -> Any:
    """Any result of a service as plain JSON values.

    A :class:`Timestamp`, and a dataclass field annotated as :data:`EpochSeconds`, becomes ISO 8601 in UTC.
    """
    if type(value) in _PLAIN:
        return value
    if is_dataclass(value) and not isinstance(value, type):
        value = field_values(value)
    if isinstance(value, dict):
        return {camel_case(key): to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    if isinstance(value, Timestamp):
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, PurePath) else value


def field_values(value: Any) -> dict[str, object]:
    """The fields of a dataclass by name, times as :class:`Timestamp`; values inside are left as they are."""
    times = _time_fields(value.__class__)
    return {
        field.name: Timestamp(item) if field.name in times and item is not None else item
        for field in fields(value)
        for item in (getattr(value, field.name),)
    }


@lru_cache(maxsize=256)
def _time_fields(kind: type) -> frozenset[str]:
    return frozenset(field.name for field in fields(kind) if str(field.type).startswith("EpochSeconds"))
