"""JSON files of Garmin's account export: a list of objects or a single one, with calendar dates in several forms."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from runcoach.errors import SourceError
from runcoach.sources.remote.json_reader import number_of, objects


def read_objects(content: bytes, what: str) -> list[dict[str, object]]:
    """The objects of one file. SourceError, which calls them ``what``, where it is not JSON."""
    from pydantic_core import from_json

    try:
        data = from_json(content)
    except ValueError as error:
        raise SourceError(f"the {what} are not valid JSON: {error}") from None
    return objects(data if isinstance(data, list) else [data])


def calendar_date(value: Any) -> str | None:
    """A date as ISO 8601: written as ``2026-10-21``, in an object, or as milliseconds since 1970 at midnight in UTC."""
    if isinstance(value, dict):
        value = value.get("date")
    milliseconds = number_of(value)
    try:
        if isinstance(value, str):
            return date.fromisoformat(value[:10]).isoformat()
        if milliseconds is not None:
            return datetime.fromtimestamp(milliseconds / 1000.0, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        pass
    return None
