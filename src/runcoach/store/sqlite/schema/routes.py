"""Migration 7, routes: routes and the runs on them."""

from __future__ import annotations

ROUTES = """
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
"""
