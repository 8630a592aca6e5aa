"""Reads activities: pages of the list, one activity with its parts, and the audit trail."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runcoach.domain.activity import Quality
from runcoach.domain.filters import ActivityFilter, EffortFilter
from runcoach.domain.json_format import camel_case
from runcoach.domain.sports import is_running
from runcoach.domain.training.activity_analytics import RunFigures
from runcoach.domain.units import Units
from runcoach.domain.windows import local_today, parse_window
from runcoach.errors import NotFoundError, UsageError
from runcoach.services.queries.cursors import decode_cursor, encode_cursor
from runcoach.services.training import run_figures, zones
from runcoach.services.training.matched.routes import RouteComparison, compare_with_last
from runcoach.services.training.spikes import RunSpike, run_spike, spike_values
from runcoach.store import activity_queries, edits, effort_queries, pagination, rankings
from runcoach.store import audit as audit_trail

#: Columns by name; efforts also have ``ranks``, sources have ``totals`` and ``notes`` decoded from JSON.
Row = dict[str, Any]

#: Fields that a list can be asked for: JSON name → column. Large fields are not among them.
FIELDS = {camel_case(column): column for column in activity_queries.DETAIL_COLUMNS}

SORTS = tuple(activity_queries.SORTS)

#: The field of an edit that ignores all efforts of an activity.
EFFORTS_IGNORED = edits.EFFORTS_IGNORED

#: The windows in which the efforts of one activity are ranked.
RANKED_WINDOWS = ("all", "1y")

#: Total of a source, the activity's column, and what a difference has to exceed: a value, and a share of the column's.
_COMPARED_TOTALS = (
    ("distance_m", "distance_m", 10.0, 0.005),
    ("elapsed_s", "elapsed_time_sec", 5.0, 0.0),
    ("moving_s", "moving_time_sec", 5.0, 0.0),
    ("elevation_gain_m", "elevation_gain_m", 5.0, 0.05),
    ("avg_hr_bpm", "avg_hr", 1.5, 0.0),
)


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """Some activities; ``total`` counts all that pass the filter, ``next_cursor`` is None on the last page."""

    rows: tuple[Row, ...]
    total: int
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class ActivityDetail:
    """One activity with all its parts; efforts have their ``ranks`` by window, ``spike`` is None unless it is a run.

    ``figures`` are those of a run that come from its samples, ``route`` compares it with runs before over the same way.
    """

    activity: Row
    splits: tuple[Row, ...]
    laps: tuple[Row, ...]
    efforts: tuple[Row, ...]
    sources: tuple[Row, ...]
    edits: tuple[Row, ...] = ()
    spike: RunSpike | None = None
    figures: RunFigures = field(default_factory=RunFigures)
    route: RouteComparison | None = None


@dataclass(frozen=True, slots=True)
class SplitList:
    """The splits of one activity; ``unit_m`` is the length of each but the last."""

    activity_id: int
    name: str
    unit_m: float
    source: str
    rows: tuple[Row, ...]


def activities(
    connection: sqlite3.Connection,
    where: ActivityFilter,
    *,
    sort: str = "date",
    reverse: bool = False,
    limit: int | None = 50,
    cursor: str | None = None,
    fields: Sequence[str] = (),
) -> ActivityPage:
    """One page of the activities that pass a filter; all of them with ``limit`` None.

    ``fields`` are JSON names, by default the columns of a list. UsageError for an unknown order or field, and for a
    cursor of another list.
    """
    if sort not in SORTS:
        raise UsageError(f"cannot sort by {sort!r}", hint=f"sort by {', '.join(SORTS)}")
    unknown = [name for name in fields if name not in FIELDS]
    if unknown:
        raise UsageError(f"activities have no field {unknown[0]!r}", hint=f"fields: {', '.join(FIELDS)}")
    columns = tuple(dict.fromkeys(FIELDS[name] for name in fields)) or activity_queries.LIST_COLUMNS
    order = f"{sort} {reverse} {where!r}"
    after = None if cursor is None else decode_cursor(cursor, order, is_text=sort == "name")
    rows, last = pagination.page(connection, where, columns, sort=sort, reverse=reverse, after=after, limit=limit)
    total = activity_queries.count(connection, where)
    return ActivityPage(tuple(rows), total, None if last is None else encode_cursor(last, order))


def fastest_miles(connection: sqlite3.Connection, page: ActivityPage) -> dict[int, int]:
    """Activity → its fastest mile in whole seconds, of those on a page that have one."""
    return activity_queries.fastest_miles(connection, (row["id"] for row in page.rows))


def fastest_mile_s(efforts: Iterable[Row]) -> int | None:
    """The fastest mile among the efforts of one activity in whole seconds; None without one that may rank."""
    return next((row["duration_s"] for row in efforts if row["distance_m"] == 1609 and counts(row)), None)


def resolve(connection: sqlite3.Connection, activity_ref: str) -> int:
    """The id of an activity given as its id, its Strava id or ``strava:ID``.

    UsageError for any other form, NotFoundError where there is no such activity.
    """
    return activity_queries.resolve(connection, activity_ref)


def activity(connection: sqlite3.Connection, activity_ref: str) -> Row:
    """The columns of one activity; errors as :func:`resolve`."""
    return dict(activity_queries.activity(connection, resolve(connection, activity_ref)))


def show(connection: sqlite3.Connection, activity_ref: str) -> ActivityDetail:
    """One activity with all its parts; errors as :func:`resolve`."""
    row = activity(connection, activity_ref)
    figures = run_figures.run_figures(connection, row["id"])
    return ActivityDetail(
        activity=_with_figures(connection, row, figures),
        splits=_splits(connection, row["id"], figures),
        laps=laps(connection, row["id"]),
        efforts=efforts(connection, row["id"]),
        sources=_sources(connection, row["id"]),
        edits=tuple(edits.listed(connection, row["id"])),
        spike=run_spike(connection, row),
        figures=figures,
        route=compare_with_last(connection, row["id"]),
    )


def detail(connection: sqlite3.Connection, activity_ref: str) -> Row:
    """The columns of one activity, the figures of a run, ``sources``, and ``thumbnails`` (URLs, not images)."""
    row = activity(connection, activity_ref)
    thumbnails = _dicts(activity_queries.thumbnails(connection, row["id"]))
    values = _with_figures(connection, row, run_figures.run_figures(connection, row["id"]))
    spike = spike_values(run_spike(connection, row))
    return {**values, **spike, "sources": _sources(connection, row["id"]), "thumbnails": thumbnails}


def laps(connection: sqlite3.Connection, activity_id: int) -> tuple[Row, ...]:
    """The laps of an activity, in order."""
    figures = run_figures.run_figures(connection, activity_id)
    return run_figures.with_lap_paces(_dicts(activity_queries.laps(connection, activity_id)), figures)


def edited_fields(connection: sqlite3.Connection, activity_id: int) -> tuple[str, ...]:
    """The fields of an activity that were edited by hand."""
    fields = (edit["field"] for edit in edits.listed(connection, activity_id))
    return tuple(field for field in fields if field != EFFORTS_IGNORED)


def why_all_ignored(connection: sqlite3.Connection, activity_id: int) -> str | None:
    """Why the runner has ignored all efforts of an activity at once, empty without a reason; None where not so."""
    ignored = edits.run_ignored(connection, activity_id)
    return None if ignored is None else ignored[1] or ""


def efforts(connection: sqlite3.Connection, activity_id: int) -> tuple[Row, ...]:
    """The efforts of an activity, shortest distance first.

    ``ranks`` maps each of :data:`RANKED_WINDOWS` to the rank as of today, None where the effort does not rank.
    """
    today = local_today()
    if rankings.are_as_of(connection, today):
        ranks = rankings.stored_ranks(connection, activity_id, today)
    else:
        ranks = {
            (distance_m, window): rank
            for window in RANKED_WINDOWS
            for distance_m, rank in effort_queries.effort_ranks(
                connection, activity_id, EffortFilter(today, parse_window(window))
            ).items()
        }
    return tuple(
        {**dict(row), "ranks": {window: ranks.get((row["distance_m"], window)) for window in RANKED_WINDOWS}}
        if counts(row)
        else {**dict(row), "ranks": dict.fromkeys(RANKED_WINDOWS)}
        for row in activity_queries.efforts(connection, activity_id)
    )


def counts(row: Mapping[str, Any] | sqlite3.Row) -> bool:
    """Whether an effort may rank: it is neither ignored nor suspect, and no official result supersedes it."""
    return row["ignored_at"] is None and row["quality"] != Quality.SUSPECT and not row["is_superseded"]


def splits(connection: sqlite3.Connection, activity: Row, units: Units) -> SplitList:
    """The splits of an activity: the stored kilometres, or miles computed from its streams.

    NotFoundError for miles where the activity has no streams.
    """
    if units is Units.METRIC:
        rows = _splits(connection, activity["id"], run_figures.run_figures(connection, activity["id"]))
        source = rows[0]["source"] if rows else "none"
    else:
        rows, source = _mile_splits(connection, activity), "computed"
    return SplitList(activity["id"], activity["name"], units.metres, source, rows)


def source_differences(totals: dict[str, float | None], activity: Row) -> dict[str, float]:
    """The totals of a source that differ noticeably from the activity's, by name: a crop on Strava shows in them."""
    return {
        name: value
        for name, column, min_difference, min_share in _COMPARED_TOTALS
        if (value := totals.get(name)) is not None
        and (own := activity[column]) is not None
        and abs(value - own) > max(min_difference, min_share * own)
    }


