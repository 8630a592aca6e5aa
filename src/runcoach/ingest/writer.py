"""Writes what was built: one transaction an activity, a file recognised by its contents, the ranks once at the end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from runcoach.analysis.effort_quality import CHECK_FASTER, check_limit_s
from runcoach.domain.distances import LENGTH_M
from runcoach.domain.filters import EffortFilter
from runcoach.domain.windows import local_today
from runcoach.ingest.merge import add_new, attach, find_match, remerge, take_samples
from runcoach.store import activity_sources, audit, effort_queries, rankings
from runcoach.store.remote import known_activities, sync_state

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from runcoach.domain.activity import BuiltActivity

_RANKS_DUE = "ranks_due"


class WriteOutcome(StrEnum):
    """What became of one account of an activity."""

    CREATED = "created"  # an activity that was not here
    ATTACHED = "attached"  # one more account of an activity that is here
    REVIVED = "revived"  # an account that had been taken back
    UNCHANGED = "unchanged"  # this very account is here already


@dataclass(frozen=True, slots=True)
class Written:
    """Where an account went, and what became of it there."""

    activity_id: int
    outcome: WriteOutcome


def write_activities(
    connection: sqlite3.Connection, group: Sequence[BuiltActivity], batch_id: int | None
) -> list[Written]:
    """Write the accounts that one item gives of one activity; all of them end at the same one.

    That is the one that any of them is known to be of; where one of them has a Strava id, never one with another. Each
    goes in as a new activity, beside the accounts that are there, or not at all if it is here already. The caller
    holds the transaction.
    """
    strava_id = next((w.activity.strava_id for w in group if w.activity.strava_id is not None), None)
    known = [_known(connection, whole) for whole in group]
    target = None if strava_id is None else known_activities.find(connection, strava_id)
    for here in known:
        if target is None and here is not None and known_activities.may_be(connection, here.activity_id, strava_id):
            target = here.activity_id
    for whole in group:
        target = find_match(connection, whole, strava_id) if target is None else target
    written: list[Written] = []
    for whole, here in zip(group, known, strict=True):
        one = _put(connection, whole, here, target, batch_id)
        written.append(one)
        if target is None and known_activities.may_be(connection, one.activity_id, strava_id):
            target = one.activity_id
    return written


def _known(connection: sqlite3.Connection, whole: BuiltActivity) -> activity_sources.Attached | None:
    source = whole.source
    return None if source.sha256 is None else activity_sources.find(connection, source.sha256, source.item)


def _put(
    connection: sqlite3.Connection,
    whole: BuiltActivity,
    here: activity_sources.Attached | None,
    target: int | None,
    batch_id: int | None,
) -> Written:
    samples_back = here is not None and here.lacks_samples and _bring_samples(connection, here, whole)
    if here is not None and not here.is_detached and not samples_back:
        return Written(here.activity_id, WriteOutcome.UNCHANGED)
    if here is not None and not here.is_detached:
        return _told(connection, Written(here.activity_id, WriteOutcome.REVIVED), whole, batch_id)
    if here is not None:
        activity_sources.reattach(connection, here.source_id, batch_id)
        known_activities.revive(connection, here.activity_id)
        remerge(connection, here.activity_id)
        return _told(connection, Written(here.activity_id, WriteOutcome.REVIVED), whole, batch_id)
    if target is not None:
        attach(connection, target, whole, batch_id)
        return _told(connection, Written(target, WriteOutcome.ATTACHED), whole, batch_id)
    return _told(connection, Written(add_new(connection, whole, batch_id), WriteOutcome.CREATED), whole, batch_id)


def _bring_samples(connection: sqlite3.Connection, here: activity_sources.Attached, whole: BuiltActivity) -> bool:
    """Give an activity its samples back, which Strava's had replaced and which were forgotten with them."""
    activity_sources.brought_again(connection, here.source_id)
    return take_samples(connection, here.activity_id, whole)


def _told(connection: sqlite3.Connection, written: Written, whole: BuiltActivity, batch_id: int | None) -> Written:
    verbs = {
        WriteOutcome.CREATED: "imported from",
        WriteOutcome.ATTACHED: "also in",
        WriteOutcome.REVIVED: "imported again from",
    }
    source = whole.source
    audit.record(
        connection,
        "activity",
        written.activity_id,
        "create" if written.outcome is WriteOutcome.CREATED else "update",
        f"{verbs[written.outcome]} {source.name}",
        meta={"batch": batch_id, "kind": source.kind, "format": source.format, "item": source.item},
    )
    return written


def mark_rankings_stale(connection: sqlite3.Connection) -> None:
    """Note in the transaction that touches efforts that ranks are to follow: whoever comes next sees to it."""
    sync_state.put(connection, _RANKS_DUE, "1")


def rankings_are_stale(connection: sqlite3.Connection) -> bool:
    """Whether efforts have changed since the last :func:`update_rankings`, also where their process has died since."""
    return sync_state.get(connection, _RANKS_DUE) is not None


def update_rankings(connection: sqlite3.Connection, today: date | None = None) -> None:
    """Judge the efforts against each other and rebuild the stored windows, as of the machine's local day.

    Belongs at the end of every transaction that touches efforts, or once after many of them that have left
    :func:`mark_rankings_stale` behind; the caller holds the transaction.
    """
    sync_state.put(connection, _RANKS_DUE, None)
    everything = EffortFilter(as_of=date.max)
    bests = {LENGTH_M[label]: best_s for label, best_s in effort_queries.best_times(connection, everything).items()}
    limits = {label: check_limit_s(length_m, bests) for label, length_m in LENGTH_M.items()}
    effort_queries.mark_for_check(
        connection, limits, f"over {CHECK_FASTER:.0%} faster than your neighbouring bests imply"
    )
    rankings.rebuild(connection, today or local_today())
