"""Changes that the runner makes by hand: edit fields, enter an official result, undelete, ignore an effort."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from runcoach.config import Config
from runcoach.domain.distances import LENGTH_M, parse_distance
from runcoach.domain.filters import EffortFilter
from runcoach.domain.sports import RACE
from runcoach.domain.units import parse_duration
from runcoach.domain.windows import local_today, parse_local_time
from runcoach.errors import NotFoundError, UsageError
from runcoach.ingest.merge import recompute_parts, remerge
from runcoach.services.analytics.jobs import open_for_change
from runcoach.services.queries.best_efforts import BestRow, fastest_efforts
from runcoach.sources.sport_names import sport_from_words
from runcoach.store import activities, activity_queries, audit, edits, effort_queries
from runcoach.store.remote import known_activities
from runcoach.store.sqlite.database import open_reader


@dataclass(frozen=True, slots=True)
class EffortChange:
    """The fastest effort over a distance after a change, None where there is none, and whether it is another one."""

    fastest: BestRow | None
    is_new_fastest: bool


#: Names of fields for the runner → the stored edits that each consists of.
EDITABLE = {
    "name": ("name",),
    "sport": ("sport_type",),
    "date": ("start_time",),
    "race": ("workout_type",),
    "gear": ("gear_name",),
    "official": (edits.OFFICIAL_TIME, edits.OFFICIAL_DISTANCE),
}

#: An official result without a distance is of the ranked distance within this share of the activity's.
_OFFICIAL_TOLERANCE = 0.05

_EARLIEST = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class ActivityEdit:
    """What to change, as entered; None leaves a field. ``reset`` names :data:`EDITABLE` fields to undo."""

    name: str | None = None
    sport: str | None = None
    date: str | None = None
    race: bool | None = None
    official_time: str | None = None
    official_distance: str | None = None
    reset: tuple[str, ...] = ()
    gear: str | None = None


@dataclass(frozen=True, slots=True)
class EditReport:
    """The edited activity: field → ``[old, new]`` of each change, and all its edits."""

    id: int
    changed: dict[str, list[Any]]
    edits: tuple[dict[str, object], ...]


def edit(config: Config, activity_ref: str, options: ActivityEdit) -> EditReport:
    """Change fields of an activity; the edit precedes every source and survives syncs and imports.

    Recorded in the audit trail, rankings updated at once. UsageError for an invalid value, an unknown field to reset,
    and where nothing is to change; NotFoundError where there is no such activity.
    """
    with open_for_change(config) as connection:
        activity_id = activity_queries.resolve(connection, activity_ref)
        activity = activity_queries.activity(connection, activity_id)
        before = edits.read(connection, activity_id)
        values = _reset_values(options.reset) | _entered_values(activity, before, options)
        if not values:
            raise UsageError("nothing to change", hint="see `runcoach edit --help`")
        for field, value in values.items():
            edits.put(connection, activity_id, field, value)
        changed = remerge(connection, activity_id)
        activities.apply_effort_edits(connection, activity_id)
        after = edits.read(connection, activity_id)
        results = {name: [before.get(name), after.get(name)] for name in EDITABLE["official"]}
        changed |= {name: values for name, values in results.items() if values[0] != values[1]}
        audit.record(connection, "activity", activity_id, "update", "edited by hand", meta={"changed": changed})
        return EditReport(activity_id, changed, tuple(edits.listed(connection, activity_id)))


def _reset_values(names: tuple[str, ...]) -> dict[str, object]:
    unknown = [name for name in names if name not in EDITABLE]
    if unknown:
        raise UsageError(f"{unknown[0]!r} is not a field to reset", hint=f"use {', '.join(EDITABLE)}")
    return {field: None for name in names for field in EDITABLE[name]}


def _entered_values(activity: sqlite3.Row, before: dict[str, object], options: ActivityEdit) -> dict[str, object]:
    values: dict[str, object] = {}
    if options.name is not None:
        values["name"] = options.name.strip()
        if not values["name"]:
            raise UsageError("the name is empty", hint="`--reset name` restores the name of the source")
    if options.gear is not None:
        values["gear_name"] = options.gear.strip()
        if not values["gear_name"]:
            raise UsageError("the gear has no name", hint="`--reset gear` restores the gear of the source")
    if options.sport is not None:
        values["sport_type"] = _sport_type(options.sport)
    if options.date is not None:
        values["start_time"] = _start_time(activity, options.date)
    if options.race is not None:
        values["workout_type"] = RACE if options.race else 0
    if options.official_time is not None or options.official_distance is not None:
        values |= _official_result(activity, before, options)
    return values


def _sport_type(text: str) -> str:
    """A sport type of Strava's in its spelling; UsageError for an unknown one."""
    sport, _ = sport_from_words(text)
    if sport is None:
        raise UsageError(f"{text!r} is not a known sport", hint="use a Strava sport type: Run, TrailRun, Walk, Ride …")
    return sport


