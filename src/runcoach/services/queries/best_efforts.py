"""The fastest efforts of any window: ranked distances straight from the store, any other computed on demand."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from runcoach.domain.distances import LENGTH_M, STANDARD, parse_distance
from runcoach.domain.filters import EffortFilter
from runcoach.domain.windows import ALL_TIME, Window, parse_window
from runcoach.errors import NotFoundError, UsageError
from runcoach.store import effort_queries
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database, open_reader

if TYPE_CHECKING:
    import sqlite3

    from runcoach.config import Config
    from runcoach.domain.activity import Effort


@dataclass(frozen=True, slots=True)
class BestRow:
    """One ranked effort and the run that holds it; ``start_s`` and ``end_s`` count from the run's start."""

    distance_m: int
    length_m: float
    duration_s: int
    duration_exact_s: float
    window: str
    rank: int
    activity_id: int
    strava_id: int | None
    name: str
    start_time: int
    utc_offset_s: int
    local_date: str
    is_race: bool
    start_s: float
    end_s: float
    quality: str
    reason: str | None
    all_time_duration_s: int | None  # the fastest there has ever been, under the same conditions
    trend_s: tuple[int | None, ...]  # the best of each of the last quarters of a year, oldest first; () if not asked

    @property
    def pace_sec_per_km(self) -> float:
        """Exact pace over the length measured."""
        return self.duration_exact_s / (self.length_m / 1000.0)


