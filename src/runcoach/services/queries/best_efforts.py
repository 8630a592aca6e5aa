"""Reads the fastest efforts of any window: standard distances as stored, any other computed on demand."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from runcoach.domain.distances import LENGTH_M, STANDARD, parse_distance
from runcoach.domain.json_format import EpochSeconds
from runcoach.domain.sports import RACE
from runcoach.domain.windows import ALL_TIME
from runcoach.errors import UsageError
from runcoach.store import effort_queries

if TYPE_CHECKING:
    from runcoach.domain.activity import Effort
    from runcoach.domain.filters import EffortFilter

#: Quarters of a year that the trend covers.
TREND_QUARTERS = 8


@dataclass(frozen=True, slots=True)
class BestRow:
    """One ranked effort and its activity; ``start_s`` and ``end_s`` are seconds since the start of the activity.

    ``all_time_duration_s`` is the fastest ever under the same filter, None where it was not computed. ``trend_s`` holds
    the fastest of each of the last :data:`TREND_QUARTERS` quarters, oldest first; empty without a trend.
    """

    distance_m: int
    length_m: float
    duration_s: int
    duration_exact_s: float
    window: str
    rank: int
    activity_id: int
    strava_id: int | None
    name: str
    start_time: EpochSeconds
    utc_offset_s: int
    local_date: str
    is_race: bool
    start_s: float
    end_s: float
    quality: str
    reason: str | None
    is_official: bool
    all_time_duration_s: int | None
    trend_s: tuple[int | None, ...]

    @property
    def pace_sec_per_km(self) -> float:
        """Exact pace over the measured length."""
        return self.duration_exact_s / (self.length_m / 1000.0)

    @property
    def is_record(self) -> bool:
        """Whether it is the fastest of all time."""
        return self.window == "all" and self.rank == 1


@dataclass(frozen=True, slots=True)
class BestReport:
    """Rows by distance, then rank.

    ``runs`` counts the runs that pass the filter, ``indoor_runs`` those that would with ``indoor``; ``is_empty_file``:
    no run at all.
    """

    window: str
    as_of: date
    runs: int
    indoor_runs: int
    is_empty_file: bool
    rows: tuple[BestRow, ...]


@dataclass(frozen=True, slots=True)
class ProgressionStep:
    """An effort faster than all before it, by ``gained_s`` whole seconds (None: the first)."""

    distance_m: int
    duration_s: int
    duration_exact_s: float
    gained_s: int | None
    activity_id: int
    strava_id: int | None
    name: str
    start_time: EpochSeconds
    utc_offset_s: int
    local_date: str
    is_race: bool
    quality: str
    is_official: bool


def fastest_efforts(
    connection: sqlite3.Connection,
    where: EffortFilter,
    *,
    distance: str | None = None,
    top: int | None = None,
    with_trend: bool = True,
) -> BestReport:
    """The fastest effort of each standard distance (``top`` of each), or the ``top`` (10) over one distance.

    ``with_trend`` adds the trend of each standard distance, which takes longer than the ranking. UsageError for an
    invalid distance and for ``top`` below 1.
    """
    if top is not None and top < 1:
        raise UsageError("--top must be at least 1")
    requested = None if distance is None else parse_distance(distance)
    if requested is None:
        trends = effort_queries.quarterly(connection, where, TREND_QUARTERS) if with_trend else {}
        rows = [row for label in STANDARD for row in _stored(connection, label, where, top or 1, trends.get(label, ()))]
    elif requested[0] in LENGTH_M:
        rows = _stored(connection, requested[0], where, top or 10)
    else:
        rows = _on_demand(connection, *requested, where, top or 10)
    runs = effort_queries.count_runs(connection, where)
    indoor_runs = 0 if where.indoor else effort_queries.count_runs(connection, replace(where, indoor=True)) - runs
    is_empty = not (runs or indoor_runs or effort_queries.count_runs(connection))
    return BestReport(where.window.text, where.as_of, runs, indoor_runs, is_empty, tuple(rows))


def progression(connection: sqlite3.Connection, distance: str, where: EffortFilter) -> tuple[ProgressionStep, ...]:
    """The records over one standard distance in the order they were set; UsageError for any other distance."""
    label, _ = parse_distance(distance)
    if label not in LENGTH_M:
        raise UsageError(f"{distance} is not ranked", hint=f"use one of {', '.join(map(str, STANDARD))} m")
    return tuple(
        ProgressionStep(
            **{name: row[name] for name in ProgressionStep.__slots__ if name not in {"gained_s", "is_race"}},
            gained_s=None if previous_s is None else previous_s - row["duration_s"],
            is_race=row["workout_type"] == RACE,
        )
        for row, previous_s in effort_queries.progression(connection, label, where)
    )


def _stored(
    connection: sqlite3.Connection, label: int, where: EffortFilter, top: int, trend: tuple[int | None, ...] = ()
) -> list[BestRow]:
    found = effort_queries.fastest(connection, label, where, top)
    if not found:
        return []
    fastest = (
        found if where.after is None else effort_queries.fastest(connection, label, replace(where, window=ALL_TIME), 1)
    )
    all_time = int(fastest[0]["duration_s"])
    return [best_row(dict(row), where, rank, all_time, trend) for rank, row in enumerate(found, start=1)]


def _on_demand(
    connection: sqlite3.Connection, label: int, length_m: float, where: EffortFilter, top: int
) -> list[BestRow]:
    """Search the streams, most promising run first, until no remaining run can be among the ``top``."""
    from runcoach.analysis.clean_efforts import find_efforts
    from runcoach.analysis.distance_curve import distance_curve
    from runcoach.domain.activity import Quality
    from runcoach.store.activities import read_streams

    found: list[tuple[Effort, sqlite3.Row]] = []
    for run in effort_queries.runs_to_search(connection, where, length_m):
        if len(found) >= top and run["bound_s"] > found[top - 1][0].duration_s:
            break
        streams = read_streams(connection, run["activity_id"], only=("time_s", "distance_m"))
        curve = None if streams is None else distance_curve(streams)
        efforts = () if curve is None else find_efforts(curve, {label: length_m})
        eligible = [one for one in efforts if where.include_suspect or one.quality is not Quality.SUSPECT]
        found += [(min(eligible, key=lambda one: one.exact_s), run)] if eligible else []
        found.sort(key=lambda pair: (pair[0].duration_s, pair[1]["start_time"]))
    rows = []
    for rank, (effort, run) in enumerate(found[:top], start=1):
        same = {name: getattr(effort, name) for name in ("distance_m", "length_m", "duration_s", "start_s", "end_s")}
        quality = {"quality": effort.quality.value, "reason": effort.reason, "is_official": False}
        rows.append(best_row({**dict(run), **same, "duration_exact_s": effort.exact_s, **quality}, where, rank))
    return rows


def best_row(
    columns: dict[str, Any],
    where: EffortFilter,
    rank: int,
    all_time: int | None = None,
    trend: tuple[int | None, ...] = (),
) -> BestRow:
    """A row from the columns of a query, which are named like the fields."""
    columns.pop("bound_s", None)
    is_race = columns.pop("workout_type") == RACE
    window = where.window.text
    return BestRow(**columns, window=window, rank=rank, is_race=is_race, all_time_duration_s=all_time, trend_s=trend)
