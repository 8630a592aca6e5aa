"""Migration 7, analytics: figures of one activity computed from its samples by an analytics job."""

from __future__ import annotations

ANALYTICS = """
-- One row per activity with samples. version: of the rules that the figures were computed by. heart_rate_ms: a JSON
-- object, beats per minute to milliseconds in motion; heart_rate_faults: a JSON array of stretches left out of it. From
-- is_run on, figures of runs: the cost relative to flat ground of the whole, and as JSON arrays of each split and lap.
CREATE TABLE activity_analytics (
    activity_id               INTEGER PRIMARY KEY REFERENCES activity (id) ON DELETE CASCADE,
    version                   INTEGER NOT NULL,
    moving_s                  REAL    NOT NULL,
    heart_rate_ms             TEXT    NOT NULL CHECK (json_valid(heart_rate_ms)),
    heart_rate_faults         TEXT    NOT NULL CHECK (json_valid(heart_rate_faults)),
    max_heart_rate_bpm        REAL,
    threshold_heart_rate_bpm  REAL,
    is_run                    INTEGER NOT NULL CHECK (is_run IN (0, 1)),
    grade_factor              REAL,
    efficiency_m_per_beat     REAL,
    decoupling                REAL,
    split_grade_factors       TEXT    NOT NULL CHECK (json_valid(split_grade_factors)),
    lap_grade_factors         TEXT    NOT NULL CHECK (json_valid(lap_grade_factors)),
    computed_at               INTEGER NOT NULL
) STRICT;
CREATE INDEX activity_analytics_version ON activity_analytics (version);
CREATE UNIQUE INDEX job_open_analytics ON job (json_extract(payload, '$.activityId'))
    WHERE type = 'analytics' AND status IN ('queued', 'running', 'retry');

-- The fastest distance_m of a run that begin at or after after_m; 0: that begin within its first 10 km.
CREATE TABLE durability_effort (
    activity_id       INTEGER NOT NULL REFERENCES activity (id) ON DELETE CASCADE,
    after_m           INTEGER NOT NULL,
    distance_m        INTEGER NOT NULL,
    duration_exact_s  REAL    NOT NULL,
    start_s           REAL    NOT NULL,
    PRIMARY KEY (activity_id, after_m, distance_m)
) STRICT, WITHOUT ROWID;
CREATE INDEX durability_effort_fastest ON durability_effort (distance_m, after_m, duration_exact_s);

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

-- Maximum heart rate, threshold, zones …, as the runner has set them or a source states them; value is JSON.
CREATE TABLE runner_setting (
    name         TEXT    NOT NULL,
    origin       TEXT    NOT NULL CHECK (origin IN ('set', 'garmin')),
    value        TEXT    NOT NULL CHECK (json_valid(value)),
    updated_at   INTEGER NOT NULL,
    PRIMARY KEY (name, origin)
) STRICT, WITHOUT ROWID;
"""
