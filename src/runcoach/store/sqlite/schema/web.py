"""Migration 3: thumbnails and the webhook subscription."""

SQL = """
-- URLs of route images; the smaller PNG is in activity_payload, the larger in the cache folder.
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

-- The application's one subscription. Its secret path and verify token are sealed in the vault of token_store under
-- secret_handle; callback_base is the address without that path.
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
-- For the next due job of a type: there may be thousands of each.
CREATE INDEX job_due ON job (type, start_time DESC, id) WHERE status IN ('queued', 'retry');
"""
