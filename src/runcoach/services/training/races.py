"""Reads races: those marked as such, those with an official result, and likely ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from runcoach.domain.filters import EffortFilter
from runcoach.domain.training.race_guesses import RunTotals, guesses, raced_distance
from runcoach.store import effort_queries
from runcoach.store.training import races as stored

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from runcoach.domain.json_format import EpochSeconds

#: ``workout_type`` of a race.
_RACE = 1

#: ``marked_by`` of a race that the runner has marked, or entered a result for, and of a likely one.
EDIT, GUESS = "edit", "guess"


@dataclass(frozen=True, slots=True)
class Race:
    """One race.

    ``distance_m`` is the ranked distance it was over, None where its length is near none. ``time_s`` is the official
    time, else the fastest recorded effort over that distance, else the elapsed time. ``recorded_time_s`` is that effort
    also where there is an official time; ``gps_distance_m`` and ``elapsed_s`` are of the whole recording.

    ``percent_of_best`` compares ``time_s`` with the runner's best over the distance, without regard to age: 100 is the
    best. ``marked_by`` is the kind of source that calls it a race, ``edit`` for the runner, ``guess`` for a likely one,
    with the ``reason``.
    """

    activity_id: int
    strava_id: int | None
    name: str
    start_time: EpochSeconds
    utc_offset_s: int
    local_date: str
    distance_m: int | None
    time_s: int | None
    official_time_s: int | None
    recorded_time_s: int | None
    gps_distance_m: float | None
    elapsed_s: int | None
    percent_of_best: float | None
    marked_by: str
    reason: str | None

    @property
    def year(self) -> int:
        """The year of its local date."""
        return int(self.local_date[:4])

    @property
    def is_guess(self) -> bool:
        """Whether nothing but its name and pace says that it was a race."""
        return self.marked_by == GUESS


def races(
    connection: sqlite3.Connection, *, year: int | None = None, distance_m: int | None = None, with_guesses: bool = True
) -> tuple[Race, ...]:
    """The races of a year, or all, newest first; ``distance_m`` is the label of a ranked distance."""
    found = _compared(connection, [_race(connection, *one) for one in _found(connection)])
    return tuple(
        race
        for race in reversed(found)
        if (year is None or race.year == year)
        and (distance_m is None or race.distance_m == distance_m)
        and (with_guesses or not race.is_guess)
    )


def _found(connection: sqlite3.Connection) -> list[tuple[sqlite3.Row, str | None, str | None]]:
    """Columns, ``marked_by`` where the runner or a guess says so, and the reason of a guess; oldest first."""
    rows = stored.runs(connection)
    complete = [row for row in rows if row["distance_m"] and row["elapsed_time_sec"] and row["is_outdoor"]]
    reasons = dict(zip((row["id"] for row in complete), guesses(map(_totals, complete)), strict=True))
    marked: dict[int, tuple[str | None, str | None]] = {}
    for row in rows:
        if row["has_result"] or row["race_edit"] == "1":
            marked[row["id"]] = EDIT, None
        elif row["workout_type"] == _RACE:
            marked[row["id"]] = None, None
        elif (reason := reasons.get(row["id"])) is not None:
            marked[row["id"]] = GUESS, reason
    details = stored.details(connection, marked)
    return [(details[one], *how) for one, how in marked.items()]


def _totals(row: sqlite3.Row) -> RunTotals:
    return RunTotals(
        date.fromisoformat(row["local_date"]),
        row["name"],
        row["distance_m"],
        row["elapsed_time_sec"],
        row["moving_time_sec"],
        may_be_race=not row["workout_type"] and row["race_edit"] is None,
    )


def _race(connection: sqlite3.Connection, row: sqlite3.Row, marked_by: str | None, reason: str | None) -> Race:
    efforts = stored.efforts(connection, row["activity_id"])
    official = next((one for one in efforts if one["is_official"]), None)
    label = official["distance_m"] if official else raced_distance(row["gps_distance_m"])
    recorded_s = next(
        (one["duration_s"] for one in efforts if one["distance_m"] == label and one is not official), None
    )
    official_s = None if official is None else official["duration_s"]
    columns = dict(row)
    source = columns.pop("marked_by")
    return Race(
        **columns,
        distance_m=label,
        time_s=official_s or recorded_s or columns["elapsed_s"],
        official_time_s=official_s,
        recorded_time_s=recorded_s,
        percent_of_best=None,
        marked_by=marked_by or source or EDIT,
        reason=reason,
    )


def _compared(connection: sqlite3.Connection, found: Iterable[Race]) -> list[Race]:
    """The same races with ``percent_of_best``, where any is over a ranked distance."""
    races_ = list(found)
    best: dict[int, float] = {}
    for label in {race.distance_m for race in races_ if race.distance_m is not None}:
        rows = effort_queries.fastest(connection, label, EffortFilter(), 1)
        times = [row["duration_s"] for row in rows]
        times += [race.time_s for race in races_ if race.distance_m == label and race.time_s]
        best[label] = min(times, default=0)
    return [
        replace(race, percent_of_best=round(100 * best[race.distance_m] / race.time_s, 1))
        if race.distance_m is not None and race.time_s
        else race
        for race in races_
    ]
