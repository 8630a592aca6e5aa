"""Typed access to the fields of a JSON object: null and missing are None, a wrong type is an error naming the field.

Errors never quote values, which can be tokens or private texts.
"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from runcoach.errors import InvalidResponseError

T = TypeVar("T")

#: The largest integer of the database.
LARGEST = 2**63 - 1

_KINDS = {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}


class JsonReader:
    """The object ``data``, called ``where`` in messages ("activity 123"). Unknown fields are left alone.

    ``service`` is the one that sent it, by its name in messages.
    """

    __slots__ = ("_data", "_service", "where")

    def __init__(self, data: object, where: str, service: str) -> None:
        self.where = where
        self._service = service
        if not isinstance(data, dict):
            raise self._differs(f"{where} is {_kind(data)} where an object belongs")
        self._data: dict[str, object] = data

    def text(self, name: str) -> str | None:
        """A string, possibly empty; a lone surrogate becomes a question mark."""
        value = self._typed(name, str)
        return value if value is None or value.isascii() else value.encode(errors="replace").decode()

    def flag(self, name: str) -> bool | None:
        """True or false."""
        return self._typed(name, bool)

    def number(self, name: str) -> float | None:
        """A finite number."""
        value = self._data.get(name)
        number = value if isinstance(value, int) and not isinstance(value, bool) else self._typed(name, float)
        if number is not None and not abs(number) < LARGEST:  # false for NaN too
            raise self._differs(f"{name} of {self.where} is out of range")
        return None if number is None else float(number)

    def whole(self, name: str) -> int | None:
        """An integer; a number with a fraction is rounded."""
        value = self._data.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST:
            return value
        number = self.number(name)
        return None if number is None else round(number)

    def moment(self, name: str) -> int | None:
        """An ISO 8601 time as whole seconds since 1970; UTC without an offset."""
        text = self.text(name)
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
            return math.floor((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
        except (ValueError, OverflowError):
            pass
        raise self._differs(f"{name} of {self.where} is not a time")

    def child(self, name: str) -> JsonReader | None:
        """An object inside this one."""
        value = self._data.get(name)
        return None if value is None else JsonReader(value, f"{name} of {self.where}", self._service)

    def children(self, name: str) -> list[JsonReader] | None:
        """A list of objects; None where there is none, empty where it is empty."""
        entries = self._typed(name, list)
        if entries is None:
            return None
        return [
            JsonReader(each, f"{name}[{index}] of {self.where}", self._service) for index, each in enumerate(entries)
        ]

    def needed(self, name: str, value: T | None) -> T:
        """The value of a required field; InvalidResponseError where it is None."""
        if value is None:
            raise self.missing(name)
        return value

    def missing(self, name: str) -> InvalidResponseError:
        """The error for a missing required field."""
        return self._differs(f"{self.where} has no {name}")

    def _typed(self, name: str, kind: type[T]) -> T | None:
        value = self._data.get(name)
        if value is None or isinstance(value, kind):
            return value
        raise self._differs(f"{name} of {self.where} is {_kind(value)} where {_KINDS[kind]} belongs")

    def _differs(self, how: str) -> InvalidResponseError:
        return InvalidResponseError(f"{self._service}'s answer is not what its API describes: {how}")


def number_of(value: object) -> float | None:
    """A number below :data:`LARGEST`; None for anything else, NaN included."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < LARGEST else None


def id_of(value: object) -> int | None:
    """A positive integer up to :data:`LARGEST`; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 < value <= LARGEST else None


def objects(value: object) -> list[dict[str, object]]:
    """The objects in a list; empty for anything else."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def date_of(value: object) -> str | None:
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


def inner(value: object, *names: str) -> Any:
    """What is inside objects by a path of names; None where there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _kind(value: object) -> str:
    return "null" if value is None else _KINDS[type(value)]
