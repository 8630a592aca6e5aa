"""Migration 6: the runner's corrections and official results."""

SQL = """
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
