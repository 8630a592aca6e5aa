"""Every table and index, hand-written and STRICT, in the order in which migrations brought them.

Times are whole seconds since 1970 (UTC), lengths metres, durations seconds. Columns are the specification's fields in
snake_case; JSON shows them in its camelCase.
"""

from __future__ import annotations

FOUNDATION = """
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

STRAVA = """
-- access_token and refresh_token hold the handle of a sealed pair in the vault, never a token.
CREATE TABLE strava_token (
    id             INTEGER PRIMARY KEY,
    athlete_id     INTEGER NOT NULL,
    access_token   TEXT    NOT NULL,
    refresh_token  TEXT    NOT NULL,
    expires_at     INTEGER NOT NULL,
    scope          TEXT,
    is_active      INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
    status         TEXT    NOT NULL CHECK (status IN ('pending', 'active', 'degraded', 'inactive')),
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    last_used_at   INTEGER,
    revoked_at     INTEGER,
    athlete_name   TEXT,
    profile_url    TEXT
) STRICT;
CREATE INDEX strava_token_athlete ON strava_token (athlete_id, is_active);
CREATE UNIQUE INDEX strava_token_one_active ON strava_token (athlete_id) WHERE is_active = 1;

CREATE TABLE job (
    id           INTEGER PRIMARY KEY,
    type         TEXT    NOT NULL CHECK (type IN ('fetch', 'thumbnail', 'analytics')),
    payload      TEXT    NOT NULL CHECK (json_valid(payload)),
    strava_id    INTEGER AS (json_extract(payload, '$.stravaId')) STORED,
    start_time   INTEGER AS (json_extract(payload, '$.startTime')) STORED, -- what is newest is fetched first
    reason       TEXT    NOT NULL CHECK (reason IN ('webhook', 'sync', 'manual')),
    status       TEXT    NOT NULL CHECK (status IN ('queued', 'running', 'done', 'error', 'retry')),
    attempts     INTEGER NOT NULL DEFAULT 0,
    next_run_at  INTEGER NOT NULL,
    last_error   TEXT,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX job_next ON job (status, next_run_at);
CREATE UNIQUE INDEX job_open_fetch ON job (strava_id) WHERE type = 'fetch' AND status IN ('queued', 'running', 'retry');

CREATE TABLE gear (
    id           INTEGER PRIMARY KEY,
    strava_id    TEXT    NOT NULL UNIQUE,
    name         TEXT,
    distance_m   REAL,
    is_retired   INTEGER CHECK (is_retired IN (0, 1)),
    updated_at   INTEGER NOT NULL
) STRICT;

-- The limits as Strava's headers last told them; no row means unknown.
CREATE TABLE rate_budget (
    id                   INTEGER PRIMARY KEY CHECK (id = 1),
    seen_at              REAL    NOT NULL,
    quarter_limit        INTEGER,
    quarter_used         INTEGER,
    day_limit            INTEGER,
    day_used             INTEGER,
    read_quarter_limit   INTEGER,
    read_quarter_used    INTEGER,
    read_day_limit       INTEGER,
    read_day_used        INTEGER
) STRICT;

CREATE TABLE sync_state (
    key          TEXT    PRIMARY KEY,
    value        TEXT    NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT;

-- Pairs of activities that a person has declared to be two, whatever they look like.
CREATE TABLE distinct_pair (
    first_id     INTEGER NOT NULL REFERENCES activity (id) ON DELETE CASCADE,
    second_id    INTEGER NOT NULL REFERENCES activity (id) ON DELETE CASCADE,
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (first_id, second_id),
    CHECK (first_id < second_id)
) STRICT, WITHOUT ROWID;

-- What the list said when the activity was last fetched in full: another hash means fetch again.
ALTER TABLE activity ADD COLUMN summary_hash TEXT;
ALTER TABLE activity ADD COLUMN fetched_at INTEGER;
"""

WEB = """
-- Where the image of a route is to be had; the smaller PNG lies in activity_payload, the larger in the cache folder.
CREATE TABLE thumbnail (
    id           INTEGER PRIMARY KEY,
    activity_id  INTEGER NOT NULL REFERENCES activity (id) ON DELETE CASCADE,
    url          TEXT    NOT NULL,
    width        INTEGER NOT NULL,
    height       INTEGER NOT NULL,
    created_at   INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX thumbnail_activity ON thumbnail (activity_id, width);
CREATE UNIQUE INDEX job_open_thumbnail ON job (json_extract(payload, '$.activityId'))
    WHERE type = 'thumbnail' AND status IN ('queued', 'running', 'retry');

-- The application's one subscription. The secret path and the word that proves it are sealed in the vault of
-- token_store under secret_handle; callback_base is the address without that path.
CREATE TABLE webhook_subscription (
    id             INTEGER PRIMARY KEY,
    strava_id      INTEGER UNIQUE,
    callback_base  TEXT    NOT NULL,
    secret_handle  TEXT    NOT NULL,
    token_store    TEXT    NOT NULL,
    status         TEXT    NOT NULL CHECK (status IN ('pending', 'active')),
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX job_fetch ON job (strava_id) WHERE type = 'fetch';
-- Thousands of pictures may wait beside thousands of fetches; the next job of a kind is found at once.
CREATE INDEX job_due ON job (type, start_time DESC, id) WHERE status IN ('queued', 'retry');
"""

REMOTE_SOURCES = """
-- A connection with a remote source that is opened by a key; the key itself is sealed in the vault of token_store under
-- key_handle. last_result is what the last successful sync brought, as JSON.
CREATE TABLE remote_connection (
    source           TEXT    PRIMARY KEY,
    status           TEXT    NOT NULL CHECK (status IN ('active', 'degraded', 'inactive')),
    key_handle       TEXT    NOT NULL,
    token_store      TEXT    NOT NULL,
    athlete_id       TEXT,
    athlete_name     TEXT,
    key_ends_at      INTEGER,
    connected_at     INTEGER NOT NULL,
    last_full_at     INTEGER,
    last_try_at      INTEGER,
    last_success_at  INTEGER,
    last_error       TEXT,
    last_result      TEXT    CHECK (last_result IS NULL OR json_valid(last_result)),
    updated_at       INTEGER NOT NULL
) STRICT;

-- The activities in a source's list. listed: the row of the list as JSON; fetched_as: the fingerprint with which the
-- activity was stored; gone_at: when it was missing at the source.
CREATE TABLE remote_activity (
    source       TEXT    NOT NULL,
    remote_id    TEXT    NOT NULL,
    fingerprint  TEXT    NOT NULL,
    start_time   INTEGER NOT NULL,
    listed       TEXT    NOT NULL CHECK (json_valid(listed)),
    activity_id  INTEGER REFERENCES activity (id) ON DELETE SET NULL,
    fetched_as   TEXT,
    fetched_at   INTEGER,
    gone_at      INTEGER,
    PRIMARY KEY (source, remote_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX remote_activity_activity ON remote_activity (activity_id);

-- Sources of further kinds: the list of kinds is the code's, not the table's.
CREATE TABLE activity_source_new (
    id           INTEGER PRIMARY KEY,
    activity_id  INTEGER NOT NULL REFERENCES activity (id) ON DELETE CASCADE,
    batch_id     INTEGER REFERENCES import_batch (id),
    kind         TEXT    NOT NULL,
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
INSERT INTO activity_source_new SELECT id, activity_id, batch_id, kind, format, name, sha256, item, items, totals,
    account, notes, created_at, detached_at FROM activity_source;
DROP TABLE activity_source;
ALTER TABLE activity_source_new RENAME TO activity_source;
CREATE UNIQUE INDEX activity_source_file ON activity_source (sha256, item) WHERE sha256 IS NOT NULL;
CREATE INDEX activity_source_activity ON activity_source (activity_id);
CREATE INDEX activity_source_batch ON activity_source (batch_id);

-- Jobs of one queue: their type, and for remote sources with a key the source ("fetch:garmin").
ALTER TABLE job ADD COLUMN queue TEXT AS (type || coalesce(':' || json_extract(payload, '$.source'), '')) VIRTUAL;
DROP INDEX job_due;
CREATE INDEX job_due ON job (queue, start_time DESC, id) WHERE status IN ('queued', 'retry');
CREATE UNIQUE INDEX job_open_remote ON job (queue, json_extract(payload, '$.remoteId'))
    WHERE json_extract(payload, '$.remoteId') IS NOT NULL AND status IN ('queued', 'running', 'retry');
"""

CLEAN_EFFORTS = """
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

EDITS = """
-- What the runner has corrected: a field of the activity, or its official result; value is JSON.
CREATE TABLE activity_edit (
    activity_id  INTEGER NOT NULL REFERENCES activity (id) ON DELETE CASCADE,
    field        TEXT    NOT NULL,
    value        TEXT    NOT NULL CHECK (json_valid(value)),
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (activity_id, field)
) STRICT, WITHOUT ROWID;

-- An official result counts instead of the computed efforts of its distance, which it supersedes.
ALTER TABLE effort ADD COLUMN is_official INTEGER NOT NULL DEFAULT 0 CHECK (is_official IN (0, 1));
ALTER TABLE effort ADD COLUMN is_superseded INTEGER NOT NULL DEFAULT 0 CHECK (is_superseded IN (0, 1));
"""
