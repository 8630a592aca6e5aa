"""Pairs that may be one run, and a person's word on them: merge makes two one, split makes one two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runcoach.errors import NotFoundError, UsageError
from runcoach.ingest.accounts import STREAMS_FROM
from runcoach.ingest.folding import refold, trace_of
from runcoach.ingest.identity import Verdict, compare
from runcoach.ingest.writing import rank
from runcoach.store import activities, audit, history, pairs, sources, strava
from runcoach.store.engine import open_reader, open_store, write

if TYPE_CHECKING:
    import sqlite3

    from runcoach.config import Config


@dataclass(frozen=True, slots=True)
class Pair:
    """Two activities that overlap: ``verdict`` is ``same`` or ``doubtful``; one mapping of figures for each."""

    verdict: str
    first: dict[str, Any]
    second: dict[str, Any]


def doubtful(config: Config) -> list[Pair]:
    """Every pair that overlaps by half or more and was neither merged nor declared to be two."""
    with open_reader(config) as connection:
        if connection is None:
            return []
        judged = [
            (compare(trace_of(connection, one), trace_of(connection, other)), one, other)
            for one, other in pairs.all_overlapping(connection)
        ]
        return [
            Pair(verdict.value, dict(one), dict(other))
            for verdict, one, other in judged
            if verdict is not Verdict.DIFFERENT
        ]


def merge(config: Config, kept: str, other: str) -> int:
    """Make two activities one: the sources of ``other`` go over to ``kept``, whose id is returned.

    The other one leaves the lists and keeps its samples, so that :func:`split` can bring it back. UsageError for two
    different Strava activities, and for one with itself.
    """
    with open_store(config) as connection, write(connection):
        kept_id, other_id = history.resolve(connection, kept), history.resolve(connection, other)
        rows = [history.activity(connection, activity_id) for activity_id in (kept_id, other_id)]
        if kept_id == other_id:
            raise UsageError("an activity cannot be merged with itself")
        if None not in (rows[0]["strava_id"], rows[1]["strava_id"]):
            raise UsageError(
                "these are two activities on Strava, and stay two here", hint="delete one of them on Strava, then sync"
            )
        moved = sources.ids_of(connection, other_id)
        _take_over_parts(connection, kept_id, other_id)
        activities.update(connection, other_id, {"strava_id": None})
        sources.move(connection, moved, kept_id)
        refold(connection, kept_id)
        strava.tombstone(connection, other_id)
        meta = {"mergedInto": kept_id, "sources": moved}
        audit.record(connection, "activity", other_id, "delete", f"merged into {kept_id}", meta=meta)
        rank(connection)
        return kept_id


def split(config: Config, reference: str, other: str) -> tuple[int, int]:
    """Take a merge back, and remember that these are two; both ids.

    ``other`` is the activity that was merged into ``reference``. NotFoundError where there was no such merge.
    """
    with open_store(config) as connection, write(connection):
        kept_id, other_id = history.resolve(connection, reference), history.resolve(connection, other)
        moved = _moved_by_merge(connection, kept_id, other_id)
        if moved is None:
            raise NotFoundError(
                f"{other} was never merged into {reference}", hint=f"`runcoach audit {reference}` tells what was"
            )
        sources.move(connection, moved, other_id)
        strava.revive(connection, other_id)
        # First the one that may hold a Strava id too many, so that no two hold the same at any moment.
        refold(connection, kept_id)
        refold(connection, other_id)
        pairs.declare_distinct(connection, kept_id, other_id)
        audit.record(connection, "activity", other_id, "update", f"split from {kept_id}", meta={"sources": moved})
        rank(connection)
        return kept_id, other_id


def _take_over_parts(connection: sqlite3.Connection, kept_id: int, other_id: int) -> None:
    """The samples of the other one, where its sources are believed more or the kept one has none."""
    kinds = [
        min((STREAMS_FROM.index(kind) for kind, _ in sources.accounts(connection, one)), default=len(STREAMS_FROM))
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