def _start_time(activity: sqlite3.Row, text: str) -> int:
    """The start in seconds since 1970 of a local date; without a time of day the recorded one stays."""
    day, clock = parse_local_time(text)
    if not _EARLIEST <= day <= local_today() + timedelta(days=1):
        raise UsageError(f"{text!r} is out of range", hint="use a date from 1900 until today")
    offset_s = int(activity["utc_offset_s"])
    recorded = datetime.fromtimestamp(activity["start_time"] + offset_s, UTC).time()
    return int(datetime.combine(day, clock or recorded, UTC).timestamp()) - offset_s


def _official_result(activity: sqlite3.Row, before: dict[str, object], options: ActivityEdit) -> dict[str, object]:
    time_s = before.get(edits.OFFICIAL_TIME) if options.official_time is None else parse_duration(options.official_time)
    if not time_s:
        raise UsageError("an official result needs a time", hint="add --official-time 45:03")
    label = before.get(edits.OFFICIAL_DISTANCE) or _nearest_distance(activity["distance_m"])
    if options.official_distance is not None:
        label, _ = parse_distance(options.official_distance)
    if label not in LENGTH_M:
        raise UsageError(
            "an official result needs a ranked distance", hint="add --official-distance 5k, 10k, half, marathon …"
        )
    return {edits.OFFICIAL_TIME: time_s, edits.OFFICIAL_DISTANCE: label}


def _nearest_distance(distance_m: float | None) -> int | None:
    """The ranked distance that an activity's distance is close to; None without one."""
    for label, length_m in LENGTH_M.items():
        if distance_m is not None and abs(distance_m - length_m) <= _OFFICIAL_TOLERANCE * length_m:
            return label
    return None


def undelete(config: Config, activity_ref: str) -> int:
    """Bring back a deleted activity, also where Strava no longer has it; returns its id.

    NotFoundError where there is no such activity, UsageError where it is not deleted.
    """
    with open_for_change(config) as connection:
        activity_id = activity_queries.resolve(connection, activity_ref)
        if not known_activities.revive(connection, activity_id):
            raise UsageError(
                f"activity {activity_ref} is not deleted", hint="`runcoach activities --deleted` lists them"
            )
        known_activities.mark(connection, activity_id, known_activities.KEPT, fetched=False)
        audit.record(connection, "activity", activity_id, "update", "restored by the user")
        return activity_id


def set_ignored(config: Config, activity_ref: str, distance: str, *, ignore: bool, reason: str | None) -> EffortChange:
    """Remove one effort from the rankings, or put it back; recorded in the audit trail, rankings updated at once.

    NotFoundError where the activity has no such effort, UsageError where all of its efforts are ignored.
    """
    label, _ = parse_distance(distance)
    with open_for_change(config) as connection:
        activity_id = activity_queries.resolve(connection, activity_ref)
        if edits.run_ignored(connection, activity_id) is not None:
            raise UsageError(
                f"all efforts of activity {activity_ref} are ignored",
                hint=f"`runcoach best restore {activity_ref}` ranks them again",
            )
        before = _fastest(connection, label)
        if ignore:
            is_known = effort_queries.ignore(connection, activity_id, label, int(time.time()), reason)
        else:
            is_known = effort_queries.restore(connection, activity_id, label)
        if not is_known:
            raise NotFoundError(
                f"activity {activity_ref} has no effort over {distance}",
                hint=f"`runcoach show {activity_ref}` lists its efforts",
            )
        verb = "ignored" if ignore else "ranked again"
        message = f"effort over {label} m {verb}" + (f": {reason}" if reason else "")
        audit.record(connection, "activity", activity_id, "update", message, meta={"distanceM": label})
        if activities.has_streams(connection, activity_id):
            recompute_parts(connection, activity_id)  # the next clean effort counts
    with open_reader(config) as connection:
        after = _fastest(connection, label)
    return EffortChange(after, is_new_fastest=after != before)


def set_run_ignored(config: Config, activity_ref: str, *, ignore: bool, reason: str | None) -> None:
    """Remove all efforts of an activity from the rankings, also those computed later, or put them back.

    Efforts that were ignored one by one stay ignored. Recorded in the audit trail, rankings updated at once.
    UsageError where it is put back and was not ignored.
    """
    with open_for_change(config) as connection:
        activity_id = activity_queries.resolve(connection, activity_ref)
        if not ignore and edits.run_ignored(connection, activity_id) is None:
            raise UsageError(
                f"activity {activity_ref} is not ignored as a whole",
                hint=f"`runcoach best restore {activity_ref} DISTANCE` restores one effort",
            )
        activities.restore_run(connection, activity_id)
        # Its time tells the efforts ignored with the run from those ignored one by one.
        at = max(int(time.time()), effort_queries.last_ignored_at(connection, activity_id) + 1)
        edits.put(connection, activity_id, edits.EFFORTS_IGNORED, (reason or "") if ignore else None, at)
        activities.apply_effort_edits(connection, activity_id)
        message = "all efforts " + ("ignored" if ignore else "ranked again") + (f": {reason}" if reason else "")
        audit.record(connection, "activity", activity_id, "update", message, meta={})


def _fastest(connection: sqlite3.Connection, label: int) -> BestRow | None:
    rows = fastest_efforts(connection, EffortFilter(), distance=str(label), top=1).rows
    return rows[0] if rows else None
