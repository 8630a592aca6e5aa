"""Reads a runner's history: lists, one activity with everything, splits, totals, status and the audit trail."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from runcoach.domain.filters import ActivityFilter, EffortFilter
from runcoach.domain.units import Units
from runcoach.domain.windows import parse_window
from runcoach.errors import NotFoundError, UsageError
from runcoach.store import activity_queries, effort_queries, jobs
from runcoach.store import audit as audit_trail
from runcoach.store.remote import credentials
from runcoach.store.sqlite.database import open_reader

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from runcoach.config import Config
    from runcoach.services.sync.backfill_estimate import BackfillEstimate
    from runcoach.services.sync.worker_status import WorkerStatus

Row = dict[str, Any]

#: What a person may call a family of sports → the sport types it holds.
FAMILIES: dict[str, tuple[str, ...]] = {
    "running": ("Run", "TrailRun", "VirtualRun"),
    "cycling": ("Ride", "MountainBikeRide", "GravelRide", "EBikeRide", "EMountainBikeRide", "VirtualRide"),
}


#: What may be told of the connection; where its secrets lie is nobody's business.
_CONNECTION = ("status", "scope", "athlete_id", "athlete_name", "expires_at", "last_used_at", "revoked_at")


#: The windows that an effort's ranks are told in.
_RANKED = ("all", "1y")


@dataclass(frozen=True, slots=True)
class ActivityList:
    """Activities as a list shows them; ``total`` counts all that pass the filter, ``rows`` may hold fewer."""

    rows: tuple[Row, ...]
    total: int
    is_empty_file: bool


@dataclass(frozen=True, slots=True)
class ActivityDetail:
    """One activity with all its parts, each a mapping of columns; efforts carry their ``ranks`` by window."""

    activity: Row
    splits: tuple[Row, ...]
    laps: tuple[Row, ...]
    efforts: tuple[Row, ...]
    sources: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class SplitList:
    """The splits of one activity; ``unit_m`` is the length of each but the last."""

    activity_id: int
    name: str
    unit_m: float
    source: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """What the file holds, where it lies, and how it stands with Strava (``connection`` None: never logged in).

    ``backfill`` says when what is queued will be home, as far as the file alone can tell; None where nothing is.
    ``worker`` is what the worker of a running server does; None where none runs. ``jobs`` counts fetches by their
    status, ``thumbnails`` pictures to be drawn.
    """

    database: str
    size_bytes: int
    profile: str
    counts: Row
    connection: Row | None = None
    jobs: Row | None = None
    backfill: BackfillEstimate | None = None
    worker: WorkerStatus | None = None
    thumbnails: Row | None = None


def sports_of(words: tuple[str, ...]) -> tuple[str, ...]:
    """The sport types that ``Run``, ``trailrun`` or a family (``running``, ``cycling``) name."""
    return tuple(sport for word in words for sport in FAMILIES.get(word.lower(), (word,)))


def activities(
    config: Config, where: ActivityFilter, *, sort: str = "date", reverse: bool = False, limit: int | None = None
) -> ActivityList:
    """The activities that pass a filter; UsageError for an order that does not exist."""
    if sort not in activity_queries.SORTS:
        raise UsageError(f"cannot sort by {sort!r}", hint=f"sort by {', '.join(activity_queries.SORTS)}")
    with open_reader(config) as connection:
        rows = activity_queries.activities(connection, where, sort=sort, reverse=reverse, limit=limit)
        total = activity_queries.count(connection, where)
        return ActivityList(
            tuple(dict(row) for row in rows),
            total,
            is_empty_file=not activity_queries.overview(connection)["activities"],
        )


def show(config: Config, reference: str) -> ActivityDetail:
    """One activity with everything; NotFoundError where there is none."""
    with open_reader(config) as connection:
        activity_id = activity_queries.resolve(connection, reference)
        return ActivityDetail(
            activity=dict(activity_queries.activity(connection, activity_id)),
            splits=_dicts(activity_queries.splits(connection, activity_id)),
            laps=_dicts(activity_queries.laps(connection, activity_id)),
            efforts=_ranked_efforts(connection, activity_id),
            sources=tuple(_with_json(row) for row in activity_queries.sources(connection, activity_id)),
        )


def detail(config: Config, reference: str) -> Row:
    """One activity's own columns, its ``sources``, and its ``thumbnails`` (addresses, never images)."""
    with open_reader(config) as connection:
        activity_id = activity_queries.resolve(connection, reference)
        return {
            **dict(activity_queries.activity(connection, activity_id)),
            "sources": tuple(_with_json(row) for row in activity_queries.sources(connection, activity_id)),
            "thumbnails": _dicts(activity_queries.thumbnails(connection, activity_id)),
        }


def laps(config: Config, reference: str) -> tuple[Row, ...]:
    """The laps of an activity, in order."""
    with open_reader(config) as connection:
        return _dicts(activity_queries.laps(connection, activity_queries.resolve(connection, reference)))


def efforts(config: Config, reference: str) -> tuple[Row, ...]:
    """The efforts of an activity, shortest distance first, with their ``ranks`` as of today."""
    with open_reader(config) as connection:
        activity_id = activity_queries.resolve(connection, reference)
        return _ranked_efforts(connection, activity_id)


