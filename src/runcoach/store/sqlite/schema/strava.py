"""Migration 2: Strava's token, jobs, gear, rate limits, sync state."""

SQL = """
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
