"""Reads the stored figures of a run, and adds grade-adjusted paces to its splits and laps."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from runcoach.domain.activity import pace_sec_per_km
from runcoach.domain.training.activity_analytics import RunFigures
from runcoach.store.training import analytics

Row = dict[str, Any]

_NAME = "grade_adjusted_pace_sec_per_km"

_PACE_METHOD = "moving time per equivalent flat distance: cost of running by Minetti 2002, altitude averaged over 60 m"


def run_figures(connection: sqlite3.Connection, activity_id: int) -> RunFigures:
    """The figures of a run; empty for other sports, and where they are not computed yet."""
    return analytics.run_figures(connection, activity_id) or RunFigures()


def grade_adjusted_pace(distance_m: float | None, moving_s: float | None, factor: float | None) -> int | None:
    """Moving time over equivalent flat distance in whole seconds a kilometre; None where any is missing."""
    return None if factor is None or distance_m is None else pace_sec_per_km(distance_m * factor, moving_s)


def of_activity(activity: Mapping[str, Any], figures: RunFigures) -> dict[str, Any]:
    """The figures of a whole run for its detail, given its columns; ``methods`` says how each known one is computed."""
    pace = grade_adjusted_pace(activity["distance_m"], activity["moving_time_sec"], figures.grade_factor)
    values = {_NAME: pace, "efficiency_m_per_beat": figures.efficiency_m_per_beat, "decoupling": figures.decoupling}
    metres = "distance, the altitude is not known" if figures.grade_factor is None else "equivalent flat distance"
    friel = f"Friel: {metres}, over seconds in motion with a heart rate to be believed; halves of moving time"
    methods = {_NAME: _PACE_METHOD, "efficiency_m_per_beat": friel, "decoupling": friel}
    return {
        **values,
        "grade_factor": figures.grade_factor,
        "methods": {name: methods[name] for name, value in values.items() if value is not None},
    }


def with_split_paces(rows: Iterable[Row], figures: RunFigures) -> tuple[Row, ...]:
    """Kilometre splits with their grade-adjusted pace."""
    factors = dict(enumerate(figures.split_grade_factors, start=1))
    return tuple(
        {**row, _NAME: grade_adjusted_pace(row["distance_m"], row["moving_time_sec"], factors.get(row["km"]))}
        for row in rows
    )


def with_lap_paces(rows: Iterable[Row], figures: RunFigures) -> tuple[Row, ...]:
    """Laps, in order, with their grade-adjusted pace."""
    factors = dict(enumerate(figures.lap_grade_factors))
    return tuple(
        {
            **row,
            _NAME: grade_adjusted_pace(row["distance_m"], row["moving_s"] or row["elapsed_s"], factors.get(index)),
        }
        for index, row in enumerate(rows)
    )
