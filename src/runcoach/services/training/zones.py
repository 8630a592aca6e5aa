"""Reads heart rate zones and the time in them, and changes what the runner has set."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Literal

from runcoach.analysis.training.heart_rate_zones import HARD_SESSION_S, Polarization, polarization
from runcoach.config import Config
from runcoach.domain.training.physiology import Figure, Origin, Physiology, Sex, Zones
from runcoach.errors import UsageError
from runcoach.services.analytics import physiology
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database
from runcoach.store.training import analytics, loads

__all__ = ["Figure", "Physiology", "Polarization", "TimeInZones", "ZoneReport", "change", "values_of_run", "zones"]

#: What a heart rate can be, in beats a minute, and a threshold pace, in seconds a kilometre.
BPM_RANGE, PACE_RANGE = (25.0, 240.0), (120.0, 900.0)

#: Days that are shown unless a first day is named.
DAYS = 84

#: How the two shares of easy training are counted.
METHOD = (
    f"seconds in motion with a heart rate that can be believed; a run is hard with {HARD_SESSION_S // 60} minutes or"
    " more in zones 4 and 5, easy time is in zones 1 and 2"
)


@dataclass(frozen=True, slots=True)
class TimeInZones:
    """Whole seconds in zones 1 to 5 of a run (``activity_id``, ``name``), a week or a month (``runs`` of them)."""

    period: str
    time_in_zone_s: tuple[int, ...]
    runs: int = 1
    activity_id: int | None = None
    name: str | None = None

    @property
    def total_s(self) -> int:
        """The time in all zones."""
        return sum(self.time_in_zone_s)


@dataclass(frozen=True, slots=True)
class ZoneReport:
    """Zones, what they come from (None before the first run was analyzed), and time in them, newest first."""

    inputs: Physiology | None
    rows: tuple[TimeInZones, ...]
    polarization: Polarization
    by: str
    method: str = METHOD

    @property
    def zones(self) -> Zones | None:
        """The zones; None without a maximum heart rate."""
        return None if self.inputs is None else self.inputs.zones

    def context(self) -> dict[str, Any]:
        """What JSON shows beside the rows."""
        return {name: getattr(self, name) for name in ("by", "zones", "polarization", "inputs", "method")}


def zones(
    connection: sqlite3.Connection, by: Literal["run", "week", "month"] = "week", since: date | None = None
) -> ZoneReport:
    """Time in zones by run, week or month since a day, or of all time (None); both shares are of the same runs."""
    day = None if since is None else since.isoformat()
    runs = loads.zones_by_run(connection, day)
    if by == "run":
        rows = [TimeInZones(row["local_date"], _seconds(row), 1, row["id"], row["name"]) for row in runs]
    else:
        periods = loads.zones_by_period(connection, by, day)
        rows = [TimeInZones(row["period"], _seconds(row), row["runs"]) for row in periods]
    return ZoneReport(physiology.stored(connection), tuple(rows), polarization(map(_seconds, runs)), by)


def values_of_run(connection: sqlite3.Connection, activity_id: int) -> dict[str, Any]:
    """The columns ``load``, ``load_method``, ``time_in_zone_s`` and ``heart_rate_faults`` of an activity.

    Seconds in zones 1 to 5 are those in motion with a heart rate that can be believed; None without any.
    """
    row = loads.of_run(connection, activity_id)
    has_zones = row is not None and row["zone1_s"] is not None
    return {
        "load": None if row is None or row["load"] is None else round(row["load"], 1),
        "load_method": None if row is None else row["method"],
        "time_in_zone_s": _seconds(row) if row is not None and has_zones else None,
        "heart_rate_faults": analytics.heart_rate_faults(connection, activity_id),
    }


def change(config: Config, changes: Mapping[str, Any]) -> Physiology:
    """Set figures by name, or remove what was set (None), and compute all loads again; the figures that count now.

    Names are those of :class:`Physiology`; ``zones`` are the lower bounds of zones 2 to 5. UsageError for impossible
    values.
    """
    from runcoach.services.analytics.estimates import determine
    from runcoach.services.analytics.loads import update_loads

    with open_database(config) as connection:
        with write_transaction(connection):
            for name, value in changes.items():
                loads.put_setting(connection, Origin.SET.value, name, None if value is None else _checked(name, value))
            _check(determine(connection))
        update_loads(connection)
        return determine(connection)


def _checked(name: str, value: Any) -> Any:
    if name == "sex":
        return Sex(value).value
    if name == "zones":
        lower = [int(bound) for bound in value]
        is_rising = all(low < high for low, high in pairwise(lower))
        if len(lower) != 4 or not is_rising or not BPM_RANGE[0] <= lower[0] <= lower[-1] <= BPM_RANGE[1]:
            hint = "name where zones 2 to 5 begin, for example 125,145,160,172"
            raise UsageError("zones are four rising heart rates", hint=hint)
        return lower
    low, high = PACE_RANGE if name == "threshold_sec_per_km" else BPM_RANGE
    if not low <= value <= high:
        raise UsageError(f"{value:g} is not possible", hint=f"use a value from {low:g} to {high:g}")
    return float(value)


def _check(figures: Physiology) -> None:
    """UsageError where the figures contradict each other."""
    maximum, threshold, rest = figures.max_bpm, figures.threshold_bpm, figures.rest_bpm
    if maximum is not None and maximum.value <= rest.value:
        raise UsageError(f"the maximum ({maximum.value:g}) must be above the resting heart rate ({rest.value:g})")
    if maximum is not None and threshold is not None and not rest.value < threshold.value <= maximum.value:
        raise UsageError(
            f"the threshold ({threshold.value:g}) must be between resting heart rate ({rest.value:g}) and maximum"
            f" ({maximum.value:g})"
        )


def _seconds(row: sqlite3.Row) -> tuple[int, ...]:
    return tuple(row[name] for name in loads.ZONE_COLUMNS)
