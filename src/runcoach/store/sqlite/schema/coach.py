"""Migration 7: analytics of activities, gear, goals, routes, daily values of the body and forecasts made by others."""

SQL = """
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

-- The distance at which the runner wants to retire a shoe or bike, by the name that its activities have.
CREATE TABLE gear_setting (
    gear_name    TEXT    PRIMARY KEY,
    retire_at_m  REAL    NOT NULL CHECK (retire_at_m > 0),
    updated_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

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

-- The track of a run with positions as points 25 m apart, stored by its analytics job. points is encoded by
-- store/training/route_tracks.py; no row where the run is too short. The cell is where the middle of the track lies.
CREATE TABLE route_track (
    activity_id  INTEGER PRIMARY KEY REFERENCES activity (id) ON DELETE CASCADE,
    length_m     REAL    NOT NULL,
    cell_row     INTEGER NOT NULL,
    cell_column  INTEGER NOT NULL,
    points       BLOB    NOT NULL
) STRICT;
CREATE INDEX route_track_cell ON route_track (cell_row, cell_column, length_m);

-- The route of each outdoor run: the oldest run that it matches, itself where it is that one. NULL: not compared yet,
-- also after that run was removed. start_time: a copy of the activity's by which it was compared. heart_rate_bpm: the
-- mean without stretches that are not to be believed, NULL where there are none, 0 where nothing is left.
CREATE TABLE route_run (
    activity_id     INTEGER PRIMARY KEY REFERENCES route_track (activity_id) ON DELETE CASCADE,
    start_time      INTEGER NOT NULL,
    heart_rate_bpm  INTEGER,
    route_id        INTEGER REFERENCES route_run (activity_id) ON DELETE SET NULL
) STRICT;
CREATE INDEX route_run_route ON route_run (route_id, start_time);

-- The map of all runs: one row, removed with every run that comes or goes. areas: JSON; data: deflated JSON.
CREATE TABLE route_heat (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    areas  TEXT    NOT NULL CHECK (json_valid(areas)),
    data   BLOB    NOT NULL
) STRICT;
CREATE TRIGGER route_run_added AFTER INSERT ON route_run BEGIN
    DELETE FROM route_heat;
END;
CREATE TRIGGER route_run_removed AFTER DELETE ON route_run BEGIN
    DELETE FROM route_heat;
END;

-- Race times that others forecast, for example a watch: one row a source, day and distance, in the labels of
-- effort.distance_m. batch_id: the import that brought it.
CREATE TABLE race_prediction (
    source       TEXT    NOT NULL,
    date         TEXT    NOT NULL,
    distance_m   INTEGER NOT NULL,
    duration_s   INTEGER NOT NULL,
    batch_id     INTEGER REFERENCES import_batch (id) ON DELETE CASCADE,
    PRIMARY KEY (source, date, distance_m)
) STRICT, WITHOUT ROWID;
CREATE INDEX race_prediction_batch ON race_prediction (batch_id);
CREATE INDEX race_prediction_distance ON race_prediction (distance_m, date);

-- Daily values of the body: one row a metric, local day, kind of source and device (an app or a device as the source
-- names it, empty where it does not). readings: how many of the day the value comes from. batch_id: the import that
-- brought it, NULL for a remote source.
CREATE TABLE wellness (
    metric       TEXT    NOT NULL,
    date         TEXT    NOT NULL,
    source       TEXT    NOT NULL,
    device       TEXT    NOT NULL,
    value        REAL    NOT NULL,
    unit         TEXT    NOT NULL,
    readings     INTEGER NOT NULL DEFAULT 1,
    batch_id     INTEGER REFERENCES import_batch (id) ON DELETE CASCADE,
    PRIMARY KEY (metric, date, source, device)
) STRICT, WITHOUT ROWID;
CREATE INDEX wellness_batch ON wellness (batch_id);
CREATE INDEX wellness_date ON wellness (date);
"""
