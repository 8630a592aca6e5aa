"""Reads a runner's history for forecasts of race times."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from datetime import date
from typing import Any

from runcoach.analysis.forecasts.history import Effort, History, Run
from runcoach.domain.distances import METRES_PER_MILE
from runcoach.domain.sports import RACE
from runcoach.store.training import forecast_history

#: Shorter efforts inside runs say nothing about races.
_SHORTEST_M = 800

#: Lengths of races: a whole run without samples over one of them, within this share, is a typed-in time.
_KILOMETRES = (3.0, 5.0, 8.0, 10.0, 12.0, 15.0, 20.0, 21.0975, 25.0, 30.0, 42.195, 50.0)
_RACED_M = sorted([*(1000.0 * km for km in _KILOMETRES), *(miles * METRES_PER_MILE for miles in (2, 3, 4, 5, 10))])
_TYPED_TOLERANCE = 0.005

#: The beginning of time for a whole history.
_FIRST = date(1900, 1, 1)


def read_history(
    connection: sqlite3.Connection, before: date, since: date = _FIRST, *, all_since: date | None = None
) -> History:
    """Runs and efforts from ``since`` to the day before ``before``.

    Each run outdoors is an effort by its elapsed time; efforts inside runs and official results come on top. Before
    ``all_since``, if given, only those are read that may be a best: races, official results and typed-in times.
    """
    all_since = all_since or since
    runs = [
        _run(row)
        for row in forecast_history.runs(connection, since, before)
        if row[2] >= all_since.isoformat() or row[7] == RACE or (not row[10] and _is_raced(row[3]))
    ]
    races = {run.activity_id for run in runs if run.is_race}
    rows: list[Any] = forecast_history.efforts(connection, since, before, _SHORTEST_M, all_since)
    inside = [
        Effort(
            date.fromisoformat(day).toordinal(),
            length_m,
            exact_s,
            is_race=bool(is_official) or activity_id in races,
            is_ranked=True,
            is_official=bool(is_official),
            activity_id=activity_id,
        )
        for activity_id, day, length_m, exact_s, is_official in rows
        if exact_s > 0
    ]
    return History.of(runs, [*(_whole(run) for run in runs if run.is_measured), *inside])


def _run(row: Any) -> Run:
    activity_id, name, day, distance_m, elapsed_s, moving_s, climb_m, workout_type, edit, is_outdoor, samples = row
    return Run(
        date.fromisoformat(day).toordinal(),
        distance_m,
        elapsed_s,
        moving_s=moving_s,
        climb_m=climb_m,
        is_race=workout_type == RACE,
        is_measured=bool(is_outdoor),
        has_samples=bool(samples),
        activity_id=activity_id,
        name=name,
        may_be_race=not workout_type and edit is None,
    )


def _whole(run: Run) -> Effort:
    return Effort(
        run.day,
        run.distance_m,
        run.duration_s,
        climb_m=run.climb_m,
        is_race=run.is_race,
        is_typed=not run.has_samples and _is_raced(run.distance_m),
        activity_id=run.activity_id,
    )


def _is_raced(distance_m: float) -> bool:
    """Whether races are run over this distance."""
    at = bisect_left(_RACED_M, distance_m)
    nearest = _RACED_M[max(at - 1, 0) : at + 1]  # the next shorter and the next longer one
    return any(abs(distance_m - metres) <= _TYPED_TOLERANCE * metres for metres in nearest)
