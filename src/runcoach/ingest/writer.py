"""Write built activities: files are recognised by their contents; ranks are updated once after all writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from runcoach.analysis.world_records import CHECK_FASTER, check_limit_s
from runcoach.domain.distances import LENGTH_M
from runcoach.domain.filters import EffortFilter
from runcoach.domain.windows import local_today
from runcoach.ingest.matching import find_match
from runcoach.ingest.merge import add_new, attach, remerge, take_samples
from runcoach.store import activity_sources, audit, effort_queries, originals, rankings
from runcoach.store.remote import known_activities, sync_state

if TYPE_CHECKING:
    from runcoach.domain.activity import BuiltActivity

_RANKS_DUE = "ranks_due"


class WriteOutcome(StrEnum):
    """What writing one source of an activity did."""

    CREATED = "created"  # a new activity
    ATTACHED = "attached"  # another source of a stored activity
    REVIVED = "revived"  # a source that had been detached
    UNCHANGED = "unchanged"  # this source is already attached


@dataclass(frozen=True, slots=True)
class Written:
    """The activity to which a source was written, and how."""

    activity_id: int
    outcome: WriteOutcome


def write_activities(
    connection: sqlite3.Connection, group: Sequence[BuiltActivity], batch_id: int | None
) -> list[Written]:
    """Write the sources that one item holds of one activity; all are attached to the same activity.

    That is the activity that any of them is known to belong to; where one of them has a Strava id, never one with a
    different id. The caller holds the transaction.
    """
    strava_id = next((built.activity.strava_id for built in group if built.activity.strava_id is not None), None)
    stored = [_find_stored(connection, built) for built in group]
    target = None if strava_id is None else known_activities.find(connection, strava_id)
    for known in stored:
        if target is None and known is not None and known_activities.may_be(connection, known.activity_id, strava_id):
            target = known.activity_id
    for built in group:
        target = find_match(connection, built, strava_id) if target is None else target
    written: list[Written] = []
    if target is None and not any(stored):
        activity_id = add_new(connection, group, batch_id)
        written = [Written(activity_id, WriteOutcome.CREATED)]
        written += [Written(activity_id, WriteOutcome.ATTACHED) for _ in group[1:]]
    else:
        for built, known in zip(group, stored, strict=True):
            one = _write(connection, built, known, target, batch_id)
            written.append(one)
            if target is None and known_activities.may_be(connection, one.activity_id, strava_id):
                target = one.activity_id
    for one, built in zip(written, group, strict=True):
        if one.outcome is not WriteOutcome.UNCHANGED:
            _record_audit(connection, one, built, batch_id)
    return written


def _find_stored(connection: sqlite3.Connection, built: BuiltActivity) -> activity_sources.Attached | None:
    source = built.source
    return None if source.sha256 is None else activity_sources.find(connection, source.sha256, source.item)


def _write(
    connection: sqlite3.Connection,
    built: BuiltActivity,
    known: activity_sources.Attached | None,
    target: int | None,
    batch_id: int | None,
) -> Written:
    """Write one source: attach it again where it is ``known``, else to ``target``, else as a new activity.

    One that was detached goes to ``target`` where that is another activity by now.
    """
    if known is not None and known.is_detached and target not in {None, known.activity_id}:
        activity_sources.remove(connection, known.source_id)
        known = None
    if known is not None:
        has_new_samples = known.lacks_samples and _restore_samples(connection, known, built)
        if known.is_detached:
            activity_sources.reattach(connection, known.source_id, batch_id)
            known_activities.revive(connection, known.activity_id)
            remerge(connection, known.activity_id)
        if built.source.original is not None:
            originals.put(connection, [known.source_id], built.source.original)
        is_revived = known.is_detached or has_new_samples
        return Written(known.activity_id, WriteOutcome.REVIVED if is_revived else WriteOutcome.UNCHANGED)
    if target is not None:
        attach(connection, target, built, batch_id)
        return Written(target, WriteOutcome.ATTACHED)
    return Written(add_new(connection, [built], batch_id), WriteOutcome.CREATED)


def _restore_samples(connection: sqlite3.Connection, known: activity_sources.Attached, built: BuiltActivity) -> bool:
    """Restore samples that were replaced by Strava's and forgotten with them; whether the activity had none."""
    activity_sources.brought_again(connection, known.source_id)
    return take_samples(connection, known.activity_id, built)


def _record_audit(connection: sqlite3.Connection, written: Written, built: BuiltActivity, batch_id: int | None) -> None:
    verbs = {
        WriteOutcome.CREATED: "imported from",
        WriteOutcome.ATTACHED: "also in",
        WriteOutcome.REVIVED: "imported again from",
    }
    source = built.source
    audit.record(
        connection,
        "activity",
        written.activity_id,
        "create" if written.outcome is WriteOutcome.CREATED else "update",
        f"{verbs[written.outcome]} {source.name}",
        meta={"batch": batch_id, "kind": source.kind, "format": source.format, "item": source.item},
    )


def mark_rankings_stale(connection: sqlite3.Connection) -> None:
    """Record, in the transaction that changes efforts, that :func:`update_rankings` is due."""
    sync_state.put(connection, _RANKS_DUE, "1")


def rankings_are_stale(connection: sqlite3.Connection) -> bool:
    """Whether efforts have changed since the last :func:`update_rankings`, in any process."""
    return sync_state.get(connection, _RANKS_DUE) is not None


def update_rankings(connection: sqlite3.Connection, today: date | None = None) -> None:
    """Mark efforts to check and rebuild the stored ranks, as of the machine's local day.

    Call it at the end of every transaction that changes efforts, or once after many that called
    :func:`mark_rankings_stale`. The caller holds the transaction.
    """
    sync_state.put(connection, _RANKS_DUE, None)
    everything = EffortFilter(as_of=date.max)
    bests = {LENGTH_M[label]: best_s for label, best_s in effort_queries.best_times(connection, everything).items()}
    limits = {label: check_limit_s(length_m, bests) for label, length_m in LENGTH_M.items()}
    effort_queries.mark_for_check(
        connection, limits, f"over {CHECK_FASTER:.0%} faster than your neighbouring bests imply"
    )
    rankings.rebuild(connection, today or local_today())
