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
