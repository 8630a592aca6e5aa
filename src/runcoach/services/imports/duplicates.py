"""Pairs that may be one run, and a person's word on them: merge makes two one, split makes one two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runcoach.errors import NotFoundError, UsageError
from runcoach.ingest.matching import MatchResult, match_input, match_recordings
from runcoach.ingest.merge import remerge
from runcoach.ingest.source_values import STREAMS_FROM
from runcoach.ingest.writer import update_rankings
from runcoach.store import activities, activity_queries, activity_sources, audit, overlaps
from runcoach.store.remote import known_activities
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database, open_reader

if TYPE_CHECKING:
    import sqlite3

    from runcoach.config import Config


@dataclass(frozen=True, slots=True)
class DuplicatePair:
    """Two activities that overlap: ``verdict`` is ``same`` or ``doubtful``; one mapping of figures for each."""

    verdict: str
    first: dict[str, Any]
    second: dict[str, Any]


def possible_duplicates(config: Config) -> list[DuplicatePair]:
    """Every pair that overlaps by half or more and was neither merged nor declared to be two."""
    with open_reader(config) as connection:
        judged = [
            (match_recordings(match_input(connection, one), match_input(connection, other)), one, other)
            for one, other in overlaps.all_overlapping(connection)
        ]
        return [
            DuplicatePair(verdict.value, dict(one), dict(other))
            for verdict, one, other in judged
            if verdict is not MatchResult.DIFFERENT
        ]


def merge(config: Config, kept: str, other: str) -> int:
    """Make two activities one: the sources of ``other`` go over to ``kept``, whose id is returned.

    The other one leaves the lists and keeps its samples, so that :func:`split` can bring it back. UsageError for two
    different Strava activities, and for one with itself.
    """
    with open_database(config) as connection, write_transaction(connection):
        kept_id, other_id = activity_queries.resolve(connection, kept), activity_queries.resolve(connection, other)
        rows = [activity_queries.activity(connection, activity_id) for activity_id in (kept_id, other_id)]
        if kept_id == other_id:
            raise UsageError("an activity cannot be merged with itself")
        if None not in (rows[0]["strava_id"], rows[1]["strava_id"]):
            raise UsageError(
                "these are two activities on Strava, and stay two here", hint="delete one of them on Strava, then sync"
            )
        moved = activity_sources.ids_of(connection, other_id)
        _take_over_parts(connection, kept_id, other_id)
        activities.update(connection, other_id, {"strava_id": None})
        activity_sources.move(connection, moved, kept_id)
        remerge(connection, kept_id)
        known_activities.mark_deleted(connection, other_id)
        meta = {"mergedInto": kept_id, "sources": moved}
        audit.record(connection, "activity", other_id, "delete", f"merged into {kept_id}", meta=meta)
        update_rankings(connection)
        return kept_id


def split(config: Config, reference: str, other: str) -> tuple[int, int]:
    """Take a merge back, and remember that these are two; both ids.

    ``other`` is the activity that was merged into ``reference``. NotFoundError where there was no such merge.
    """
    with open_database(config) as connection, write_transaction(connection):
        kept_id, other_id = activity_queries.resolve(connection, reference), activity_queries.resolve(connection, other)
        moved = _moved_by_merge(connection, kept_id, other_id)
        if moved is None:
            raise NotFoundError(
                f"{other} was never merged into {reference}", hint=f"`runcoach audit {reference}` tells what was"
            )
        activity_sources.move(connection, moved, other_id)
        known_activities.revive(connection, other_id)
        # First the one that may hold a Strava id too many, so that no two hold the same at any moment.
        remerge(connection, kept_id)
        remerge(connection, other_id)
        overlaps.declare_distinct(connection, kept_id, other_id)
        audit.record(connection, "activity", other_id, "update", f"split from {kept_id}", meta={"sources": moved})
        update_rankings(connection)
        return kept_id, other_id


def _take_over_parts(connection: sqlite3.Connection, kept_id: int, other_id: int) -> None:
    """The samples of the other one, where its sources are believed more or the kept one has none."""
    kinds = [
        min(
            (STREAMS_FROM.index(kind) for kind, _ in activity_sources.source_values(connection, one)),
            default=len(STREAMS_FROM),
        )
        for one in (kept_id, other_id)
    ]
    other_has, kept_has = activities.has_streams(connection, other_id), activities.has_streams(connection, kept_id)
    if other_has and (not kept_has or kinds[1] < kinds[0]):
        activities.copy_parts(connection, other_id, kept_id)


def _moved_by_merge(connection: sqlite3.Connection, kept_id: int, other_id: int) -> list[int] | None:
    """The sources that the last merge of these two moved; None where there was none."""
    import json

    for event in audit.read(connection, entity="activity", entity_id=other_id, limit=100):
        meta = json.loads(event["meta"])
        if meta.get("mergedInto") == kept_id:
            return [int(source_id) for source_id in meta["sources"]]
    return None
