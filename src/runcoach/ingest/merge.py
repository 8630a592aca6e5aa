"""Attach sources to an activity and write the merged values; decide whose streams are kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from runcoach.domain.sports import VIRTUAL, is_running
from runcoach.ingest.builder import default_name, efforts_of, fastest_km_s, splits_for
from runcoach.ingest.local_time import offset_in
from runcoach.ingest.sample_figures import put_figures
from runcoach.ingest.source_values import STREAMS_FROM, merge_values, source_values
from runcoach.store import activities, activity_queries, activity_sources, edits

if TYPE_CHECKING:
    from runcoach.domain.activity import BuiltActivity

#: Kinds of which an activity may have several sources: files, and apps and devices that wrote into Apple Health.
_SEVERAL_PER_ACTIVITY = frozenset({"file", "apple_health"})


def add_new(connection: sqlite3.Connection, group: Sequence[BuiltActivity], batch_id: int | None) -> int:
    """Insert an activity with its sources, of different kinds; its id."""
    group = [_in_usual_zone(connection, built) for built in group]
    values = [source_values(built) for built in group]
    columns = merge_values([(built.source.kind, each) for built, each in zip(group, values, strict=True)])
    activity_id = activities.insert(connection, {**columns, "has_gps": False, "fastest_pace_sec_per_km": None})
    for built, each in zip(group, values, strict=True):
        activity_sources.add(connection, activity_id, built.source, each, batch_id)
    best = min(group, key=lambda built: (built.streams is None, _rank(built.source.kind)))
    _put_parts(connection, activity_id, best)
    return activity_id


def attach(
    connection: sqlite3.Connection, activity_id: int, activity: BuiltActivity, batch_id: int | None
) -> dict[str, list[Any]]:
    """Attach another source of a stored activity and merge again; field → ``[old, new]`` of each that changed.

    A source replaces its previous version; a file and one in Apple Health have none. Streams, and what is computed from
    them, are replaced if the new source has any and is Strava or precedes the best source so far.
    """
    rank_before = samples_rank(connection, activity_id)
    source, replaces = activity.source, None
    if source.kind not in _SEVERAL_PER_ACTIVITY:
        replaces = activity_sources.find_version(connection, activity_id, source.kind, source.name)
    activity_sources.add(connection, activity_id, source, source_values(activity), batch_id, replaces=replaces)
    changed = remerge(connection, activity_id)
    if activity.streams is not None and (
        _rank(source.kind) < rank_before
        or source.kind == "strava"
        or not activities.has_streams(connection, activity_id)
    ):
        _put_parts(connection, activity_id, activity)
    elif activity.splits_source == "strava":
        activities.put_splits(connection, activity_id, activity.splits, "strava")
    return changed


def take_samples(connection: sqlite3.Connection, activity_id: int, activity: BuiltActivity) -> bool:
    """Give an activity without samples those of one of its sources; whether it did."""
    if activity.streams is None or activities.has_streams(connection, activity_id):
        return False
    _put_parts(connection, activity_id, activity)
    return True


def remerge(connection: sqlite3.Connection, activity_id: int) -> dict[str, list[Any]]:
    """Merge all sources of an activity into its row; field → ``[old, new]`` of each that changed.

    An activity without an attached source, which leaves the lists, has the values of the detached ones. Splits and
    efforts are computed again where the sport changed.
    """
    sources = activity_sources.source_values(connection, activity_id, or_detached=True)
    if not sources:
        return {}
    columns = merge_values([*sources, *edits_of(connection, activity_id)])
    before = activities.read(connection, activity_id)
    changed = {name: [before[name], value] for name, value in columns.items() if before[name] != value}
    if changed:
        activities.update(connection, activity_id, {name: new for name, (_, new) in changed.items()})
    if "sport_type" in changed:
        recompute_parts(connection, activity_id)
    return changed


def edits_of(connection: sqlite3.Connection, activity_id: int) -> list[tuple[str, dict[str, Any]]]:
    """The runner's edits of an activity as one more source for :func:`merge_values`."""
    return [("edit", {"says": edits.read(connection, activity_id), "assumes": {}})]


def recompute_parts(connection: sqlite3.Connection, activity_id: int, *, replace_reported: bool = False) -> None:
    """Compute efforts, splits and the fastest kilometre from the stored streams, for the activity's sport.

    Splits reported by Strava stay unless ``replace_reported``. The caller holds the transaction.
    """
    streams = activities.read_streams(connection, activity_id)
    row = activities.read(connection, activity_id)
    sport = row["sport_type"]
    ignored = activities.ignored_efforts(connection, activity_id)
    efforts = efforts_of(streams, ignored) if is_running(sport) else ()
    activities.put_efforts(connection, activity_id, efforts)
    if replace_reported or not activities.has_reported_splits(connection, activity_id):
        splits = () if streams is None else splits_for(sport, streams)
        activities.put_splits(connection, activity_id, splits, "computed")
    fastest_s = fastest_km_s(efforts)
    if row["fastest_pace_sec_per_km"] != fastest_s:
        activities.update(connection, activity_id, {"fastest_pace_sec_per_km": fastest_s})


def _put_parts(connection: sqlite3.Connection, activity_id: int, activity: BuiltActivity) -> None:
    activities.put_parts(connection, activity_id, activity)
    has_gps = activity.streams is not None and "lat_deg" in activity.streams
    derived = {"fastest_pace_sec_per_km": fastest_km_s(activity.efforts), "has_gps": has_gps}
    activities.update(connection, activity_id, derived)
    is_same_sport = activity.parts_sport == activities.read(connection, activity_id)["sport_type"]
    if not is_same_sport or activities.ignored_efforts(connection, activity_id):
        recompute_parts(connection, activity_id)
    if is_same_sport and activity.figures is not None:
        put_figures(connection, activity_id, activity.figures)


def _in_usual_zone(connection: sqlite3.Connection, built: BuiltActivity) -> BuiltActivity:
    """Give a virtual activity without a local time the runner's usual zone: its positions are not the runner's."""
    activity = built.activity
    if activity.sport_type not in VIRTUAL or "utc_offset_s" not in built.assumed:
        return built
    zone = activity_queries.usual_timezone(connection, activity.start_time)
    offset_s = None if zone is None else offset_in(zone, activity.start_time)
    if offset_s is None:
        return built
    name = default_name(activity.sport_type, activity.start_time + offset_s)
    moved = replace(
        activity,
        utc_offset_s=offset_s,
        timezone=zone,
        name=name if "name" in built.assumed else activity.name,
    )
    return replace(built, activity=moved, assumed=built.assumed | {"timezone"})


def samples_rank(connection: sqlite3.Connection, activity_id: int) -> int:
    """The best rank among an activity's sources with samples; 0 is the first choice."""
    sources = activity_sources.source_values(connection, activity_id)
    return min((_rank(kind) for kind, values in sources if "samples" in values), default=len(STREAMS_FROM))


def _rank(kind: str) -> int:
    return STREAMS_FROM.index(kind)
