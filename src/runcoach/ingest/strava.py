"""Strava's account of an activity, into the file: from the list alone, or in full with splits, laps and streams."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from runcoach.domain.activity import BuiltActivity, SourceRecord
from runcoach.domain.recording import Totals
from runcoach.ingest.builder import build
from runcoach.ingest.merge import add_new, attach, find_match
from runcoach.sources.strava.models import recording_of
from runcoach.store import activities, audit
from runcoach.store.remote import known_activities, sync_state

if TYPE_CHECKING:
    import sqlite3

    from runcoach.sources.strava.models import StravaActivity


def build_from_strava(told: StravaActivity, gear_name: str | None = None) -> BuiltActivity:
    """The whole activity that Strava tells of; splits exactly as reported, efforts from the streams."""
    source = SourceRecord("strava", "detail" if told.is_detailed else "list", f"activity {told.strava_id}", Totals())
    built = build(recording_of(told), source)
    activity = replace(
        built.activity,
        strava_id=told.strava_id,
        athlete_id=told.athlete_id,
        timezone=told.timezone or built.activity.timezone,
        utc_offset_s=built.activity.utc_offset_s if told.utc_offset_s is None else told.utc_offset_s,
        gear_name=told.gear.name if told.gear and told.gear.name else gear_name,
        achievement_count=told.achievement_count,
        photo_count=told.photo_count,
        is_private=told.is_private,
        workout_type=told.workout_type,
        trainer=told.trainer,
    )
    # Whatever Strava tells is its word; only what build() had to fill in for it stays assumed.
    told_fields = {"is_private", "trainer"} | ({"utc_offset_s"} if told.utc_offset_s is not None else set())
    whole = replace(built, activity=activity, assumed=built.assumed - told_fields)
    return whole if told.splits is None else replace(whole, splits=told.splits, splits_source="strava")


def put_summary(connection: sqlite3.Connection, told: StravaActivity, summary_hash: str, *, is_final: bool) -> int:
    """Write what the list tells of a new activity, or of one that is never fetched in full (``is_final``).

    The caller holds the transaction. An activity that is here in full is not touched by its summary.
    """
    activity_id = known_activities.find(connection, told.strava_id)
    if activity_id is None or is_final:
        gear = None if told.gear_id is None else sync_state.gear_name(connection, told.gear_id)
        activity_id, changed = _put(connection, build_from_strava(told, gear))
        _tell(connection, activity_id, told, "listed by Strava", changed)
    if is_final:
        known_activities.mark(connection, activity_id, summary_hash, fetched=False)
    return activity_id


def put_detail(
    connection: sqlite3.Connection, whole: BuiltActivity, told: StravaActivity, raw: bytes, summary_hash: str
) -> tuple[int, bool]:
    """Write an activity in full, with Strava's answer beside it; ``(activity id, whether it is new here)``.

    The caller holds the transaction, in which the fetch job ends too.
    """
    if told.gear is not None:
        gear = told.gear
        sync_state.put_gear(
            connection, gear.gear_id, name=gear.name, distance_m=gear.distance_m, is_retired=gear.is_retired
        )
    before = known_activities.find(connection, told.strava_id)
    is_new = before is None or not known_activities.was_fetched(connection, before)
    activity_id, changed = _put(connection, whole)
    known_activities.revive(connection, activity_id)
    activities.put_raw(connection, activity_id, raw)
    known_activities.mark(connection, activity_id, summary_hash, fetched=True)
    _tell(connection, activity_id, told, "fetched from Strava", None if is_new else changed or {})
    return activity_id, is_new


def _put(connection: sqlite3.Connection, whole: BuiltActivity) -> tuple[int, dict[str, list[Any]] | None]:
    """``(activity id, what changed)``; None: it was not here in any form."""
    same = find_match(connection, whole)
    if same is None:
        return add_new(connection, whole, None), None
    return same, attach(connection, same, whole, None)


def _tell(
    connection: sqlite3.Connection,
    activity_id: int,
    told: StravaActivity,
    message: str,
    changed: dict[str, list[Any]] | None,
) -> None:
    """An audit row, with the old and the new value of every field that changed; None: all of it is new."""
    meta: dict[str, Any] = {"stravaId": told.strava_id} | ({"changed": changed} if changed else {})
    audit.record(connection, "activity", activity_id, "create" if changed is None else "update", message, meta=meta)
