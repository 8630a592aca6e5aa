"""Migration 7, wellness: daily values of the body, and forecasts made by others."""

from __future__ import annotations

WELLNESS = """
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
"""
