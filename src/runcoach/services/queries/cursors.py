"""Cursors of lists as texts, bound to the list that they belong to."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math

from runcoach.errors import UsageError
from runcoach.store.pagination import Cursor


def encode_cursor(cursor: Cursor, order: str) -> str:
    """A cursor of the list with this ``order`` (its sort and filter) as a text for URLs."""
    content = [_order_digest(order), cursor.value, cursor.start_time, cursor.activity_id]
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(text: str, order: str, *, is_text: bool) -> Cursor:
    """The cursor in a text made by :func:`encode_cursor` for the same list; UsageError for any other text."""
    invalid = UsageError("the cursor does not belong to this list", hint="start again without a cursor")
    try:
        content = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, RecursionError, binascii.Error):
        raise invalid from None
    if not isinstance(content, list) or len(content) != 4 or content[0] != _order_digest(order):
        raise invalid
    _, value, start_time, activity_id = content
    is_number = _is_integer(value) or (isinstance(value, float) and math.isfinite(value))
    is_value = isinstance(value, str) if is_text else value is None or is_number
    if not (is_value and _is_integer(start_time) and _is_integer(activity_id)):
        raise invalid
    return Cursor(value, start_time, activity_id)


def _order_digest(order: str) -> str:
    return hashlib.sha256(order.encode(errors="replace")).hexdigest()[:12]


def _is_integer(value: object) -> bool:
    """Whether a value is an integer that SQLite can hold."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