def audit(
    connection: sqlite3.Connection, *, activity_ref: str | None, entity: str | None, limit: int | None
) -> list[Row]:
    """The newest events first; those of one activity where ``activity_ref`` is given."""
    entity_id = None
    if activity_ref is not None:
        entity, entity_id = "activity", resolve(connection, activity_ref)
    rows = audit_trail.read(connection, entity=entity, entity_id=entity_id, limit=limit)
    return [{**dict(row), "meta": json.loads(row["meta"])} for row in rows]


def _with_figures(connection: sqlite3.Connection, row: Row, figures: RunFigures) -> Row:
    return {**row, **run_figures.of_activity(row, figures), **zones.values_of_run(connection, row["id"])}


def _splits(connection: sqlite3.Connection, activity_id: int, figures: RunFigures) -> tuple[Row, ...]:
    return run_figures.with_split_paces(_dicts(activity_queries.splits(connection, activity_id)), figures)


def _sources(connection: sqlite3.Connection, activity_id: int) -> tuple[Row, ...]:
    return tuple(
        {**dict(row), "totals": json.loads(row["totals"]), "notes": json.loads(row["notes"])}
        for row in activity_queries.sources(connection, activity_id)
    )


def _mile_splits(connection: sqlite3.Connection, activity: Row) -> tuple[Row, ...]:
    from runcoach.analysis.splits import compute_splits
    from runcoach.analysis.training.run_figures import split_grade_factors
    from runcoach.store.activities import read_streams

    streams = read_streams(connection, activity["id"])
    if streams is None:
        raise NotFoundError("mile splits need the recorded samples, and this activity has none")
    mile_m = Units.IMPERIAL.metres
    factors = split_grade_factors(streams, mile_m) if is_running(activity["sport_type"]) else ()
    rows = (
        {
            "km": split.km,
            "distance_m": split.distance_m,
            "moving_time_sec": split.moving_s,
            "elapsed_time_sec": split.elapsed_s,
            "avg_speed_ms": split.avg_speed_ms,
            "pace_sec": split.pace_sec_per_km,
            "elev_gain_m": split.elevation_gain_m,
            "hr_avg": split.avg_hr_bpm,
            "source": "computed",
        }
        for split in compute_splits(streams, mile_m)
    )
    return run_figures.with_split_paces(rows, RunFigures(split_grade_factors=factors))


def _dicts(rows: list[sqlite3.Row]) -> tuple[Row, ...]:
    return tuple(dict(row) for row in rows)
