"""Migration 8: the original files of activities."""

SQL = """
-- Files of activities as they were read, without the gzip or ZIP around them; content: deflated (zlib). A file with
-- several activities is stored once. sha256, size_bytes: of the file itself.
CREATE TABLE original_file (
    id           INTEGER PRIMARY KEY,
    sha256       TEXT    NOT NULL UNIQUE,
    size_bytes   INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    content      BLOB    NOT NULL
) STRICT;

-- The file of a source; a file goes with its last source.
CREATE TABLE source_original (
    source_id    INTEGER PRIMARY KEY REFERENCES activity_source (id) ON DELETE CASCADE,
    original_id  INTEGER NOT NULL REFERENCES original_file (id)
) STRICT;
CREATE INDEX source_original_file ON source_original (original_id);
CREATE TRIGGER source_original_removed AFTER DELETE ON source_original BEGIN
    DELETE FROM original_file WHERE id = old.original_id
        AND NOT EXISTS (SELECT 1 FROM source_original WHERE original_id = old.original_id);
END;
"""
