"""The place of single efforts among all that rank, what stands around one activity, and efforts that are in doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcoach.domain.sports import RUNNING
from runcoach.store.effort_queries import COUNTS

if TYPE_CHECKING:
    import sqlite3

    from runcoach.domain.filters import EffortFilter

_RUNNING = ", ".join(f"'{sport}'" for sport in sorted(RUNNING))


def effort_ranks(
    connection: sqlite3.Connection, activity_id: int, scope: EffortFilter, most: int, distance_m: int | None = None
) -> dict[int, int]:
    """Distance → the place of an activity's effort within a scope; those that do not rank there are left out.

    Counts no further than ``most`` faster ones: a place beyond ``most`` means that there are at least so many. Of all
    distances, or of ``distance_m`` alone.
    """
    rows = connection.execute(
        f"""
        WITH mine AS MATERIALIZED (
            SELECT e.distance_m, e.duration_s, a.start_time, a.id
            FROM effort AS e JOIN activity AS a ON a.id = e.activity_id
            WHERE e.activity_id = :activity_id AND (:distance_m IS NULL OR e.distance_m = :distance_m) AND {COUNTS}
        )
        SELECT mine.distance_m, (
            SELECT count(*) FROM (
                SELECT 1 FROM effort AS e CROSS JOIN activity AS a ON a.id = e.activity_id
                WHERE e.distance_m = mine.distance_m AND e.duration_s <= mine.duration_s
                  AND (e.duration_s, a.start_time, a.id) < (mine.duration_s, mine.start_time, mine.id) AND {COUNTS}
                LIMIT :most
            )
        ) + 1 AS place
        FROM mine
        """,  # noqa: S608
        {**scope.parameters(), "activity_id": activity_id, "distance_m": distance_m, "most": most},
    )
    return {row["distance_m"]: row["place"] for row in rows}


def monthly(connection: sqlite3.Connection, distance_m: int, scope: EffortFilter) -> list[sqlite3.Row]:
    """The fastest effort over one distance of each month that has one: local_date, duration_s; earliest first."""
    return connection.execute(
        "SELECT a.local_date, min(e.duration_s) AS duration_s"  # noqa: S608
        " FROM effort AS e CROSS JOIN activity AS a ON a.id = e.activity_id"
        f" WHERE e.distance_m = :distance_m AND {COUNTS}"
        " GROUP BY substr(a.local_date, 1, 7) ORDER BY a.local_date",
        {**scope.parameters(), "distance_m": distance_m},
    ).fetchall()


def suspect_efforts(connection: sqlite3.Connection, most: int) -> list[sqlite3.Row]:
    """The newest ``most`` efforts that are ignored, suspect or to be checked; ``total`` counts them all."""
    return connection.execute(
        f"""
        SELECT e.activity_id, a.name, a.local_date, e.distance_m, e.length_m, e.duration_s, e.duration_exact_s,
               e.quality, e.reason, e.ignored_at, e.ignored_reason, count(*) OVER () AS total
        FROM effort AS e CROSS JOIN activity AS a ON a.id = e.activity_id
        WHERE (e.ignored_at IS NOT NULL OR e.quality != 'ok')
          AND a.deleted_at IS NULL AND a.sport_type IN ({_RUNNING})
        ORDER BY a.start_time DESC, a.id, e.distance_m LIMIT ?
        """,  # noqa: S608
        (most,),
    ).fetchall()


def neighbours(connection: sqlite3.Connection, activity_id: int) -> tuple[sqlite3.Row | None, sqlite3.Row | None]:
    """The activity before and the one after: id, name, local_date; runs have runs for neighbours."""

    def next_to(than: str, order: str) -> sqlite3.Row | None:
        found: sqlite3.Row | None = connection.execute(
            f"""
            SELECT a.id, a.name, a.local_date FROM activity AS own CROSS JOIN activity AS a
            WHERE own.id = ? AND (a.start_time, a.id) {than} (own.start_time, own.id) AND a.deleted_at IS NULL
              AND (a.sport_type IN ({_RUNNING})) = (own.sport_type IN ({_RUNNING}))
            ORDER BY a.start_time {order}, a.id {order} LIMIT 1
            """,  # noqa: S608
            (activity_id,),
        ).fetchone()
        return found

    return next_to("<", "DESC"), next_to(">", "ASC")


def has_samples(connection: sqlite3.Connection, activity_id: int) -> bool:
    """Whether anything was recorded along the way."""
    found = connection.execute("SELECT 1 FROM activity_stream WHERE activity_id = ? LIMIT 1", (activity_id,))
    return found.fetchone() is not None
