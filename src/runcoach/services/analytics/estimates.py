"""The runner's maximum, threshold and zones: set by hand, else Garmin's, else estimated from the runs."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import date, timedelta
from statistics import median
from typing import Any

from runcoach.analysis.forecasts.vdot import pace_sec_per_km, vdot
from runcoach.analysis.training.heart_rate_zones import zones_of_maximum
from runcoach.analysis.training.training_load import THRESHOLD_SHARE
from runcoach.domain.training.physiology import Figure, Origin, Physiology, Sex, Zones
from runcoach.services.analytics.physiology import FIGURES
from runcoach.store.training import loads, wellness

#: Heart rates of the last three years count, as the maximum falls with age; performances of the last year.
HEART_RATE_DAYS, PERFORMANCE_DAYS = 3 * 365, 365

#: A threshold below this share of the maximum comes from runs that were not hard.
MIN_THRESHOLD_SHARE = 0.8

#: A usual resting heart rate of runners: a guess until the runner sets it.
ASSUMED_REST_BPM = 60.0

#: Days with a resting heart rate from which on it is known.
MIN_REST_DAYS = 7

#: Shorter efforts say little about the threshold; a higher VDOT than 85 nobody has, so the recording is wrong.
MIN_EFFORT_M, MAX_VDOT = 3000.0, 85.0

#: Threshold pace is 88 % of VDOT (Daniels).
THRESHOLD_INTENSITY = 0.88


def determine(connection: sqlite3.Connection) -> Physiology:
    """The figures as they follow from settings and runs now; from the runs alone, whatever the order of import."""
    runs = _estimated(connection)
    garmin = loads.settings(connection, Origin.GARMIN.value)
    if runs.max_bpm is not None and garmin.get("max_bpm", 0.0) < runs.max_bpm.value:
        garmin.pop("max_bpm", None)  # the runner has been above it
    runs = _replaced(runs, garmin, Origin.GARMIN)
    runs = _replaced(runs, loads.settings(connection, Origin.SET.value), Origin.SET)
    if runs.zones is None and runs.max_bpm is not None:
        origin = runs.max_bpm.origin
        is_estimate = origin in {Origin.ESTIMATE, Origin.ASSUMED}
        zones = zones_of_maximum(runs.max_bpm.value)
        runs = replace(runs, zones=replace(zones, origin=Origin.ESTIMATE if is_estimate else origin))
    return _with_threshold(runs)


def _estimated(connection: sqlite3.Connection) -> Physiology:
    """What the runs tell."""
    rest = _resting(connection)
    last = loads.last_run_date(connection)
    if last is None:
        return Physiology(rest)
    since = (date.fromisoformat(last) - timedelta(days=HEART_RATE_DAYS)).isoformat()
    highest = loads.highest(connection, "max_heart_rate_bpm", since)
    hardest = loads.highest(connection, "threshold_heart_rate_bpm", since)
    return Physiology(
        rest,
        max_bpm=_of_run(highest, "the highest median of 30 s"),
        threshold_bpm=_of_run(hardest, "the highest mean of 20 min after the first 10 min"),
        threshold_sec_per_km=_threshold_pace(connection, date.fromisoformat(last)),
    )


def _resting(connection: sqlite3.Connection) -> Figure:
    """The median of the last year's daily values; a guess without a week of them."""
    values = wellness.last_year(connection, "resting-hr")
    if len(values) < MIN_REST_DAYS:
        return Figure(ASSUMED_REST_BPM, Origin.ASSUMED, "not known; set yours")
    return Figure(float(round(median(values))), Origin.ESTIMATE, f"the median of {len(values)} daily values of a year")


def _of_run(row: sqlite3.Row | None, how: str) -> Figure | None:
    """A heart rate of one run as an estimate."""
    if row is None:
        return None
    return Figure(round(row["bpm"], 1), Origin.ESTIMATE, f"{how}, in run {row['id']} on {row['local_date']}")


def _threshold_pace(connection: sqlite3.Connection, last: date) -> Figure | None:
    """88 % of the highest VDOT of the last year's efforts and runs."""
    since = (last - timedelta(days=PERFORMANCE_DAYS)).isoformat()
    best = 0.0
    note = ""
    for row in loads.efforts(connection, since, MIN_EFFORT_M):
        index = vdot(row["length_m"], row["duration_s"])
        if best < index <= MAX_VDOT:
            best, note = index, f"from {row['length_m'] / 1000.0:.1f} km in run {row['id']} on {row['local_date']}"
    if not best:
        return None
    pace = pace_sec_per_km(best, THRESHOLD_INTENSITY)
    return Figure(round(pace, 1), Origin.ESTIMATE, f"88 % of VDOT {best:.1f}, {note}")


def _replaced(physiology: Physiology, values: dict[str, Any], origin: Origin) -> Physiology:
    """A copy with the settings of one origin in place of what they replace."""
    changed: dict[str, Any] = {name: Figure(values[name], origin) for name in FIGURES if name in values}
    if "sex" in values:
        changed["sex"] = Sex(values["sex"])
    if "zones" in values:
        changed["zones"] = Zones(tuple(values["zones"]), origin)
    return replace(physiology, **changed)


def _with_threshold(physiology: Physiology) -> Physiology:
    """A copy with a usual share of the maximum as threshold, where no run was hard enough to tell."""
    maximum, threshold = physiology.max_bpm, physiology.threshold_bpm
    if maximum is None or (threshold is not None and threshold.origin is not Origin.ESTIMATE):
        return physiology
    if threshold is not None and MIN_THRESHOLD_SHARE * maximum.value <= threshold.value <= maximum.value:
        return physiology
    usual = round(THRESHOLD_SHARE * maximum.value, 1)
    note = f"{THRESHOLD_SHARE:.0%} of the maximum; no hard run of 30 minutes yet"
    return replace(physiology, threshold_bpm=Figure(usual, Origin.ASSUMED, note))
