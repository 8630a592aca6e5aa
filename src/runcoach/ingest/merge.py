"""Makes one activity of all its sources: attaches accounts, folds them into the row, decides whose streams are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runcoach.ingest.builder import fastest_km_s
from runcoach.ingest.matching import MatchInput, MatchResult, match_recordings
from runcoach.ingest.source_values import STREAMS_FROM, merge_values, source_values
from runcoach.store import activities, activity_sources, overlaps
from runcoach.store.remote import known_activities
from runcoach.store.stream_codec import unpack

if TYPE_CHECKING:
    import sqlite3

    from runcoach.domain.activity import BuiltActivity


#: What is compared of two recordings' samples.
_TRACK = ("time_s", "lat_deg", "lng_deg")


def find_match(connection: sqlite3.Connection, whole: BuiltActivity, strava_id: int | None = None) -> int | None:
    """The activity here that a new account is of; None where it is a new one.

    ``strava_id`` is what another account of the same activity says it is on Strava.
    """
    activity = whole.activity
    strava_id = strava_id if activity.strava_id is None else activity.strava_id
    if strava_id is not None:
        known = known_activities.find(connection, strava_id)
        if known is not None:
            return known
    elapsed_s = float(activity.elapsed_time_sec or 0)
    rows = overlaps.overlapping(connection, activity.start_time, elapsed_s)
    if not rows:
        return None
    track = None if whole.streams is None else unpack(whole.streams.channels, only=_TRACK)
    new = MatchInput(activity.start_time, elapsed_s, activity.sport_type, activity.distance_m, strava_id, track)
    for row in rows:
        if match_recordings(new, match_input(connection, row)) is MatchResult.SAME:
            return int(row["id"])
    return None


def match_input(connection: sqlite3.Connection, row: sqlite3.Row) -> MatchInput:
    """What identity goes by, of an activity that is here."""
    return MatchInput(
        row["start_time"],
        float(row["elapsed_time_sec"] or 0),
        row["sport_type"],
        row["distance_m"],
        row["strava_id"],
        activities.read_streams(connection, row["id"], only=_TRACK),
    )


def add_new(connection: sqlite3.Connection, whole: BuiltActivity, batch_id: int | None) -> int:
    """Write an activity that is not here yet, with its first source; its id."""
    account = source_values(whole)
    columns = merge_values([(whole.source.kind, account)])
    activity_id = activities.insert(
        connection, {**columns, "has_gps": _has_gps(whole), "fastest_pace_sec_per_km": None}
    )
    activity_sources.add(connection, activity_id, whole.source, account, batch_id)
    _put_parts(connection, activity_id, whole)
    return activity_id


def attach(
    connection: sqlite3.Connection, activity_id: int, whole: BuiltActivity, batch_id: int | None
) -> dict[str, list[Any]]:
    """Attach one more account of an activity that is here, and fold all of them into its row: what that changed.

    A new account from Strava, or of a newer archive, takes the place of the last one of its kind. Streams and what
    follows from them are replaced where the new source is believed more than the one they came from, or is Strava
    again, and has any.
    """
    best_before = _best_kind_with_streams(connection, activity_id)
    if whole.source.kind != "file":
        activity_sources.remove_kind(connection, activity_id, whole.source.kind)
    activity_sources.add(connection, activity_id, whole.source, source_values(whole), batch_id)
    if whole.streams is not None and (
        best_before is None or _rank(whole.source.kind) < _rank(best_before) or whole.source.kind == "strava"
    ):
        _put_parts(connection, activity_id, whole)
    elif whole.splits_source == "strava":
        activities.put_splits(connection, activity_id, whole.splits, "strava")
    return remerge(connection, activity_id)


def take_samples(connection: sqlite3.Connection, activity_id: int, whole: BuiltActivity) -> bool:
    """Give an activity without samples those of one of its accounts, and what follows from them; whether it did."""
    if whole.streams is None or activities.has_streams(connection, activity_id):
        return False
    _put_parts(connection, activity_id, whole)
    return True


def remerge(connection: sqlite3.Connection, activity_id: int) -> dict[str, list[Any]]:
    """Write the row of an activity anew from its accounts; field → old and new value of each that changed."""
    columns = merge_values(activity_sources.source_values(connection, activity_id))
    before = activities.read(connection, activity_id)
    changed = {name: [before[name], value] for name, value in columns.items() if before[name] != value}
    if changed:
        activities.update(connection, activity_id, {name: new for name, (_, new) in changed.items()})
    return changed


def _put_parts(connection: sqlite3.Connection, activity_id: int, whole: BuiltActivity) -> None:
    activities.put_parts(connection, activity_id, whole)
    derived = {"fastest_pace_sec_per_km": fastest_km_s(whole.efforts), "has_gps": _has_gps(whole)}
    activities.update(connection, activity_id, derived)


def _has_gps(whole: BuiltActivity) -> bool:
    return whole.streams is not None and "lat_deg" in whole.streams


def _best_kind_with_streams(connection: sqlite3.Connection, activity_id: int) -> str | None:
    """The most believed kind among the sources of an activity that has streams; None where it has none."""
    if not activities.has_streams(connection, activity_id):
        return None
    kinds = [kind for kind, _ in activity_sources.source_values(connection, activity_id)]
    return min(kinds, key=_rank, default=None)


def _rank(kind: str) -> int:
    return STREAMS_FROM.index(kind)