@dataclass(frozen=True, slots=True)
class BestReport:
    """Rows by distance, then rank; ``runs`` take part in the window, ``is_empty_file`` where there is none at all."""

    window: str
    as_of: date
    runs: int
    is_empty_file: bool
    rows: tuple[BestRow, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the ranks; the texts are what a person wrote."""

    window: str = "all"
    distance: str | None = None
    top: int | None = None
    as_of: date | None = None
    include_suspect: bool = False
    indoor: bool = False
    races: bool = False
    trend: bool = True  # also how each distance came along, which takes longer than the ranks


#: So many quarters make the trend.
TREND_QUARTERS = 8


def fastest_efforts(config: Config, question: Question) -> BestReport:
    """The fastest efforts of the window that ends on ``as_of`` (today, by this machine's clock, if None).

    Without a distance: the best of every ranked one (``top`` of each); with one: the ``top`` (10) of it. UsageError for
    a window or a distance that is none.
    """
    window = parse_window(question.window)
    as_of = question.as_of or date.today()  # noqa: DTZ011  (the person's own day)
    scope = _scope(question, window, as_of)
    if question.top is not None and question.top < 1:
        raise UsageError("--top begins at 1")
    wanted = None if question.distance is None else parse_distance(question.distance)
    with open_reader(config) as connection:
        if wanted is None:
            trends = effort_queries.quarterly(connection, scope, TREND_QUARTERS) if question.trend else {}
            rows = [
                row
                for label in STANDARD
                for row in _stored(connection, label, scope, window, question.top or 1, trends.get(label, ()))
            ]
        elif wanted[0] in LENGTH_M:
            rows = _stored(connection, wanted[0], scope, window, question.top or 10)
        else:
            rows = _on_demand(connection, wanted, scope, window, question.top or 10)
        runs = effort_queries.count_runs(connection, scope)
        is_empty = not (runs or effort_queries.count_runs(connection))
        return BestReport(window.text, as_of, runs, is_empty, tuple(rows))


@dataclass(frozen=True, slots=True)
class ProgressionStep:
    """An effort that was faster than all before it; ``gained_s`` by so many whole seconds (None: the first one)."""

    distance_m: int
    duration_s: int
    duration_exact_s: float
    gained_s: int | None
    activity_id: int
    strava_id: int | None
    name: str
    start_time: int
    utc_offset_s: int
    local_date: str
    is_race: bool
    quality: str


def progression(config: Config, question: Question) -> tuple[ProgressionStep, ...]:
    """The records over one ranked distance in the order in which they were run; UsageError for any other distance."""
    if question.distance is None:
        raise UsageError("a progression is of one distance", hint=f"one of {', '.join(map(str, STANDARD))} m")
    label, _ = parse_distance(question.distance)
    if label not in LENGTH_M:
        raise UsageError(f"{question.distance} is not ranked", hint=f"one of {', '.join(map(str, STANDARD))} m is")
    window = parse_window(question.window)
    scope = _scope(question, window, question.as_of or date.today())  # noqa: DTZ011
    with open_reader(config) as connection:
        rows = effort_queries.progression(connection, label, scope)
    return tuple(
        ProgressionStep(
            **{name: row[name] for name in ProgressionStep.__slots__ if name not in {"gained_s", "is_race"}},
            gained_s=None if broken_s is None else broken_s - row["duration_s"],
            is_race=row["workout_type"] == 1,
        )
        for row, broken_s in rows
    )


def _scope(question: Question, window: Window, as_of: date) -> EffortFilter:
    return EffortFilter(
        as_of=as_of,
        window=window,
        include_suspect=question.include_suspect,
        indoor=question.indoor,
        races=question.races,
    )


def _stored(
    connection: sqlite3.Connection,
    label: int,
    scope: EffortFilter,
    window: Window,
    top: int,
    trend: tuple[int | None, ...] = (),
) -> list[BestRow]:
    found = effort_queries.fastest(connection, label, scope, top)
    if not found:
        return []
    fastest = (
        found if scope.after is None else effort_queries.fastest(connection, label, replace(scope, window=ALL_TIME), 1)
    )
    all_time = int(fastest[0]["duration_s"])
    return [_row(dict(row), window, rank, all_time, trend) for rank, row in enumerate(found, start=1)]


def _on_demand(
    connection: sqlite3.Connection,
    wanted: tuple[int, float],
    scope: EffortFilter,
    window: Window,
    top: int,
) -> list[BestRow]:
    """Search the streams themselves, most promising run first, until no run left can still be among the ``top``."""
    from runcoach.analysis.best_efforts import best_efforts
    from runcoach.analysis.distance_curve import distance_curve
    from runcoach.analysis.effort_quality import assess
    from runcoach.domain.activity import Quality
    from runcoach.store.activities import read_streams

    label, length_m = wanted
    found: list[tuple[Effort, sqlite3.Row]] = []
    for run in effort_queries.runs_to_search(connection, scope, length_m):
        if len(found) >= top and run["bound_s"] > found[top - 1][0].duration_s:
            break
        streams = read_streams(connection, run["activity_id"], only=("time_s", "distance_m"))
        curve = None if streams is None else distance_curve(streams)
        efforts = () if curve is None else assess(best_efforts(curve, {label: length_m}), curve)
        found += [(e, run) for e in efforts if scope.include_suspect or e.quality is not Quality.SUSPECT]
        found.sort(key=lambda pair: (pair[0].duration_s, pair[1]["start_time"]))
    return [
        _row({**dict(run), **_figures(effort)}, window, rank, None, ())
        for rank, (effort, run) in enumerate(found[:top], start=1)
    ]


def _figures(effort: Effort) -> dict[str, Any]:
    return {
        "distance_m": effort.distance_m,
        "length_m": effort.length_m,
        "duration_s": effort.duration_s,
        "duration_exact_s": effort.exact_s,
        "start_s": effort.start_s,
        "end_s": effort.end_s,
        "quality": effort.quality.value,
        "reason": effort.reason,
    }


def _row(
    values: dict[str, Any], window: Window, rank: int, all_time: int | None, trend: tuple[int | None, ...]
) -> BestRow:
    """A row from the columns of a query, which are named like the fields."""
    values.pop("bound_s", None)
    is_race = values.pop("workout_type") == 1
    return BestRow(
        **values, window=window.text, rank=rank, is_race=is_race, all_time_duration_s=all_time, trend_s=trend
    )


def set_ignored(config: Config, reference: str, distance: str, *, ignore: bool, reason: str | None) -> BestRow | None:
    """Take one effort out of the ranks, or put it back, with an audit row; ranks follow at once.

    ``reference`` names the activity as every command does. NotFoundError where the run has no such effort. Returns the
    row that is now the fastest over that distance, None where there is none.
    """
    from runcoach.ingest.writer import update_rankings
    from runcoach.store import activity_queries, audit

    label, _ = parse_distance(distance)
    with open_database(config) as connection, write_transaction(connection):
        activity_id = activity_queries.resolve(connection, reference)
        at = int(time.time()) if ignore else None
        if not effort_queries.set_ignored(connection, activity_id, label, at, reason if ignore else None):
            raise NotFoundError(
                f"activity {reference} has no effort over {distance}", hint=f"`runcoach show {reference}` lists them"
            )
        verb = "taken out of the ranks" if ignore else "back in the ranks"
        message = f"effort over {label} m {verb}" + (f": {reason}" if reason else "")
        audit.record(connection, "activity", activity_id, "update", message, meta={"distanceM": label})
        update_rankings(connection)
        scope = EffortFilter(as_of=date.today())  # noqa: DTZ011
        rows = _stored(connection, label, scope, parse_window("all"), 1)
        return rows[0] if rows else None
