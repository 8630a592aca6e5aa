"""Finds and removes for good what came from Strava through its API; what came from files and archives stays.

The only place where rows of a runner's history are deleted rather than marked. The caller holds the transaction, and
what remains of an activity is put together in ``services``.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from runcoach.store.remote.known_activities import KEPT
from runcoach.store.sqlite.statements import delete_rows, select_values

_HAS_SOURCE = "EXISTS (SELECT 1 FROM activity_source AS s WHERE s.activity_id = a.id)"
_HAS_STRAVA = "EXISTS (SELECT 1 FROM activity_source AS s WHERE s.activity_id = a.id AND s.kind = 'strava')"
_HAS_OTHERS = "EXISTS (SELECT 1 FROM activity_source AS s WHERE s.activity_id = a.id AND s.kind != 'strava')"

# An activity without a source has been merged into another one; these tell that it had come from Strava.
_TRACES = """
    a.fetched_at IS NOT NULL OR a.summary_hash != :kept
    OR EXISTS (SELECT 1 FROM activity_payload AS p WHERE p.activity_id = a.id AND p.raw IS NOT NULL)
    OR EXISTS (SELECT 1 FROM audit AS t WHERE t.entity = 'activity' AND t.entity_id = a.id
               AND json_extract(t.meta, '$.stravaId') IS NOT NULL)
"""

# Strava's samples replace all others, and only Strava's have the channel ``moving``.
_STREAMS_ARE_STRAVAS = """
    EXISTS (SELECT 1 FROM activity_source AS d WHERE d.activity_id = a.id AND d.kind = 'strava'
            AND json_extract(d.account, '$.samples') IS NOT NULL)
    OR EXISTS (SELECT 1 FROM activity_stream AS s WHERE s.activity_id = a.id AND s.channel = 'moving')
"""

_JOBS_WITHOUT_ACTIVITY = """
    DELETE FROM job WHERE json_extract(payload, '$.activityId') IS NOT NULL
    AND json_extract(payload, '$.activityId') NOT IN (SELECT id FROM activity)
"""

_THE_REST = (
    "DELETE FROM gear",
    "DELETE FROM rate_budget",
    "DELETE FROM job WHERE type = 'fetch'",
    _JOBS_WITHOUT_ACTIVITY,
    "DELETE FROM sync_state WHERE key = :last_list",
    "DELETE FROM strava_token WHERE status = 'inactive'",
    """
    UPDATE activity SET fetched_at = NULL, summary_hash = CASE WHEN summary_hash = :kept THEN summary_hash END
    WHERE fetched_at IS NOT NULL OR summary_hash IS NOT NULL
    """,
    """
    DELETE FROM audit
    WHERE json_extract(meta, '$.stravaId') IS NOT NULL OR json_extract(meta, '$.changed') IS NOT NULL
    """,
    """
    UPDATE audit SET message = 'logged in', meta = '{}'
    WHERE entity = 'token' AND message LIKE 'logged in as %'
    """,
)


@dataclass(frozen=True, slots=True)
class Shared:
    """An activity with records of Strava and of a file or archive.

    ``streams_go``: its samples are Strava's. ``had_own``: a file had samples too. ``twin_id`` is an activity merged
    into it that still has its samples.
    """

    activity_id: int
    streams_go: bool
    had_own: bool
    twin_id: int | None


@dataclass(frozen=True, slots=True)
class ForgetTargets:
    """Activities with data of Strava: from Strava ``alone``, or ``shared`` with other sources."""

    alone: tuple[int, ...]
    shared: tuple[Shared, ...]


def known_to_strava_alone(connection: sqlite3.Connection, before_s: float) -> list[int]:
    """The activities that began before ``before_s`` and that no attached source but Strava's API knows."""
    others = (
        "SELECT 1 FROM activity_source AS s WHERE s.activity_id = a.id AND s.kind != 'strava' AND s.detached_at IS NULL"
    )
    alone = f"FROM activity AS a WHERE a.start_time < ? AND {_HAS_STRAVA} AND NOT EXISTS ({others}) ORDER BY a.id"
    return select_values(connection, "a.id", alone, (before_s,))


