"""Migration 1: activities, their sources and samples, splits, efforts, audit trail."""

SQL = """
CREATE TABLE schema_migration (
    version      INTEGER PRIMARY KEY,
    name         TEXT    NOT NULL,
    applied_at   INTEGER NOT NULL
) STRICT;

CREATE TABLE user (
    id           INTEGER PRIMARY KEY,
    email        TEXT    NOT NULL UNIQUE,
    role         TEXT    NOT NULL CHECK (role IN ('admin', 'user')),
    created_at   INTEGER NOT NULL
) STRICT;

CREATE TABLE activity (
    id                       INTEGER PRIMARY KEY,
    strava_id                INTEGER UNIQUE,
    athlete_id               INTEGER,
    name                     TEXT    NOT NULL,
    sport_type               TEXT    NOT NULL,
    start_time               INTEGER NOT NULL,
    utc_offset_s             INTEGER NOT NULL,
    timezone                 TEXT,
    local_date               TEXT    NOT NULL AS (date(start_time + utc_offset_s, 'unixepoch')) STORED,
    distance_m               REAL,
    distance_km              REAL    AS (distance_m / 1000.0) STORED,
    moving_time_sec          INTEGER,
    elapsed_time_sec         INTEGER,
    elevation_gain_m         REAL,
    avg_hr                   INTEGER,
    max_hr                   INTEGER,
    avg_cadence              REAL,
    max_cadence              REAL,
    avg_pace_sec_per_km      INTEGER,
    fastest_pace_sec_per_km  INTEGER,
    calories                 INTEGER,
    avg_power                REAL,
    max_power                REAL,
    temperature              REAL,
    description              TEXT,
    gear_name                TEXT,
    achievement_count        INTEGER,
    photo_count              INTEGER,
    elevation_low_m          REAL,
    elevation_high_m         REAL,
    is_private               INTEGER NOT NULL DEFAULT 0 CHECK (is_private IN (0, 1)),
    workout_type             INTEGER,
    trainer                  INTEGER NOT NULL DEFAULT 0 CHECK (trainer IN (0, 1)),
    has_gps                  INTEGER NOT NULL DEFAULT 0 CHECK (has_gps IN (0, 1)),
    device_name              TEXT,
    created_at               INTEGER NOT NULL,
    updated_at               INTEGER NOT NULL,
    deleted_at               INTEGER
) STRICT;
CREATE INDEX activity_sport_type ON activity (sport_type);
CREATE INDEX activity_start_time ON activity (start_time);
CREATE INDEX activity_athlete_start_time ON activity (athlete_id, start_time);
CREATE INDEX activity_distance_km ON activity (distance_km);
CREATE INDEX activity_avg_pace ON activity (avg_pace_sec_per_km);
CREATE INDEX activity_fastest_pace ON activity (fastest_pace_sec_per_km);

-- Large fields stand apart, so that no list ever reads them.
CREATE TABLE activity_payload (
    activity_id  INTEGER PRIMARY KEY REFERENCES activity (id) ON DELETE CASCADE,
    raw          BLOB,
    thumb_png    BLOB
) STRICT;

CREATE TABLE import_batch (
    id           INTEGER PRIMARY KEY,
    origin       TEXT    NOT NULL,
    started_at   INTEGER NOT NULL,
    finished_at  INTEGER,
    undone_at    INTEGER,
    created      INTEGER NOT NULL DEFAULT 0,
    updated      INTEGER NOT NULL DEFAULT 0,
    unchanged    INTEGER NOT NULL DEFAULT 0,
    failed       INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Which file, archive row or answer gave what. totals: the source's own figures; account: what it says of each column
-- of the activity, and what had to be assumed where it is silent. Both are JSON.
CREATE TABLE activity_source (
    id           INTEGER PRIMARY KEY,
    activity_id  INTEGER NOT NULL REFERENCES activity (id) ON DELETE CASCADE,
    batch_id     INTEGER REFERENCES import_batch (id),
    kind         TEXT    NOT NULL CHECK (kind IN ('file', 'archive', 'strava')),
    format       TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    sha256       TEXT,
    item         INTEGER NOT NULL DEFAULT 0, -- the nth activity of
    items        INTEGER NOT NULL DEFAULT 1, -- so many in the file
    totals       TEXT    NOT NULL CHECK (json_valid(totals)),
    account      TEXT    NOT NULL CHECK (json_valid(account)),
    notes        TEXT    NOT NULL CHECK (json_valid(notes)),
    created_at   INTEGER NOT NULL,
    detached_at  INTEGER
) STRICT;
CREATE UNIQUE INDEX activity_source_file ON activity_source (sha256, item) WHERE sha256 IS NOT NULL;
CREATE INDEX activity_source_activity ON activity_source (activity_id);
CREATE INDEX activity_source_batch ON activity_source (batch_id);

CREATE TABLE activity_stream (
    activity_id  INTEGER NOT NULL REFERENCES activity (id) ON DELETE CASCADE,
    channel      TEXT    NOT NULL,
    dtype        TEXT    NOT NULL,
    n            INTEGER NOT NULL,
    codec        INTEGER NOT NULL,
    data         BLOB    NOT NULL,
    PRIMARY KEY (activity_id, channel)
) STRICT;

CREATE TABLE split (
    activity_id      INTEGER NOT NULL REFERENCES activity (id) ON DELETE CASCADE,
    km               INTEGER NOT NULL,
    distance_m       REAL,
    moving_time_sec  INTEGER,
    elapsed_time_sec INTEGER,
    avg_speed_ms     REAL,
    pace_sec         INTEGER,
    elev_gain_m      REAL,
    hr_avg           INTEGER,
    source           TEXT    NOT NULL CHECK (source IN ('strava', 'computed')),
    PRIMARY KEY (activity_id, km)
) STRICT;
CREATE INDEX split_activity ON split (activity_id);

CREATE TABLE lap (
    activity_id      INTEGER NOT NULL REFERENCES activity (id) ON DELETE CASCADE,
    lap_index        INTEGER NOT NULL,
    name             TEXT,
    start_s          REAL,
    distance_m       REAL,
    elapsed_s        REAL,
    moving_s         REAL,
    elevation_gain_m REAL,
    avg_hr_bpm       INTEGER,
    max_hr_bpm       INTEGER,
    avg_cadence_spm  REAL,
    avg_power_w      REAL,
    calories_kcal    INTEGER,
    PRIMARY KEY (activity_id, lap_index)
) STRICT, WITHOUT ROWID;

-- One row an activity and distance; start_s and end_s count from the activity's start.
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
    PRIMARY KEY (activity_id, distance_m)
) STRICT, WITHOUT ROWID;
CREATE INDEX effort_rank ON effort (distance_m, duration_s);

-- The ranked windows, rebuilt from effort; as_of is the local day they were ranked on.
CREATE TABLE best_effort (
    id           INTEGER PRIMARY KEY,
    activity_id  INTEGER NOT NULL REFERENCES activity (id) ON DELETE CASCADE,
    distance_m   INTEGER NOT NULL,
    duration_s   INTEGER NOT NULL,
    window       TEXT    NOT NULL CHECK (window IN ('all', '2y', '1y', '3m')),
    rank         INTEGER NOT NULL,
    as_of        TEXT    NOT NULL
) STRICT;
CREATE INDEX best_effort_window ON best_effort (distance_m, window, duration_s);
CREATE INDEX best_effort_activity ON best_effort (activity_id);

CREATE TABLE audit (
    id           INTEGER PRIMARY KEY,
    entity       TEXT    NOT NULL CHECK (entity IN ('activity', 'split', 'token', 'job', 'admin')),
    entity_id    INTEGER NOT NULL,
    action       TEXT    NOT NULL CHECK (action IN ('create', 'update', 'skip', 'delete', 'error')),
    message      TEXT    NOT NULL,
    meta         TEXT    NOT NULL CHECK (json_valid(meta)),
    created_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX audit_entity ON audit (entity, entity_id);

INSERT INTO user (email, role, created_at) VALUES ('', 'admin', unixepoch());
"""
