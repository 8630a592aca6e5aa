"""Migration 7, analytics: figures of one activity computed from its samples by an analytics job."""

from __future__ import annotations

ANALYTICS = """
-- One row per activity with samples. version: of the rules that the figures were computed by. heart_rate_ms: a JSON
-- object, beats per minute to milliseconds in motion; heart_rate_faults: a JSON array of stretches left out of it.
CREATE TABLE activity_analytics (
    activity_id               INTEGER PRIMARY KEY REFERENCES activity (id) ON DELETE CASCADE,
    version                   INTEGER NOT NULL,
    moving_s                  REAL    NOT NULL,
    heart_rate_ms             TEXT    NOT NULL CHECK (json_valid(heart_rate_ms)),
    heart_rate_faults         TEXT    NOT NULL CHECK (json_valid(heart_rate_faults)),
    max_heart_rate_bpm        REAL,
    threshold_heart_rate_bpm  REAL,
    computed_at               INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX job_open_analytics ON job (json_extract(payload, '$.activityId'))
    WHERE type = 'analytics' AND status IN ('queued', 'running', 'retry');

-- One row per run: its load and time in zones for the runner's current maximum, threshold and zones.
CREATE TABLE training_load (
    activity_id  INTEGER PRIMARY KEY REFERENCES activity (id) ON DELETE CASCADE,
    load         REAL,
    method       TEXT    CHECK (method IN ('trimp', 'rtss')),
    trimp        REAL,
    rtss         REAL,
    zone1_s      INTEGER,
    zone2_s      INTEGER,
    zone3_s      INTEGER,
    zone4_s      INTEGER,
    zone5_s      INTEGER,
    updated_at   INTEGER NOT NULL
) STRICT;

-- What the runner has set about the body: maximum heart rate, threshold …; value is JSON.
CREATE TABLE runner_setting (
    name         TEXT    PRIMARY KEY,
    value        TEXT    NOT NULL CHECK (json_valid(value)),
    updated_at   INTEGER NOT NULL
) STRICT;
"""
