"""Migration 4: remote sources with a key, jobs by queue."""

SQL = """
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
