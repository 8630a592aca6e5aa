"""Possible duplicates, and a runner's decision about them: merge two activities into one, or split a merge."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache, partial
from typing import Any

from runcoach.config import Config
from runcoach.errors import NotFoundError, UsageError
from runcoach.ingest.matching import MatchResult, match_input, match_recordings
from runcoach.ingest.merge import recompute_parts, remerge, samples_rank
from runcoach.services.analytics.jobs import open_for_change
from runcoach.store import activities, activity_queries, activity_sources, audit, edits, overlaps
from runcoach.store.remote import known_activities, remote_activities
from runcoach.store.remote.forget import remove_parts
from runcoach.store.sqlite.database import open_reader


@dataclass(frozen=True, slots=True)
class DuplicatePair:
    """Two activities that overlap, ``same`` or ``doubtful``, with the columns to tell them apart."""

    verdict: MatchResult
    first: dict[str, Any]
    second: dict[str, Any]


class SamplesTaken(StrEnum):
    """What a merge did with the samples of its two activities."""

    OWN = "own"  # the kept activity's stayed
    COPIED = "copied"  # it had none, and has those of the other
    SWAPPED = "swapped"  # those of the other were better


def possible_duplicates(config: Config) -> list[DuplicatePair]:
    """Every pair that may be one run and was neither merged nor declared distinct."""
    with open_reader(config) as connection:
        read_input = lru_cache(maxsize=256)(partial(match_input, connection))
        results = [
            (match_recordings(read_input(first), read_input(second)), first, second)
            for first, second in overlaps.all_overlapping(connection)
        ]
        return [
            DuplicatePair(result, dict(first), dict(second))
            for result, first, second in results
            if result is not MatchResult.DIFFERENT
        ]


def merge(config: Config, kept_ref: str, other_ref: str) -> int:
    """Move the sources of one activity to another, which is kept; returns its id.

    The kept one has the better samples of the two. The other one leaves the lists and has the rest, so that
    :func:`split` can restore both. UsageError for two different Strava activities, and for one with itself.
    """
    with open_for_change(config) as connection:
        kept_id, other_id = (activity_queries.resolve(connection, ref) for ref in (kept_ref, other_ref))
        if kept_id == other_id:
            raise UsageError("an activity cannot be merged with itself")
        if all(activity_queries.activity(connection, one)["strava_id"] is not None for one in (kept_id, other_id)):
            raise UsageError(
                "these are two activities on Strava, and stay two here", hint="delete one of them on Strava, then sync"
            )
        moved = activity_sources.ids_of(connection, other_id)
        taken = _take_better_samples(connection, kept_id, other_id)
        activities.update(connection, other_id, {"strava_id": None})
        activity_sources.move(connection, moved, kept_id)
        fetched = remote_activities.move(connection, kept_id, from_id=other_id)
        edits.copy(connection, other_id, kept_id)
        remerge(connection, kept_id)
        if taken is not SamplesTaken.OWN:
            recompute_parts(connection, kept_id)  # for its own sport
        activities.apply_effort_edits(connection, kept_id)
        known_activities.mark_deleted(connection, other_id)
        meta = {"mergedInto": kept_id, "sources": moved, "fetched": fetched, "samples": taken}
        audit.record(connection, "activity", other_id, "delete", f"merged into {kept_id}", meta=meta)
        return kept_id


def split(config: Config, kept_ref: str, other_ref: str) -> tuple[int, int]:
    """Undo a merge and declare the two activities distinct; returns both ids.

    ``other_ref`` is the activity that was merged into ``kept_ref``. One whose sources were all deleted or undone since
    leaves the lists. NotFoundError where there was no such merge.
    """
    with open_for_change(config) as connection:
        kept_id, other_id = (activity_queries.resolve(connection, ref) for ref in (kept_ref, other_ref))
        merged = _merge_of(connection, kept_id, other_id)
        if merged is None:
            raise NotFoundError(
                f"{other_ref} was never merged into {kept_ref}", hint=f"see `runcoach audit {kept_ref}`"
            )
        moved = activity_sources.with_same_strava_id(connection, kept_id, merged["sources"])
        activity_sources.move(connection, moved, other_id)
        if "strava" not in dict(activity_sources.source_values(connection, kept_id)):
            known_activities.move_fetched(connection, kept_id, other_id)
        remote_activities.move(connection, other_id, from_id=kept_id, only=merged.get("fetched", []))
        known_activities.revive(connection, other_id)
        # The kept one first: it may hold the other's Strava id, which is unique.
        remerge(connection, kept_id)
        remerge(connection, other_id)
        _return_samples(connection, kept_id, other_id, SamplesTaken(merged.get("samples", SamplesTaken.OWN)))
        for activity_id in (kept_id, other_id):
            if not activity_sources.ids_of(connection, activity_id):
                known_activities.mark_deleted(connection, activity_id)
        overlaps.declare_distinct(connection, kept_id, other_id)
        audit.record(connection, "activity", other_id, "update", f"split from {kept_id}", meta={"sources": moved})
        return kept_id, other_id


def _take_better_samples(connection: sqlite3.Connection, kept_id: int, other_id: int) -> SamplesTaken:
    """Give the kept activity the better samples of the two."""
    if not activities.has_streams(connection, other_id):
        return SamplesTaken.OWN
    if not activities.has_streams(connection, kept_id):
        activities.copy_parts(connection, other_id, kept_id)
        return SamplesTaken.COPIED
    if samples_rank(connection, other_id) < samples_rank(connection, kept_id):
        activities.swap_parts(connection, kept_id, other_id)
        return SamplesTaken.SWAPPED
    return SamplesTaken.OWN


def _return_samples(connection: sqlite3.Connection, kept_id: int, other_id: int, taken: SamplesTaken) -> None:
    """Return the samples of the kept activity to the other one if they are from a source of that one.

    ``taken`` is what the merge did. The kept one's own are lost where a source of the other has replaced them since;
    importing their file again restores them.
    """
    other_rank, kept_rank = samples_rank(connection, other_id), samples_rank(connection, kept_id)
    if other_rank < kept_rank or (taken is not SamplesTaken.OWN and other_rank == kept_rank):
        activities.swap_parts(connection, kept_id, other_id)
        if taken is not SamplesTaken.SWAPPED:
            remove_parts(connection, kept_id)
    if not activities.has_streams(connection, kept_id):
        activity_sources.lack_samples(connection, kept_id)
    for activity_id in (kept_id, other_id):
        recompute_parts(connection, activity_id)  # for their own sports


def _merge_of(connection: sqlite3.Connection, kept_id: int, other_id: int) -> dict[str, Any] | None:
    """What the last merge of these two recorded: the sources it moved, and whether samples were swapped."""
    for event in audit.read(connection, entity="activity", entity_id=other_id, limit=100):
        meta: dict[str, Any] = json.loads(event["meta"])
        if meta.get("mergedInto") == kept_id:
            return meta
    return None
