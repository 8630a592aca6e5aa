"""Reads how runs develop: load and decoupling of each, and the pace at one heart rate by month."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from statistics import median

from runcoach.store.training import run_history

#: The reference heart rate of runs without one, and its rounding, in beats a minute.
_USUAL_BPM, _ROUNDED_TO_BPM = 140, 5

#: Runs whose mean heart rate is within this of the reference count: pace is taken as proportional to heart rate.
NEAR_BPM = 10

#: How the pace at a heart rate is computed.
PACE_METHOD = (
    "meters per heartbeat (on equivalent flat ground) x heart rate, of runs whose mean heart rate is within"
    f" {NEAR_BPM} beats a minute of it; the median of each month"
)


@dataclass(frozen=True, slots=True)
class TrendRun:
    """One run; None where a figure is not known. ``pace_at_bpm_sec_per_km`` is its pace at the reference heart rate."""

    activity_id: int
    name: str
    local_date: str
    distance_m: float | None
    moving_time_sec: int | None
    avg_hr: int | None
    load: float | None
    load_method: str | None
    decoupling: float | None
    pace_at_bpm_sec_per_km: float | None


@dataclass(frozen=True, slots=True)
class MonthPace:
    """The median pace of a month (``2026-11``) at the reference heart rate, of ``runs`` runs."""

    month: str
    sec_per_km: float
    runs: int


@dataclass(frozen=True, slots=True)
class RunTrends:
    """Runs, newest first, and their pace at ``reference_bpm`` by month, oldest first."""

    runs: tuple[TrendRun, ...]
    reference_bpm: int
    months: tuple[MonthPace, ...]
    method: str = PACE_METHOD


def run_trends(connection: sqlite3.Connection, since: date) -> RunTrends:
    """The runs since a day. The reference is the median of their mean heart rates, rounded to 5 beats a minute."""
    rows = run_history.trends(connection, since)[::-1]
    known = [row["avg_hr"] for row in rows if row["avg_hr"] and row["efficiency_m_per_beat"]]
    reference_bpm = round(median(known) / _ROUNDED_TO_BPM) * _ROUNDED_TO_BPM if known else _USUAL_BPM
    runs = tuple(_run(row, reference_bpm) for row in rows)
    return RunTrends(runs, reference_bpm, _months(runs))


def _run(row: sqlite3.Row, reference_bpm: int) -> TrendRun:
    pace = None
    if row["efficiency_m_per_beat"] and row["avg_hr"] and abs(row["avg_hr"] - reference_bpm) <= NEAR_BPM:
        pace = 60_000.0 / (row["efficiency_m_per_beat"] * reference_bpm)
    same = ("name", "local_date", "distance_m", "moving_time_sec", "avg_hr", "load", "decoupling")
    return TrendRun(
        activity_id=row["id"],
        load_method=row["method"],
        pace_at_bpm_sec_per_km=pace,
        **{name: row[name] for name in same},
    )


def _months(runs: Iterable[TrendRun]) -> tuple[MonthPace, ...]:
    paces: dict[str, list[float]] = {}
    for run in runs:
        if run.pace_at_bpm_sec_per_km is not None:
            paces.setdefault(run.local_date[:7], []).append(run.pace_at_bpm_sec_per_km)
    return tuple(MonthPace(month, median(of_month), len(of_month)) for month, of_month in sorted(paces.items()))
