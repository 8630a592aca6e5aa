"""The audit trail: one row per significant event, written in the transaction of the change itself."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping
from typing import Any


def record(
    connection: sqlite3.Connection,
    entity: str,
    entity_id: int,
    action: str,
    message: str,
    *,
    meta: Mapping[str, Any] | None = None,
) -> None:
    """Add one event; the table's CHECK constraints list the values of ``entity`` and ``action``."""
    connection.execute(
        "INSERT INTO audit (entity, entity_id, action, message, meta, created_at) VALUES (?, ?, ?, ?, ?, ?)",
        (entity, entity_id, action, message, json.dumps(dict(meta or {}), ensure_ascii=False), int(time.time())),
    )


def read(
    connection: sqlite3.Connection, *, entity: str | None = None, entity_id: int | None = None, limit: int | None = 50
) -> list[sqlite3.Row]:
    """The newest events first: id, entity, entity_id, action, message, meta (JSON text), created_at."""
    return connection.execute(
        'SELECT id, entity, entity_id, action, message, meta, created_at AS "created_at [timestamp]" FROM audit'
        " WHERE (:entity IS NULL OR entity = :entity) AND (:entity_id IS NULL OR entity_id = :entity_id)"
        " ORDER BY id DESC LIMIT :limit",
        {"entity": entity, "entity_id": entity_id, "limit": -1 if limit is None else limit},
    ).fetchall()
