"""Computes loads and time in zones from stored figures, and again when the runner's maximum, threshold … change."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

from runcoach.analysis.training.heart_rate_zones import time_in_zones
from runcoach.analysis.training.training_load import run_load
from runcoach.services.analytics import physiology as figures
from runcoach.services.analytics.estimates import determine
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.training import loads

if TYPE_CHECKING:
    from runcoach.domain.training.physiology import Physiology


def update_loads(connection: sqlite3.Connection) -> int:
    """Compute the loads of runs without a current one, or of all where the runner's figures have changed; the number.

    The caller holds no transaction.
    """
    with write_transaction(connection):
        physiology = determine(connection)
        before = figures.stored(connection)
        has_changed = before is None or before.settled() != physiology.settled()
        rows = loads.inputs(connection, only_stale=not has_changed)
        loads.put(connection, (_load(row, physiology) for row in rows))
        if physiology != before:
            figures.store(connection, physiology)
    return len(rows)


def _load(row: sqlite3.Row, physiology: Physiology) -> tuple[Any, ...]:
    heart_rate_ms = {int(bpm): int(ms) for bpm, ms in json.loads(row["heart_rate_ms"] or "{}").items()}
    moving_s = row["moving_time_sec"] or row["elapsed_time_sec"]
    flat_m = None if row["distance_m"] is None else row["distance_m"] * (row["grade_factor"] or 1.0)
    load = run_load(physiology, heart_rate_ms, moving_s, flat_m)
    zones: tuple[int | None, ...] = (None,) * 5
    if heart_rate_ms and physiology.zones is not None:
        zones = time_in_zones(heart_rate_ms, physiology.zones)
    return row["id"], load.load, load.method and load.method.value, load.trimp, load.rtss, *zones
