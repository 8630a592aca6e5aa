"""Reads races: those marked as such, those with an official result, and likely ones."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace

from runcoach.domain.filters import EffortFilter
from runcoach.domain.json_format import EpochSeconds
from runcoach.domain.training.race_guesses import guesses, raced_distance
from runcoach.store import effort_queries
from runcoach.store.training import races as stored

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
    return tuple(
        race
        for race in _compared(connection, _races(connection))
        if (year is None or race.year == year)
        and (distance_m is None or race.distance_m == distance_m)
        and (with_guesses or not race.is_guess)
    )


def _races(connection: sqlite3.Connection) -> list[Race]:
    """All races without their percentages, newest first."""
    marked = stored.marked(connection)
    runs = stored.totals(connection)
    likely = zip(runs, guesses(totals for _, totals in runs), strict=True)
    reasons = {one: reason for (one, _), reason in likely if reason is not None and one not in marked}
    ids = marked.keys() | reasons.keys()
    efforts = stored.efforts(connection, ids)
    return [
        _race(
            row,
            efforts.get(row["activity_id"], []),
            GUESS if row["activity_id"] in reasons else marked[row["activity_id"]] or EDIT,
            reasons.get(row["activity_id"]),
        )
        for row in stored.details(connection, ids)
    ]


def _race(row: sqlite3.Row, efforts: Sequence[tuple[int, int, bool]], marked_by: str, reason: str | None) -> Race:
    official = next((one for one in efforts if one[2]), None)
    label = official[0] if official else raced_distance(row["gps_distance_m"])
    recorded_s = next(
        (duration_s for length, duration_s, is_official in efforts if (length, is_official) == (label, False)), None
    )
    official_s = None if official is None else official[1]
    return Race(
        **dict(row),
        distance_m=label,
        time_s=official_s or recorded_s or row["elapsed_s"],
        official_time_s=official_s,
        recorded_time_s=recorded_s,
        percent_of_best=None,
        marked_by=marked_by,
        reason=reason,
    )


def _compared(connection: sqlite3.Connection, found: Sequence[Race]) -> list[Race]:
    """The same races with ``percent_of_best``, where they are over a ranked distance."""
    best: dict[int, float] = {}
    for label in {race.distance_m for race in found if race.distance_m is not None}:
        rows = effort_queries.fastest(connection, label, EffortFilter(), 1)
        times = [row["duration_s"] for row in rows]
        times += [race.time_s for race in found if race.distance_m == label and race.time_s]
        best[label] = min(times, default=0)
    return [
        replace(race, percent_of_best=round(100 * best[race.distance_m] / race.time_s, 1))
        if race.distance_m is not None and race.time_s
        else race
        for race in found
    ]
