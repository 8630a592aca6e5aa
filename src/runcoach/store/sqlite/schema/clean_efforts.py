"""Migration 5: several efforts of one activity and distance."""

SQL = """
-- Of an activity and distance: the effort that counts, a faster one that is suspect, and those that are ignored.
ALTER TABLE effort RENAME TO effort_before;
CREATE TABLE effort (
    activity_id      INTEGER NOT NULL REFERENCES activity (id) ON DELETE CASCADE,
    distance_m       INTEGER NOT NULL,
    length_m         REAL    NOT NULL,
    duration_s       INTEGER NOT NULL,
    duration_exact_s REAL    NOT NULL,
    start_s          REAL    NOT NULL,
    end_s            REAL    NOT NULL,
    quality          TEXT    NOT NULL CHECK (quality IN ('ok', 'check', 'suspect')),
    reason           TEXT,
    ignored_at       INTEGER,
    ignored_reason   TEXT,
    PRIMARY KEY (activity_id, distance_m, start_s, end_s)
) STRICT, WITHOUT ROWID;
INSERT INTO effort (activity_id, distance_m, length_m, duration_s, duration_exact_s, start_s, end_s, quality, reason,
                    ignored_at, ignored_reason)
    SELECT activity_id, distance_m, length_m, duration_s, duration_exact_s, start_s, end_s, quality, reason,
           ignored_at, ignored_reason FROM effort_before;
DROP TABLE effort_before;
CREATE INDEX effort_rank ON effort (distance_m, duration_s);

-- 1: the clock of the device was not set, start_time is no date.
ALTER TABLE activity ADD COLUMN is_undated INTEGER NOT NULL DEFAULT 0 CHECK (is_undated IN (0, 1));
"""
