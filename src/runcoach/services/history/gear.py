"""Reads shoes and bikes with what was done in them, and stores when they are to be retired."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from runcoach.config import Config
from runcoach.errors import NotFoundError, UsageError
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database
from runcoach.store.training import gear as stored


@dataclass(frozen=True, slots=True)
class Gear:
    """A shoe or bike, by the name that its activities have.

    ``pace_sec_per_km`` is moving time per distance of its runs, None without runs. ``retire_at_m`` is what the runner
    has set; ``left_m`` is negative beyond it. ``is_retired`` is what Strava says, None where it says nothing.
    """

    name: str
    activities: int
    distance_m: float
    moving_time_sec: int
    pace_sec_per_km: float | None
    first_date: str | None
    last_date: str | None
    is_retired: bool | None
    retire_at_m: float | None

    @property
    def left_m(self) -> float | None:
        """The distance until it is to be retired."""
        return None if self.retire_at_m is None else self.retire_at_m - self.distance_m

    @property
    def state(self) -> str | None:
        """``due`` beyond the distance that the runner has set, ``soon`` within its last tenth; else None."""
        if self.retire_at_m is None or self.is_retired or self.distance_m < 0.9 * self.retire_at_m:
            return None
        return "due" if self.distance_m >= self.retire_at_m else "soon"


def gear(connection: sqlite3.Connection) -> tuple[Gear, ...]:
    """All gear of activities, the most recently used first."""
    return tuple(_gear(row) for row in stored.listed(connection))


def set_retire_at(config: Config, name: str, retire_at_m: float | None) -> Gear:
    """Set the distance at which gear is to be retired, None for never; returns it.

    ``name`` is a name in any case, or a part of it that no other has. NotFoundError where there is none, UsageError
    where there are several.
    """
    with open_database(config) as connection, write_transaction(connection):
        found = _find(gear(connection), name)
        stored.set_retire_at(connection, found.name, retire_at_m)
        return _find(gear(connection), found.name)


def _find(all_gear: tuple[Gear, ...], name: str) -> Gear:
    exact = [one for one in all_gear if one.name == name]
    same = [one for one in all_gear if one.name.casefold() == name.casefold()]
    part = [one for one in all_gear if name.casefold() in one.name.casefold()]
    found = exact or same or part
    if not found:
        names = ", ".join(one.name for one in all_gear)
        raise NotFoundError(
            f"there is no gear {name!r}", hint=f"gear: {names}" if names else "no activity has gear yet"
        )
    if len(found) > 1:
        raise UsageError(f"{name!r} may be {' or '.join(one.name for one in found)}", hint="write the whole name")
    return found[0]


def _gear(row: sqlite3.Row) -> Gear:
    distance_m, moving_s = row["run_distance_m"], row["run_moving_s"]
    pace = moving_s / distance_m * 1000.0 if distance_m and moving_s else None
    same = {name: row[name] for name in Gear.__slots__ if name != "pace_sec_per_km"}
    return Gear(**same, pace_sec_per_km=pace)
