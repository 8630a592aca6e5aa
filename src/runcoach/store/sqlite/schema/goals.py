"""Migration 7, goals: the runner's goals."""

from __future__ import annotations

GOALS = """
-- A time over a distance, a day, or both; a removed goal stays.
CREATE TABLE goal (
    id           INTEGER PRIMARY KEY,
    name         TEXT,
    distance_m   INTEGER NOT NULL,
    length_m     REAL    NOT NULL,
    time_s       INTEGER,
    race_date    TEXT    CHECK (race_date IS date(race_date)),
    created_at   INTEGER NOT NULL,
    removed_at   INTEGER
) STRICT;
"""
