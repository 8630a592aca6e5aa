"""Migration 7, gear: what the runner has set about shoes and bikes."""

from __future__ import annotations

GEAR = """
-- The distance at which the runner wants to retire a shoe or bike, by the name that its activities have.
CREATE TABLE gear_setting (
    gear_name    TEXT    PRIMARY KEY,
    retire_at_m  REAL    NOT NULL CHECK (retire_at_m > 0),
    updated_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""
