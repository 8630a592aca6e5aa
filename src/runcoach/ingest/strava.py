"""Activities from Strava: build them from summaries or details, and write them with audit rows."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import Any

from runcoach.domain.activity import BuiltActivity, SourceRecord
from runcoach.domain.recording import Totals
from runcoach.ingest.builder import build
from runcoach.ingest.matching import find_match
from runcoach.ingest.merge import add_new, attach
from runcoach.sources.strava.models import StravaActivity, recording_of
from runcoach.store import activities, audit
from runcoach.store.remote import known_activities, sync_state


def build_from_strava(payload: StravaActivity, gear_name: str | None = None) -> BuiltActivity:
    """Build an activity from Strava's payload: splits as reported, efforts from the streams."""
    source = SourceRecord(
        "strava", "detail" if payload.is_detailed else "list", f"activity {payload.strava_id}", Totals()
    )
    built = build(recording_of(payload), source)
    activity = replace(
        built.activity,
        strava_id=payload.strava_id,
        athlete_id=payload.athlete_id,
        timezone=payload.timezone or built.activity.timezone,
        utc_offset_s=built.activity.utc_offset_s if payload.utc_offset_s is None else payload.utc_offset_s,
        gear_name=payload.gear.name if payload.gear and payload.gear.name else gear_name,
        achievement_count=payload.achievement_count,
        photo_count=payload.photo_count,
        is_private=payload.is_private,
        workout_type=payload.workout_type,
        trainer=payload.trainer,
    )
    # Strava states these fields; build() had assumed them.
    stated = {"is_private", "trainer"} | ({"utc_offset_s"} if payload.utc_offset_s is not None else set())
    built = replace(built, activity=activity, assumed=built.assumed - stated)
    return built if payload.splits is None else replace(built, splits=payload.splits, splits_source="strava")


def put_summary(connection: sqlite3.Connection, payload: StravaActivity, summary_hash: str, *, is_final: bool) -> int:
    """Write the summary of a new activity, or of one that is never fetched in full (``is_final``); its id.

    The caller holds the transaction. A summary does not change an activity that was fetched in full.
    """
    activity_id = known_activities.find(connection, payload.strava_id)
    if activity_id is None or is_final:
        gear = None if payload.gear_id is None else sync_state.gear_name(connection, payload.gear_id)
        activity_id, changed = _put(connection, build_from_strava(payload, gear))
        _record_audit(connection, activity_id, payload, "listed by Strava", changed)
    if is_final:
        known_activities.mark(connection, activity_id, summary_hash, fetched=False)
    return activity_id


def put_detail(
    connection: sqlite3.Connection, built: BuiltActivity, payload: StravaActivity, raw: bytes, summary_hash: str
) -> tuple[int, bool]:
    """Write a fetched activity with its raw payload; ``(activity id, whether it is new)``.

    The caller holds the transaction, which also completes the fetch job.
    """
    if payload.gear is not None:
        gear = payload.gear
        sync_state.put_gear(
            connection, gear.gear_id, name=gear.name, distance_m=gear.distance_m, is_retired=gear.is_retired
        )
    before = known_activities.find(connection, payload.strava_id)
    is_new = before is None or not known_activities.was_fetched(connection, before)
    activity_id, changed = _put(connection, built)
    known_activities.revive(connection, activity_id)
    activities.put_raw(connection, activity_id, raw)
    known_activities.mark(connection, activity_id, summary_hash, fetched=True)
    _record_audit(connection, activity_id, payload, "fetched from Strava", None if is_new else changed or {})
    return activity_id, is_new


def _put(connection: sqlite3.Connection, built: BuiltActivity) -> tuple[int, dict[str, list[Any]] | None]:
    """``(activity id, changed fields)``; None as changed fields for a new activity."""
    match = find_match(connection, built)
    if match is None:
        return add_new(connection, [built], None), None
    return match, attach(connection, match, built, None)


def _record_audit(
    connection: sqlite3.Connection,
    activity_id: int,
    payload: StravaActivity,
    message: str,
    changed: dict[str, list[Any]] | None,
) -> None:
    """Write an audit row with old and new values of the changed fields; None for a new activity."""
    meta: dict[str, object] = {"stravaId": payload.strava_id} | ({"changed": changed} if changed else {})
    audit.record(connection, "activity", activity_id, "create" if changed is None else "update", message, meta=meta)
