"""The list of activities page by page, with the columns that are asked for; a cursor begins the next page."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runcoach.domain.json_format import camel_case
from runcoach.errors import UsageError
from runcoach.store import activity_queries
from runcoach.store.pagination import Cursor, page
from runcoach.store.sqlite.database import open_reader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcoach.config import Config
    from runcoach.domain.filters import ActivityFilter

#: What may be asked for, by its JSON name; large fields are not among them.
FIELDS = {camel_case(column): column for column in activity_queries.DETAIL_COLUMNS}

SORTS = tuple(activity_queries.SORTS)

#: SQLite's integers end here.
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Page:
    """Some activities; ``total`` counts all that pass the filter, ``next_cursor`` is None on the last page."""

    rows: tuple[dict[str, Any], ...]
    total: int
    next_cursor: str | None


def activities(
    config: Config,
    where: ActivityFilter,
    *,
    sort: str = "date",
    reverse: bool = False,
    limit: int = 50,
    cursor: str | None = None,
    fields: Sequence[str] = (),
) -> Page:
    """One page of the activities that pass a filter; ``fields`` are JSON names, the usual ones of a list where empty.

    UsageError for an order or a field that does not exist, and for a cursor of another list.
    """
    if sort not in activity_queries.SORTS:
        raise UsageError(f"cannot sort by {sort!r}", hint=f"sort by {', '.join(activity_queries.SORTS)}")
    unknown = [name for name in fields if name not in FIELDS]
    if unknown:
        raise UsageError(f"activities have no field {unknown[0]!r}", hint=f"fields: {', '.join(FIELDS)}")
    columns = tuple(dict.fromkeys(FIELDS[name] for name in fields)) or activity_queries.LIST_COLUMNS
    order = f"{sort} {reverse} {where!r}"
    after = None if cursor is None else _read(cursor, order, is_text=sort == "name")
    with open_reader(config) as connection:
        rows, mark = page(connection, where, columns, sort=sort, reverse=reverse, after=after, limit=limit)
        return Page(
            tuple(rows), activity_queries.count(connection, where), None if mark is None else _write(mark, order)
        )


def _fingerprint(order: str) -> str:
    return hashlib.sha256(order.encode(errors="replace")).hexdigest()[:12]


def _write(mark: Cursor, order: str) -> str:
    content = json.dumps([_fingerprint(order), mark.value, mark.start_time, mark.activity_id], separators=(",", ":"))
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def _read(cursor: str, order: str, *, is_text: bool) -> Cursor:
    """Where a cursor points; UsageError for one that was not made by :func:`_write` for this very list."""
    wrong = UsageError("that cursor does not belong to this list", hint="begin again without one")
    try:
        content = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError, binascii.Error):
        raise wrong from None
    if not isinstance(content, list) or len(content) != 4 or content[0] != _fingerprint(order):
        raise wrong
    _, value, start_time, activity_id = content
    is_value = isinstance(value, str) if is_text else value is None or _is_number(value)
    if not (is_value and _is_whole(start_time) and _is_whole(activity_id)):
        raise wrong
    return Cursor(value, start_time, activity_id)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST


def _is_number(value: object) -> bool:
    return _is_whole(value) or (isinstance(value, float) and math.isfinite(value))