def find_targets(connection: sqlite3.Connection) -> ForgetTargets:
    """The activities that :func:`runcoach.services.maintenance.forget` has to change."""
    from_strava = f"FROM activity AS a WHERE NOT {_HAS_OTHERS} AND ({_HAS_SOURCE} OR {_TRACES})"
    gone = set(select_values(connection, "a.id", from_strava, {"kept": KEPT}))
    shared = connection.execute(
        f"""
        SELECT a.id, ({_STREAMS_ARE_STRAVAS}),
               EXISTS (SELECT 1 FROM activity_source AS o WHERE o.activity_id = a.id AND o.kind != 'strava'
                       AND json_extract(o.account, '$.samples') IS NOT NULL),
               (SELECT max(t.entity_id) FROM audit AS t JOIN activity_stream AS s ON s.activity_id = t.entity_id
                WHERE t.entity = 'activity' AND json_extract(t.meta, '$.mergedInto') = a.id)
        FROM activity AS a WHERE {_HAS_STRAVA} AND {_HAS_OTHERS} ORDER BY a.id
        """  # noqa: S608
    ).fetchall()
    return ForgetTargets(
        tuple(sorted(gone)),
        tuple(
            Shared(activity_id, bool(streams_go), bool(had_own), None if twin_id in gone else twin_id)
            for activity_id, streams_go, had_own, twin_id in shared
        ),
    )


def remove_activity(connection: sqlite3.Connection, activity_id: int) -> None:
    """Delete an activity with its parts and audit rows, as its id may be used again."""
    connection.execute("DELETE FROM activity WHERE id = ?", (activity_id,))
    connection.execute("DELETE FROM audit WHERE entity IN ('activity', 'split') AND entity_id = ?", (activity_id,))


def remove_expired(connection: sqlite3.Connection, before_s: float) -> int:
    """Delete the activities that only Strava's API knows and that began before ``before_s``; how many there were.

    Their jobs and audit rows go too, and so do fetches of activities that are not stored and began before that time.
    The rankings are left to the caller.
    """
    expired = known_to_strava_alone(connection, before_s)
    for activity_id in expired:
        connection.execute(
            """
            DELETE FROM audit WHERE json_extract(meta, '$.stravaId') =
                (SELECT strava_id FROM activity WHERE id = ? AND strava_id IS NOT NULL)
            """,
            (activity_id,),
        )
        remove_activity(connection, activity_id)
    connection.execute(
        """
        DELETE FROM job WHERE queue = 'fetch' AND start_time < ?
        AND strava_id NOT IN (SELECT strava_id FROM activity WHERE strava_id IS NOT NULL)
        """,
        (before_s,),
    )
    connection.execute(_JOBS_WITHOUT_ACTIVITY)
    return len(expired)


def remove_source(connection: sqlite3.Connection, activity_id: int) -> None:
    """Delete Strava's record, stored data and thumbnails of an activity."""
    connection.execute("DELETE FROM activity_source WHERE activity_id = ? AND kind = 'strava'", (activity_id,))
    delete_rows(connection, activity_id, ("activity_payload", "thumbnail"))


def remove_parts(connection: sqlite3.Connection, activity_id: int) -> None:
    """Delete the samples, splits, laps and efforts of an activity, and the figures computed from its samples."""
    parts = ("activity_stream", "split", "lap", "effort")
    figures = ("activity_analytics", "training_load", "durability_effort", "route_track")
    delete_rows(connection, activity_id, (*parts, *figures))
    connection.execute("UPDATE activity SET has_gps = 0, fastest_pace_sec_per_km = NULL WHERE id = ?", (activity_id,))


def remove_the_rest(connection: sqlite3.Connection, last_list: str) -> None:
    """Delete Strava's data outside activities: gear, limits, queue, audit rows, ended logins.

    ``last_list`` is the key of the last full list; the next sync reads it again. The current login stays, and so do
    the runner's undeletions.
    """
    for statement in _THE_REST:
        connection.execute(statement, {"kept": KEPT, "last_list": last_list})


def vacuum_securely(connection: sqlite3.Connection) -> bool:
    """Rewrite the file without deleted content and empty its log; False where a reader keeps the log.

    The caller holds no transaction.
    """
    connection.execute("VACUUM")
    return empty_log(connection)


def empty_log(connection: sqlite3.Connection) -> bool:
    """Empty the file's log; False where a reader keeps it. The caller holds no transaction."""
    return not connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]


def overwrite_deleted(connection: sqlite3.Connection) -> None:
    """Overwrite with zeros what this connection deletes from now on."""
    connection.execute("PRAGMA secure_delete = ON")