def splits(config: Config, reference: str, units: Units) -> SplitList:
    """The splits of an activity, a kilometre or a mile each; kilometres are the stored ones.

    Mile splits are computed from the streams at once; NotFoundError where the activity has no streams to compute from.
    """
    with open_reader(config) as connection:
        activity_id = activity_queries.resolve(connection, reference)
        activity = activity_queries.activity(connection, activity_id)
        if units is Units.METRIC:
            rows = _dicts(activity_queries.splits(connection, activity_id))
            source = rows[0]["source"] if rows else "none"
        else:
            rows, source = _mile_splits(connection, activity_id), "computed"
        return SplitList(activity_id, activity["name"], units.metres, source, rows)


def totals(
    config: Config, period: Literal["week", "month", "year"], where: ActivityFilter, limit: int | None
) -> list[Row]:
    """Sums by week, month or year, newest first."""
    with open_reader(config) as connection:
        rows = activity_queries.totals(connection, period, where)
        return [dict(row) for row in rows[:limit]]


def status(config: Config, *, clock: Callable[[], float] = time.time) -> Status:
    """What the file holds; all counts are nought where there is none yet."""
    with open_reader(config) as connection:
        token = credentials.token_status(connection)
        return Status(
            str(config.database),
            config.database.stat().st_size if config.database.exists() else 0,
            config.profile,
            dict(activity_queries.overview(connection)),
            connection=None if token is None else {name: token[name] for name in _CONNECTION},
            jobs=jobs.counts(connection, "fetch"),
            backfill=_backfill(connection, clock()),
            worker=_worker(config, connection),
            thumbnails=jobs.counts(connection, "thumbnail"),
        )


def audit(config: Config, *, reference: str | None, entity: str | None, limit: int) -> list[Row]:
    """The newest events first; of one activity where ``reference`` names it."""
    with open_reader(config) as connection:
        entity_id = None
        if reference is not None:
            entity, entity_id = "activity", activity_queries.resolve(connection, reference)
        rows = audit_trail.read(connection, entity=entity, entity_id=entity_id, limit=limit)
        return [{**dict(row), "meta": json.loads(row["meta"])} for row in rows]


def undelete(config: Config, reference: str) -> int:
    """Bring back an activity that left the lists, for good even if Strava has it no more; its id.

    NotFoundError where there is none, UsageError where it is in the lists.
    """
    from runcoach.ingest.writer import update_rankings
    from runcoach.store.remote import known_activities
    from runcoach.store.sqlite.connection import write_transaction
    from runcoach.store.sqlite.database import open_database

    with open_database(config) as connection, write_transaction(connection):
        activity_id = activity_queries.resolve(connection, reference)
        if not known_activities.revive(connection, activity_id):
            raise UsageError(f"activity {reference} is not deleted", hint="`runcoach activities --deleted` lists those")
        known_activities.mark(connection, activity_id, known_activities.KEPT, fetched=False)
        audit_trail.record(connection, "activity", activity_id, "update", "brought back by hand")
        update_rankings(connection)
        return activity_id


def _backfill(connection: sqlite3.Connection, now: float) -> BackfillEstimate | None:
    waiting = jobs.waiting(connection, "fetch")
    if not waiting:
        return None
    from runcoach.services.sync.backfill_estimate import Wanted, estimate_backfill
    from runcoach.sources.strava.rate_limit import RateLimitBudget
    from runcoach.store.remote import sync_state

    seen = sync_state.read_budget(connection)
    budget = None if seen is None else RateLimitBudget(**seen)  # type: ignore[arg-type]
    return estimate_backfill([Wanted(row["start_time"]) for row in waiting], budget, now)


def _worker(config: Config, connection: sqlite3.Connection) -> WorkerStatus | None:
    from runcoach.services.sync.worker_status import last_known

    state = last_known(config, connection)
    return state if state is not None and state.is_running else None


def _ranked_efforts(connection: sqlite3.Connection, activity_id: int) -> tuple[Row, ...]:
    """Efforts with their rank in each of :data:`_RANKED` as of today; None where they do not rank there."""
    today = date.today()  # noqa: DTZ011  (the person's own day)
    rows = activity_queries.efforts(connection, activity_id)
    if effort_queries.is_ranked(connection, today):
        stored = effort_queries.stored_ranks(connection, activity_id, today)
        return tuple(
            {**dict(row), "ranks": {window: stored.get((row["distance_m"], window)) for window in _RANKED}}
            for row in rows
        )
    scopes = {window: EffortFilter(today, parse_window(window)) for window in _RANKED}
    return tuple(
        {
            **dict(row),
            "ranks": {
                window: effort_queries.rank_of(connection, activity_id, row["distance_m"], scope)
                for window, scope in scopes.items()
            },
        }
        for row in rows
    )


def _with_json(row: sqlite3.Row) -> Row:
    return {**dict(row), "totals": json.loads(row["totals"]), "notes": json.loads(row["notes"])}


def _mile_splits(connection: sqlite3.Connection, activity_id: int) -> tuple[Row, ...]:
    from runcoach.analysis.splits import compute_splits
    from runcoach.store.activities import read_streams

    streams = read_streams(connection, activity_id)
    if streams is None:
        raise NotFoundError("mile splits need the recorded samples, and this activity has none")
    return tuple(
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
        for split in compute_splits(streams, Units.IMPERIAL.metres)
    )


def _dicts(rows: list[sqlite3.Row]) -> tuple[Row, ...]:
    return tuple(dict(row) for row in rows)
