"""Stores activities of remote sources with original files: the file's figures, the title and type of the list."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from runcoach.domain.activity import BuiltActivity, SourceRecord
from runcoach.domain.activity_fields import SOURCE_TITLES
from runcoach.domain.recording import Recording, Totals
from runcoach.domain.sports import RACE
from runcoach.domain.streams import Streams
from runcoach.errors import NotAnActivityError
from runcoach.ingest.builder import build
from runcoach.ingest.matching import find_match
from runcoach.ingest.merge import add_new, attach, remerge
from runcoach.sources.file_formats import decompress, read_bytes
from runcoach.store import activity_sources, audit
from runcoach.store.remote import known_activities, remote_activities

if TYPE_CHECKING:
    from runcoach.sources.remote.protocol import RemoteActivity, RemoteFile


def build_from_file(
    source: str, listed: RemoteActivity, file: RemoteFile, *, keep_original: bool = False
) -> list[BuiltActivity]:
    """Every activity in a downloaded file, with the title and type of its row in the list.

    ``keep_original``: their sources hold the file, without the ZIP or gzip around it.

    Raises SourceError where the file cannot be read, NotAnActivityError where it holds no activity.
    """
    content = decompress(file.content)
    recordings = read_bytes(content, file.name).recordings
    original = content if keep_original else None
    # The parts of a multisport file have sports of their own; the row's title and type are those of the whole.
    sport = listed.sport_type if len(recordings) == 1 else None
    built, refused = [], None
    for item, recording in enumerate(recordings):
        record = SourceRecord(source, recording.format, _name(listed.remote_id), Totals(), item=item, original=original)
        try:
            built.append(build(recording, record, sport=sport, fallback_sport=listed.sport_type))
        except NotAnActivityError as error:
            refused = error
    if not built:
        raise refused or NotAnActivityError(f"{file.name} holds no activity")
    whole = [replace(each, source=replace(each.source, items=len(built))) for each in built]
    return [_with_listed(whole[0], listed)] if len(whole) == 1 else whole


def build_from_row(source: str, listed: RemoteActivity) -> BuiltActivity:
    """An activity without a recording: its totals as the list states them."""
    recording = Recording(
        format="list",
        sport_type=listed.sport_type,
        start_time_s=float(listed.start_time_s),
        streams=Streams(np.empty(0)),
        totals=listed.totals,
        name=listed.name,
        description=listed.description,
        indoor=listed.indoor,
        utc_offset_s=listed.utc_offset_s,
    )
    return _with_listed(build(recording, SourceRecord(source, "list", _name(listed.remote_id), Totals())), listed)


def store(
    connection: sqlite3.Connection, source: str, listed: RemoteActivity, built: Sequence[BuiltActivity]
) -> tuple[int, bool]:
    """Write an activity's sources; ``(activity id, whether it is new)``. The caller holds the transaction."""
    known = remote_activities.find(connection, source, listed.remote_id)
    first: tuple[int, bool] | None = None
    for activity in built:
        target = known.activity_id if known is not None and len(built) == 1 else None
        written = _write(connection, activity, target)
        first = first or written
    if first is None:
        raise NotAnActivityError(f"activity {listed.remote_id} holds nothing")
    remote_activities.mark_fetched(connection, source, listed.remote_id, first[0], listed.fingerprint)
    return first


def update_listed(connection: sqlite3.Connection, source: str, listed: RemoteActivity, activity_id: int) -> None:
    """Take over a title, description or type that was changed at the source; the caller holds the transaction."""
    source_id = activity_sources.find_version(connection, activity_id, source, _name(listed.remote_id))
    if source_id is not None:
        values = activity_sources.read_values(connection, source_id)
        says = {**values["says"], **_listed_values(listed)}
        assumes = {name: value for name, value in values["assumes"].items() if name not in says}
        activity_sources.replace_values(connection, source_id, {**values, "says": says, "assumes": assumes})
        changed = remerge(connection, activity_id)
        meta = {"source": source, "remoteId": listed.remote_id} | ({"changed": changed} if changed else {})
        audit.record(connection, "activity", activity_id, "update", f"changed at {source}", meta=meta)
    remote_activities.mark_fetched(connection, source, listed.remote_id, activity_id, listed.fingerprint)


def remove(connection: sqlite3.Connection, source: str, remote_id: str) -> bool:
    """An activity was deleted at the source: detach its source, and mark the activity deleted where it was the last.

    Returns whether the activity is deleted now. Nothing is lost: it can be undeleted.
    """
    known = remote_activities.find(connection, source, remote_id)
    remote_activities.mark_gone(connection, source, remote_id)
    if known is None or known.activity_id is None:
        return False
    activity_id = known.activity_id
    source_id = activity_sources.find_version(connection, activity_id, source, _name(remote_id))
    if source_id is not None:
        activity_sources.detach(connection, source_id)
    meta = {"source": source, "remoteId": remote_id}
    if activity_sources.ids_of(connection, activity_id):
        remerge(connection, activity_id)
        audit.record(connection, "activity", activity_id, "update", f"gone from {source}", meta=meta)
        return False
    is_deleted = not known_activities.is_kept(connection, activity_id) and known_activities.mark_deleted(
        connection, activity_id
    )
    if is_deleted:
        audit.record(connection, "activity", activity_id, "delete", f"gone from {source}", meta=meta)
    return is_deleted


def _write(connection: sqlite3.Connection, built: BuiltActivity, target: int | None) -> tuple[int, bool]:
    activity_id = find_match(connection, built) if target is None else target
    is_new = activity_id is None
    if activity_id is None:
        activity_id = add_new(connection, [built], None)
    else:
        attach(connection, activity_id, built, None)
        known_activities.revive(connection, activity_id)
    audit.record(
        connection,
        "activity",
        activity_id,
        "create" if is_new else "update",
        f"fetched from {SOURCE_TITLES[built.source.kind]}",
        meta={"kind": built.source.kind, "name": built.source.name, "item": built.source.item},
    )
    return activity_id, is_new


def _with_listed(built: BuiltActivity, listed: RemoteActivity) -> BuiltActivity:
    """The activity with what its owner may have changed on the source's website."""
    values = _listed_values(listed)
    assumed = built.assumed - values.keys()
    if "utc_offset_s" in assumed and listed.utc_offset_s is not None:
        values["utc_offset_s"] = listed.utc_offset_s
    return replace(built, activity=replace(built.activity, **values), assumed=assumed)


def _listed_values(listed: RemoteActivity) -> dict[str, Any]:
    """Column → value of what the row of the list states about an activity whose figures come from its file."""
    values = {
        "name": listed.name,
        "description": listed.description,
        "sport_type": listed.sport_type,
        "workout_type": RACE if listed.is_race else None,
        "trainer": listed.indoor,
        "is_private": listed.is_private,
    }
    return {name: value for name, value in values.items() if value is not None}


def _name(remote_id: str) -> str:
    return f"activity {remote_id}"
